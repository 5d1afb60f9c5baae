/** Some 60 elements of each result of a convolution layer against double precision, before anything is timed. */
import { winogradError } from "../dist/model/layers/winograd.js";

/** Values in [-1, 1), the same on every machine. */
export function data(n, seed) {
  let state = seed;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const SAMPLES = 61;

/** The coordinates of element e of an array, last axis fastest. */
function coordinates(e, shape) {
  const at = [];
  for (const extent of shape.toReversed()) {
    at.unshift(e % extent);
    e = Math.floor(e / extent);
  }
  return at;
}

/** Throws where |error| > g(terms + 1) times the sum of magnitudes, or Winograd's bound.   shape as in shapes/conv.json */
export function check({ batch, side, c, filters, taps, stride, padding }, { values, results, isWinograd, oh }) {
  const border = padding === "same" ? Math.max(0, (oh - 1) * stride + taps - side) >> 1 : 0;
  const n = filters ?? c;
  const channels = filters ? Array.from({ length: c }, (_, i) => i) : undefined;
  const outputs = filters ? Array.from({ length: n }, (_, i) => i) : undefined;
  const range = (count) => Array.from({ length: count }, (_, i) => i);

  const x = (image, row, column, i) =>
    row < 0 || row >= side || column < 0 || column >= side
      ? 0
      : values.x[((image * side + row) * side + column) * c + i];
  const dy = (image, i, j, o) =>
    Number.isInteger(i) && Number.isInteger(j) && i >= 0 && i < oh && j >= 0 && j < oh
      ? values.dy[((image * oh + i) * oh + j) * n + o]
      : 0;
  const kernel = (p, q, i, o) => values.kernel[filters ? ((p * taps + q) * c + i) * n + o : (p * taps + q) * c + i];

  /** Factors of the products that each element sums. */
  const y = function* (image, i, j, o) {
    yield [values.bias[o], 1];
    for (const p of range(taps)) {
      for (const q of range(taps)) {
        const [row, column] = [i * stride + p - border, j * stride + q - border];
        for (const ch of channels ?? [o]) yield [x(image, row, column, ch), kernel(p, q, ch, o)];
      }
    }
  };
  const dx = function* (image, row, column, ch) {
    for (const p of range(taps)) {
      for (const q of range(taps)) {
        const [i, j] = [(row + border - p) / stride, (column + border - q) / stride];
        for (const o of outputs ?? [ch]) yield [dy(image, i, j, o), kernel(p, q, ch, o)];
      }
    }
  };
  const dk = function* (p, q, ch, o) {
    for (const image of range(batch)) {
      for (const i of range(oh)) {
        for (const j of range(oh)) {
          const [row, column] = [i * stride + p - border, j * stride + q - border];
          yield [x(image, row, column, ch), dy(image, i, j, filters ? o : ch)];
        }
      }
    }
  };

  /** sum_k |kernel[k,i,o]| over the taps. */
  const weight = (i, o) => range(taps * taps).reduce((sum, k) => sum + Math.abs(values.kernel[(k * c + i) * n + o]), 0);
  const largest = (at, image, row, column, i, size) => {
    let top = 0;
    for (const p of range(size))
      for (const q of range(size)) top = Math.max(top, Math.abs(at(image, row + p, column + q, i)));
    return top;
  };
  const even = (v) => v - (v % 2);
  /** What the errors of Winograd's products are proportional to, as winogradError says. */
  const forwardScale = (image, i, j, o) =>
    Math.abs(values.bias[o]) / winogradError("forward", taps, { c, filters }).scale +
    channels.reduce(
      (sum, ch) => sum + weight(ch, o) * largest(x, image, even(i) - border, even(j) - border, ch, taps + 1),
      0,
    );
  const inputScale = (image, row, column, ch) => {
    let sum = 0;
    for (let i = even(Math.max(0, row + border - taps)); i < oh && i <= row + border; i += 2) {
      for (let j = even(Math.max(0, column + border - taps)); j < oh && j <= column + border; j += 2) {
        for (const o of outputs) sum += weight(ch, o) * largest(dy, image, i, j, o, 2);
      }
    }
    return sum;
  };
  const winograd = (pass, scaleOf) => {
    if (!isWinograd) return undefined;
    const { scale, sum } = winogradError(pass, taps, { c, filters });
    return (...at) => scale * sum * scaleOf(...at);
  };

  const found = results();
  judge("forward", found.y, [batch, oh, oh, n], y, winograd("forward", forwardScale));
  judge("to input", found.dx, [batch, side, side, c], dx, winograd("to input", inputScale));
  judge("to filter", found.dk, [taps, taps, c, filters ?? 1], dk);
}

function judge(name, result, shape, products, boundAt) {
  const step = Math.max(1, Math.floor(result.length / SAMPLES));
  for (let e = 0; e < result.length; e += step) {
    let [value, magnitude, terms] = [0, 0, 0];
    const at = coordinates(e, shape);
    for (const [a, b] of products(...at)) {
      value += a * b;
      magnitude += Math.abs(a * b);
      terms++;
    }
    const u = (terms + 1) * 2 ** -24;
    const bound = boundAt?.(...at) ?? (u / (1 - u)) * magnitude;
    if (!(Math.abs(result[e] - value) <= bound)) {
      throw new Error(`${name}[${e}]: ${result[e]} is not ${value}`);
    }
  }
}
