/** Passes over boxes, judged by interval arithmetic in f64 that knows its error (test/oracle/tape.ts). */
import { describe, expect, test } from "vitest";
import "../../src/index.ts";
import { GradientSum, type Network } from "../../src/model/index.ts";
import { messageOf } from "../message-of.ts";
import { constant, derivatives, largest, mapped, minus, type Near, type Num, sum, times } from "../oracle/tape.ts";
import { U32 } from "../support/bounds.ts";
import { conv, dense, networkOf, type Part, part } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";
import { lossError, softmaxError } from "../support/softmax-bounds.ts";

const CLASSES = 3;
const KERNEL = { kernel: [1, 1, 1, 3], bias: [3] };

/** Both ends of each number of a value. */
interface Ends {
  lower: Num[];
  upper: Num[];
}
type Take = (weights: (name: string) => Num[]) => (x: Ends) => Ends;

const HALF = constant(0.5);
const magnitude = (w: Num) =>
  mapped(w, { value: Math.abs(w.value), error: 0 }, { value: Math.sign(w.value), error: 0 });
const middle = ({ lower, upper }: Ends) => lower.map((l, i) => times(HALF, sum([l, upper[i] as Num])));
const halfWidth = ({ lower, upper }: Ends) => lower.map((l, i) => times(HALF, sum([upper[i] as Num, minus(l)])));

/** A linear map from its taps: of each output the inputs and weights it sums, and its bias. */
function linear(x: Ends, taps: { terms: [input: number, weight: Num][]; bias: Num }[]): Ends {
  const [c, r] = [middle(x), halfWidth(x)];
  const ends = taps.map(({ terms, bias }) => {
    const centre = sum([bias, ...terms.map(([i, w]) => times(c[i] as Num, w))]);
    const radius = sum(terms.map(([i, w]) => times(r[i] as Num, magnitude(w))));
    return { lower: sum([centre, minus(radius)]), upper: sum([centre, radius]) };
  });
  return { lower: ends.map(({ lower }) => lower), upper: ends.map(({ upper }) => upper) };
}

const denseTaps = (inputs: number, units: number, w: Num[], b: Num[]) =>
  Array.from({ length: units }, (_, k) => ({
    terms: Array.from({ length: inputs }, (_, j): [number, Num] => [j, w[j * units + k] as Num]),
    bias: b[k] as Num,
  }));

const each = (f: (x: Num) => Num) => (x: Ends) => ({ lower: x.lower.map(f), upper: x.upper.map(f) });
const relu = each((x) => largest([x, constant(0)]));

interface Case {
  title: string;
  network: () => Network;
  inputs: number;
  hidden: Take;
  /** Numbers before the last layer. */
  width: number;
}

const CASES: Case[] = [
  {
    title: "dense layers with ReLU",
    network: () => networkOf([5], [dense("fc1", 5, 6, "relu"), dense("fc2", 6, CLASSES, "softmax")]),
    inputs: 5,
    width: 6,
    hidden: (w) => (x) => relu(linear(x, denseTaps(5, 6, w("fc1/kernel"), w("fc1/bias")))),
  },
  {
    title: "a convolution by steps of two, ReLU, Flatten, plain scores",
    network: () =>
      networkOf(
        [5, 5, 1],
        [
          conv(
            "Conv2D",
            { name: "conv", filters: 2, kernel_size: [3, 3], strides: [2, 2], activation: "relu" },
            { kernel: [3, 3, 1, 2], bias: [2] },
          ),
          part("Flatten", { name: "flat" }),
          dense("fc", 8, CLASSES, "linear"),
        ],
      ),
    inputs: 25,
    width: 8,
    hidden: (w) => (x) => relu(linear(x, convolved(w("conv/kernel"), w("conv/bias"), 3, 2))),
  },
  {
    title: "a convolution, maximum pooling, average pooling, Flatten",
    network: () =>
      networkOf(
        [5, 5, 1],
        [
          conv("Conv2D", { name: "conv", filters: 2, kernel_size: [2, 2] }, { kernel: [2, 2, 1, 2], bias: [2] }),
          part("MaxPooling2D", { name: "most", pool_size: [2, 2], strides: [1, 1] }),
          part("AveragePooling2D", { name: "mean", pool_size: [2, 2], strides: [1, 1] }),
          part("Flatten", { name: "flat" }),
          dense("fc", 8, CLASSES, "softmax", false),
        ],
      ),
    inputs: 25,
    width: 8,
    hidden: (w) => (x) => {
      const pooled = each2(linear(x, convolved(w("conv/kernel"), w("conv/bias"), 2, 1)), (y) =>
        windows(y, 4, (four) => largest(four)),
      );
      return each2(pooled, (y) => windows(y, 3, (four) => times(constant(0.25), sum(four))));
    },
  },
];

