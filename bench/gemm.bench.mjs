/**
 * A dense layer's three products against tfjs-wasm's matMul of the same flops: forward (bias, then rows times packed
 * weights), gradient to the input (packed transposed weights), gradient to the weights (dy packed on each call). With the
 * folder of another build, each product also runs there in the same rounds, and its results are compared bit by bit.
 *
 *     npm run build && node bench/gemm.bench.mjs [--before folder] [--out file.json]
 */
import { readFileSync } from "node:fs";
import { firstDifference, option } from "./builds.mjs";
import { header, processorTime, race, report } from "./harness.mjs";
import { kernels } from "./kernels.mjs";
import { PEAK_FLOPS, peak } from "./peak.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";

const { shapes } = JSON.parse(readFileSync(new URL("shapes/dense.json", import.meta.url), "utf8"));

/** Goals, as ratios to tfjs's rate. */
const GOALS = { forward: 1.3, "to input": 1.15, "to weights": 1.15 };

/** Values in [-1, 1), the same on every machine. */
function data(n, seed) {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** A layer of n outputs on m rows of k inputs: its three products, and what each computed. */
function layer({ m, k, n }, folder) {
  const w = kernels(64, folder);
  const panels = (columns) => 8 * Math.ceil(columns / 8);
  const [xs, weights, bias, dys] = [data(m * k, 1), data(k * n, 2), data(n, 3), data(m * n, 4)];
  const [x, b, dy] = [w.floats(m * k, xs), w.floats(n, bias), w.floats(m * n, dys)];
  const [plain, packed, packedT] = [w.floats(k * n, weights), w.floats(k * panels(n)), w.floats(n * panels(k))];
  const packedDy = w.floats(m * panels(n));
  const [y, dx, dw, scratch] = [
    w.floats(m * n),
    w.floats(m * k),
    w.floats(k * n),
    w.floats(4 * Math.max(m, k, n) + 32),
  ];
  const zero = w.floats(Math.max(k, n));
  w.pack_b_f32_8(k, n, plain.at, n, 0, packed.at);
  w.pack_bt_f32_8(n, k, plain.at, n, 0, packedT.at);
  return {
    tensors: { xs, weights, bias, dys },
    results: { forward: y.view, "to input": dx.view, "to weights": dw.view },
    calls: {
      forward() {
        w.fill_rows_f32(m, n, b.at, y.at);
        w.gemm_f32_4x8(m, n, k, x.at, k, packed.at, y.at, n, scratch.at);
      },
      "to input"() {
        w.fill_rows_f32(m, k, zero.at, dx.at);
        w.gemm_f32_4x8(m, k, n, dy.at, n, packedT.at, dx.at, k, scratch.at);
      },
      "to weights"() {
        w.fill_rows_f32(k, n, zero.at, dw.at);
        w.pack_b_f32_8(m, n, dy.at, n, 0, packedDy.at);
        w.gemm_tn_f32_4x8(k, n, m, x.at, k, packedDy.at, dw.at, n, scratch.at);
      },
    },
  };
}

/** One sampled element in 97 of each result against double precision: |error| <= g(terms + 1) times the magnitudes. */
function check({ m, k, n }, { tensors: { xs, weights, bias, dys }, results, calls }) {
  for (const call of Object.values(calls)) call();
  const judge = (name, columns, terms, at) => {
    const result = results[name];
    for (let e = 0; e < result.length; e += 97) {
      let [value, magnitude] = at(Math.floor(e / columns), e % columns, -1);
      magnitude = Math.abs(magnitude);
      for (let p = 0; p < terms; p++) {
        const [left, right] = at(Math.floor(e / columns), e % columns, p);
        value += left * right;
        magnitude += Math.abs(left * right);
      }
      const u = (terms + 1) * 2 ** -24;
      if (!(Math.abs(result[e] - value) <= (u / (1 - u)) * magnitude))
        throw new Error(`${name}: ${result[e]} is not ${value}`);
    }
  };
  judge("forward", n, k, (i, j, p) => (p < 0 ? [bias[j], bias[j]] : [xs[i * k + p], weights[p * n + j]]));
  judge("to input", k, n, (i, j, p) => (p < 0 ? [0, 0] : [dys[i * n + p], weights[j * n + p]]));
  judge("to weights", n, m, (i, j, p) => (p < 0 ? [0, 0] : [xs[p * k + i], dys[p * n + j]]));
}

const lines = [header("dense products, one thread, processor time")];
const results = [];
const clock = processorTime;
const before = option("--before");
const top = PEAK_FLOPS / race({ spin: await peak() }, { clock }).spin.median / 1e9;
const tf = await tfjsWasm();
lines.push(
  `peak, half multiplies and half adds: ${top.toFixed(1)} GFLOP/s`,
  "m x k x n            tfjs   forward              to input             to weights     GFLOP/s (ratio to tfjs, share of the peak)",
);
for (const shape of shapes) {
  const { m, k, n } = shape;
  const ours = layer(shape);
  check(shape, ours);
  const [a, b] = [tf.tensor2d(ours.tensors.xs, [m, k]), tf.tensor2d(ours.tensors.weights, [k, n])];
  const contestants = { tfjs: () => tf.matMul(a, b).dispose(), ...ours.calls };
  const names = Object.keys(GOALS);
  if (before) {
    const former = layer(shape, before);
    for (const name of names) {
      contestants[`${name} before`] = former.calls[name];
      former.calls[name]();
      const at = firstDifference(ours.results[name], former.results[name]);
      if (at >= 0) throw new Error(`${m} x ${k} x ${n} ${name}: bits differ from those of before at ${at}`);
    }
  }
  const times = race(contestants, { clock, slice: 8 });
  const rate = (name) => (2 * m * k * n) / times[name].median / 1e9;
  const cells = names.map((name) => {
    const ratio = rate(name) / rate("tfjs");
    const missed = ratio < GOALS[name] ? "!" : " ";
    return `${rate(name).toFixed(1)} (${ratio.toFixed(2)}${missed}, ${((100 * rate(name)) / top).toFixed(0)}%)`.padEnd(
      20,
    );
  });
  lines.push(`${`${m} x ${k} x ${n}`.padEnd(20)} ${rate("tfjs").toFixed(1).padEnd(6)} ${cells.join(" ")}`);
  if (before) {
    const gains = names.map((name) =>
      `${(times[`${name} before`].median / times[name].median).toFixed(2)} of ${rate(`${name} before`).toFixed(1)}`.padEnd(
        20,
      ),
    );
    lines.push(`${"  times before".padEnd(27)} ${gains.join(" ")}`);
  }
  results.push({ ...shape, seconds: times });
}
report(lines, { peak: top, shapes: results });
