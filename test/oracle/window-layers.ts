/** The layers of Keras that slide windows over an image, on numbers of the tape. */
import type { Tensor } from "./layers.ts";
import { convolutionStep, depthwiseStep, type LinearStep, maxStep, meanStep } from "./linear.ts";
import { largest, type Num, sum, times } from "./tape.ts";
import { type Padding, type Window, windowOf } from "./window.ts";

type Config = Record<string, unknown>;

/** Each output: its start, and a product for each weight that it meets. */
function connected(step: LinearStep, x: Tensor, weights: readonly Num[]): Num[] {
  const terms = Array.from({ length: step.outputs }, (_, output) => {
    const start = weights[step.start(output)];
    return start ? [start] : [];
  });
  step.each((output, input, weight) => terms[output]?.push(times(x.values[input] as Num, weights[weight] as Num)));
  return terms.map(sum);
}

function windowFor(config: Config, taps: unknown, [h, w]: readonly number[]): Window {
  const two = (value: unknown) => (value ?? [1, 1]) as [number, number];
  const dilation = two(config.dilation_rate);
  return windowOf([h as number, w as number], two(taps), two(config.strides), dilation, config.padding as Padding);
}

const valuesOf = ({ values }: Tensor): Float64Array => Float64Array.from(values, ({ value }) => value);

/** kernel[kh,kw,c,n], of every channel or of one each. */
export function convolved(config: Config, x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
  const [, , c, n] = kernel.shape as [number, number, number, number];
  const isDepthwise = config.depth_multiplier !== undefined;
  const win = windowFor(config, config.kernel_size, x.shape);
  const step = (isDepthwise ? depthwiseStep : convolutionStep)(win, c, n, valuesOf(kernel), bias && valuesOf(bias));
  const weights = [...kernel.values, ...(bias?.values ?? [])];
  return { shape: [win.oh, win.ow, isDepthwise ? c * n : n], values: connected(step, x, weights) };
}

/**
 * Each pixel gives its taps to the output: kernel[kh,kw,filters / groups,c], the channels of a group to the filters of that group.
 */
export function transposed(config: Config, x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
  const [kh, kw] = kernel.shape as [number, number];
  const [h, w, c] = x.shape as [number, number, number];
  const filters = (bias ?? { shape: [config.filters as number] }).shape[0] as number;
  const groups = (config.groups as number | undefined) ?? 1;
  const per = filters / groups;
  const strides = (config.strides ?? [1, 1]) as [number, number];
  const dilations = (config.dilation_rate ?? [1, 1]) as [number, number];
  const sides = ([h, w] as const).map((size, side) => {
    const [stride, dilation] = [strides[side], dilations[side]] as [number, number];
    const reach = ([kh, kw][side] as number) * dilation - dilation + 1;
    const end = (size - 1) * stride + reach;
    const more = (config.output_padding as number[] | undefined)?.[side];
    const { padding } = config;
    if (typeof padding === "object" && padding !== null) {
      const [before, after] = (padding as [number, number][])[side] as [number, number];
      return { before, extent: end - before - after + (more ?? 0), stride, dilation };
    }
    if (padding !== "same") return { before: 0, extent: Math.max(end, size * stride) + (more ?? 0), stride, dilation };
    const extent = more === undefined ? size * stride : (size - 1) * stride + (reach % 2) + more;
    return { before: Math.floor(Math.max(0, end - extent) / 2), extent, stride, dilation };
  });
  const [down, right] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const shape = [down.extent, right.extent, filters];
  const terms = Array.from({ length: shape.reduce((product, n) => product * n, 1) }, (_, i): Num[] => {
    return bias ? [bias.values[i % filters] as Num] : [];
  });
  for (let pixel = 0; pixel < h * w; pixel++) {
    for (let tap = 0; tap < kh * kw; tap++) {
      const row = Math.floor(pixel / w) * down.stride + Math.floor(tap / kw) * down.dilation - down.before;
      const column = (pixel % w) * right.stride + (tap % kw) * right.dilation - right.before;
      if (row < 0 || row >= down.extent || column < 0 || column >= right.extent) continue;
      for (let k = 0; k < c; k++) {
        for (let f = 0; f < per; f++) {
          const filter = Math.floor((k * groups) / c) * per + f;
          terms[(row * right.extent + column) * filters + filter]?.push(
            times(x.values[pixel * c + k] as Num, kernel.values[(tap * per + f) * c + k] as Num),
          );
        }
      }
    }
  }
  return { shape, values: terms.map(sum) };
}

