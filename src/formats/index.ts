/** Models of other formats as networks. */
export type { ModelFile } from "./graph.ts";
export { networkOf } from "./load.ts";
export { loadNetwork } from "./web.ts";
