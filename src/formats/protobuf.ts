/**
 * Protocol buffers by tables: a message is its fields by name, each with its number and kind, and the same table reads and
 * writes. Nothing is trusted: lengths are compared with the bytes that are there before anything is taken, and memory grows
 * with the bytes alone.
 */
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { codeOf, failed } from "../check.ts";

type Scalar = "float" | "double" | "int64" | "string" | "bytes";

export interface Field<Value> {
  readonly number: number;
  readonly kind: Scalar | Fields;
  readonly isRepeated: boolean;
  /** Of no value: it carries the type. */
  readonly value?: Value;
}

/** The fields of a message by name. */
export interface Fields {
  readonly [name: string]: Field<unknown>;
}

/** What is read from a message and written to one: fields that are not there are left out, lists are empty. */
export type Message<F extends Fields> = {
  -readonly [Name in keyof F]: F[Name] extends Field<infer Value> ? Value : never;
};

const one =
  <Value>(kind: Scalar) =>
  (number: number): Field<Value | undefined> => ({ number, kind, isRepeated: false });
const many =
  <Value>(kind: Scalar) =>
  (number: number): Field<Value> => ({ number, kind, isRepeated: true });

export const float = one<number>("float");
/** A whole number of any width; beyond 2^53 the nearest double. */
export const int64 = one<number>("int64");
export const string = one<string>("string");
/** A view of the message's bytes. */
export const bytes = one<Uint8Array>("bytes");
export const floats = many<Float32Array>("float");
export const doubles = many<Float64Array>("double");
export const int64s = many<Float64Array>("int64");
export const strings = many<string[]>("string");
export const byteStrings = many<Uint8Array[]>("bytes");
export const message = <F extends Fields>(number: number, kind: F): Field<Message<F> | undefined> => ({
  number,
  kind,
  isRepeated: false,
});
export const messages = <F extends Fields>(number: number, kind: F): Field<Message<F>[]> => ({
  number,
  kind,
  isRepeated: true,
});

/** Messages in one file: the largest models have a fifth. An empty one takes two bytes of the file and a hundred of memory. */
const MESSAGE_LIMIT = 500_000;

/** The lists of messages that have none, in one piece of memory: a file may hold half a million such messages. */
const NO_FLOATS = new Float32Array(0);
const NO_DOUBLES = new Float64Array(0);

/** Numbers one after another, whose count is not known before. */
class Numbers {
  private values: Float32Array | Float64Array;
  private count = 0;

  constructor(kind: Scalar) {
    this.values = kind === "float" ? NO_FLOATS : NO_DOUBLES;
  }

  /** Makes room for so many more. */
  reserve(more: number): void {
    const { values, count } = this;
    if (count + more <= values.length) return;
    const Kind = values.constructor as new (length: number) => Float32Array | Float64Array;
    this.values = new Kind(Math.max(count + more, 2 * count));
    this.values.set(values.subarray(0, count));
  }

  push(value: number): void {
    if (this.count === this.values.length) this.reserve(1);
    this.values[this.count++] = value;
  }

  get all(): Float32Array | Float64Array {
    return this.values.subarray(0, this.count);
  }
}

function isNumeric(kind: Scalar | Fields): kind is "float" | "double" | "int64" {
  return kind === "float" || kind === "double" || kind === "int64";
}

const wireOf = (kind: Scalar | Fields): WireType => {
  if (kind === "float") return WireType.Bit32;
  if (kind === "double") return WireType.Bit64;
  return kind === "int64" ? WireType.Varint : WireType.LengthDelimited;
};

/** How many numbers lie in packed bytes: a varint ends with the first byte below 128. */
function countOf(packed: Uint8Array, kind: "float" | "double" | "int64"): number {
  if (kind !== "int64") return Math.floor(packed.length / (kind === "float" ? 4 : 8));
  let count = 0;
  for (const byte of packed) if (byte < 128) count++;
  return count;
}

function numberFrom(reader: BinaryReader, kind: "float" | "double" | "int64"): number {
  if (kind === "float") return reader.float();
  return kind === "double" ? reader.double() : Number(reader.int64());
}

interface NamedField extends Field<unknown> {
  readonly name: string;
}

/** The fields of a message by number, and those that are lists. */
interface Plan {
  readonly byNumber: ReadonlyMap<number, NamedField>;
  readonly lists: readonly NamedField[];
}

const plans = new WeakMap<Fields, Plan>();

function planOf(fields: Fields): Plan {
  const known = plans.get(fields);
  if (known) return known;
  const all = Object.entries(fields).map(([name, field]) => ({ ...field, name }));
  const plan: Plan = {
    byNumber: new Map(all.map((field) => [field.number, field])),
    lists: all.filter(({ isRepeated }) => isRepeated),
  };
  plans.set(fields, plan);
  return plan;
}

/** What is wrong with the bytes of a file. `readMessage` says it in the words of the library. */
class Damage extends Error {}

/** Where the reader stands in a file: which message it is in, and how many there were. */
interface Place {
  path: string;
  count: number;
}

