/**
 * Tensors of an ONNX file: extents and elements, whichever of the file's fields they lie in. How many elements there are is
 * compared with the bytes before memory is taken, so that no extent in a file fills the memory.
 */
import { outOfRange } from "../../check.ts";
import { floatsIn, widenHalves, widenUpper, wordsIn } from "../../data/float-bytes.ts";
import { fromLittleEndian } from "../../data/little-endian.ts";
import { DATA_TYPES, type TensorProto } from "./proto.ts";

/** Elements: floats in single precision, doubles as they are, whole numbers exactly up to 2^53. */
export type Elements = Float32Array | Float64Array | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array;

export interface OnnxTensor {
  readonly shape: readonly number[];
  /** As ONNX names it: "float", "int64", ... */
  readonly type: string;
  /** Row-major, decoded from the bytes of the file at every call, so that of large ones one at a time is there. May be a view: do not write to it. */
  read(): Elements;
}

/** Bytes in files of their own, by the location that the model names. */
export type ExternalFiles = ReadonlyMap<string, Uint8Array>;

/** Axes of a tensor: no operation has more. */
const RANK_LIMIT = 16;
const EXTERNAL = 1;

const BITS: Readonly<Record<string, number>> = {
  float: 32,
  uint8: 8,
  int8: 8,
  uint16: 16,
  int16: 16,
  int32: 32,
  int64: 64,
  bool: 8,
  float16: 16,
  double: 64,
  uint32: 32,
  uint64: 64,
  bfloat16: 16,
  uint4: 4,
  int4: 4,
};

/** The name of a tensor's type. */
export function typeName(code: number | undefined): string {
  return DATA_TYPES[code ?? 0] ?? `type ${code ?? "0"}`;
}

/** The location of a tensor's external data, or undefined where they lie in the file itself. */
export function locationOf(tensor: TensorProto): string | undefined {
  if (tensor.data_location !== EXTERNAL) return undefined;
  return tensor.external_data.find(({ key }) => key === "location")?.value ?? "";
}

/** Reads a tensor. Errors name `subject`: the file and the tensor. */
export function readTensor(subject: string, tensor: TensorProto, external: ExternalFiles): OnnxTensor {
  const type = typeName(tensor.data_type);
  const bits = BITS[type] ?? outOfRange(subject, `elements of ${Object.keys(BITS).join(", ")}`, type);
  const shape = requireShape(subject, [...tensor.dims]);
  const count = shape.reduce((product, extent) => product * extent, 1);
  if (tensor.segment) outOfRange(subject, "a tensor in one piece", "a segment of one");
  const raw = tensor.data_location === EXTERNAL ? externalBytes(subject, tensor, external) : tensor.raw_data;
  const words = `${type} [${shape.join(", ")}]`;
  if (raw) {
    const bytes = Math.ceil((count * bits) / 8);
    if (raw.length !== bytes) outOfRange(subject, `${bytes} bytes for ${words}`, `${raw.length}`);
    return { shape, type, read: () => fromRaw(raw, type, count) };
  }
  const listed = listOf(tensor, type);
  const length = bits === 4 ? Math.ceil(count / 2) : count;
  if (listed.length !== length) outOfRange(subject, `${length} elements for ${words}`, `${listed.length}`);
  return { shape, type, read: () => fromList(listed, type, count) };
}

export function requireShape(subject: string, dims: readonly number[]): readonly number[] {
  if (dims.length > RANK_LIMIT) outOfRange(subject, `at most ${RANK_LIMIT} axes`, `${dims.length}`);
  for (const extent of dims) {
    if (!Number.isSafeInteger(extent) || extent < 0) outOfRange(subject, "extents in [0, 2^53)", extent);
  }
  return dims;
}

/** The bytes of external data, from `offset` and `length` of them, both inside of the file that is there. */
function externalBytes(subject: string, tensor: TensorProto, external: ExternalFiles): Uint8Array {
  const location = locationOf(tensor) as string;
  const file = external.get(location);
  if (!file) outOfRange(subject, `its data in ${JSON.stringify(location)}`, "no such file beside the model");
  const number = (key: string, otherwise: number): number => {
    const text = tensor.external_data.find((entry) => entry.key === key)?.value;
    if (text === undefined) return otherwise;
    return /^\d{1,15}$/.test(text) ? Number(text) : outOfRange(`${subject} ${key}`, "a whole number", text);
  };
  const offset = number("offset", 0);
  const length = number("length", file.length - offset);
  if (offset + length > file.length || length < 0) {
    outOfRange(subject, `${length} bytes at offset ${offset} of ${location}`, `a file of ${file.length}`);
  }
  return file.subarray(offset, offset + length);
}

/** The field in which elements of a type lie that are not raw. */
function listOf(tensor: TensorProto, type: string): Float32Array | Float64Array {
  if (type === "float") return tensor.float_data;
  if (type === "double") return tensor.double_data;
  if (type === "int64") return tensor.int64_data;
  return type === "uint32" || type === "uint64" ? tensor.uint64_data : tensor.int32_data;
}

function fromList(list: Float32Array | Float64Array, type: string, count: number): Elements {
  if (type === "float16") return widenHalves(list);
  if (type === "bfloat16") return widenUpper(list);
  if (type === "int4" || type === "uint4") return nibbles(Uint8Array.from(list), type, count);
  return list;
}

function fromRaw(raw: Uint8Array, type: string, count: number): Elements {
  switch (type) {
    case "float":
      return floatsIn(raw);
    case "double":
      return fromLittleEndian(raw, "f64") as Float64Array;
    case "float16":
      return widenHalves(wordsIn(raw));
    case "bfloat16":
      return widenUpper(wordsIn(raw));
    case "uint8":
    case "bool":
      return raw;
    case "int8":
      return new Int8Array(raw.buffer, raw.byteOffset, raw.length);
    case "uint16":
      return wordsIn(raw);
    case "int16":
      return Int16Array.from(wordsIn(raw));
    case "int32":
      return fromLittleEndian(raw, "i32") as Int32Array;
    case "uint32":
      return Float64Array.from(fromLittleEndian(raw, "u32"));
    case "int4":
    case "uint4":
      return nibbles(raw, type, count);
    default:
      return wholes64(raw, type === "int64");
  }
}

/** Whole numbers of 64 bits, beyond 2^53 the nearest doubles. */
function wholes64(raw: Uint8Array, isSigned: boolean): Float64Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  return Float64Array.from({ length: raw.length / 8 }, (_, i) => {
    const high = isSigned ? view.getInt32(8 * i + 4, true) : view.getUint32(8 * i + 4, true);
    return 2 ** 32 * high + view.getUint32(8 * i, true);
  });
}

/** Whole numbers of 4 bits, two in a byte, the first in its lower half. */
function nibbles(packed: Uint8Array, type: "int4" | "uint4", count: number): Int8Array {
  return Int8Array.from({ length: count }, (_, i) => {
    const nibble = ((packed[i >> 1] as number) >> (4 * (i & 1))) & 15;
    return type === "int4" && nibble > 7 ? nibble - 16 : nibble;
  });
}
