/**
 * Convolution layers against tfjs-wasm: forward, gradient to the input (tfjs has it for whole convolutions, not for
 * depthwise ones), and gradient to the filter, which tfjs-wasm has not, against our own forward rate. With the folder of
 * another build, each pass also runs there in the same rounds, and its results are compared bit by bit. Where a layer goes by
 * Winograd's products, the direct kernels run beside it; rates count the products of the definition.
 *
 *     npm run build && node bench/conv.bench.mjs [--before folder] [--only depthwise] [--out file.json]
 */
import { readFileSync } from "node:fs";
import { buildIn, firstDifference, option } from "./builds.mjs";
import "../dist/index.js";
import { ConvolutionOperation } from "../dist/model/layers/convolution.js";
import { windowOver } from "../dist/model/layers/window.js";
import { takesWinograd } from "../dist/model/layers/winograd.js";
import { check, data } from "./conv-check.mjs";
import { header, processorTime, race, report, spread } from "./harness.mjs";
import { PEAK_FLOPS, peak } from "./peak.mjs";
import { tfjsWasm } from "./rivals/tfjs-wasm.mjs";

const { shapes } = JSON.parse(readFileSync(new URL("shapes/conv.json", import.meta.url), "utf8"));

/** Goals, as ratios: to tfjs's rate of the same product, for the filter to our forward rate. */
const GOALS = { forward: 1.15, depthwise: 1.2, "to input": 1.5, "to filter": 0.8 };
/** Of Winograd's products over three taps a side: times tfjs's forward rate, times the direct kernel's. */
const WINOGRAD_GOALS = { tfjs: 2.2, direct: 1.8 };

/** The layer, its three passes, and the numbers that go in and come out. */
function layer({ LAYERS, Workspace, placeParameters }, { batch, side, c, filters, taps, stride, padding }) {
  const workspace = new Workspace();
  const { arena } = workspace;
  const config = { name: "conv", filters, kernel_size: taps, strides: stride, padding };
  const built = LAYERS[filters ? "Conv2D" : "DepthwiseConv2D"](config, [side, side, c], workspace);
  const [operation] = built.operations;
  const [kernel, bias] = built.parameters;
  placeParameters(workspace, built.parameters);
  const values = {
    x: data(batch * operation.inputSize, 1),
    kernel: data(kernel.size, 2),
    bias: data(bias.size, 3),
    dy: data(batch * operation.outputSize, 4),
  };
  const at = (n, from) => {
    const pointer = arena.allocateF32(n);
    if (from) arena.f32(pointer, n).set(from);
    return pointer;
  };
  const [x, dy] = [at(values.x.length, values.x), at(values.dy.length, values.dy)];
  const [y, dx] = [at(values.dy.length), at(values.x.length)];
  const scratch = arena.allocate(operation.scratchBytes(batch));
  arena.f32(kernel.at, kernel.size).set(values.kernel);
  arena.f32(bias.at, bias.size).set(values.bias);
  for (const parameter of built.parameters) parameter.gradient = at(parameter.size, new Float32Array(parameter.size));
  built.parametersChanged();
  const calls = {
    forward: () => operation.forward(batch, x, y),
    "to input": () => {
      if (operation.writeInputGradient) {
        operation.writeInputGradient(batch, dy, dx);
        return;
      }
      arena.f32(dx, values.x.length).fill(0);
      operation.inputGradient(batch, x, y, dy, dx);
    },
    "to filter": () => operation.parameterGradient(batch, x, dy, scratch),
  };
  const over = { taps: [taps, taps], strides: [stride, stride], dilations: [1, 1], padding };
  const window = windowOver("conv", [side, side, c], over);
  const isWinograd = filters !== undefined && takesWinograd(window, filters);
  const direct = {};
  if (isWinograd) {
    const defined = new ConvolutionOperation(workspace, window, kernel, bias, "defined");
    direct["direct forward"] = () => defined.forward(batch, x, y);
    direct["direct to input"] = () => {
      arena.f32(dx, values.x.length).fill(0);
      defined.inputGradient(batch, x, y, dy, dx);
    };
  }
  const results = () => {
    calls.forward();
    if (kernel.gradient) arena.f32(kernel.gradient, kernel.size).fill(0);
    calls["to input"]();
    calls["to filter"]();
    return {
      y: arena.f32(y, values.dy.length),
      dx: arena.f32(dx, values.x.length),
      dk: arena.f32(kernel.gradient, kernel.size),
    };
  };
  const [oh] = built.outputShape;
  return {
    values,
    calls,
    direct,
    results,
    isWinograd,
    oh,
    flops: 2 * batch * oh * oh * taps * taps * c * (filters ?? 1),
  };
}

