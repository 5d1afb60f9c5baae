/** The GitHub Action: what its files refer to is there, no input reaches a shell as code, and its steps' commands run. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { auditCommand } from "../src/cli/audit.ts";
import { MAIN } from "./cli/built.ts";
import { junitFaults } from "./support/junit.ts";
import { temporaryFolder } from "./temporary.ts";

const ACTION = fileURLToPath(new URL("../action/", import.meta.url));
const read = (name: string) => readFileSync(join(ACTION, name), "utf8");

interface Step {
  id?: string;
  if?: string;
  shell?: string;
  run?: string;
  uses?: string;
  with?: Record<string, string>;
  env?: Record<string, string>;
}

interface Action {
  name: string;
  description: string;
  inputs: Record<string, { description: string; required?: boolean; default?: string }>;
  outputs: Record<string, { description: string; value: string }>;
  runs: { using: string; steps: Step[] };
}

const action: Action = parse(read("action.yml"), { strict: true, uniqueKeys: true });
const { inputs, outputs, runs } = action;
const expressions = (text: string) =>
  [...text.matchAll(/\$\{\{(.*?)\}\}/g)].map(([, inner]) => (inner as string).trim());

test("is composite, and every input is declared, described, and used", () => {
  expect(runs.using).toBe("composite");
  const asked = expressions(read("action.yml")).flatMap((one) =>
    [...one.matchAll(/\binputs\.([\w-]+)/g)].map(([, name]) => name as string),
  );
  expect(new Set(asked)).toEqual(new Set(Object.keys(inputs)));
  for (const [name, { description, required, default: usual }] of Object.entries(inputs)) {
    expect(description, name).toMatch(/\S/);
    // What has no default must be given, and what has one is a text, as the runner takes it.
    expect(required === true ? usual : typeof usual, name).toBe(required === true ? undefined : "string");
  }
  const [audit] = runs.steps;
  const written = [...read("audit.sh").matchAll(/echo "([\w-]+)=/g)].map(([, name]) => name);
  expect(Object.values(outputs).map(({ value }) => expressions(value))).toEqual(
    Object.keys(outputs).map((name) => [`steps.${audit?.id}.outputs.${name}`]),
  );
  expect(new Set(written)).toEqual(new Set(Object.keys(outputs)));
});

test("no expression stands in a command: an input is never code", () => {
  const commands = runs.steps.filter(({ run }) => run !== undefined);
  expect(commands.length).toBeGreaterThan(0);
  for (const { run, shell } of commands) {
    expect(shell).toBe("bash");
    expect(expressions(run as string)).toEqual([]);
  }
  expect(runs.steps.filter(({ uses }) => uses !== undefined && !/^[\w-]+\/[\w/-]+@v\d+$/.test(uses))).toEqual([]);
});

test("the script passes flags that the command has", () => {
  const known = auditCommand().options.map(({ long }) => long);
  const used = [...read("audit.sh").matchAll(/(?<![\w-])(--[a-z][a-z-]*)/g)].map(([, flag]) => flag);
  expect(used.length).toBeGreaterThan(10);
  expect(used.filter((flag) => !known.includes(flag))).toEqual([]);
});

test("the example gives the action inputs that it has, and all that it needs", () => {
  const { jobs } = parse(read("example-workflow.yml"), { strict: true, uniqueKeys: true }) as {
    jobs: Record<string, { steps: Step[] }>;
  };
  const step = jobs.audit?.steps.find(({ uses }) => uses?.startsWith("./"));
  expect(step?.uses).toBe("./node_modules/blindspot/action");
  const given = Object.keys(step?.with ?? {});
  expect(given.filter((name) => !(name in inputs))).toEqual([]);
  expect(Object.keys(inputs).filter((name) => inputs[name]?.required && !given.includes(name))).toEqual([]);
  const { files } = JSON.parse(readFileSync(join(ACTION, "../package.json"), "utf8"));
  expect(files).toContain("action");
  expect(readdirSync(ACTION).sort()).toEqual(["action.yml", "audit.sh", "example-workflow.yml"]);
});

/** Runs the steps' commands as the runner does: inputs by their expressions, outputs and the summary from files. */
function runAction(given: Record<string, string>) {
  const folder = temporaryFolder();
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, one]) => [name, given[name] ?? one.default ?? ""]),
  );
  const place = join(folder, "output");
  const summary = join(folder, "summary");
  let [status, out, err] = [0 as number | null, "", ""];
  for (const { run, env = {} } of runs.steps.filter((step) => step.run !== undefined)) {
    const set = Object.entries(env).map(([name, text]) => [
      name,
      text.replace(/\$\{\{ inputs\.([\w-]+) \}\}/g, (_, input) => values[input] as string),
    ]);
    const ended = spawnSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run as string], {
      cwd: folder,
      encoding: "utf8",
      env: {
        ...process.env,
        ...Object.fromEntries(set),
        GITHUB_ACTION_PATH: ACTION,
        GITHUB_OUTPUT: place,
        GITHUB_STEP_SUMMARY: summary,
      },
    });
    [status, out, err] = [ended.status, out + ended.stdout, err + ended.stderr];
    if (status !== 0) break;
  }
  const text = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : "");
  const said = Object.fromEntries(
    text(place)
      .trim()
      .split("\n")
      .map((line) => line.split(/=(.*)/s)),
  );
  return { folder, status, out, err, outputs: said, summary: text(summary) };
}

