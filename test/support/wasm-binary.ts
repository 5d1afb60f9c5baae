/**
 * Reads a WebAssembly binary far enough to say what it imports, exports, stores and executes. It walks every
 * instruction with its immediates and refuses one it does not know, so that nothing can hide behind a misread byte.
 * [WebAssembly Core Specification 2.0, 5 Binary Format]
 */

export interface WasmBinary {
  imports: { module: string; name: string; kind: Kind }[];
  /** Exported functions with the number of their parameters and results; other exports with kind alone. */
  exports: { name: string; kind: Kind; parameters: number; results: number }[];
  mutableGlobals: number;
  hasStart: boolean;
  dataSegments: number;
  /** Distinct instructions: one byte, or prefix * 65536 + number. */
  instructions: Set<number>;
}

export type Kind = "function" | "table" | "memory" | "global";
const KINDS: readonly Kind[] = ["function", "table", "memory", "global"];

/** Prefixes of the extended instruction sets. */
const MISC = 0xfc;
const SIMD = 0xfd;
const THREADS = 0xfe;

/** The number an instruction has in `WasmBinary.instructions`. */
export function extended(prefix: number, number: number): number {
  return prefix * 65536 + number;
}

/** What breaks the rules of a kernel module: one sentence each. */
export function violations(binary: WasmBinary): string[] {
  const found: string[] = [];
  const memories = binary.imports.filter((it) => it.module === "env" && it.name === "memory" && it.kind === "memory");
  if (memories.length !== 1) found.push(`expected one import env.memory, got ${memories.length}`);
  for (const { module, name, kind } of binary.imports) {
    if (module !== "env" || name !== "memory" || kind !== "memory") found.push(`import ${module}.${name} (${kind})`);
  }
  for (const { name, kind } of binary.exports) if (kind !== "function") found.push(`export ${name} (${kind})`);
  if (binary.dataSegments > 0) found.push(`${binary.dataSegments} data segments`);
  if (binary.hasStart) found.push("a start function");
  if (binary.mutableGlobals > 0) found.push(`${binary.mutableGlobals} mutable globals`);
  for (const code of binary.instructions) {
    const [prefix, number] = [Math.floor(code / 65536), code % 65536];
    if (prefix === SIMD && number >= 0x100) found.push(`relaxed SIMD instruction 0xfd 0x${number.toString(16)}`);
    if (prefix === THREADS) found.push(`threads instruction 0xfe 0x${number.toString(16)}`);
    if (code === 0x3f || code === 0x40) found.push(code === 0x40 ? "memory.grow" : "memory.size");
  }
  return found;
}

class Reader {
  at: number;
  readonly end: number;
  private readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    if (this.at >= this.end) throw new Error(`wasm: expected a byte at ${this.at}, got the end`);
    return this.bytes[this.at++] as number;
  }

  /** An unsigned LEB128 number. */
  u32(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** Passes over a signed or unsigned LEB128 number of any size. */
  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  skip(count: number): void {
    this.at += count;
    if (this.at > this.end) throw new Error(`wasm: expected ${count} bytes, got the end`);
  }

  name(): string {
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(start, this.at));
  }

  /** The next `length` bytes as a reader of their own. */
  part(length: number): Reader {
    const start = this.at;
    this.skip(length);
    return new Reader(this.bytes, start, this.at);
  }

  repeat(read: (index: number) => void): number {
    const count = this.u32();
    for (let i = 0; i < count; i++) read(i);
    return count;
  }
}

export function parseWasm(bytes: Uint8Array): WasmBinary {
  const reader = new Reader(bytes);
  const magic = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  if (!magic.every((byte) => reader.byte() === byte)) throw new Error("wasm: expected the header of version 1");
  const binary: WasmBinary = {
    imports: [],
    exports: [],
    mutableGlobals: 0,
    hasStart: false,
    dataSegments: 0,
    instructions: new Set(),
  };
  const types: { parameters: number; results: number }[] = [];
  const functions: number[] = []; // type of each function, imported ones first
  while (reader.at < reader.end) {
    const id = reader.byte();
    const section = reader.part(reader.u32());
    switch (id) {
      case 1:
        section.repeat(() => {
          if (section.byte() !== 0x60) throw new Error("wasm: expected a function type");
          types.push({
            parameters: section.repeat(() => section.byte()),
            results: section.repeat(() => section.byte()),
          });
        });
        break;
      case 2:
        section.repeat(() => readImport(section, binary, functions));
        break;
      case 3:
        section.repeat(() => functions.push(section.u32()));
        break;
      case 6:
        section.repeat(() => {
          section.byte();
          if (section.byte() === 1) binary.mutableGlobals++;
          readExpression(section, binary.instructions);
        });
        break;
      case 7:
        section.repeat(() => {
          const [name, kind, index] = [section.name(), KINDS[section.byte()] as Kind, section.u32()];
          const type = kind === "function" ? types[functions[index] as number] : undefined;
          binary.exports.push({ name, kind, parameters: type?.parameters ?? 0, results: type?.results ?? 0 });
        });
        break;
      case 8:
        binary.hasStart = true;
        break;
      case 10:
        section.repeat(() => {
          const body = section.part(section.u32());
          body.repeat(() => {
            body.u32(); // so many locals
            body.byte(); // of this type
          });
          readExpression(body, binary.instructions);
          if (body.at !== body.end) throw new Error(`wasm: expected a function to end at ${body.end}, got ${body.at}`);
        });
        break;
      case 11:
        binary.dataSegments = section.u32();
        break;
      default: // custom, tables, memories, elements, data count: nothing that the rules ask about
        break;
    }
  }
  return binary;
}

