/**
 * Runs a kernel over a memory in which everything but the blocks it is handed is NaN, and notices any byte
 * written that was not announced. A NaN that leaks in spoils the result; a write outside throws.
 */
import { readFileSync } from "node:fs";
import { bindKernels, type Kernels } from "../../src/wasm/kernels.ts";
import type {
  Block as Address,
  EntryPointer,
  F32Pointer,
  F64Pointer,
  I32Pointer,
  I64Pointer,
} from "../../src/wasm/pointers.ts";

export type Build = "release" | "debug";
export const BUILDS: readonly Build[] = ["release", "debug"];

const FILES = { release: "blindspot.wasm", debug: "blindspot.debug.wasm" };

/** The bytes of a build; `npm run build:wasm` makes both. */
export function wasmBytes(build: Build): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`../../build/${FILES[build]}`, import.meta.url)));
}

const modules = new Map<Build, WebAssembly.Module>();

function wasmModule(build: Build): WebAssembly.Module {
  const module = modules.get(build) ?? new WebAssembly.Module(wasmBytes(build));
  modules.set(build, module);
  return module;
}

/**
 * Words that are NaN, by the size of an element. Signalling ones: arithmetic makes them quiet, so that a guard
 * which is read, computed with and written back shows it.
 */
const GUARD = { 4: 0x7fa0dead, 8: 0x7ff4dead };

/** Guard bytes kept before and behind each block: more than any tile reads or writes at once. */
const GUARD_BYTES = 256;

type Values = Float32Array | Float64Array | Int32Array | BigInt64Array;
type Constructor<A extends Values> = {
  new (buffer: ArrayBuffer, at: number, length: number): A;
  readonly BYTES_PER_ELEMENT: number;
};

/** The address of a block of such values. */
type AddressOf<A extends Values> = A extends Float32Array
  ? F32Pointer
  : A extends Float64Array
    ? F64Pointer
    : A extends Int32Array
      ? I32Pointer
      : I64Pointer;

/** An address that a test makes up: it passes for one of any element. */
export function address(at: number): Address {
  return at as Address;
}

/** Two words of a block as the entries of a sparse matrix. */
export function entriesAt({ at }: Block<Int32Array>): EntryPointer {
  return address(at);
}

/** The kernels at addresses that a test makes up. */
type KernelsAnywhere = { [name in keyof Kernels]: Anywhere<Kernels[name]> };
type Anywhere<F> = F extends (...args: infer A) => infer R ? (...args: Numbers<A>) => R : never;
type Numbers<A extends unknown[]> = { [i in keyof A]: A[i] extends number ? number : A[i] };

/** rows x columns elements of the memory, `stride` elements from one row to the next. */
export class Block<A extends Values = Values> {
  readonly at: AddressOf<A>;
  readonly rows: number;
  readonly columns: number;
  readonly stride: number;
  private readonly memory: WebAssembly.Memory;
  private readonly type: Constructor<A>;

  constructor(
    memory: WebAssembly.Memory,
    type: Constructor<A>,
    at: number,
    rows: number,
    columns: number,
    stride: number,
  ) {
    this.memory = memory;
    this.type = type;
    this.at = address(at) as unknown as AddressOf<A>;
    this.rows = rows;
    this.columns = columns;
    this.stride = stride;
  }

  /** One row, as a view. */
  row(r: number): A {
    const start = this.at + r * this.stride * this.type.BYTES_PER_ELEMENT;
    return new this.type(this.memory.buffer, start, this.columns);
  }

  /** The elements without the gaps between rows, as a copy. */
  values(): A {
    const dense = new this.type(
      new ArrayBuffer(this.rows * this.columns * this.type.BYTES_PER_ELEMENT),
      0,
      this.rows * this.columns,
    );
    for (let r = 0; r < this.rows; r++) dense.set(this.row(r) as never, r * this.columns);
    return dense;
  }
}

export class Host {
  readonly kernels: Kernels;
  readonly anywhere: KernelsAnywhere;
  private readonly memory = new WebAssembly.Memory({ initial: 1, maximum: 1024 });
  private top = 64;

  constructor(build: Build) {
    const instance = new WebAssembly.Instance(wasmModule(build), { env: { memory: this.memory } });
    this.kernels = bindKernels(instance.exports);
    this.anywhere = this.kernels as unknown as KernelsAnywhere;
    new Uint32Array(this.memory.buffer).fill(GUARD[4]);
  }

  /** rows x columns floats; without values they stay NaN. */
  matrix(rows: number, columns: number, stride: number, values?: ArrayLike<number>): Block<Float32Array> {
    return this.place(Float32Array, rows, columns, stride, values);
  }

  f32(n: number, values?: ArrayLike<number>): Block<Float32Array> {
    return this.place(Float32Array, 1, n, n, values);
  }

  f64(n: number, values?: ArrayLike<number>): Block<Float64Array> {
    return this.place(Float64Array, 1, n, n, values);
  }

  i32(n: number, values?: ArrayLike<number>): Block<Int32Array> {
    return this.place(Int32Array, 1, n, n, values);
  }

  /** 64-bit masks, all ones where `free` says so. */
  mask(free: readonly boolean[]): Block<BigInt64Array> {
    return this.place(
      BigInt64Array,
      1,
      free.length,
      free.length,
      free.map((isFree) => (isFree ? -1n : 0n)),
    );
  }

  private place<A extends Values>(
    type: Constructor<A>,
    rows: number,
    columns: number,
    stride: number,
    values?: ArrayLike<number> | ArrayLike<bigint>,
  ): Block<A> {
    // One element past a vector's alignment: no kernel may count on more than the element's own.
    const size = type.BYTES_PER_ELEMENT as 4 | 8;
    const start = this.top;
    const at = start + GUARD_BYTES + size;
    this.top = Math.ceil((at + rows * stride * size + GUARD_BYTES) / 64) * 64;
    if (this.top > this.memory.buffer.byteLength) {
      this.memory.grow(Math.ceil((this.top - this.memory.buffer.byteLength) / 65536));
    }
    new Uint32Array(this.memory.buffer, start, (this.top - start) / 4).fill(GUARD[size]);
    const block = new Block(this.memory, type, at, rows, columns, stride);
    if (values) {
      if (values.length !== rows * columns)
        throw new Error(`block: expected ${rows * columns} values, got ${values.length}`);
      for (let r = 0; r < rows; r++) {
        block.row(r).set(Array.prototype.slice.call(values, r * columns, (r + 1) * columns) as never);
      }
    }
    return block;
  }

  /** Calls a kernel, and throws if a byte changed that is not an element of a block in `written`. */
  run<T>(call: (kernels: Kernels) => T, ...written: Block[]): T {
    const before = Buffer.from(this.memory.buffer.slice(0));
    const result = call(this.kernels);
    const after = Buffer.from(this.memory.buffer.slice(0));
    for (const block of written) {
      for (let r = 0; r < block.rows; r++) {
        const row = block.row(r);
        before.copy(after, row.byteOffset, row.byteOffset, row.byteOffset + row.byteLength);
      }
    }
    if (!before.equals(after)) {
      const at = before.findIndex((byte, i) => byte !== after[i]);
      throw new Error(`kernel: expected byte ${at} to stay as it was, got a write outside the blocks it may write`);
    }
    return result;
  }
}
