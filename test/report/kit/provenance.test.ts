import { expect, test } from "vitest";
import { provenance } from "../../../src/report/kit/provenance.ts";

const run = { command: "npx blindspot x --model a&b", version: "1.2.3", digest: "d".repeat(64) };
const names = (text: string) => Array.from(text.matchAll(/<th scope="row">([^<]*)<\/th>/g), ([, name]) => name);

test("lists all that the numbers follow from, in one order, escaped", () => {
  const { text } = provenance({
    ...run,
    models: [
      { name: "a&b", digest: "1" },
      { name: "c", digest: "2", origin: "trained" },
    ],
    data: { name: "squares", digest: "3" },
    options: { seed: 7, clip: false },
    others: [["evaluations", "12"]],
    milliseconds: 1500,
  });
  expect(names(text)).toEqual([
    "digest of the results",
    "model",
    "trained",
    "data",
    "blindspot",
    "seed",
    "clip",
    "evaluations",
    "time",
  ]);
  expect(text).toContain("<td>a&amp;b<br><code>1</code></td>");
  expect(text).toContain("<code>npx blindspot x --model a&amp;b</code>");
  expect(text).toContain("<td>false</td>");
  expect(text).toContain("<td>1.50 s, which is in no digest</td>");
});

test("leaves out what there is not", () => {
  expect(names(provenance({ ...run, digestOf: "tables", data: undefined }).text)).toEqual([
    "digest of the tables",
    "blindspot",
  ]);
});
