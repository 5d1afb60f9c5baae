/**
 * Blindspot's kernels over the heap of the tfjs wasm backend: its tensors are read and written where they lie, scratch
 * comes from its own allocator. One instance for each backend object, found again as long as that lives.
 */
import { getKernel, type KernelConfig, type NamedAttrMap, type TensorInfo } from "@tensorflow/tfjs-core";
import { outOfRange, wrongType } from "../check.ts";
import { Arena, type Block, type F32Pointer, type I32Pointer, type Kernels, Workspace } from "../wasm/index.ts";

/** What of the backend is used. tfjs 4.22 declares none of it; `requireWasmBackend` checks that it is there. */
export interface WasmBackend {
  readonly wasm: {
    _malloc(bytes: number): number;
    _free(at: number): void;
    readonly HEAPU8: Uint8Array;
    readonly asm?: Readonly<Record<string, unknown>>;
  };
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number | null } };
  makeOutput(shape: number[], dtype: TensorInfo["dtype"]): TensorInfo;
  disposeData(dataId: object): boolean;
}

/** Blocks start on a cache line, as the kernels' tiles like it; malloc promises less. */
const LINE = 64;

/** Blocks of the backend's allocator. `release` gives back those taken since the mark. */
class HeapArena extends Arena {
  private readonly backend: WasmBackend;
  private readonly blocks: number[] = [];

  constructor(memory: WebAssembly.Memory, backend: WasmBackend) {
    super(memory);
    this.backend = backend;
  }

  override allocate(bytes: number): Block {
    // `>>> 0`: addresses above 2 GiB come back negative.
    const block = this.backend.wasm._malloc(bytes + LINE) >>> 0;
    if (block === 0) outOfRange("tfjs wasm backend", `a free block of ${bytes} bytes`, "none: its heap is full");
    this.blocks.push(block);
    return (Math.ceil(block / LINE) * LINE) as Block;
  }

  override mark(): number {
    return this.blocks.length;
  }

  override release(mark: number): void {
    for (const block of this.blocks.splice(mark)) this.backend.wasm._free(block);
  }
}

/** The tensors of one backend as the kernels see them. */
export class Heap {
  readonly workspace: Workspace;
  private readonly backend: WasmBackend;
  /** Tensors of the call that is running: what is given back if it fails. */
  private outputs: TensorInfo[] = [];

  constructor(backend: WasmBackend) {
    this.backend = backend;
    this.workspace = new Workspace(new HeapArena(requireMemory(backend), backend));
  }

  get kernels(): Kernels {
    return this.workspace.kernels;
  }

  /** Where the floats of a tensor lie. */
  at(tensor: TensorInfo): F32Pointer {
    return this.placeOf(tensor);
  }

  /** Where the whole numbers of a tensor lie; `requireInt32` says whether it has such. */
  i32At(tensor: TensorInfo): I32Pointer {
    return this.placeOf(tensor);
  }

  private placeOf({ dataId, shape }: TensorInfo): Block {
    const { memoryOffset } = this.backend.dataIdMap.get(dataId);
    if (!memoryOffset) outOfRange("tfjs wasm backend", `room for a tensor of shape [${shape.join(", ")}]`, "none");
    return memoryOffset as Block;
  }

  /** A new f32 tensor of zeros, as gradients are added up in. */
  zeros(shape: readonly number[]): TensorInfo {
    const tensor = this.backend.makeOutput([...shape], "float32");
    this.outputs.push(tensor);
    const size = shape.reduce((product, extent) => product * extent, 1);
    // The view is taken after the allocation, which may have grown the memory.
    if (size > 0) this.workspace.arena.f32(this.at(tensor), size).fill(0);
    return tensor;
  }

  /** What a kernel of the backend itself makes of tensors; to be disposed of. */
  call(kernel: string, inputs: Readonly<Record<string, TensorInfo>>, attributes: NamedAttrMap): TensorInfo {
    const config = getKernel(kernel, "wasm") as KernelConfig | undefined;
    if (!config) outOfRange("tfjs wasm backend", `a kernel ${kernel}`, "none");
    const result = config.kernelFunc({ inputs, backend: this.backend, attrs: attributes });
    const tensor = Array.isArray(result) ? (result[0] as TensorInfo) : result;
    this.outputs.push(tensor);
    return tensor;
  }

  /** Gives back a tensor that `zeros` or `call` made. */
  dispose(tensor: TensorInfo): void {
    this.outputs.splice(this.outputs.indexOf(tensor), 1);
    this.backend.disposeData(tensor.dataId);
  }

  /** Runs `use`, then gives back the scratch it took, and where it throws, its outputs. */
  scoped(use: () => TensorInfo): TensorInfo {
    const { arena } = this.workspace;
    const top = arena.mark();
    const before = this.outputs;
    this.outputs = [];
    try {
      return use();
    } catch (error) {
      for (const { dataId } of this.outputs) this.backend.disposeData(dataId);
      throw error;
    } finally {
      this.outputs = before;
      arena.release(top);
    }
  }
}

const heaps = new WeakMap<object, Heap>();

/** The heap of a backend: made at its first use, collected with it. */
export function heapOf(backend: object): Heap {
  const known = heaps.get(backend);
  if (known) return known;
  const heap = new Heap(requireWasmBackend(backend));
  heaps.set(backend, heap);
  return heap;
}

/** Requires a backend that is built as that of tfjs 4.22 is. */
function requireWasmBackend(backend: object): WasmBackend {
  const { wasm, dataIdMap, makeOutput } = backend as Partial<WasmBackend>;
  const isKnown = typeof wasm?._malloc === "function" && typeof wasm._free === "function";
  if (!isKnown || !dataIdMap || typeof makeOutput !== "function") {
    wrongType("tfjs backend", "the wasm backend of @tensorflow/tfjs-backend-wasm 4.22", backend);
  }
  return backend as WasmBackend;
}

function requireMemory({ wasm }: WasmBackend): WebAssembly.Memory {
  const { buffer } = wasm.HEAPU8;
  if (typeof SharedArrayBuffer !== "undefined" && buffer instanceof SharedArrayBuffer) {
    outOfRange(
      "tfjs wasm backend",
      'one thread (tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false) before tf.setBackend)',
      "memory that threads share",
    );
  }
  const memory = Object.values(wasm.asm ?? {}).find((member) => member instanceof WebAssembly.Memory);
  if (memory?.buffer !== buffer) {
    outOfRange("tfjs wasm backend", "a memory in reach, as backend.wasm.asm.memory is in tfjs 4.22", "none");
  }
  return memory;
}
