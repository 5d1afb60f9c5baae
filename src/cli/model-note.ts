/** What stands beside a trained model: how it was made, what it can do, how to see that it is the same. */
import { createHash } from "node:crypto";
import type { Network } from "../model/index.ts";
import { modelFiles } from "../node/index.ts";
import { digestArrays } from "../report/index.ts";
import {
  type AnyRecipe,
  decaysOf,
  isAutoencoder,
  type MinibatchResult,
  type Schedule,
  type StrategySettings,
  unitsOf,
} from "../train/index.ts";

interface Note {
  generator: "blindspot";
  kind: "model";
  name: string;
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

export interface FullBatchNote extends Note {
  /** beta of the penalty on each layer's bound, where it is not 0. */
  spectral?: number;
  units: readonly number[];
  bias: boolean;
  /** Of a model whose first layer is the encoder of an autoencoder: how that was trained. Iterations are the classifier's. */
  autoencoder?: Record<string, unknown>;
  /** Which half of the training set it was trained on, if not all of it; its training error is that there. */
  half?: 1 | 2;
  iterations: number;
  evaluations: number;
  status: string;
  /** Mean cross-entropy, nats, plus decay and penalty. */
  objective: number;
}

export interface MinibatchNote extends Note {
  /** Name, class and output shape of each layer. */
  layers: readonly string[];
  parameters: number;
  optimizer: string;
  rate: number;
  schedule: Schedule;
  batch: number;
  /** Where it is not plain. */
  strategy?: StrategySettings;
  /** Rates of Dropout before each layer. */
  dropout?: readonly number[];
  /** Factor of the initial weights. */
  gain?: number;
  epochs: number;
  steps: number;
  status: MinibatchResult["status"];
  /** Mean cross-entropy of the last epoch, each row under the weights that met it, nats; null where no epoch ended. */
  loss: number | null;
}

export type ModelNote = FullBatchNote | MinibatchNote;

/** A training and what came of it. */
export interface TrainedModel {
  recipe: AnyRecipe;
  network: Network;
  seed: number;
  /** Of `trainRecipe`; default 0. */
  spectral?: number;
  status: string;
  iterations: number;
  evaluations: number;
  value: number;
  trainError: number;
  testError: number;
}

/** The note of a model that was trained by full batches; `command` makes it again. */
export async function modelNote(trained: TrainedModel, data: string, command: string): Promise<FullBatchNote> {
  const { recipe, network, seed, spectral, iterations, evaluations, status, value, trainError, testError } = trained;
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
    ...howTrained(recipe),
    seed,
    iterations,
    evaluations,
    status,
    objective: value,
    trainError,
    testError,
    digest: await digestArrays({ parameters: { data: network.getParameters() } }),
  };
}

/** What the note says of some recipes alone. */
function howTrained(recipe: AnyRecipe): Pick<FullBatchNote, "autoencoder" | "half"> {
  if (!isAutoencoder(recipe)) return recipe.half ? { half: recipe.half } : {};
  const { decoder, beta, target, stages } = recipe;
  return { autoencoder: { decoder, beta, target, stages } };
}

/** The files of a trained model's folder, the note included. */
export function trainedModelFiles(network: Network, note: ModelNote): Map<string, Uint8Array | string> {
  const files = modelFiles(network.toArtifacts());
  const weights = Object.fromEntries(
    [...files]
      .filter(([name]) => name.endsWith(".bin"))
      .map(([name, content]) => [name, createHash("sha256").update(content).digest("hex")]),
  );
  const whole = { ...note, weights };
  return new Map([
    ...files,
    ["training.json", `${JSON.stringify(whole, null, 1)}\n`],
    ["README.md", noteMarkdown(whole)],
  ]);
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** A few lines for the terminal. */
export function noteText(note: ModelNote): string {
  return [
    `${note.name}: training error ${percent(note.trainError)}, test error ${percent(note.testError)}`,
    "epochs" in note
      ? `${note.epochs} epochs, ${note.steps} steps (${note.status})`
      : `${note.iterations} iterations, ${note.evaluations} evaluations (${note.status})`,
    `digest ${note.digest}`,
  ].join("\n");
}

const decayed = (decay: readonly number[]): string =>
  `lambda = ${decay.join(", ")}: (lambda / 2) times the squared norm of each kernel`;

const penaltyRow = (beta: number): [string, string] => [
  "spectral penalty",
  `beta = ${beta}: (beta / 2) s(W)^2 of each kernel, s(W) being at least its largest singular value`,
];

const halfRow = (half: 1 | 2): [string, string] => [
  "trained on",
  `the ${half === 1 ? "first" : "second"} half of the training images`,
];

function fullBatchRows(note: FullBatchNote): [string, string][] {
  const { units, bias, decay, spectral, seed, iterations, evaluations, status } = note;
  return [
    [
      "layers",
      `${units.join("-")}, ${units.length > 1 ? "sigmoid, " : ""}softmax, ${bias ? "with" : "without"} biases`,
    ],
    ["weight decay", decayed(decay)],
    ...(spectral ? [penaltyRow(spectral)] : []),
    ...(note.half ? [halfRow(note.half)] : []),
    ["seed", `${seed}`],
    ["L-BFGS", `${iterations} iterations, ${evaluations} evaluations, ${status}`],
  ];
}

/** The strategy by name, and those of its settings that are not the defaults. */
function strategyText({ strategy, dropout }: MinibatchNote): string {
  const { name, ...settings } = strategy as StrategySettings;
  const own = Object.entries(settings).map(([key, value]) => `${key} ${JSON.stringify(value)}`);
  return [name, ...(dropout ? [`rates ${dropout.join(", ")}`] : []), ...own].join(", ");
}

function minibatchRows(note: MinibatchNote): [string, string][] {
  const { layers, parameters, decay, seed, optimizer, rate, schedule, batch, epochs, steps, status } = note;
  const falls =
    typeof schedule === "string" ? schedule : `${schedule.name}, ${schedule.factor} every ${schedule.every}`;
  return [
    ["layers", `${layers.join(", ")}; ${parameters} parameters`],
    ["weight decay", decayed(decay)],
    ["seed", `${seed}`],
    ["optimiser", `${optimizer}, learning rate ${rate} (${falls}), batches of ${batch}`],
    ...(note.strategy ? [["strategy", strategyText(note)] as [string, string]] : []),
    ["epochs", `${epochs}, ${steps} steps, ${status}`],
  ];
}

/** The README.md of a model's folder. */
export function noteMarkdown(note: ModelNote): string {
  const rows = [
    ...("epochs" in note ? minibatchRows(note) : fullBatchRows(note)),
    ["training error", percent(note.trainError)],
    ["test error", percent(note.testError)],
    ["SHA-256 of the parameters", note.digest],
    ...Object.entries(note.weights ?? {}).map(([file, digest]) => [`SHA-256 of ${file}`, digest]),
  ];
  return `# ${note.name}

A tfjs LayersModel for ${note.data}, trained by Blindspot:

    ${note.command}

The same command gives the same bytes.

| | |
|---|---|
${rows.map(([what, value]) => `| ${what} | ${value} |\n`).join("")}`;
}