function readImport(section: Reader, binary: WasmBinary, functions: number[]): void {
  const [module, name, kind] = [section.name(), section.name(), KINDS[section.byte()] as Kind];
  binary.imports.push({ module, name, kind });
  if (kind === "function") functions.push(section.u32());
  if (kind === "table") section.byte();
  if (kind === "table" || kind === "memory") {
    const flags = section.byte();
    section.skipLeb();
    if (flags & 1) section.skipLeb();
  }
  if (kind === "global") {
    section.byte();
    if (section.byte() === 1) binary.mutableGlobals++;
  }
}

/** Passes over instructions up to the `end` that closes them. */
function readExpression(reader: Reader, seen: Set<number>): void {
  for (let depth = 1; depth > 0; ) {
    const code = reader.byte();
    const number = code >= MISC && code <= THREADS ? reader.u32() : 0;
    seen.add(code >= MISC ? extended(code, number) : code);
    if (code === 0x0b) depth--;
    if (code >= 0x02 && code <= 0x04) depth++;
    skipImmediates(reader, code, number);
  }
}

function skipImmediates(reader: Reader, code: number, number: number): void {
  const lebs = lebImmediates(code, number);
  if (lebs > 0) for (let i = 0; i < lebs; i++) reader.skipLeb();
  else if (code === 0x0e)
    for (let targets = reader.u32() + 1; targets > 0; targets--) reader.skipLeb(); // br_table
  else if (code === 0x1c)
    reader.repeat(() => reader.byte()); // select with types
  else if (code === 0x43)
    reader.skip(4); // f32.const
  else if (code === 0x44)
    reader.skip(8); // f64.const
  else if (code === MISC) skipMisc(reader, number);
  else if (code === SIMD) skipSimd(reader, number);
  else if (!isPlain(code)) throw new Error(`wasm: expected a known instruction, got 0x${code.toString(16)}`);
}

/** How many LEB128 numbers follow an instruction that is followed by nothing else. */
function lebImmediates(code: number, number: number): number {
  if (code >= 0x02 && code <= 0x04) return 1; // block types
  if (code === 0x0c || code === 0x0d || code === 0x10) return 1; // br, br_if, call
  if (code === 0x11) return 2; // call_indirect
  if (code >= 0x20 && code <= 0x26) return 1; // locals, globals, tables
  if (code >= 0x28 && code <= 0x3e) return 2; // loads and stores: alignment, offset
  if (code >= 0x3f && code <= 0x42) return 1; // memory.size, memory.grow, i32.const, i64.const
  if (code === THREADS) return number === 3 ? 1 : 2; // atomic.fence, or a memory argument
  return 0;
}

/** Instructions without immediates: control, parametric, and the numeric ones of MVP and sign extension. */
function isPlain(code: number): boolean {
  return [0x00, 0x01, 0x05, 0x0b, 0x0f, 0x1a, 0x1b].includes(code) || (code >= 0x45 && code <= 0xc4);
}

function skipMisc(reader: Reader, number: number): void {
  const immediates = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1][number];
  if (immediates === undefined) throw new Error(`wasm: expected a known instruction, got 0xfc ${number}`);
  for (let i = 0; i < immediates; i++) reader.skipLeb();
}

function skipSimd(reader: Reader, number: number): void {
  if (number > 0x113) throw new Error(`wasm: expected a known instruction, got 0xfd ${number}`);
  const isLane = number >= 0x54 && number <= 0x5b;
  if (number <= 0x0b || isLane || number === 0x5c || number === 0x5d) {
    reader.skipLeb();
    reader.skipLeb();
    if (isLane) reader.byte();
  } else if (number === 0x0c || number === 0x0d)
    reader.skip(16); // v128.const, i8x16.shuffle
  else if (number >= 0x15 && number <= 0x22) reader.byte(); // lane of extract and replace
}
