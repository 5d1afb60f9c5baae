/** The kernels of the optimisers over one memory: a `Workspace` without what networks need. */
import { Arena } from "./arena.ts";
import { bindSolverKernels, type SolverKernels } from "./kernels.ts";
import { solverModule } from "./module.ts";

/** What an optimiser works in: every `Workspace` is one. */
export interface SolverWorkspace {
  readonly kernels: SolverKernels;
  readonly arena: Arena;
}

/** A workspace of its own. */
export function solverWorkspace(): SolverWorkspace {
  const arena = new Arena(new WebAssembly.Memory({ initial: 1, maximum: 65536 }));
  const instance = new WebAssembly.Instance(solverModule(), { env: { memory: arena.memory } });
  return { kernels: bindSolverKernels(instance.exports), arena };
}
