/** The exports of build/solvers.wasm: the kernels of the optimisers alone, for pages that load no network. */
export * from "./optimize/box";
export * from "./optimize/exchange";
export * from "./optimize/history";
export * from "./optimize/two_loop";
export * from "./optimize/two_loop_unbounded";
export * from "./optimize/vector";
