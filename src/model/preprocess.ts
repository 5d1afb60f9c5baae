/**
 * What is done to the data before a model that does not do it itself: a function a x + b, channel by channel, as a Rescaling in
 * front of its first layer. Gradients, attacks and certificates go through it, so distances and boxes are in the units of the data,
 * and artifacts carry it.
 */
import { describe, type OptionNames, outOfRange, requireOptions } from "../check.ts";
import type { Workspace } from "../wasm/index.ts";
import { LAYERS, type Layer, type LayerFactory } from "./layers/index.ts";

/** How a model's inputs are made of the data: by a range, or as (scale x - mean) / std. */
export interface Preprocess {
  /** What the model takes for the data's 0 and 1: [-1, 1], [0, 255]. */
  range?: readonly [low: number, high: number];
  /** What the data are multiplied by first; one number, or one a channel; default 1. */
  scale?: number | readonly number[];
  /** What is taken off then; default 0. */
  mean?: number | readonly number[];
  /** What that is divided by; default 1. */
  std?: number | readonly number[];
}

const NAMES: OptionNames<Preprocess> = { range: true, scale: true, mean: true, std: true };
/** The layer that does it, and whatever it is called where a layer of the model has that name. */
const NAME = "preprocess";

type Numbers = number | readonly number[];

const listOf = (numbers: Numbers): readonly number[] => (typeof numbers === "number" ? [numbers] : numbers);

function requireNumbers(subject: string, numbers: Numbers, isPositive: boolean): void {
  const list = Array.isArray(numbers) || typeof numbers === "number" ? listOf(numbers) : [];
  if (list.length === 0) outOfRange(subject, "a number, or one a channel", describe(numbers));
  for (const number of list) {
    if (!Number.isFinite(Math.fround(number))) outOfRange(subject, "finite numbers", number);
    if (isPositive && !(Math.fround(number) > 0)) outOfRange(subject, "numbers above 0", number);
  }
}

/** Checks what is asked for. Returns undefined where it is nothing. */
export function requirePreprocess(subject: string, given: Preprocess | undefined): Preprocess | undefined {
  if (given === undefined) return undefined;
  requireOptions(subject, given, NAMES);
  const { range, ...rest } = given;
  const others = (Object.keys(rest) as (keyof typeof rest)[]).filter((name) => rest[name] !== undefined);
  if (range !== undefined) {
    const [other] = others;
    if (other) outOfRange(`${subject} ${other}`, "none beside a range", describe(rest[other]));
    const isPair = Array.isArray(range) && range.length === 2 && range.every((n) => Number.isFinite(Math.fround(n)));
    if (!isPair || !(Math.fround(range[0]) < Math.fround(range[1]))) {
      const got = Array.isArray(range) ? range.join(",") : describe(range);
      outOfRange(`${subject} range`, "two numbers, the lower one first", got);
    }
    return { range };
  }
  for (const name of others) requireNumbers(`${subject} ${name}`, rest[name] as Numbers, name !== "mean");
  return others.length === 0 ? undefined : given;
}

/** The scale and offset of each channel, or of all. */
function termsOf({ range, scale = 1, mean = 0, std = 1 }: Preprocess): { scale: Numbers; offset: Numbers } {
  if (range) return { scale: range[1] - range[0], offset: range[0] };
  const lists = [scale, mean, std].map(listOf) as [readonly number[], readonly number[], readonly number[]];
  const channels = Math.max(...lists.map(({ length }) => length));
  const of = (list: readonly number[], i: number) => list[list.length === 1 ? 0 : i] as number;
  const each = (f: (s: number, m: number, d: number) => number): Numbers => {
    const [s, m, d] = lists;
    const numbers = Array.from({ length: channels }, (_, i) => f(of(s, i), of(m, i), of(d, i)));
    return channels === 1 ? (numbers[0] as number) : numbers;
  };
  return { scale: each((s, _, d) => s / d), offset: each((_, m, d) => (0 - m) / d) };
}

/** What is changed of a model: 0 is its input, i + 1 what call i gives. */
interface Model {
  inputShape: readonly number[];
  layers: Layer[];
  calls: { layer: Layer; inputs: readonly number[] }[];
  preprocess?: Preprocess;
}

/** The model behind what is done to the data. */
export function withPreprocess<M extends Model>(model: M, preprocess: Preprocess, workspace: Workspace): M {
  const channels = model.inputShape.at(-1) as number;
  for (const [name, numbers] of Object.entries(preprocess)) {
    const { length } = listOf(numbers);
    if (name === "range" || length === 1 || length === channels) continue;
    outOfRange(`preprocess ${name}`, `one number, or ${channels}, one a channel`, `${length}`);
  }
  const taken = new Set(model.layers.map((layer) => layer.name));
  let name = NAME;
  for (let i = 1; taken.has(name); i++) name = `${NAME}_${i}`;
  const layer = (LAYERS.Rescaling as LayerFactory)({ name, ...termsOf(preprocess) }, model.inputShape, workspace);
  const calls = model.calls.map(({ layer, inputs }) => ({ layer, inputs: inputs.map((value) => value + 1) }));
  return { ...model, layers: [layer, ...model.layers], calls: [{ layer, inputs: [0] }, ...calls], preprocess };
}

/** The same as the flags of a command: numbers separated by commas. */
export function preprocessFlags({ range, scale, mean, std }: Preprocess = {}): Record<string, readonly number[]> {
  const given = Object.entries({ range, scale, mean, std }).filter(([, numbers]) => numbers !== undefined);
  return Object.fromEntries(given.map(([name, numbers]) => [name, listOf(numbers as Numbers)]));
}