const each2 = ({ lower, upper }: Ends, f: (x: Num[]) => Num[]): Ends => ({ lower: f(lower), upper: f(upper) });

/** 2 x 2 windows by steps of one over [side, side, 2]. */
function windows(x: Num[], side: number, f: (four: Num[]) => Num): Num[] {
  const out: Num[] = [];
  for (let i = 0; i + 1 < side; i++)
    for (let j = 0; j + 1 < side; j++)
      for (let c = 0; c < 2; c++) out.push(f([0, 1, side, side + 1].map((d) => x[(i * side + j + d) * 2 + c] as Num)));
  return out;
}

/** The taps of two filters over a 5 x 5 image. */
function convolved(w: Num[], b: Num[], side: number, stride: number) {
  const taps: { terms: [number, Num][]; bias: Num }[] = [];
  for (let i = 0; i + side <= 5; i += stride)
    for (let j = 0; j + side <= 5; j += stride)
      for (let f = 0; f < 2; f++) {
        const terms: [number, Num][] = [];
        for (let p = 0; p < side; p++)
          for (let q = 0; q < side; q++) terms.push([(i + p) * 5 + j + q, w[(p * side + q) * 2 + f] as Num]);
        taps.push({ terms, bias: b[f] as Num });
      }
  return taps;
}

for (const { title, network: build, inputs, hidden, width } of CASES) {
  describe(title, () => {
    const COUNT = 7;
    const network = build();
    const rows = noise32(COUNT * inputs, 3).map(Math.abs) as Float32Array;
    const radii = noise32(COUNT * inputs, 4, 0.1).map(Math.abs) as Float32Array;
    const lower = rows.map((x, i) => x - (radii[i] as number));
    const upper = rows.map((x, i) => x + (radii[i] as number));
    const labels = Int32Array.from({ length: COUNT }, (_, i) => i % CLASSES);
    const parameters = new Map(
      network.parameters.map((one) => [one.name, Array.from(network.valuesOf(one), (value) => constant(value))]),
    );
    const weights = (name: string) => parameters.get(name) ?? Array.from({ length: CLASSES }, () => constant(0));
    const last = network.parameters
      .filter(({ shape }) => shape.length > 1)
      .at(-1)
      ?.name.split("/")[0] as string;

    /** The worst scores of a row. */
    const worst = (row: number): Num[] => {
      const at = (all: Float32Array) => Array.from(all.subarray(row * inputs, (row + 1) * inputs));
      const [l, u] = [at(lower), at(upper)];
      // Centre and radius are rounded once on their way in.
      const end = (value: number): Num => ({ value, error: 4 * U32 * Math.abs(value) + U32, parents: [] });
      const before = hidden(weights)({ lower: l.map(end), upper: u.map(end) });
      const [c, r] = [middle(before), halfWidth(before)];
      const [w, b] = [weights(`${last}/kernel`), weights(`${last}/bias`)];
      const label = labels[row] as number;
      return Array.from({ length: CLASSES }, (_, k) => {
        if (k === label) return constant(0);
        const terms = Array.from({ length: width }, (_, j) => {
          const d = sum([w[j * CLASSES + k] as Num, minus(w[j * CLASSES + label] as Num)]);
          const size = mapped(d, { ...d, value: Math.abs(d.value) }, { value: Math.sign(d.value), error: 0 });
          return [times(c[j] as Num, d), times(r[j] as Num, size)];
        });
        return sum([...terms.flat(), b[k] as Num, minus(b[label] as Num)]);
      });
    };

    test("loss, errors and gradients are within the bound of f64", () => {
      const sumOf = new GradientSum(network.workspace, network.parameters);
      const found = network.addBoxGradient(lower, upper, labels, sumOf);
      const outputs: Num[] = [];
      const seeds: Near[] = [];
      let [loss, lossBound, errors] = [0, 0, 0];
      for (let row = 0; row < COUNT; row++) {
        const scores = worst(row);
        const z = scores.map(({ value }) => value);
        const off = Math.max(...scores.map(({ error }) => error));
        const top = Math.max(...z);
        const total = z.reduce((all, score) => all + Math.exp(score - top), 0);
        const own = Math.log(total) + top;
        loss += own;
        lossBound += lossError(z, own, top) + 2 * off;
        errors += Number(z.some((score, k) => k !== labels[row] && score >= 0));
        outputs.push(...scores);
        for (const [k, score] of z.entries()) {
          const share = Math.exp(score - top) / total;
          const value = share - Number(k === labels[row]);
          const drift = share * (softmaxError(z) + Math.expm1(2 * off) * (1 + softmaxError(z)));
          seeds.push({ value, error: drift + U32 * (Math.abs(value) + drift) });
        }
      }
      expect(Math.abs(found.loss - loss)).toBeLessThanOrEqual(lossBound);
      expect(found.errors).toBe(errors);
      expect(errors).toBeGreaterThan(0);
      const slopes = derivatives(outputs, seeds);
      let judged = 0;
      for (const one of network.parameters) {
        const actual = network.workspace.arena.f32(sumOf.at(one), one.size);
        for (const [i, num] of weights(one.name).entries()) {
          const expected = slopes.get(num) ?? { value: 0, error: 0 }; // of a unit that is off in every box
          expect(Math.abs((actual[i] as number) - expected.value), `${one.name}[${i}]`).toBeLessThanOrEqual(
            expected.error + 2 ** -149,
          );
          if (Math.abs(expected.value) > 100 * expected.error) judged++;
        }
      }
      // A bound as wide as the gradient would prove nothing.
      expect(judged).toBeGreaterThan(network.parameterCount / 3);
    });

    test("boxes of no width have the loss of their rows", () => {
      const sumOf = new GradientSum(network.workspace, network.parameters);
      const found = network.addBoxGradient(rows, rows, labels, sumOf);
      const { loss, errors } = network.score(rows, labels);
      // Both are of the same scores, a row's differences of them rounded apart.
      const size = Math.max(...network.scores(rows).map(Math.abs));
      expect(Math.abs(found.loss - loss)).toBeLessThanOrEqual(COUNT * 64 * (inputs + width) * U32 * (1 + size));
      expect(found.errors).toBe(errors);
    });
  });
}

