/** The exports of build/blindspot.wasm: pure functions over memory they are handed. No state, no allocation, no data. */
export * from "./activation";
export * from "./anneal";
export * from "./box";
export * from "./contrast";
export * from "./finite";
export * from "./gemm";
export * from "./history";
export * from "./im2col";
export * from "./l2_pool";
export * from "./lrn";
export * from "./pack";
export * from "./penalty";
export * from "./rows";
export * from "./softmax";
export * from "./two_loop";
export * from "./vector";
