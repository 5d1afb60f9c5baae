/** One instance of the kernels over one memory. What needs to share pointers shares a workspace. */
import { Arena } from "./arena.ts";
import { bindKernels, type Kernels } from "./kernels.ts";
import { kernelModule } from "./module.ts";

export class Workspace {
  readonly kernels: Kernels;
  readonly arena: Arena;

  /** Over a memory of its own, or over that of an arena that is given (one on the heap of another module, say). */
  constructor(arena: Arena = new Arena(new WebAssembly.Memory({ initial: 1, maximum: 65536 }))) {
    const instance = new WebAssembly.Instance(kernelModule(), { env: { memory: arena.memory } });
    this.kernels = bindKernels(instance.exports);
    this.arena = arena;
  }
}
