/** The files of an audit: what CI reads is what its schema says, the page says what the record has, and nothing in it becomes a tag. */
import { expect, test } from "vitest";
import "../../../src/index.ts";
import { digestArrays, type NamedArray } from "../../../src/data/digest.ts";
import { readNpy } from "../../../src/data/index.ts";
import { stepsOf } from "../../../src/report/audit/curve.ts";
import { auditFiles } from "../../../src/report/index.ts";
import { requireBaseline } from "../../../src/studies/audit/baseline.ts";
import { audit, COUNT } from "../../studies/audit/linear-audit.ts";
import { junitFaults } from "../../support/junit.ts";
import { parseSarif } from "../../support/sarif.ts";
import { parseXml } from "../../support/xml.ts";

const NAME = '<b>lin & "ear"</b>\u0001';
const record = await audit({ norms: ["l2", "l0"], epsilon: [0.01, 0.5], failUnder: [1, 0], draws: 3 }, undefined, NAME);
const files = await auditFiles(record, { evidence: true });
const text = (name: string) => files.get(name) as string;

test("all files are there, the evidence where it is asked for, and the same record gives the same bytes", async () => {
  expect([...files.keys()].filter((name) => !name.startsWith("arrays/")).sort()).toEqual([
    ...["audit.json", "audit.sarif", "evidence.html", "evidence.json", "images.csv", "index.html", "junit.xml"],
    ...["l0.svg", "l2-brackets.svg", "l2.svg", "results.json"],
  ]);
  const again = await auditFiles(record);
  expect(again.has("evidence.html")).toBe(false);
  for (const [name, content] of again) expect(content, name).toEqual(files.get(name));
});

test("junit.xml is JUnit's, with a failure for each check that fails", () => {
  expect(junitFaults(text("junit.xml"))).toEqual([]);
  const [suite] = parseXml(text("junit.xml")).children;
  expect(suite?.attributes).toMatchObject({ tests: "3", failures: "1" });
  const failed = suite?.children.filter(({ children }) => children[0]?.name === "failure");
  expect(failed?.map(({ attributes }) => attributes.name)).toEqual(["L2: at least 100 % resist 0.01"]);
  expect(suite?.attributes.name).toBe(`${NAME.replace("\u0001", "\ufffd")} on twelve`);
  // The judge sees what is wrong.
  expect(junitFaults(text("junit.xml").replace(' failures="1"', ' failures="x"'))).not.toEqual([]);
  expect(junitFaults(text("junit.xml").replace("<properties>", '<properties a="b">'))).toEqual(["properties with a"]);
  expect(() => junitFaults(text("junit.xml").replace("</testcase>", ""))).toThrow("expected </testcase>");
});

