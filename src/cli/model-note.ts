/** What stands beside a trained model: how it was made, what it can do, how to see that it is the same. */
import type { Network } from "../model/index.ts";
import { modelFiles } from "../node/index.ts";
import { digestArrays } from "../report/index.ts";
import { decaysOf, isAutoencoder, type Recipe, unitsOf } from "../train/index.ts";

export interface ModelNote {
  generator: "blindspot";
  kind: "model";
  name: string;
  command: string;
  data: string;
  units: readonly number[];
  bias: boolean;
  decay: readonly number[];
  /** Of a model whose first layer is the encoder of an autoencoder: how that was trained. Iterations are the classifier's. */
  autoencoder?: Record<string, unknown>;
  /** Which half of the training set it was trained on, if not all of it. */
  half?: 1 | 2;
  seed: number;
  iterations: number;
  evaluations: number;
  status: string;
  /** Mean cross-entropy, nats, plus decay. */
  objective: number;
  /** Shares of wrong answers, on the images that it was trained on and on the test set. */
  trainError: number;
  testError: number;
  /** SHA-256 of the parameters. */
  digest: string;
}

/** A training and what came of it. */
export interface TrainedModel {
  recipe: Recipe;
  network: Network;
  seed: number;
  status: string;
  iterations: number;
  evaluations: number;
  value: number;
  trainError: number;
  testError: number;
}

/** The note of a trained model; `command` makes it again. */
export async function modelNote(trained: TrainedModel, data: string, command: string): Promise<ModelNote> {
  const { recipe, network, seed, iterations, evaluations, status, value, trainError, testError } = trained;
  return {
    generator: "blindspot",
    kind: "model",
    name: recipe.name,
    command,
    data,
    units: unitsOf(recipe),
    bias: isAutoencoder(recipe) || recipe.useBias,
    decay: decaysOf(recipe),
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
function howTrained(recipe: Recipe): Pick<ModelNote, "autoencoder" | "half"> {
  if (!isAutoencoder(recipe)) return recipe.half ? { half: recipe.half } : {};
  const { decoder, beta, target, stages } = recipe;
  return { autoencoder: { decoder, beta, target, stages } };
}

/** The files of a trained model's folder, the note included. */
export function trainedModelFiles(network: Network, note: ModelNote): Map<string, Uint8Array | string> {
  return new Map([
    ...modelFiles(network.toArtifacts()),
    ["training.json", `${JSON.stringify(note, null, 1)}\n`],
    ["README.md", noteMarkdown(note)],
  ]);
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** A few lines for the terminal. */
export function noteText(note: ModelNote): string {
  return [
    `${note.name}: training error ${percent(note.trainError)}, test error ${percent(note.testError)}`,
    `${note.iterations} iterations, ${note.evaluations} evaluations (${note.status})`,
    `digest ${note.digest}`,
  ].join("\n");
}

/** The README.md of a model's folder. */
export function noteMarkdown(note: ModelNote): string {
  return `# ${note.name}

A tfjs LayersModel for ${note.data}, trained by Blindspot:

    ${note.command}

The same command gives the same bytes.

| | |
|---|---|
| layers | ${note.units.join("-")}, ${note.units.length > 1 ? "sigmoid, " : ""}softmax, ${note.bias ? "with" : "without"} biases |
| weight decay | lambda = ${note.decay.join(", ")}: (lambda / 2) times the squared norm of each kernel |
${note.half ? `| trained on | the ${note.half === 1 ? "first" : "second"} half of the training images |\n` : ""}| seed | ${note.seed} |
| L-BFGS | ${note.iterations} iterations, ${note.evaluations} evaluations, ${note.status} |
| training error | ${percent(note.trainError)} |
| test error | ${percent(note.testError)} |
| SHA-256 of the parameters | ${note.digest} |
`;
}
