/**
 * From nothing to the first gradient: a fresh process imports the package, builds 784-100-100-10 and takes one gradient. The
 * time of `import` is counted from the process's first line, without what Node needs to start.
 *
 *     npm run build && node bench/startup.bench.mjs
 */
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { header, report } from "./harness.mjs";

const GOAL = 100;
const ROUNDS = 11;
const entry = new URL("../dist/index.js", import.meta.url).href;
const script = `
  const start = performance.now();
  const { fullyConnected } = await import(${JSON.stringify(entry)});
  const imported = performance.now();
  const network = fullyConnected([784, 100, 100, 10]);
  const built = performance.now();
  network.lossGradient(new Float32Array(784), [0]);
  console.log(JSON.stringify([imported - start, built - imported, performance.now() - built]));`;

const runs = Array.from({ length: ROUNDS }, () =>
  JSON.parse(execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" })),
);
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const [imported, built, gradient] = [0, 1, 2].map((part) => median(runs.map((run) => run[part])));
const total = median(runs.map(([a, b, c]) => a + b + c));
const wasm = new URL("../build/blindspot.wasm", import.meta.url);
report(
  [
    header("from import to the first gradient"),
    `${total.toFixed(0)} ms${total > GOAL ? "!" : ""} (goal ${GOAL}): import ${imported.toFixed(0)}, network ${built.toFixed(0)}, gradient ${gradient.toFixed(0)}`,
    `blindspot.wasm ${statSync(wasm).size} bytes, ${gzipSync(readFileSync(wasm), { level: 9 }).length} gzipped`,
  ],
  { runs },
);
