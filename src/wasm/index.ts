export { Arena } from "./arena.ts";
export type { Kernels, Pointer } from "./kernels.ts";
export { initialize, kernelModule } from "./module.ts";
export { Region } from "./region.ts";
export { Workspace } from "./workspace.ts";
