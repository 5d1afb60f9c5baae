/** Registers the module of the optimisers' kernels. Imported, for this effect, by `blindspot/optimize`. */
import { fromBase64 } from "./base64.ts";
import { registerSolverSource } from "./module.ts";
import { SOLVERS_BASE64 } from "./solver-bytes.ts";

registerSolverSource(() => fromBase64(SOLVERS_BASE64));
