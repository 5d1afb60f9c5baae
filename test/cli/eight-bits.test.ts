/** What the reports say of their own pictures: how many of them still fool the model, and that --margin makes it more. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { decodePng } from "../../src/data/png.ts";
import { loadNetwork } from "../../src/node/index.ts";
import { temporaryFolder } from "../temporary.ts";
import { blindspot } from "./blindspot.ts";

const resultsOf = (out: string) => JSON.parse(readFileSync(join(out, "results.json"), "utf8"));

test("attack counts the pictures that are still answered with the target, as they are read from its own folder", async () => {
  const network = await loadNetwork("fc100-100-10");
  const kept: number[] = [];
  for (const margin of [1e-4, 0.5]) {
    const out = join(temporaryFolder(), "out");
    const flags = margin === 0.5 ? ["--margin", "0.5"] : [];
    const { code, out: text } = await blindspot(
      "attack",
      "--target",
      "next",
      "--count",
      "30",
      "--out",
      out,
      "--quiet",
      ...flags,
    );
    expect(code).toBe(0);
    const { examples, keptAt8Bits, summary, options, command } = resultsOf(out);
    const folder = join(out, "images");
    const pictures = readdirSync(folder).filter((name) => name.endsWith("-adversarial.png"));
    expect(pictures.length).toBe(30);
    const answered = pictures.filter((name) => {
      const scores = network.predict(decodePng(name, readFileSync(join(folder, name))).rows);
      const example = examples.find(({ index }: { index: number }) => index === Number.parseInt(name, 10));
      return example.outcome === "found" && scores.indexOf(Math.max(...scores)) === example.target;
    });
    expect(keptAt8Bits).toBe(answered.length);
    const words = `${keptAt8Bits} of ${summary.found} still fool the model as 8-bit pictures`;
    expect(text).toContain(words);
    expect(readFileSync(join(out, "index.html"), "utf8")).toContain("of these, at 8 bits");
    expect(options.margin).toBe(margin);
    expect(command.includes("--margin 0.5")).toBe(margin === 0.5);
    kept.push(keptAt8Bits);
  }
  expect(kept[0]).toBeLessThan(29);
  expect(kept[1]).toBeGreaterThan(kept[0] as number);
});

test("transfer says it of each set that is made for a model, and of no noise", async () => {
  const out = join(temporaryFolder(), "out");
  const flags = ["--count", "20", "--amplify", "0.1", "--noise", "0.1", "--margin", "0.3", "--out", out, "--quiet"];
  const { code, out: text } = await blindspot("transfer", ...flags);
  expect(code).toBe(0);
  const { rows, sources, options, command } = resultsOf(out);
  expect(rows.map(({ keptAt8Bits }: { keptAt8Bits?: number }) => typeof keptAt8Bits)).toEqual([
    "number",
    "number",
    "undefined",
  ]);
  const [set, amplified] = rows;
  expect(set.keptAt8Bits).toBeLessThanOrEqual(sources[0].found);
  expect(set.keptAt8Bits).toBeGreaterThan(0);
  expect(text).toContain(
    `fc100-100-10: ${set.keptAt8Bits} of ${sources[0].found} still fool their model as 8-bit pictures`,
  );
  expect(text).toContain(`fc100-100-10 at 0.1: ${amplified.keptAt8Bits} of`);
  expect(readFileSync(join(out, "index.html"), "utf8")).toContain("still fool their model as 8-bit pictures");
  expect(options.margin).toBe(0.3);
  expect(command).toContain(" --margin 0.3 --seed 0");
});

test("a margin below 0 is refused", async () => {
  expect(await blindspot("attack", "--target", "next", "--margin", "-1")).toMatchObject({
    code: 2,
    err: "blindspot: --margin: expected a finite number >= 0, got -1\n",
  });
});
