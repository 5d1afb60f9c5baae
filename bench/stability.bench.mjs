/**
 * Bounds of every layer of AlexNet at full size, on all cores, beside a plain SVD of its dense layers (NumPy, in double precision,
 * with as many threads as it likes; singular values alone). The goal is 60 s on two cores with gaps below 1 %.
 *
 *     npm run build && node bench/stability.bench.mjs
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { alexNet } from "../dist/index.js";
import { layerBoundsOnWorkers, openPool } from "../dist/node/index.js";
import { header, report } from "./harness.mjs";

const GOAL = { seconds: 60, gap: 0.01 };
const network = alexNet();
const pool = await openPool();
const cpu = process.cpuUsage();
const start = performance.now();
const bounds = await layerBoundsOnWorkers(pool, network);
const seconds = (performance.now() - start) / 1000;
const { user } = process.cpuUsage(cpu);
await pool.close();

// The paper's constant of a convolution is that of the plane.
const gaps = bounds
  .filter(({ className }) => className === "Dense" || className === "Conv2D")
  .map(({ layer, plane, bound, lower }) => ({ layer, gap: plane ? plane.upper / plane.lower - 1 : bound / lower - 1 }));
const worst = Math.max(...gaps.map(({ gap }) => gap));
const shapes = [
  [4096, 1000],
  [4096, 4096],
];
const script = fileURLToPath(new URL("stability.numpy.py", import.meta.url));
const { numpy, svd } = JSON.parse(execFileSync("python3", [script, JSON.stringify(shapes)], { encoding: "utf8" }));
report(
  [
    header("bounds of AlexNet's layers"),
    `${seconds.toFixed(1)} s on ${pool.workers} workers${seconds > GOAL.seconds ? "!" : ""} (goal ${GOAL.seconds}), ${(user / 1e6).toFixed(1)} s of processor time, largest gap ${(100 * worst).toFixed(2)} %${worst > GOAL.gap ? "!" : ""} (goal ${100 * GOAL.gap})`,
    ...gaps.map(({ layer, gap }) => `  ${layer.padEnd(6)} gap ${(100 * gap).toFixed(4)} %`),
    ...svd.map((one) => `  NumPy ${numpy} SVD of ${one.rows} x ${one.columns}: ${one.seconds.toFixed(1)} s`),
  ],
  { seconds, processor: user / 1e6, gaps, svd },
);
