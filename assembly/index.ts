/** The exports of build/blindspot.wasm: pure functions over memory they are handed. No state, no allocation, no data. */
export * from "./activation";
export * from "./anneal";
export * from "./box";
export * from "./conv";
export * from "./conv_grad";
export * from "./finite";
export * from "./gemm";
export * from "./history";
export * from "./pack";
export * from "./pad";
export * from "./penalty";
export * from "./rows";
export * from "./softmax";
export * from "./two_loop";
export * from "./vector";