describe("boxes", () => {
  const network = networkOf([5], [dense("fc1", 5, 4, "tanh"), dense("fc2", 4, CLASSES, "softmax")]);
  const sumOf = () => new GradientSum(network.workspace, network.parameters);

  test("of many chunks add up as the chunks do", () => {
    const rows = noise32(300 * 5, 1);
    const wider = rows.map((x) => x + 0.125);
    const labels = Int32Array.from({ length: 300 }, (_, i) => i % CLASSES);
    const [whole, parts] = [sumOf(), sumOf()];
    const all = network.addBoxGradient(rows, wider, labels, whole, 0.25);
    let errors = 0;
    for (let at = 0; at < 300; at += 128) {
      const cut = (values: Float32Array) => values.subarray(at * 5, (at + 128) * 5);
      errors += network.addBoxGradient(cut(rows), cut(wider), labels.subarray(at, at + 128), parts, 0.25).errors;
    }
    expect(errors).toBe(all.errors);
    for (const one of network.parameters) {
      const { arena } = network.workspace;
      expect(arena.f32(whole.at(one), one.size)).toEqual(arena.f32(parts.at(one), one.size));
    }
  });

  test("are refused where they are none, and where a layer has no bound over them", () => {
    const row = Float32Array.of(1, 2, 3, 4, 5);
    const add = (lower: Float32Array, upper: Float32Array, one = network) => {
      return messageOf(() => one.addBoxGradient(lower, upper, [0], new GradientSum(one.workspace, one.parameters)));
    };
    expect(add(row, Float32Array.of(1, 2, 2, 4, 5))).toBe(
      "box [2]: expected finite numbers, lower <= upper, got [3, 2]",
    );
    expect(add(row.fill(Number.NaN), row)).toMatch(/^box \[0\]: expected finite numbers/);
    const swish = networkOf([5], [dense("fc1", 5, 4, "swish"), dense("fc2", 4, CLASSES, "softmax")]);
    expect(add(row, row, swish)).toBe("fc1: expected a layer with a bound over boxes, got elementwise");
    const coin = networkOf([5], [dense("fc1", 5, 1, "sigmoid")]);
    expect(add(row, row, coin)).toBe(
      "network: expected scores that a layer gives, to bound them over boxes, got others",
    );
    const image = (inputs: number, last: Part[]) =>
      networkOf(
        [inputs, inputs, 1],
        [conv("Conv2D", { name: "conv", filters: 3, kernel_size: [1, 1] }, KERNEL), ...last],
      );
    const most = image(2, [part("GlobalMaxPooling2D", { name: "most" })]);
    expect(add(new Float32Array(4), new Float32Array(4), most)).toBe(
      "network: expected a Dense layer that gives the scores, to bound them over boxes, got global pooling",
    );
    const grown = networkOf(
      [5],
      [
        dense("fc1", 5, 4, "relu"),
        part("Rescaling", { name: "grow", scale: 2, offset: 0 }),
        dense("fc2", 4, 3, "softmax"),
      ],
    );
    expect(add(row, row, grown)).toBe("grow: expected a layer with a bound over boxes, got affine");
  });
});