/** The same products by tfjs. */
function rival(tf, { batch, side, c, filters, taps, stride, padding }, { values, oh }) {
  const x = tf.tensor4d(values.x, [batch, side, side, c]);
  const kernel = tf.tensor4d(values.kernel, [taps, taps, c, filters ?? 1]);
  const bias = tf.tensor1d(values.bias);
  const options = { x, filter: kernel, strides: stride, pad: padding, bias };
  if (!filters) return { "tfjs forward": () => tf.fused.depthwiseConv2d(options).dispose() };
  const dy = tf.tensor4d(values.dy, [batch, oh, oh, filters]);
  return {
    "tfjs forward": () => tf.fused.conv2d(options).dispose(),
    "tfjs to input": () => tf.conv2dTranspose(dy, kernel, [batch, side, side, c], stride, padding).dispose(),
  };
}

const PASSES = ["forward", "to input", "to filter"];
const lines = [header("convolutions, one thread, processor time")];
const results = [];
const clock = processorTime;
const top = PEAK_FLOPS / race({ spin: await peak() }, { clock }).spin.median / 1e9;
const tf = await tfjsWasm();
const now = await buildIn("..");
const folder = option("--before");
const before = folder && (await buildIn(folder));
const only = option("--only");
lines.push(
  `peak, half multiplies and half adds: ${top.toFixed(1)} GFLOP/s`,
  `${"batch, image, filters".padEnd(36)} ${"tfjs".padEnd(12)} ${"forward".padEnd(20)} ${"to input".padEnd(20)} ${"to filter".padEnd(20)} Winograd / direct   GFLOP/s (ratio, spread)`,
);
for (const shape of shapes) {
  const { batch, side, c, filters, taps, stride, padding } = shape;
  const title = `${batch}, ${side}x${side}x${c}, ${filters ?? "depthwise"} ${taps}x${taps}/${stride} ${padding}`;
  if (only && !title.includes(only)) continue;
  const ours = layer(now, shape);
  check(shape, ours);
  const contestants = { ...ours.calls, ...ours.direct, ...rival(tf, shape, ours) };
  const notes = [];
  if (before) {
    const former = layer(before, shape);
    for (const pass of PASSES) contestants[`${pass} before`] = former.calls[pass];
    const [results, formerly] = [ours.results(), former.results()];
    const differing = Object.keys(results).filter((name) => firstDifference(results[name], formerly[name]) >= 0);
    notes.push(differing.length ? `bits differ: ${differing.join(", ")}` : "same bits");
  }
  const times = race(contestants, { rounds: 9, slice: 8, clock });
  const rate = (name) => ours.flops / times[name].median / 1e9;
  const cell = (name, base, goal) => {
    if (!times[base]) return rate(name).toFixed(1).padEnd(20);
    const ratio = rate(name) / rate(base);
    const missed = ratio < goal ? "!" : " ";
    return `${rate(name).toFixed(1)} (${ratio.toFixed(2)}${missed}, ${spread(times[name]).toFixed(0)}%)`.padEnd(20);
  };
  const theirs = Object.keys(times)
    .filter((name) => name.startsWith("tfjs"))
    .map((name) => rate(name).toFixed(1));
  const forwardGoal = ours.isWinograd && taps === 3 ? WINOGRAD_GOALS.tfjs : GOALS.forward;
  const cells = [
    cell("forward", "tfjs forward", filters ? forwardGoal : GOALS.depthwise),
    cell("to input", "tfjs to input", GOALS["to input"]),
    cell("to filter", ours.isWinograd ? "direct forward" : "forward", GOALS["to filter"]),
    ...["forward", "to input"]
      .filter(() => ours.isWinograd)
      .map((name) => {
        const ratio = rate(name) / rate(`direct ${name}`);
        return `${name} ${ratio.toFixed(2)}${taps === 3 && ratio < WINOGRAD_GOALS.direct ? "!" : ""}`;
      }),
  ];
  lines.push(`${title.padEnd(36)} ${theirs.join(", ").padEnd(12)} ${cells.join(" ")}`);
  if (before) {
    const gains = PASSES.map((pass) => {
      const gain = times[`${pass} before`].median / times[pass].median;
      return `${gain.toFixed(2)} of ${rate(`${pass} before`).toFixed(1)}`.padEnd(20);
    });
    lines.push(`${`  times before (${notes})`.padEnd(36)} ${"".padEnd(12)} ${gains.join(" ")}`);
  }
  results.push({ ...shape, seconds: times });
}
report(lines, { peak: top, shapes: results });