test("audit.sarif is SARIF 2.1.0, with a result for each check that fails", () => {
  const log = parseSarif(text("audit.sarif"));
  const [run] = log.runs;
  expect(run?.invocations[0]).toMatchObject({ commandLine: record.command, exitCode: 3 });
  expect(run?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([["robust-share", "error"]]);
  expect(run?.results[0]?.message.text).toMatch(/^L2: at least 100 % resist 0\.01\. \d+ of 12 images /);
  expect(run?.results[0]?.locations[0]?.physicalLocation.artifactLocation.uri).toMatch(/^%3Cb%3Elin/);
  const bad = JSON.parse(text("audit.sarif"));
  bad.runs[0].results[0].kind = 1;
  expect(() => parseSarif(JSON.stringify(bad))).toThrow();
});

test("images.csv has a line an image, and the arrays are those that the digest covers", async () => {
  const [head, ...lines] = text("images.csv")
    .trimEnd()
    .split("\n")
    .map((line) => line.split(","));
  expect(lines).toHaveLength(COUNT);
  const column = (name: string) => lines.map((line) => line[(head as string[]).indexOf(name)]);
  expect(column("l2_found")).toEqual(record.images.map((image) => String(image.norms.l2?.found)));
  expect(column("l2_certified")).toEqual(record.images.map((image) => String(image.norms.l2?.certified)));
  expect(column("l0_certified")).toEqual(record.images.map(() => ""));
  expect(column("shift 1")).toEqual(record.images.map((image) => String(Number(image.corruptions["shift 1"]))));
  const arrays: Record<string, NamedArray> = {};
  for (const [path, content] of files) {
    const name = /^arrays\/(.*)\.npy$/.exec(path)?.[1];
    if (name !== undefined) arrays[name] = readNpy(path, content as Uint8Array);
  }
  expect(await digestArrays(arrays)).toBe(record.digest);
  expect(arrays["l2/adversarial"]?.shape).toEqual([COUNT, 4, 4, 1]);
});

test("audit.json is a baseline that can be read", async () => {
  const baseline = await requireBaseline("audit.json", JSON.parse(text("audit.json")));
  expect(baseline.norms.l2?.found).toEqual(record.images.map((image) => image.norms.l2?.found));
  expect(baseline.norms.l0?.certified).toBeNull();
  expect(baseline.model.name).toBe(NAME);
});

test("the page says which check failed, and shows both ends, labels, images and corruptions; texts stay texts", () => {
  const page = text("index.html");
  for (const said of [
    "One check of 3 failed.",
    "L2: at least 100 % resist 0.01",
    "By label",
    "The most and the least fragile images",
    "Everyday corruptions",
  ]) {
    expect(page).toContain(said);
  }
  expect(page).toContain("Nothing is proved: norm l0 has no certificates.");
  // Of each norm the three shortest changes, and the three longest of the others.
  const shown = [...page.matchAll(/<span>image (\d+)<\/span>/g)].map(([, index]) => Number(index));
  const byLength = (norm: "l2" | "l0") => {
    const lengthOf = (one: (typeof record.images)[number]) => one.norms[norm]?.found ?? Number.POSITIVE_INFINITY;
    const right = record.images.filter((one) => one.label === one.read && Number.isFinite(lengthOf(one)));
    const sorted = right.sort((a, b) => lengthOf(a) - lengthOf(b) || a.index - b.index).map(({ index }) => index);
    return [...sorted.slice(0, 3), ...sorted.slice(-3)];
  };
  expect(shown).toEqual([...byLength("l2"), ...byLength("l0")]);
  for (const html of [page, text("evidence.html")]) {
    expect(html).not.toContain("<b>lin");
    expect(html).not.toContain("<script");
    expect(html).toContain("&lt;b&gt;lin &amp; ");
  }
});

test("the evidence names domain, properties, criteria, methods, arithmetic, undecided cases and how to repeat it, and claims no conformity", () => {
  const evidence = JSON.parse(text("evidence.json"));
  expect(evidence.sections.map(({ id }: { id: string }) => id)).toEqual([
    ...[
      "subject",
      "domain",
      "properties",
      "criteria",
      "methods",
      "arithmetic",
      "results",
      "undecided",
      "ai-act",
      "repetition",
    ],
  ]);
  const said = (id: string) => JSON.stringify(evidence.sections.find((section: { id: string }) => section.id === id));
  expect(said("criteria")).toContain("Fails. ");
  expect(said("methods")).toContain("Sound and incomplete");
  expect(said("arithmetic")).toContain("binary32");
  expect(said("undecided")).toContain("nothing is proved: norm l0 has no certificates");
  expect(said("subject")).toContain(record.model.digest);
  expect(said("repetition")).toContain(record.recordDigest);
  expect(evidence.notice).toContain("claims no conformity");
  for (const { entries } of evidence.sections) expect(entries.length).toBeGreaterThan(0);
  for (const { term, text: words } of evidence.sections.flatMap((section: { entries: object[] }) => section.entries)) {
    expect(words, term).toMatch(/\S/);
    expect(words, term).not.toMatch(/undefined|NaN|null/);
  }
});

test("the curve falls by an image at each length, and by none where none was found", () => {
  expect(stepsOf([2, 1, Number.POSITIVE_INFINITY, 1], 5)).toEqual([
    { budget: 0, share: 0.8 },
    { budget: 1, share: 0.4 },
    { budget: 2, share: 0.2 },
  ]);
  expect(stepsOf([], 5)).toEqual([{ budget: 0, share: 0 }]);
  expect(stepsOf([0, 3], 2)).toEqual([
    { budget: 0, share: 0.5 },
    { budget: 3, share: 0 },
  ]);
});