function readInto(into: Record<string, unknown>, fields: Fields, from: Uint8Array, place: Place): void {
  if (++place.count > MESSAGE_LIMIT) throw new Damage(`more than ${MESSAGE_LIMIT} messages`);
  const { byNumber, lists } = planOf(fields);
  for (const { name, kind } of lists) into[name] = isNumeric(kind) ? undefined : [];
  const { path } = place;
  const reader = new BinaryReader(from);
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag();
    const field = byNumber.get(number);
    if (!field) {
      reader.skip(wire, number);
      continue;
    }
    const { name, kind, isRepeated } = field;
    const list = into[name] as unknown[];
    place.path = `${path}${path && "."}${name}${isRepeated && !isNumeric(kind) ? `[${list.length}]` : ""}`;
    if (isNumeric(kind)) {
      const numbers = isRepeated ? ((into[name] as Numbers | undefined) ?? new Numbers(kind)) : undefined;
      if (numbers) into[name] = numbers;
      if (numbers && wire === WireType.LengthDelimited) {
        const chunk = reader.bytes();
        const packed = new BinaryReader(chunk);
        numbers.reserve(countOf(chunk, kind));
        while (packed.pos < packed.len) numbers.push(numberFrom(packed, kind));
        requireInside(packed);
      } else {
        requireWire(wire, wireOf(kind));
        const value = numberFrom(reader, kind);
        if (numbers) numbers.push(value);
        else into[name] = value;
      }
    } else {
      requireWire(wire, WireType.LengthDelimited);
      const value = valueFrom(reader, kind, place);
      if (isRepeated) list.push(value);
      else if (into[name] !== undefined && typeof kind === "object") throw new Damage("it stands there twice");
      else into[name] = value;
    }
    requireInside(reader);
    place.path = path;
  }
  for (const { name, kind } of lists) {
    if (isNumeric(kind))
      into[name] = (into[name] as Numbers | undefined)?.all ?? (kind === "float" ? NO_FLOATS : NO_DOUBLES);
  }
}

function valueFrom(reader: BinaryReader, kind: "string" | "bytes" | Fields, place: Place): unknown {
  if (kind === "string") return requireName(reader.string());
  if (kind === "bytes") return reader.bytes();
  const inner = {};
  readInto(inner, kind, reader.bytes(), place);
  return inner;
}

/** Letters that a name may have: errors show names. */
const NAME_LIMIT = 4096;
const CONTROL = /\p{Cc}/u;

function requireName(text: string): string {
  if (text.length > NAME_LIMIT) throw new Damage(`a name of ${text.length} letters`);
  if (CONTROL.test(text)) throw new Damage("a control character in a name");
  return text;
}

/** What skips a number or reads a varint of a damaged file may pass its end. */
function requireInside(reader: BinaryReader): void {
  if (reader.pos > reader.len) throw new Damage("premature EOF");
}

function requireWire(wire: WireType, expected: WireType): void {
  if (wire !== expected) throw new Damage(`wire type ${wire} in place of ${expected}`);
}

/**
 * Reads a message. Errors name `subject` and the field: "model.onnx: expected an ONNX model, got damaged bytes in
 * graph.node[3] (premature EOF)".
 *
 * @param expected what the bytes should be
 */
export function readMessage<F extends Fields>(
  subject: string,
  expected: string,
  fields: F,
  from: Uint8Array,
): Message<F> {
  const into: Record<string, unknown> = {};
  const place: Place = { path: "", count: 0 };
  try {
    readInto(into, fields, from, place);
  } catch (error) {
    if (codeOf(error)) throw error;
    const where = place.path === "" ? "" : ` in ${place.path}`;
    failed(subject, expected, `damaged bytes${where} (${(error as Error).message})`, error);
  }
  return into as Message<F>;
}

/** The bytes of a message; what is undefined or an empty list is left out. */
export function writeMessage<F extends Fields>(fields: F, values: Partial<Message<F>>): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  writeTo(writer, fields, values);
  return writer.finish();
}

function writeTo(writer: BinaryWriter, fields: Fields, values: Readonly<Record<string, unknown>>): void {
  for (const [name, { number, kind, isRepeated }] of Object.entries(fields)) {
    const value = values[name];
    if (value === undefined) continue;
    const all = isRepeated ? (value as ArrayLike<unknown>) : [value];
    if (all.length === 0) continue;
    if (isNumeric(kind) && isRepeated) {
      writer.tag(number, WireType.LengthDelimited).fork();
      for (const each of Array.from(all)) writeNumber(writer, kind, each as number);
      writer.join();
      continue;
    }
    for (const each of Array.from(all)) {
      writer.tag(number, wireOf(kind));
      if (isNumeric(kind)) writeNumber(writer, kind, each as number);
      else if (kind === "string") writer.string(each as string);
      else if (kind === "bytes") writer.bytes(each as Uint8Array);
      else {
        writer.fork();
        writeTo(writer, kind, each as Readonly<Record<string, unknown>>);
        writer.join();
      }
    }
  }
}

function writeNumber(writer: BinaryWriter, kind: "float" | "double" | "int64", value: number): void {
  if (kind === "float") writer.float(value);
  else if (kind === "double") writer.double(value);
  else writer.int64(BigInt(value));
}