describe.skipIf(process.platform === "win32")("its command", () => {
  const usual = {
    model: "fc10-1",
    data: "mnist:test",
    count: "6",
    norm: "linf",
    certify: "epsilon",
    epsilon: "0.01",
    command: `${process.execPath} ${MAIN}`,
  };

  test("holds: 0, with the report, the baseline and a summary; the next audit takes the baseline", () => {
    const first = runAction({ ...usual, "fail-under": "0.1", evidence: "true", arguments: "--draws 2 --seed 1" });
    expect([first.err, first.status]).toEqual(["", 0]);
    expect(first.outputs).toEqual({
      "exit-code": "0",
      folder: "blindspot-audit",
      baseline: "blindspot-audit/audit.json",
    });
    expect(first.summary).toMatch(/^### Blindspot audit\n\n {4}fc10-1 on mnist:test\n {4}All 2 checks hold\.\n/);
    const report = join(first.folder, "blindspot-audit");
    expect(junitFaults(readFileSync(join(report, "junit.xml"), "utf8"))).toEqual([]);
    expect(existsSync(join(report, "evidence.html"))).toBe(true);
    const next = runAction({ ...usual, baseline: join(report, "audit.json"), arguments: "--draws 2 --seed 1" });
    expect([next.err, next.status]).toEqual(["", 0]);
    expect(next.out).toContain("holds  L-infinity: smallest change found: no worse than the baseline");
  });

  test("fails: 3, with the report all the same; wrong usage: 2, without one", () => {
    const failing = runAction({ ...usual, epsilon: "0.5", "fail-under": "0.9", arguments: "--draws 2" });
    expect(failing.status).toBe(3);
    expect(failing.outputs).toMatchObject({ "exit-code": "3", folder: "blindspot-audit" });
    expect(failing.summary).toContain("1 that fail: L-infinity: at least 90 % resist 0.5");
    const wrong = runAction({ ...usual, "fail-under": "90" });
    expect(wrong.status).toBe(2);
    expect(wrong.outputs).toEqual({ "exit-code": "2" });
  });

  test("an input with a command in it stays a text", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "in"));
    const mark = join(folder, "in", "mark");
    const { status, err } = runAction({ ...usual, model: `x"; touch ${mark}; $(touch ${mark}) #` });
    expect(status).toBe(1);
    expect(err).toContain("model: expected");
    expect(existsSync(mark)).toBe(false);
  });
});
