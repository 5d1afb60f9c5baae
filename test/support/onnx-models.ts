/** Small networks in the manner of well-known ones, as PyTorch would export them, with weights by seed. */
import type { OnnxConstant, WrittenAttribute, WrittenNode } from "../../src/formats/onnx/write.ts";
import { noise32 } from "./noise.ts";
import { float, floats, int, ints, onnxFile, onnxNode, text, wholes } from "./onnx-files.ts";

export interface OnnxNet {
  readonly name: string;
  /** Of one row. */
  readonly shape: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Writes nodes one behind another; each method returns the name of what it makes. */
class Writer {
  readonly nodes: WrittenNode[] = [];
  readonly constants: Record<string, OnnxConstant> = {};
  private count = 0;

  weights(shape: readonly number[], scale = 1): string {
    const name = `w${++this.count}`;
    const size = shape.reduce((product, n) => product * n, 1);
    this.constants[name] = floats(
      shape,
      noise32(size, this.count).map((value) => value * scale),
    );
    return name;
  }

  positive(count: number): string {
    const name = `p${++this.count}`;
    this.constants[name] = floats(
      [count],
      noise32(count, this.count).map((value) => 1 + value / 4),
    );
    return name;
  }

  wholes(...values: number[]): string {
    const name = `s${++this.count}`;
    this.constants[name] = wholes(...values);
    return name;
  }

  node(op: string, inputs: readonly string[], attributes: Readonly<Record<string, WrittenAttribute>> = {}): string {
    const name = `v${++this.count}`;
    this.nodes.push(onnxNode(op, inputs, name, attributes));
    return name;
  }

  /** 3 x 3 with a border of one, or 1 x 1. */
  conv(x: string, from: number, to: number, { taps = 3, stride = 1, group = 1 } = {}): string {
    const border = (taps - 1) / 2;
    const fan = (taps * taps * from) / group;
    const kernel = this.weights([to, from / group, taps, taps], Math.sqrt(3 / fan));
    return this.node("Conv", [x, kernel, this.weights([to], 0.1)], {
      ...{ kernel_shape: ints(taps, taps), strides: ints(stride, stride), group: int(group) },
      pads: ints(border, border, border, border),
    });
  }

  norm(x: string, channels: number): string {
    const moments = [
      this.positive(channels),
      this.weights([channels], 0.2),
      this.weights([channels], 0.2),
      this.positive(channels),
    ];
    return this.node("BatchNormalization", [x, ...moments], { epsilon: float(1e-3) });
  }

  relu(x: string): string {
    return this.node("Relu", [x]);
  }

  /** The mean of each channel, and a product to the classes. */
  head(x: string, channels: number, classes = 5): string {
    const flat = this.node("Flatten", [this.node("GlobalAveragePool", [x])], { axis: int(1) });
    return this.gemm(flat, channels, classes);
  }

