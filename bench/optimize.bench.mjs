// Time of an L-BFGS-B iteration without the function, beside what the memory of the machine allows and beside SciPy.
// npm run build && node bench/optimize.bench.mjs
//
// The problem is the extended Rosenbrock function with m = 10, once with bounds on three variables in eight, of which some
// become active, and once without. An iteration has to read and write, in numbers of 8 bytes a variable:
//
//   bounded  6 m + 50   three sweeps over S and Y: W'd of the path and s'W of the update; the reduced gradient and the inner
//                       products with it; the Newton step. Vectors: gradient in 2, slope 2, pair 5, projected gradient 4,
//                       breakpoints 8, sweeps 14, Cauchy point 5, changes of the free set 2, direction 6, point out 2
//   free     4 m + 31   two sweeps: inner products with s, y and g; the Newton step
//
// and 28 m or 16 m multiplications and additions a variable in these sweeps. "floor" is the longer of two times: the bytes at
// the rate at which dot_f64 reads memory of the size of S and Y, whatever cache they are in, and the operations at the rate of
// dot_f64 in the first cache. The 2 m x 2 m algebra, which does not depend on n, is in neither: it is the time at n = 10.
import { execFileSync } from "node:child_process";
import { cpus } from "node:os";
import { fileURLToPath } from "node:url";
import { minimize } from "../dist/optimize/index.js";
import { Workspace } from "../dist/wasm/index.js";

const MEMORY = 10;
const PLAN = [
  [10, 40, 200],
  [100, 40, 100],
  [784, 40, 60],
  [10_000, 40, 15],
  [100_000, 40, 3],
  [1_000_000, 30, 3],
];

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function rosenbrock(x, g) {
  let f = 0;
  for (let i = 0; i < x.length; i += 2) {
    const a = x[i];
    const t = x[i + 1] - a * a;
    f += 100 * t * t + (1 - a) * (1 - a);
    g[i] = -400 * a * t - 2 * (1 - a);
    g[i + 1] = 200 * t;
  }
  return f;
}

function measure(n, maxIterations, repeats, bounded) {
  const x0 = Float64Array.from({ length: n }, (_, i) => (i % 2 ? 1 : -1.2));
  const lower = Float64Array.from({ length: n }, (_, i) => (bounded && i % 8 === 1 ? 0 : -Infinity));
  const upper = Float64Array.from({ length: n }, (_, i) => (bounded && i % 4 === 2 ? 0.5 : Infinity));
  const times = [];
  let result;
  for (let r = -Math.min(repeats, 10); r < repeats; r++) {
    let inside = 0;
    const fg = (x, g) => {
      const start = performance.now();
      const f = rosenbrock(x, g);
      inside += performance.now() - start;
      return f;
    };
    const start = performance.now();
    result = minimize(fg, x0, { lower, upper, memory: MEMORY, factr: 0, pgtol: 0, maxIterations });
    if (r >= 0) times.push((performance.now() - start - inside) / 1e3 / result.iterations);
  }
  return { f: result.f, iterations: result.iterations, seconds: median(times), best: Math.min(...times) };
}

/** Bytes a second of dot_f64 over two blocks of `bytes` together, at its best: a roof, not a sample. */
function readingRate(bytes) {
  const { kernels, arena } = new Workspace();
  const n = Math.max(8, Math.floor(bytes / 128) * 8);
  const [a, b] = [arena.allocateF64(n), arena.allocateF64(n)];
  arena.f64(a, n).fill(1);
  arena.f64(b, n).fill(1);
  const calls = Math.max(1, Math.floor(4e7 / n));
  const times = [];
  for (let r = 0; r < 7; r++) {
    const start = performance.now();
    for (let i = 0; i < calls; i++) kernels.dot_f64(n, a, b);
    times.push((performance.now() - start) / 1e3 / calls);
  }
  return (16 * n) / Math.min(...times);
}

function scipy() {
  const rival = fileURLToPath(new URL("optimize.scipy.py", import.meta.url));
  const env = { ...process.env, OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
  try {
    return JSON.parse(
      execFileSync("python3", [rival, JSON.stringify(PLAN)], {
        env,
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
  } catch {
    return undefined;
  }
}

// First that it is the right method: the minimum of the bounded problem is known, 1/4 for each pair with a <= 1/2.
const check = minimize(rosenbrock, new Float64Array(100).fill(0.3), { upper: 0.5 });
if (Math.abs(check.f - 50 * 0.25) > 1e-4)
  throw new Error(`expected the minimum 12.5, got ${check.f} (${check.status})`);

const commit = (() => {
  try {
    return execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim();
  } catch {
    return "unknown";
  }
})();
const rival = scipy();
console.log(`${cpus()[0].model}; node ${process.version}; commit ${commit}; one thread; m = ${MEMORY}`);
console.log(rival ? `SciPy ${rival.version}, NumPy ${rival.numpy}, one thread` : "SciPy is not at hand: no comparison");
const peak = readingRate(2 * 512 * 8) / 8; // two operations on every 16 bytes
console.log(`dot_f64 in the first cache: ${(peak / 1e9).toFixed(1)} GFLOP/s`);
console.log(
  "       n  bounds   us/iteration   (best)   MB/iteration   GB/s   floor us   times floor      SciPy us   SciPy / ours",
);
for (const [n, iterations, repeats] of PLAN) {
  const rate = readingRate(2 * MEMORY * n * 8);
  for (const bounded of [true, false]) {
    const { seconds, best } = measure(n, iterations, repeats, bounded);
    const bytes = 8 * n * (bounded ? 6 * MEMORY + 50 : 4 * MEMORY + 31);
    const floor = Math.max(bytes / rate, ((bounded ? 28 : 16) * MEMORY * n) / peak);
    const other = rival?.rows.find((row) => row.n === n && row.bounded === bounded);
    console.log(
      [
        String(n).padStart(8),
        (bounded ? "yes" : "no").padStart(7),
        (seconds * 1e6).toFixed(1).padStart(14),
        (best * 1e6).toFixed(1).padStart(8),
        (bytes / 1e6).toFixed(3).padStart(14),
        (bytes / seconds / 1e9).toFixed(1).padStart(6),
        (floor * 1e6).toFixed(1).padStart(10),
        (seconds / floor).toFixed(2).padStart(13),
        (other ? (other.seconds * 1e6).toFixed(1) : "-").padStart(13),
        (other ? (other.seconds / seconds).toFixed(2) : "-").padStart(14),
      ].join(" "),
    );
  }
}
