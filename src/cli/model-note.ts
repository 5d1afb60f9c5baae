/** What stands beside a trained model: how it was made, what it can do, how to see that it is the same. */
import type { MinibatchResult, Schedule, StrategySettings } from "../train/index.ts";

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
}

export interface FullBatchNote extends Note {
  units: readonly number[];
  bias: boolean;
  iterations: number;
  evaluations: number;
  status: string;
  /** Mean cross-entropy, nats, plus decay. */
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

function fullBatchRows(note: FullBatchNote): [string, string][] {
  const { units, bias, decay, seed, iterations, evaluations, status } = note;
  return [
    [
      "layers",
      `${units.join("-")}, ${units.length > 1 ? "sigmoid, " : ""}softmax, ${bias ? "with" : "without"} biases`,
    ],
    ["weight decay", decayed(decay)],
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
  ];
  return `# ${note.name}

A tfjs LayersModel for ${note.data}, trained by Blindspot:

    ${note.command}

The same command gives the same bytes.

| | |
|---|---|
${rows.map(([what, value]) => `| ${what} | ${value} |\n`).join("")}`;
}
