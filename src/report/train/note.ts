/** The note of a trained model for people: a few lines in a terminal, and the README.md of its folder. */
import type { FullBatchNote, MinibatchNote, ModelNote } from "../../studies/train/note.ts";
import type { Phase, StrategySettings } from "../../train/index.ts";

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

const phasesRow = (phases: readonly Phase[]): [string, string] => [
  "L-BFGS before that",
  phases.map(({ rows, iterations }) => `${iterations} iterations at most on the first ${rows} images`).join(", "),
];

function fullBatchRows(note: FullBatchNote): [string, string][] {
  const { units, bias, decay, spectral, seed, phases, memory, iterations, evaluations, status } = note;
  return [
    [
      "layers",
      note.quocnet
        ? `stages of ${units.slice(0, -1).join(", ")} local filters at each position, trained without labels; softmax of ${units.at(-1)}`
        : `${units.join("-")}, ${units.length > 1 ? "sigmoid, " : ""}softmax, ${bias ? "with" : "without"} biases`,
    ],
    ["weight decay", decayed(decay)],
    ...(spectral ? [penaltyRow(spectral)] : []),
    ...(note.half ? [halfRow(note.half)] : []),
    ["seed", `${seed}`],
    ...(phases ? [phasesRow(phases)] : []),
    [
      "L-BFGS",
      `${iterations} iterations, ${evaluations} evaluations, ${status}${memory ? `; ${memory} pairs of history` : ""}`,
    ],
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
