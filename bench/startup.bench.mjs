/**
 * From nothing to the first gradient: a fresh process imports the package, builds 784-100-100-10 and takes one gradient. The
 * time of `import` is counted from the process's first line, without what Node needs to start. Beside the time on the clock
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
const entry = new URL("../dist/bundle/index.js", import.meta.url).href;
const script = `
  const now = () => {
    const { user, system } = process.cpuUsage();
    return [performance.now(), (user + system) / 1000];
  };
  const start = now();
  const { fullyConnected } = await import(${JSON.stringify(entry)});
  const imported = now();
  const network = fullyConnected([784, 100, 100, 10]);
  const built = now();
  network.lossGradient(new Float32Array(784), [0]);
  const ended = now();
  const parts = [[start, imported], [imported, built], [built, ended]];
  console.log(JSON.stringify([0, 1].map((clock) => parts.map(([from, to]) => to[clock] - from[clock]))));`;

const runs = Array.from({ length: ROUNDS }, () =>
  JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })),
);
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const lineOf = (clock) => {
  const [imported, built, gradient] = [0, 1, 2].map((part) => median(runs.map((run) => run[clock][part])));
  const total = median(runs.map((run) => run[clock].reduce((sum, part) => sum + part)));
  return `${total.toFixed(0)} ms${total > GOAL ? "!" : ""} (goal ${GOAL}): import ${imported.toFixed(0)}, network ${built.toFixed(0)}, gradient ${gradient.toFixed(0)}`;
};
const wasm = new URL("../build/blindspot.wasm", import.meta.url);
report(
  [
    header("from import to the first gradient"),
    `on the clock    ${lineOf(0)}`,
    `processor time  ${lineOf(1)}`,
    `blindspot.wasm ${statSync(wasm).size} bytes, ${gzipSync(readFileSync(wasm), { level: 9 }).length} gzipped`,
  ],
  { runs },
);
