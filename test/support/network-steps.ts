/** The oracle's view of a network: its layers as steps, with a copy of its weights in double precision. */
import type { Network } from "../../src/model/index.ts";
import type { Step } from "../oracle/network.ts";

export interface Stepped {
  steps: Step[];
  /** How many steps lie before the output of each layer. */
  until: number[];
}

export function stepsOf(network: Network): Stepped {
  const parameters = Float64Array.from(network.getParameters());
  const steps: Step[] = [];
  const until: number[] = [];
  let at = 0;
  const take = (n: number) => {
    at += n;
    return parameters.slice(at - n, at);
  };
  for (const { className, config, inputShape, outputShape } of network.layers) {
    if (className === "Dense") {
      const [inputs, units] = [inputShape.at(-1) as number, config.units as number];
      const kernel = take(inputs * units);
      steps.push({ kind: "dense", inputs, units, kernel, bias: config.use_bias ? take(units) : undefined });
    }
    const activation = config.activation as "linear" | "relu" | "sigmoid" | "tanh" | "softmax" | undefined;
    if (activation && activation !== "linear") steps.push({ kind: activation, width: outputShape.at(-1) as number });
    until.push(steps.length);
  }
  if (at !== parameters.length) throw new Error(`steps: expected ${parameters.length} parameters, took ${at}`);
  return { steps, until };
}

/** Row r of flat rows. */
export function rowOf(rows: Float32Array, r: number, width: number): Float32Array {
  return rows.slice(r * width, (r + 1) * width);
}
