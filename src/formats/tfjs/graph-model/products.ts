/** Convolutions and products of matrices, with the bias and the activation that the converter fuses into them. */
import { outOfRange } from "../../../check.ts";
import type { GraphBuilder } from "../../builder.ts";
import type { Operation, Shape } from "../../graph.ts";
import { channelAxis, spatialAxes } from "../../shapes.ts";
import type { TfNode } from "./nodes.ts";
import { emit, fromFront, input, layoutOf, slidingOf, subjectOf, type Translation, wholes } from "./translate.ts";

/** Activations as `fused_ops` names them. */
const FUSED: Readonly<Record<string, Operation>> = {
  Relu: { op: "unary", function: "relu" },
  Relu6: { op: "unary", function: "relu6" },
  Elu: { op: "unary", function: "elu", alpha: 1 },
  Selu: { op: "unary", function: "selu" },
  Sigmoid: { op: "unary", function: "sigmoid" },
  Tanh: { op: "unary", function: "tanh" },
  Softplus: { op: "unary", function: "softplus" },
  Swish: { op: "unary", function: "swish" },
};

/** What is fused into a product: a bias, then a function. `make` emits the product under a name, with that bias. */
function fused(node: TfNode, builder: GraphBuilder, make: (name: string, bias: string | undefined) => void): void {
  const { name, attributes } = node;
  const ops = attributes.texts("fused_ops").filter((op) => op !== "noop" && op !== "");
  const hasBias = ops[0] === "BiasAdd";
  const others = node.inputs.slice(hasBias ? 3 : 2);
  const bias = hasBias ? input(node, 2) : undefined;
  const [activation, ...more] = hasBias ? ops.slice(1) : ops;
  if (more.length > 0) outOfRange(subjectOf(node), "a bias and one activation", ops.join(", "));
  if (activation === undefined) {
    make(name, bias);
    return;
  }
  const product = `${name}/product`;
  make(product, bias);
  if (activation === "Prelu") {
    emit(builder, name, [product, others[0] ?? input(node, 3)], { op: "prelu" });
  } else if (activation === "LeakyRelu") {
    const alpha = attributes.real("leakyrelu_alpha", 0.2);
    emit(builder, name, [product], { op: "unary", function: "leaky_relu", alpha });
  } else {
    const known = Object.hasOwn(FUSED, activation) ? FUSED[activation] : undefined;
    const names = [...Object.keys(FUSED), "LeakyRelu", "Prelu"].join(", ");
    emit(builder, name, [product], known ?? outOfRange(subjectOf(node), `an activation among ${names}`, activation));
  }
}

function convolution(node: TfNode, builder: GraphBuilder, image: Shape, kernel: string, groups: number): void {
  const taps = builder.shapeOf(kernel).slice(0, -2);
  const sliding = slidingOf(node, image, taps);
  fused(node, builder, (name, bias) => {
    const inputs = [input(node, 0), kernel, ...(bias === undefined ? [] : [bias])];
    emit(builder, name, inputs, { op: "convolution", groups, ...sliding });
  });
}

/** The kernel's channels say how many groups there are. */
const conv: Translation = (node, builder) => {
  const image = builder.shapeOf(input(node, 0));
  const channels = image[channelAxis(layoutOf(node, image.length === 5 ? "NDHWC" : "NHWC"), image.length)] as number;
  const kernel = builder.shapeOf(input(node, 1));
  convolution(node, builder, image, input(node, 1), channels / (kernel.at(-2) as number));
};

/** A kernel [kh, kw, channels, m] is one of as many groups as channels. */
const depthwise: Translation = (node, builder) => {
  const kernel = builder.shapeOf(input(node, 1));
  if (kernel.length !== 4)
    outOfRange(subjectOf(node), "a kernel [rows, columns, channels, m]", `rank ${kernel.length}`);
  const [kh, kw, channels, m] = kernel as [number, number, number, number];
  const grouped = `${node.name}/kernel`;
  emit(builder, grouped, [input(node, 1)], { op: "reshape", shape: [kh, kw, 1, channels * m] });
  convolution(node, builder, builder.shapeOf(input(node, 0)), grouped, channels);
};

/** Takes the size of what it makes, the kernel, and the image, whose gradient it is. */
const transposed: Translation = (node, builder) => {
  const size = wholes(node, builder, 0);
  const layout = layoutOf(node);
  const taps = builder.shapeOf(input(node, 1)).slice(0, -2);
  const extents = size.length === 2 ? size : spatialAxes(layout, size.length).map((axis) => size[axis] as number);
  const made = layout === "channels last" ? [1, ...extents, 1] : [1, 1, ...extents];
  const sliding = slidingOf(node, made, taps);
  emit(builder, node.name, [input(node, 2), input(node, 1)], {
    ...{ op: "transposed convolution", groups: 1, extents },
    ...sliding,
  });
};

/** Both matrices may be given transposed. */
const matmul: Translation = (node, builder) => {
  const { attributes } = node;
  const turned = (i: number, ...names: string[]) => {
    const value = input(node, i);
    if (!names.some((name) => attributes.truth(name))) return value;
    const rank = builder.shapeOf(value).length;
    const order = Array.from({ length: rank }, (_, axis) => axis);
    order.push(...order.splice(-2).reverse());
    return emit(builder, `${node.name}/${i}`, [value], { op: "transpose", order });
  };
  const inputs = [turned(0, "transpose_a", "adj_x"), turned(1, "transpose_b", "adj_y")];
  fused(node, builder, (name, bias) => {
    if (bias === undefined) {
      emit(builder, name, inputs, { op: "matmul" });
      return;
    }
    const product = emit(builder, `${name}/matmul`, inputs, { op: "matmul" });
    emit(builder, name, [product, bias], { op: "binary", function: "add" });
  });
};

/** A number a channel, wherever channels lie. */
const bias: Translation = (node, builder) => {
  const [x, b] = [input(node, 0), input(node, 1)];
  const rank = builder.shapeOf(x).length;
  const axis = fromFront(node, [layoutOf(node) === "channels last" ? -1 : 1], rank)[0] as number;
  const shape = [...builder.shapeOf(b), ...Array<number>(rank - 1 - axis).fill(1)];
  const spread = shape.length === 1 ? b : emit(builder, `${node.name}/bias`, [b], { op: "reshape", shape });
  emit(builder, node.name, [x, spread], { op: "binary", function: "add" });
};

export const PRODUCTS: Readonly<Record<string, Translation>> = {
  _FusedConv2D: conv,
  _FusedMatMul: matmul,
  BatchMatMul: matmul,
  BatchMatMulV2: matmul,
  BatchMatMulV3: matmul,
  BiasAdd: bias,
  BiasAddV1: bias,
  Conv2D: conv,
  Conv2DBackpropInput: transposed,
  Conv3D: conv,
  DepthwiseConv2dNative: depthwise,
  FusedDepthwiseConv2dNative: depthwise,
  MatMul: matmul,
};
