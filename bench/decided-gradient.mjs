/**
 * The loss's gradient to the input of a convolutional network in double precision, by definition, with given decisions: which
 * rectified units are above zero, and which number of a pooling window is its largest. Two correct networks in single precision
 * decide otherwise where a number lies within rounding of zero or of its neighbour, and from there on have the gradients of two
 * different linear maps. Beside the decisions that a network made, only roundings are left in its gradient.
 */
import { layersOf } from "./peer-models.mjs";

const isDecision = ({ class_name, config }) => class_name === "MaxPooling2D" || config.activation === "relu";

/** Whether a network of these artifacts decides anything. */
export function decides(artifacts) {
  return layersOf(artifacts).some(isDecision);
}

/** How windows of k taps lie over n numbers: outputs, and the border before the first. */
function along(n, k, stride, padding) {
  const outputs = padding === "same" ? Math.ceil(n / stride) : Math.floor((n - k) / stride) + 1;
  const border = padding === "same" ? Math.max(0, (outputs - 1) * stride + k - n) >> 1 : 0;
  return { outputs, border };
}

/** Calls use(position, pixel, tap) for each tap of each window that lies inside the image. */
function eachMeeting({ h, w }, [kh, kw], [sh, sw], padding, use) {
  const rows = along(h, kh, sh, padding);
  const columns = along(w, kw, sw, padding);
  for (let i = 0; i < rows.outputs; i++) {
    for (let j = 0; j < columns.outputs; j++) {
      for (let p = 0; p < kh; p++) {
        for (let q = 0; q < kw; q++) {
          const [r, s] = [i * sh + p - rows.border, j * sw + q - columns.border];
          if (r >= 0 && r < h && s >= 0 && s < w) use(i * columns.outputs + j, r * w + s, p * kw + q);
        }
      }
    }
  }
}

const outputOf = ({ h, w }, [kh, kw], [sh, sw], padding, c) => {
  const [oh, ow] = [along(h, kh, sh, padding).outputs, along(w, kw, sw, padding).outputs];
  return { h: oh, w: ow, c, values: new Float64Array(oh * ow * c) };
};

/** For each output of a pool, the pixel of its window where `x` is largest: the first of equals. */
function largest(x, like, { pool_size, strides, padding }, c) {
  const y = outputOf(like, pool_size, strides, padding, c);
  const at = new Int32Array(y.values.length).fill(-1);
  eachMeeting(like, pool_size, strides, padding, (position, pixel) => {
    for (let k = 0; k < c; k++) {
      const to = position * c + k;
      if (at[to] < 0 || x[pixel * c + k] > x[at[to]]) at[to] = pixel * c + k;
    }
  });
  return { y, at };
}

