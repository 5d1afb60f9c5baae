/**
 * The gradient kernels that we register for the tfjs wasm backend, as tfjs calls them: beside the forward pass of the
 * backend, beside its own gradient to the input, and beside the cpu backend on one small image.
 *
 *     npm run build && node bench/tfjs-gradients.bench.mjs [--out file.json]
 */
import { readFileSync } from "node:fs";
import "@tensorflow/tfjs-backend-cpu";
import { registerGradientKernels, unregisterGradientKernels } from "../dist/tfjs/index.js";
import { data } from "./conv-check.mjs";
import { header, processorTime, race, report, spread } from "./harness.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";

const { shapes } = JSON.parse(readFileSync(new URL("shapes/conv.json", import.meta.url), "utf8"));
/** The filter's gradient in at most so many times the forward pass, and so many times as fast as the cpu backend. */
const GOALS = { forward: 1.3, cpu: 50 };

/** Pixels of a side of the image that the cpu backend is given: its gradients take seconds on the others. */
const CPU_SIDE = 12;

const tf = await tfjsWasm();
const ours = ["Conv2DBackpropInput", "Conv2DBackpropFilter"];
const depthwise = ["DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter"];

/** The passes of one shape on the backend that is set, over tensors of its own. */
function passes({ batch, side, c, filters, taps, stride, padding }) {
  const x = tf.tensor4d(data(batch * side * side * c, 1), [batch, side, side, c]);
  const filter = tf.tensor4d(data(taps * taps * c * (filters ?? 1), 2), [taps, taps, c, filters ?? 1]);
  const forward = () => (filters ? tf.conv2d : tf.depthwiseConv2d)(x, filter, stride, padding);
  const y = forward();
  const dy = tf.tensor4d(data(y.size, 3), y.shape);
  y.dispose();
  const attributes = { strides: [stride, stride], dilations: [1, 1], pad: padding, dataFormat: "NHWC" };
  const [toInput, toFilter] = filters ? ours : depthwise;
  const run = (name, inputs, more) => tf.engine().runKernel(name, inputs, { ...attributes, ...more });
  return {
    flops: 2 * y.size * taps * taps * c * (filters ? 1 : 1 / c),
    forward,
    "to input": () => run(toInput, { dy, filter }, { inputShape: x.shape }),
    "to filter": () => run(toFilter, { x, dy }, { filterShape: filter.shape }),
  };
}

const disposing = (call) => () => call().dispose();
const lines = [
  header("gradient kernels on the tfjs wasm backend, one thread, processor time"),
  `${"batch, image, filters".padEnd(36)} forward  to filter (time / forward's)  to input (tfjs's own)   cpu: filter, input (ours / its)   GFLOP/s`,
];
const results = [];
for (const shape of shapes) {
  unregisterGradientKernels();
  const plain = passes(shape);
  const contestants = { forward: disposing(plain.forward) };
  let times = {};
  if (shape.filters) times = race({ own: disposing(plain["to input"]) }, { rounds: 3, slice: 1, clock: processorTime });
  registerGradientKernels();
  const mine = passes(shape);
  for (const name of ["to input", "to filter"]) contestants[name] = disposing(mine[name]);
  times = { ...times, ...race(contestants, { rounds: 9, slice: 4, clock: processorTime }) };

  // A small image on the cpu backend: the same numbers first, then its time.
  const one = { ...shape, batch: 1, side: Math.min(shape.side, CPU_SIDE) };
  const small = passes(one);
  const answers = Object.fromEntries(["to input", "to filter"].map((name) => [name, small[name]().dataSync()]));
  await tf.setBackend("cpu");
  const cpu = passes(one);
  for (const [name, found] of Object.entries(answers)) {
    const expected = cpu[name]().dataSync();
    const largest = expected.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    const worst = expected.reduce((m, v, i) => Math.max(m, Math.abs(v - found[i])), 0);
    if (!(worst < 4096 * 2 ** -24 * largest)) throw new Error(`${name} differs by ${worst} of ${largest}`);
    const start = processorTime();
    cpu[name]().dataSync();
    times[`cpu ${name}`] = { median: (processorTime() - start) / 1000 };
  }
  await tf.setBackend("wasm");

  const rate = (name) => (name.startsWith("cpu") ? cpu : mine).flops / times[name].median / 1e9;
  const share = times["to filter"].median / times.forward.median;
  const beside = ["to filter", "to input"].map((name) => rate(name) / rate(`cpu ${name}`));
  const { batch, side, c, filters, taps, stride, padding } = shape;
  const title = `${batch}, ${side}x${side}x${c}, ${filters ?? "depthwise"} ${taps}x${taps}/${stride} ${padding}`;
  const mark = (value, isMissed) => `${value}${isMissed ? "!" : ""}`;
  lines.push(
    [
      title.padEnd(36),
      rate("forward").toFixed(1).padEnd(8),
      `${rate("to filter").toFixed(1)} (${mark(share.toFixed(2), share > GOALS.forward)}, ${spread(times["to filter"]).toFixed(0)}%)`.padEnd(
        29,
      ),
      `${rate("to input").toFixed(1)} (${times.own ? rate("own").toFixed(1) : "none"})`.padEnd(23),
      `${beside.map((times) => mark(times.toFixed(0), times < GOALS.cpu)).join(", ")} times`,
    ].join(" "),
  );
  results.push({ ...shape, seconds: times });
}
report(lines, results);