  gemm(x: string, from: number, to: number): string {
    const weights = this.weights([to, from], Math.sqrt(3 / from));
    return this.node("Gemm", [x, weights, this.weights([to], 0.1)], { transB: int(1) });
  }
}

function net(name: string, shape: readonly number[], write: (writer: Writer) => string, opset = 17): OnnxNet {
  const writer = new Writer();
  const output = write(writer);
  const { nodes, constants } = writer;
  const inputs = [{ name: "x", shape: ["batch", ...shape] }];
  return { name, shape, bytes: onnxFile(nodes, { opset, inputs, outputs: [output], constants }) };
}

const residual = net("residual", [3, 12, 10], (w) => {
  const block = (x: string, from: number, to: number, stride: number): string => {
    const inner = w.relu(w.norm(w.conv(x, from, to, { stride }), to));
    const outer = w.norm(w.conv(inner, to, to), to);
    const beside = stride === 1 ? x : w.norm(w.conv(x, from, to, { taps: 1, stride }), to);
    return w.relu(w.node("Add", [outer, beside]));
  };
  const stem = w.relu(w.norm(w.conv("x", 3, 8), 8));
  const pooled = w.node("MaxPool", [stem], { kernel_shape: ints(3, 3), strides: ints(2, 2), pads: ints(1, 1, 1, 1) });
  return w.head(block(block(pooled, 8, 8, 1), 8, 12, 2), 12);
});

const depthwise = net("depthwise", [3, 12, 10], (w) => {
  const limits = [w.weights([], 0), "six"];
  w.constants.six = floats([], [6]);
  const relu6 = (x: string): string => w.node("Clip", [x, ...limits]);
  const block = (x: string, from: number, to: number): string => {
    const wide = relu6(w.norm(w.conv(x, from, 2 * from, { taps: 1 }), 2 * from));
    const deep = relu6(w.norm(w.conv(wide, 2 * from, 2 * from, { group: 2 * from }), 2 * from));
    return w.norm(w.conv(deep, 2 * from, to, { taps: 1 }), to);
  };
  const stem = relu6(w.norm(w.conv("x", 3, 6, { stride: 2 }), 6));
  const body = w.node("Add", [stem, block(stem, 6, 6)]);
  const mean = w.node("ReduceMean", [block(body, 6, 10)], { axes: ints(2, 3), keepdims: int(0) });
  return w.gemm(mean, 10, 5);
});

const dense = net("dense", [3, 8, 8], (w) => {
  let x = w.conv("x", 3, 6);
  let channels = 6;
  for (let i = 0; i < 3; i++) {
    const made = w.conv(w.relu(w.norm(x, channels)), channels, 4);
    x = w.node("Concat", [x, made], { axis: int(1) });
    channels += 4;
  }
  const narrow = w.conv(w.relu(w.norm(x, channels)), channels, 8, { taps: 1 });
  const pooled = w.node("AveragePool", [narrow], { kernel_shape: ints(2, 2), strides: ints(2, 2) });
  return w.head(pooled, 8);
});

const unet = (name: string, grow: (w: Writer, x: string) => string): OnnxNet =>
  net(name, [3, 8, 12], (w) => {
    const top = w.relu(w.conv("x", 3, 6));
    const down = w.node("MaxPool", [top], { kernel_shape: ints(2, 2), strides: ints(2, 2) });
    const deep = w.relu(w.conv(down, 6, 8));
    const joined = w.node("Concat", [grow(w, deep), top], { axis: int(1) });
    return w.head(w.relu(w.conv(joined, 14, 6)), 6);
  });

const grownByConvolution = unet("grown by transposed convolutions", (w, x) => {
  return w.node("ConvTranspose", [x, w.weights([8, 8, 2, 2], 0.3)], { kernel_shape: ints(2, 2), strides: ints(2, 2) });
});
const grownByResize = unet("grown by resizing", (w, x) => {
  w.constants.scales = floats([4], [1, 1, 2, 2]);
  return w.node("Resize", [x, "", "scales"], {
    mode: text("linear"),
    coordinate_transformation_mode: text("half_pixel"),
  });
});

const tokens = net(
  "tokens",
  [6, 8],
  (w) => {
    const normal = (x: string): string =>
      w.node("LayerNormalization", [x, w.positive(8), w.weights([8], 0.1)], { axis: int(-1) });
    const product = (x: string, from: number, to: number): string => {
      const made = w.node("MatMul", [x, w.weights([from, to], Math.sqrt(3 / from))]);
      return w.node("Add", [w.weights([to], 0.1), made]);
    };
    const wide = w.node("Gelu", [product(normal("x"), 8, 16)]);
    const x = w.node("Add", ["x", product(wide, 16, 8)]);
    const gate = w.node("Softmax", [product(normal(x), 8, 8)], { axis: int(-1) });
    const mixed = w.node("Mul", [x, gate]);
    const mean = w.node("ReduceMean", [normal(mixed), w.wholes(1)], { keepdims: int(0) });
    return w.gemm(mean, 8, 5);
  },
  20,
);

const flattened = net("flattened", [2, 9, 8], (w) => {
  const pooled = (x: string): string => w.node("MaxPool", [x], { kernel_shape: ints(2, 2), strides: ints(2, 2) });
  const image = pooled(w.relu(w.conv(pooled(w.relu(w.conv("x", 2, 5))), 5, 6)));
  const rows = w.node("Reshape", [image, w.wholes(-1, 24)]);
  return w.gemm(w.relu(w.gemm(rows, 24, 10)), 10, 5);
});

export const ONNX_NETS: readonly OnnxNet[] = [
  ...[residual, depthwise, dense, grownByConvolution, grownByResize, tokens, flattened],
];
