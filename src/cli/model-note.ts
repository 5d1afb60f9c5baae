/** What stands beside a trained model: how it was made, what it can do, how to see that it is the same. */

export interface ModelNote {
  generator: "blindspot";
  kind: "model";
  name: string;
  command: string;
  data: string;
  units: readonly number[];
  bias: boolean;
  decay: readonly number[];
  seed: number;
  iterations: number;
  evaluations: number;
  status: string;
  /** Mean cross-entropy, nats, plus decay. */
  objective: number;
  /** Shares of wrong answers. */
  trainError: number;
  testError: number;
  /** SHA-256 of the parameters. */
  digest: string;
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
| seed | ${note.seed} |
| L-BFGS | ${note.iterations} iterations, ${note.evaluations} evaluations, ${note.status} |
| training error | ${percent(note.trainError)} |
| test error | ${percent(note.testError)} |
| SHA-256 of the parameters | ${note.digest} |
`;
}
