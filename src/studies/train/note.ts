/** The note that stands beside a trained model: how it was made, what it can do, how to see that it is the same. */
import { digestParameters } from "../../data/digest.ts";
import type { Network } from "../../model/index.ts";
import {
  decaysOf,
  isAutoencoder,
  isQuocNet,
  type MinibatchedRecipe,
  type MinibatchResult,
  type Phase,
  type Schedule,
  type StrategySettings,
  unitsOf,
} from "../../train/index.ts";
import type { FullBatchTraining } from "./full-batch.ts";
import type { TrainingRun } from "./minibatch-run.ts";

interface Note {
  generator: "blindspot";
  kind: "model";
  name: string;
  /** The command that makes the model again, to the same bytes. */
  command: string;
  data: string;
  decay: readonly number[];
  seed: number;
  /** Shares of wrong answers. */
  trainError: number;
  testError: number;
  /** SHA-256 of the parameters. */
  digest: string;
  /** SHA-256 of each file with weights, as `sha256sum` prints it; known when the files are made. */
  weights?: Readonly<Record<string, string>>;
}

/** How a model was trained by full batches. */
export interface FullBatchNote extends Note {
  /** beta of the penalty on each layer's bound, where it is not 0. */
  spectral?: number;
  /** Units of each layer. */
  units: readonly number[];
  /** Whether the layers have biases. */
  bias: boolean;
  /** Of a model whose first layer is the encoder of an autoencoder: how that was trained. Iterations are the classifier's. */
  autoencoder?: Record<string, unknown>;
  /** Of a QuocNet: its sizes, and how its stages were trained. Iterations are the classifier's. */
  quocnet?: Record<string, unknown>;
  /** Which half of the training set it was trained on, if not all of it; its training error is that there. */
  half?: 1 | 2;
  /** Runs on a part of the rows before the one on all of them, whose iterations and evaluations follow. */
  phases?: readonly Phase[];
  /** Pairs of the L-BFGS history, where the recipe says. */
  memory?: number;
  /** Iterations that were taken. */
  iterations: number;
  /** Passes over the data, forward and backward. */
  evaluations: number;
  /** Why the training ended. */
  status: string;
  /** Mean cross-entropy, nats, plus decay and penalty. */
  objective: number;
}

/** How a model was trained by minibatches. */
export interface MinibatchNote extends Note {
  /** Name, class and output shape of each layer. */
  layers: readonly string[];
  /** Numbers that were trained. */
  parameters: number;
  /** The optimiser. */
  optimizer: string;
  /** Learning rate at the start. */
  rate: number;
  /** How the rate fell. */
  schedule: Schedule;
  /** Rows of a step. */
  batch: number;
  /** Where it is not plain. */
  strategy?: StrategySettings;
  /** Rates of Dropout before each layer. */
  dropout?: readonly number[];
  /** Factor of the initial weights. */
  gain?: number;
  /** Passes over the data. */
  epochs: number;
  /** Steps that were taken. */
  steps: number;
  /** Why the training ended. */
  status: MinibatchResult["status"];
  /** Mean cross-entropy of the last epoch, each row under the weights that met it, nats; null where no epoch ended. */
  loss: number | null;
}

/** How a model was trained. */
export type ModelNote = FullBatchNote | MinibatchNote;

/** The note of a model that was trained by full batches. */
export async function fullBatchNote(
  training: FullBatchTraining,
  data: string,
  command: string,
): Promise<FullBatchNote> {
  const { recipe, network, seed, spectral, iterations, evaluations, status, value, trainError, testError } = training;
  return {
    generator: "blindspot",
    kind: "model",
    name: recipe.name,
    command,
    data,
    units: unitsOf(recipe),
    bias: isAutoencoder(recipe) || recipe.useBias,
    decay: decaysOf(recipe),
    ...(spectral && { spectral }),
    ...howTrained(training),
    seed,
    iterations,
    evaluations,
    status,
    objective: value,
    trainError,
    testError,
    digest: await digestParameters(network.getParameters()),
  };
}

/** What the note says of some recipes alone. */
function howTrained({
  recipe,
}: FullBatchTraining): Pick<FullBatchNote, "autoencoder" | "quocnet" | "half" | "phases" | "memory"> {
  if (!isAutoencoder(recipe)) {
    const { half, phases, memory } = recipe;
    return { ...(half && { half }), ...(phases && { phases }), ...(memory !== undefined && { memory }) };
  }
  if (isQuocNet(recipe)) {
    const { quocnet, lambda, epsilon, stages, memory, classifier } = recipe;
    return {
      quocnet: { ...quocnet, lambda, epsilon, stages, ...(memory !== undefined && { memory }) },
      ...(classifier.memory !== undefined && { memory: classifier.memory }),
    };
  }
  const { decoder, beta, target, stages, memory, classifier } = recipe;
  return {
    autoencoder: { decoder, beta, target, stages, ...(memory !== undefined && { memory }) },
    ...(classifier.memory !== undefined && { memory: classifier.memory }),
  };
}

/** The note of a model that was trained by minibatches. */
export async function minibatchNote(
  recipe: MinibatchedRecipe,
  network: Network,
  { seed, status, epochs, steps, records, trainError, testError }: TrainingRun,
  data: string,
  command: string,
): Promise<MinibatchNote> {
  const { optimizer, rate, schedule, batch } = recipe.minibatch;
  const { strategy, dropout, gain } = recipe;
  return {
    generator: "blindspot",
    kind: "model",
    name: recipe.name,
    command,
    data,
    layers: network.layers.map(({ name, className, outputShape }) => `${name} ${className} ${outputShape.join("x")}`),
    parameters: network.parameterCount,
    decay: recipe.decay,
    optimizer,
    rate,
    schedule,
    batch,
    ...(strategy && strategy.name !== "plain" && { strategy }),
    ...(dropout && { dropout }),
    ...(gain !== undefined && { gain }),
    epochs,
    steps,
    status,
    seed,
    loss: records.at(-1)?.loss ?? null,
    trainError,
    testError,
    digest: await digestParameters(network.getParameters()),
  };
}
