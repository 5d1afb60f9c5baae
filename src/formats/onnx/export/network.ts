/**
 * A network as the bytes of an ONNX file. The input and the output are rows as the network takes and gives them, images with
 * channels last, the batch open; inside images lie as ONNX has them, channels first. The output is that of `predict`.
 */
import { outOfRange } from "../../../check.ts";
import type { Network } from "../../../model/index.ts";
import type { Layer, MappedOperation, Merge } from "../../../model/layers/index.ts";
import type { Workspace } from "../../../wasm/index.ts";
import { type OnnxConstant, writeOnnx } from "../write.ts";
import { writeBinary } from "./binary.ts";
import { type FileValue, int, OnnxFile } from "./file.ts";
import { type Source, writeOperation } from "./operations.ts";
import { isRecurrent, writeRecurrent } from "./recurrent.ts";

/** LayerNormalization is there since 17. */
const OPSET = 17;
const INPUT = "input";
const OUTPUT = "output";
const PRODUCER = "blindspot";

export function networkToOnnx(network: Network): Uint8Array<ArrayBuffer> {
  const [bytes, needed] = written(network, OPSET);
  // Some operations take their inputs in another form in the version that another one needs.
  return needed === OPSET ? bytes : written(network, needed)[0];
}

/** The file in operations of a version, and the version that it needs. */
function written(network: Network, version: number): readonly [Uint8Array<ArrayBuffer>, number] {
  const file = new OnnxFile(version);
  file.unique(INPUT);
  file.unique(OUTPUT);
  const { workspace } = network;
  const values: FileValue[] = [file.rows(INPUT, network.inputShape)];
  for (const { layer, inputs } of network.calls) {
    file.begin(layer.name);
    const taken = inputs.map((value) => values[value] as FileValue);
    values.push(
      writeLayer({ file, workspace, name: layer.name, className: layer.className, config: layer.config }, layer, taken),
    );
  }
  const end = file.last(values.at(-1) as FileValue);
  file.nodes.push({ op: "Identity", name: OUTPUT, inputs: [end.name], outputs: [OUTPUT] });
  const bytes = writeOnnx({
    ...{ name: network.name, producer: PRODUCER, opset: file.opset, nodes: file.nodes },
    constants: file.constants as ReadonlyMap<string, OnnxConstant>,
    inputs: [{ name: INPUT, shape: ["batch", ...network.inputShape] }],
    outputs: [{ name: OUTPUT, shape: ["batch", ...end.shape] }],
  });
  return [bytes, file.opset];
}

function writeLayer(source: Source, layer: Layer, inputs: readonly FileValue[]): FileValue {
  const { file, workspace } = source;
  let value = layer.merge ? writeMerge(source, layer.merge, layer, inputs) : (inputs[0] as FileValue);
  if (isRecurrent(layer.className))
    return file.shaped(writeRecurrent(source, value, layer.parameters), layer.outputShape);
  const inner = layer.config.layer as { class_name: string; config: Record<string, unknown> } | undefined;
  if (layer.className === "TimeDistributed" && inner && isRecurrent(inner.class_name)) {
    const steps = value.shape.slice(1);
    const apart = file.node("Reshape", [file.last(value).name, file.wholes("shape", [-1, ...steps])]);
    const own = { ...source, className: inner.class_name, config: inner.config };
    const made = file.last(writeRecurrent(own, file.rows(apart, steps), layer.parameters));
    const whole = file.node("Reshape", [made.name, file.wholes("shape", [-1, ...layer.outputShape])]);
    return file.rows(whole, layer.outputShape);
  }
  for (const operation of layer.operations) {
    value = writeOperation(source, value, operation.map, () => sourcesOf(workspace, operation));
  }
  return file.shaped(value, layer.outputShape);
}

/** Shapes stretch as in Keras: missing axes stand behind the batch. */
function writeMerge({ file, config }: Source, { kind }: Merge, layer: Layer, inputs: readonly FileValue[]): FileValue {
  const rank = layer.outputShape.length;
  const areImages = rank === 3 && inputs.every(({ shape }) => shape.length === rank);
  const isFirst = areImages && kind !== "matrix product" && inputs.some((input) => input.isFirst);
  const even = inputs.map((input) => {
    const missing = new Array<number>(rank - input.shape.length).fill(1);
    const whole = file.shaped(input, [...missing, ...input.shape]);
    return isFirst ? file.first(whole) : file.last(whole);
  });
  const names = even.map(({ name }) => name);
  const made = (name: string): FileValue => ({ name, shape: layer.outputShape, isFirst });
  if (kind === "concatenation") {
    const axis = config.axis as number;
    return made(file.node("Concat", names, { axis: int(isFirst ? ([0, 2, 3, 1][axis] as number) : axis) }));
  }
  if (kind === "matrix product") return made(file.node("MatMul", names));
  if (kind === "mean") return made(file.node("Mean", names));
  const [first, ...rest] = names as [string, ...string[]];
  return made(rest.reduce((a, b) => writeBinary(file, kind, a, b), first));
}

/** Numbers that single precision counts. */
const COUNTED = 2 ** 24;

/** Where the numbers of an operation that moves them come from, -1 where a zero stands: it is asked with the numbers 1, 2, ... */
function sourcesOf({ arena }: Workspace, operation: MappedOperation): Int32Array {
  const { inputSize, outputSize } = operation;
  if (inputSize >= COUNTED) outOfRange("ONNX", `at most ${COUNTED} numbers to move`, `${inputSize}`);
  const top = arena.mark();
  try {
    const [x, y] = [arena.allocateF32(inputSize), arena.allocateF32(outputSize)];
    arena.f32(x, inputSize).set(Float32Array.from({ length: inputSize }, (_, i) => i + 1));
    operation.forward(1, x, y);
    return Int32Array.from(arena.f32(y, outputSize), (number) => number - 1);
  } finally {
    arena.release(top);
  }
}
