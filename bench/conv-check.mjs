/** Some 60 elements of each result of a convolution layer against double precision, before anything is timed. */

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

/** Throws where |error| > g(terms + 1) times the sum of magnitudes.   shape as in shapes/conv.json */
export function check({ batch, side, c, filters, taps, stride, padding }, { values, results, oh }) {
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

  const found = results();
  judge("forward", found.y, [batch, oh, oh, n], y);
  judge("to input", found.dx, [batch, side, side, c], dx);
  judge("to filter", found.dk, [taps, taps, c, filters ?? 1], dk);
}

function judge(name, result, shape, products) {
  const step = Math.max(1, Math.floor(result.length / SAMPLES));
  for (let e = 0; e < result.length; e += step) {
    let [value, magnitude, terms] = [0, 0, 0];
    for (const [a, b] of products(...coordinates(e, shape))) {
      value += a * b;
      magnitude += Math.abs(a * b);
      terms++;
    }
    const u = (terms + 1) * 2 ** -24;
    if (!(Math.abs(result[e] - value) <= (u / (1 - u)) * magnitude)) {
      throw new Error(`${name}[${e}]: ${result[e]} is not ${value}`);
    }
  }
}
