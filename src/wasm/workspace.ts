/** One instance of the kernels over one memory. What needs to share pointers shares a workspace. */
import { Arena } from "./arena.ts";
import type { Kernels } from "./kernels.ts";
import { kernelModule } from "./module.ts";

export class Workspace {
  readonly kernels: Kernels;
  readonly arena: Arena;

  /** Over a memory of its own, or over one that is given (the heap of another module, say). */
  constructor(memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 })) {
    const instance = new WebAssembly.Instance(kernelModule(), { env: { memory } });
    this.kernels = instance.exports as unknown as Kernels;
    this.arena = new Arena(memory);
  }
}