export function largestOfWindows(config: Config, x: Tensor): Tensor {
  const win = windowFor(config, config.pool_size, x.shape);
  const c = x.shape[2] as number;
  const { pixels } = maxStep(win, c);
  return { shape: [win.oh, win.ow, c], values: pixels.map((at) => largest(at.map((i) => x.values[i] as Num))) };
}

/** `share` makes a weight of a fraction. */
export function meansOfWindows(config: Config, x: Tensor, share: (value: number) => Num): Tensor {
  const win = windowFor(config, config.pool_size, x.shape);
  const c = x.shape[2] as number;
  const step = meanStep(win, c);
  return { shape: [win.oh, win.ow, c], values: connected(step, x, Array.from(step.weights, share)) };
}

interface Side {
  readonly taps: number;
  readonly stride: number;
  readonly dilation: number;
  readonly before: number;
  readonly size: number;
  readonly outputs: number;
}

/** The sides of a window over a volume. */
function volumeSides(config: Config, taps: readonly number[], shape: readonly number[]): Side[] {
  const three = (value: unknown) => (value ?? [1, 1, 1]) as number[];
  return taps.map((n, i): Side => {
    const [size, stride, dilation] = [shape[i], three(config.strides)[i], three(config.dilation_rate)[i]] as number[];
    const { extent, before } = sideOf(
      config.padding as string,
      size as number,
      (n - 1) * (dilation as number) + 1,
      stride as number,
    );
    return {
      ...{ taps: n, before, size: size as number, outputs: extent },
      stride: stride as number,
      dilation: dilation as number,
    };
  });
}

function sideOf(padding: string, size: number, reach: number, stride: number): { extent: number; before: number } {
  if (padding !== "same") return { extent: Math.floor((size - reach) / stride) + 1, before: 0 };
  const extent = Math.ceil(size / stride);
  return { extent, before: Math.floor(Math.max(0, (extent - 1) * stride + reach - size) / 2) };
}

/** For each place of the output the voxels under the window that lie inside, each with the number of its tap. */
function voxels(sides: readonly Side[]): { at: number; tap: number }[][] {
  const [depth, rows, columns] = sides as [Side, Side, Side];
  const along = ({ taps, stride, dilation, before, size }: Side, o: number) =>
    Array.from({ length: taps }, (_, tap) => ({ tap, at: o * stride + tap * dilation - before })).filter(
      ({ at }) => at >= 0 && at < size,
    );
  const made: { at: number; tap: number }[][] = [];
  for (let m = 0; m < depth.outputs; m++) {
    for (let i = 0; i < rows.outputs; i++) {
      for (let j = 0; j < columns.outputs; j++) {
        made.push(
          along(depth, m).flatMap((d) =>
            along(rows, i).flatMap((r) =>
              along(columns, j).map((c) => ({
                at: (d.at * rows.size + r.at) * columns.size + c.at,
                tap: (d.tap * rows.taps + r.tap) * columns.taps + c.tap,
              })),
            ),
          ),
        );
      }
    }
  }
  return made;
}

const outputsOf = (sides: readonly Side[]): number[] => sides.map(({ outputs }) => outputs);

/** kernel[kd,kh,kw,c,n] */
export function convolvedVolume(config: Config, x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor {
  const [c, n] = kernel.shape.slice(3) as [number, number];
  const sides = volumeSides(config, kernel.shape.slice(0, 3), x.shape);
  const values = voxels(sides).flatMap((places) =>
    Array.from({ length: n }, (_, filter) =>
      sum([
        ...(bias ? [bias.values[filter] as Num] : []),
        ...places.flatMap(({ at, tap }) =>
          Array.from({ length: c }, (_, k) =>
            times(x.values[at * c + k] as Num, kernel.values[(tap * c + k) * n + filter] as Num),
          ),
        ),
      ]),
    ),
  );
  return { shape: [...outputsOf(sides), n], values };
}

/** What `join` makes of the numbers of a channel under each window over a volume. */
export function pooledVolume(config: Config, x: Tensor, join: (values: Num[]) => Num): Tensor {
  const c = x.shape[3] as number;
  const sides = volumeSides(config, config.pool_size as number[], x.shape);
  const values = voxels(sides).flatMap((places) =>
    Array.from({ length: c }, (_, k) => join(places.map(({ at }) => x.values[at * c + k] as Num))),
  );
  return { shape: [...outputsOf(sides), c], values };
}