/** The layers: what each computes from its inputs, and what it gives back to them. */
const KINDS = {
  Conv2D: {
    forward({ config, kernel, bias }, [x]) {
      const filters = config.filters;
      const y = outputOf(x, config.kernel_size, config.strides, config.padding, filters);
      for (let i = 0; i < y.values.length; i++) y.values[i] = bias.values[i % filters];
      eachMeeting(x, config.kernel_size, config.strides, config.padding, (position, pixel, tap) => {
        for (let k = 0; k < x.c; k++) {
          const factor = x.values[pixel * x.c + k];
          if (factor === 0) continue;
          const from = (tap * x.c + k) * filters;
          for (let f = 0; f < filters; f++) y.values[position * filters + f] += factor * kernel.values[from + f];
        }
      });
      if (config.activation === "relu") y.values = y.values.map((v) => Math.max(0, v));
      return y;
    },
    backward({ config, kernel }, [x], dy, y, [dx]) {
      const filters = config.filters;
      const dz = config.activation === "relu" ? dy.map((v, i) => (y[i] > 0 ? v : 0)) : dy;
      let [last, lit] = [-1, []];
      eachMeeting(x, config.kernel_size, config.strides, config.padding, (position, pixel, tap) => {
        // The filters whose slopes there are not zero.
        if (position !== last) {
          lit = [];
          for (let f = 0; f < filters; f++) if (dz[position * filters + f] !== 0) lit.push(f);
          last = position;
        }
        for (let k = 0; k < x.c; k++) {
          const from = (tap * x.c + k) * filters;
          let sum = 0;
          for (const f of lit) sum += dz[position * filters + f] * kernel.values[from + f];
          dx[pixel * x.c + k] += sum;
        }
      });
    },
  },
  MaxPooling2D: {
    forward({ config }, [x]) {
      const { y, at } = largest(x.values, x, config, x.c);
      for (const [i, from] of at.entries()) y.values[i] = x.values[from];
      return y;
    },
    backward({ config, inputs }, [x], dy, _y, [dx], decisions) {
      const { at } = largest(decisions(inputs[0]), x, config, x.c);
      for (const [i, from] of at.entries()) dx[from] += dy[i];
    },
  },
  Concatenate: {
    forward(_, inputs) {
      const c = inputs.reduce((sum, x) => sum + x.c, 0);
      const { h, w } = inputs[0];
      const values = new Float64Array(h * w * c);
      let first = 0;
      for (const x of inputs) {
        for (const [i, v] of x.values.entries()) values[Math.floor(i / x.c) * c + first + (i % x.c)] = v;
        first += x.c;
      }
      return { h, w, c, values };
    },
    backward(_, inputs, dy, _y, slopes) {
      const c = inputs.reduce((sum, x) => sum + x.c, 0);
      let first = 0;
      for (const [k, x] of inputs.entries()) {
        for (const i of x.values.keys()) slopes[k][i] += dy[Math.floor(i / x.c) * c + first + (i % x.c)];
        first += x.c;
      }
    },
  },
  GlobalAveragePooling2D: {
    forward(_, [x]) {
      const values = new Float64Array(x.c);
      for (const [i, v] of x.values.entries()) values[i % x.c] += v / (x.h * x.w);
      return { h: 1, w: 1, c: x.c, values };
    },
    backward(_, [x], dy, _y, [dx]) {
      for (const i of x.values.keys()) dx[i] += dy[i % x.c] / (x.h * x.w);
    },
  },
};

/**
 * The network at one image: `gradient(decisions)` is the gradient of -log softmax(scores)[label] with what
 * `decisions(layer name)` says that a layer put out, `outputs(name)` what it puts out in double precision.
 */
export function definedNetwork(artifacts, image, shape, label) {
  const [h, w, c] = shape;
  const layers = layersOf(artifacts);
  const found = {};
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => found[name]);
    found[layer.name] =
      layer.class_name === "InputLayer"
        ? { h, w, c, values: Float64Array.from(image) }
        : KINDS[layer.class_name].forward(layer, inputs);
  }
  const scores = found[layers.at(-1).name].values;
  const top = scores.reduce((a, b) => Math.max(a, b));
  const exponentials = scores.map((v) => Math.exp(v - top));
  const total = exponentials.reduce((a, b) => a + b);
  const outputs = (name) => found[name].values;
  return {
    outputs,
    gradient(decisions = outputs) {
      const slopes = Object.fromEntries(layers.map(({ name }) => [name, new Float64Array(found[name].values.length)]));
      slopes[layers.at(-1).name].set(exponentials.map((v, i) => v / total - (i === label ? 1 : 0)));
      for (const layer of layers.toReversed()) {
        if (layer.class_name === "InputLayer") continue;
        const { inputs, name } = layer;
        const y = isDecision(layer) ? decisions(name) : undefined;
        const to = inputs.map((from) => slopes[from]);
        KINDS[layer.class_name].backward(
          layer,
          inputs.map((from) => found[from]),
          slopes[name],
          y,
          to,
          decisions,
        );
      }
      return slopes[layers[0].name];
    },
    /** How many decisions differ from those in double precision, and of how many. */
    differing(decisions) {
      let [count, all] = [0, 0];
      for (const layer of layers.filter(isDecision)) {
        const x = found[layer.inputs[0]];
        const of = (values) =>
          layer.class_name === "Conv2D"
            ? Int32Array.from(values(layer.name), (v) => Number(v > 0))
            : largest(values(layer.inputs[0]), x, layer.config, x.c).at;
        const [theirs, defined] = [of(decisions), of(outputs)];
        all += defined.length;
        count += defined.reduce((sum, v, i) => sum + Number(v !== theirs[i]), 0);
      }
      return { count, all };
    },
  };
}
