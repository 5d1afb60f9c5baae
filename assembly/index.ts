/** The exports of build/blindspot.wasm: pure functions over memory they are handed. No state, no allocation, no data. */
export * from "./activation";
export * from "./anneal";
export * from "./box";
export * from "./finite";
export * from "./gate";
export * from "./gemm";
export * from "./history";
export * from "./merge";
export * from "./normalize";
export * from "./pack";
export * from "./penalty";
export * from "./rectify";
export * from "./rows";
export * from "./softmax";
export * from "./strided";
export * from "./two_loop";
export * from "./vector";
