/**
 * From nothing to the first gradient: a fresh process imports `blindspot` or `blindspot/model`, in turns, builds 784-100-100-10 and
 * takes one gradient. The time of `import` is counted from the process's first line, without what Node needs to start. Beside the time on the clock
 * stands processor time, of all threads of the process: a busy machine prolongs it less.
 *
 *     npm run build && node bench/startup.bench.mjs
 */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { header, report } from "./harness.mjs";

const GOAL = 60;
const ROUNDS = 11;
const ENTRIES = { blindspot: "index", "blindspot/model": "model" };
const scriptOf = (entry) => `
  const now = () => {
    const { user, system } = process.cpuUsage();
    return [performance.now(), (user + system) / 1000];
  };
  const start = now();
  const { fullyConnected } = await import(${JSON.stringify(new URL(`../dist/bundle/${entry}.js`, import.meta.url).href)});
  const imported = now();
  const network = fullyConnected([784, 100, 100, 10]);
  const built = now();
  network.lossGradient(new Float32Array(784), [0]);
  const ended = now();
  const parts = [[start, imported], [imported, built], [built, ended]];
  console.log(JSON.stringify([0, 1].map((clock) => parts.map(([from, to]) => to[clock] - from[clock]))));`;

const runs = { blindspot: [], "blindspot/model": [] };
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, entry] of Object.entries(ENTRIES)) {
    const printed = execFileSync(process.execPath, ["--input-type=module", "-e", scriptOf(entry)], {
      encoding: "utf8",
    });
    runs[name].push(JSON.parse(printed));
  }
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const lineOf = (name, clock) => {
  const [imported, built, gradient] = [0, 1, 2].map((part) => median(runs[name].map((run) => run[clock][part])));
  const total = median(runs[name].map((run) => run[clock].reduce((sum, part) => sum + part)));
  return `${total.toFixed(0)} ms${total > GOAL ? "!" : ""} (goal ${GOAL}): import ${imported.toFixed(0)}, network ${built.toFixed(0)}, gradient ${gradient.toFixed(0)}`;
};
const wasm = new URL("../build/blindspot.wasm", import.meta.url);
report(
  [
    header("from import to the first gradient"),
    ...Object.keys(ENTRIES).flatMap((name) => [
      `${name}, on the clock: ${lineOf(name, 0)}`,
      `${name}, processor time: ${lineOf(name, 1)}`,
    ]),
    `blindspot.wasm ${statSync(wasm).size} bytes, ${gzipSync(readFileSync(wasm), { level: 9 }).length} gzipped`,
  ],
  { runs },
);
