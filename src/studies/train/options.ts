/** What may be asked of a training in the place of its recipe's own settings. */
import type { OptionNames } from "../../check.ts";
import { type Preprocess, preprocessFlags } from "../../model/index.ts";
import type { ExampleOptions, OptimizerName, SCHEDULES, StrategyName } from "../../train/index.ts";
import { commandText } from "../command.ts";
import { type SparsitySettings, settingsOf } from "../sparsity/settings.ts";

/** Each option is the recipe's own where it is not given, and is refused where it does not belong to the way of training. */
export interface TrainStudyOptions {
  /** "lbfgs" trains by full batches, the others by minibatches. */
  optimizer?: "lbfgs" | OptimizerName;
  /** lambda of (lambda / 2) |W|^2, one for all layers or one each. */
  decay?: readonly number[];
  /** Of full batches: beta of (beta / 2) s(W)^2, a penalty on the bound of each layer; default 0. */
  spectral?: number;
  /** Of full batches: L-BFGS iterations at most. */
  iterations?: number;
  /** Of a sparse autoencoder: decay, weight and target of its objective. */
  sparsity?: SparsitySettings;
  /** Of minibatches: passes over the data, rows of a step, learning rate at the start and how it falls. */
  epochs?: number;
  /** Of minibatches: rows of a step. */
  batch?: number;
  /** Of minibatches: learning rate at the start. */
  rate?: number;
  /** Of minibatches: how the rate falls. */
  schedule?: (typeof SCHEDULES)[number];
  /** Of minibatches: what is trained on. */
  strategy?: StrategyName;
  /** Of the strategy "dropout": a rate before each layer. */
  dropout?: readonly number[];
  /** Of the adversarial strategies: how examples are made, how far they are moved at each place, and the weight of their loss. */
  attack?: NonNullable<ExampleOptions["attack"]>;
  /** Of the adversarial strategies: how far examples are moved, an L2 norm for each place, or the change of each number by signs. */
  radius?: readonly number[];
  /** Of "adversarial..." by gradient or sign, and of "trades": steps that an example takes. */
  steps?: number;
  /** Of "trades": factor of the divergence. */
  beta?: number;
  /** Of "certified": how far each number of a row may move, in its units. */
  epsilon?: number;
  /** Of "certified": share of the data's own loss, once it has fallen. */
  kappa?: number;
  /** Of "certified": epochs before the first box. */
  warmUp?: number;
  /** Of "certified": epochs in which epsilon rises. */
  ramp?: number;
  /** Of the adversarial strategies: factor of the loss of the examples. */
  weight?: number;
  /** Examples that are kept for each place, and the share of them that is replaced before each epoch. */
  pool?: number;
  /** Share of a pool that is replaced before each epoch. */
  replace?: number;
  /** What is done to the data before the network, which has it as its first layer; default nothing. */
  preprocess?: Preprocess;
  /** Of everything random; default 0. */
  seed?: number;
}

/** Every option by name. */
export const TRAIN_OPTIONS: OptionNames<TrainStudyOptions> = {
  ...{
    optimizer: true,
    decay: true,
    spectral: true,
    sparsity: true,
    iterations: true,
    epochs: true,
    batch: true,
    rate: true,
    schedule: true,
  },
  ...{ strategy: true, dropout: true, attack: true, radius: true, weight: true, pool: true, replace: true, seed: true },
  ...{ steps: true, beta: true, epsilon: true, kappa: true, warmUp: true, ramp: true },
  preprocess: true,
};

/** The command that trains the model of this name again, to the same bytes. */
export function trainCommand(model: string, data: string, options: TrainStudyOptions): string {
  const { optimizer, decay, spectral, sparsity, iterations, epochs, batch, rate, schedule, seed = 0 } = options;
  const { strategy, dropout, attack, radius, weight, pool, replace, preprocess } = options;
  const { steps, beta, epsilon, kappa, warmUp, ramp } = options;
  return commandText("train", {
    ...{
      model,
      ...preprocessFlags(preprocess),
      data,
      optimizer,
      decay,
      spectral,
      sparsity: sparsity && settingsOf(sparsity),
      iterations,
      epochs,
      batch,
      rate,
      schedule,
    },
    ...{ strategy, dropout, attack, radius, steps, weight, pool, replace, beta, epsilon, kappa, warmUp, ramp, seed },
  });
}
