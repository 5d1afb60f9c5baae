/**
 * Turns gradients into steps: SGD with momentum, or Adam. Two kernels update the parameters in place
 * (assembly/train/optimizer.ts); this file keeps their state.
 */
import { outOfRange, requireNumber, requireOptions, wrongType } from "../check.ts";
import type { GradientSum, Network, Parameter } from "../model/index.ts";
import type { F32Pointer, Region } from "../wasm/index.ts";

/** Stochastic gradient descent, with momentum. */
export interface SgdOptions {
  /** By which it is recognised. */
  name: "sgd";
  /** Default 0.9. */
  momentum?: number;
  /** Nesterov's form; default false. */
  nesterov?: boolean;
}

/** Adam [Kingma and Ba 2015]. */
export interface AdamOptions {
  /** By which it is recognised. */
  name: "adam";
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Added to the root of the second moment, in its units; default 1e-8. */
  epsilon?: number;
}

/** An optimiser of minibatches, with its options. */
export type OptimizerOptions = SgdOptions | AdamOptions;
/** The name of an optimiser of minibatches. */
export type OptimizerName = OptimizerOptions["name"];
export const OPTIMIZERS: readonly OptimizerName[] = ["sgd", "adam"];

/** The state of an optimiser between steps. */
export interface OptimizerState {
  name: OptimizerName;
  /** beta1^t and beta2^t after t steps; 1 for SGD. */
  powers: [number, number];
  /** Velocity, or first and second moments: one f32[parameterCount] each. */
  slots: Float32Array[];
}

export class Optimizer {
  private readonly network: Network;
  private readonly settings: Required<OptimizerOptions>;
  /** lambda of each parameter. */
  private readonly decay: readonly number[];
  /** Of each parameter its slots, f32[size]. */
  private readonly slots: F32Pointer[][];
  private powers: [number, number] = [1, 1];

  /**
   * @param decay lambda of each kernel, in order; what is no kernel does not decay
   * @param memory where its state lies, in the network's arena
   */
  constructor(network: Network, options: OptimizerName | OptimizerOptions, decay: readonly number[], memory: Region) {
    this.network = network;
    this.settings = requireOptimizer(options);
    const { arena } = network.workspace;
    let kernel = 0;
    this.decay = network.parameters.map(({ shape }) => (shape.length > 1 ? (decay[kernel++] as number) : 0));
    const count = this.settings.name === "adam" ? 2 : 1;
    this.slots = network.parameters.map(({ size }) =>
      Array.from({ length: count }, () => {
        const at = memory.allocateF32(size);
        arena.f32(at, size).fill(0);
        return at;
      }),
    );
  }

  /** Takes one step against the gradient in `sum`, and tells the layers that their parameters changed. */
  step(rate: number, sum: GradientSum): void {
    const { network, settings, powers } = this;
    const { kernels } = network.workspace;
    if (settings.name === "adam") {
      powers[0] *= settings.beta1;
      powers[1] *= settings.beta2;
    }
    for (const [i, parameter] of network.parameters.entries()) {
      const { size, at } = parameter;
      const decay = this.decay[i] as number;
      const [first, second] = this.slots[i] as [F32Pointer, F32Pointer];
      const gradient = sum.at(parameter);
      if (settings.name === "adam") {
        const { beta1, beta2, epsilon } = settings;
        const [unbiased, unbias] = [rate / (1 - powers[0]), 1 / (1 - powers[1])];
        kernels.adam_f32(size, unbiased, 1 - beta1, 1 - beta2, unbias, epsilon, decay, at, gradient, first, second);
      } else {
        const { momentum, nesterov } = settings;
        kernels.sgd_f32(size, rate, momentum, nesterov ? 1 : 0, decay, at, gradient, first);
      }
    }
    network.parametersChanged();
  }

  snapshot(): OptimizerState {
    const { arena } = this.network.workspace;
    const { parameters, parameterCount } = this.network;
    const slots = (this.slots[0] ?? []).map(() => new Float32Array(parameterCount));
    this.eachSlot(parameters, (slot, at, size, position) => {
      slots[slot]?.set(arena.f32(at, size), position);
    });
    return { name: this.settings.name, powers: [...this.powers], slots };
  }

  restore({ name, powers, slots }: OptimizerState): void {
    const { arena } = this.network.workspace;
    const { parameters, parameterCount } = this.network;
    if (name !== this.settings.name) outOfRange("resume", `a state of ${this.settings.name}`, `one of ${name}`);
    for (const { length } of slots) {
      if (length !== parameterCount) outOfRange("resume", `a state of ${parameterCount} parameters`, `${length}`);
    }
    this.eachSlot(parameters, (slot, at, size, position) => {
      arena.f32(at, size).set((slots[slot] as Float32Array).subarray(position, position + size));
    });
    this.powers = [...powers];
  }

  private eachSlot(
    parameters: readonly Parameter[],
    use: (slot: number, at: F32Pointer, size: number, position: number) => void,
  ): void {
    let position = 0;
    for (const [i, { size }] of parameters.entries()) {
      for (const [slot, at] of (this.slots[i] as F32Pointer[]).entries()) use(slot, at, size, position);
      position += size;
    }
  }
}

/** The options with their defaults. */
export function requireOptimizer(options: OptimizerName | OptimizerOptions): Required<OptimizerOptions> {
  const given = typeof options === "string" ? ({ name: options } as OptimizerOptions) : options;
  if (typeof given !== "object" || given === null) wrongType("optimizer", "a name or an object", options);
  if (given.name === "sgd") {
    requireOptions("optimizer sgd", given, { name: true, momentum: true, nesterov: true });
    const { momentum = 0.9, nesterov = false } = given;
    if (typeof nesterov !== "boolean") wrongType("optimizer.nesterov", "a boolean", nesterov);
    return { name: "sgd", momentum: below1("momentum", momentum), nesterov };
  }
  if (given.name === "adam") {
    requireOptions("optimizer adam", given, { name: true, beta1: true, beta2: true, epsilon: true });
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 } = given;
    if (!(epsilon > 0)) outOfRange("optimizer.epsilon", "a number above 0", epsilon);
    return {
      name: "adam",
      beta1: below1("beta1", beta1),
      beta2: below1("beta2", beta2),
      epsilon: requireNumber("optimizer.epsilon", epsilon, 0),
    };
  }
  return outOfRange(
    "optimizer",
    ["lbfgs", ...OPTIMIZERS].join(", "),
    JSON.stringify((given as { name: unknown }).name),
  );
}

function below1(name: string, value: number): number {
  requireNumber(`optimizer.${name}`, value, 0);
  return value < 1 ? value : outOfRange(`optimizer.${name}`, "a number below 1", value);
}
