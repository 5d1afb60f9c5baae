/** The flags of `blindspot train`. */
import { Option } from "commander";
import { SCHEDULES, STRATEGIES } from "../train/index.ts";
import { checkpointOption, decimal, decimals, oneOf, outputOptions, seedOption, wholeNumber } from "./options.ts";
import { preprocessOptions } from "./preprocess-options.ts";
import { sparsitySettings } from "./sparsity-settings.ts";

/** --model and --data. */
export function modelOptions(names: readonly string[], parseModel: (text: string) => string): Option[] {
  return [
    new Option(
      "--model <name>",
      `what to train: ${names.join(", ")}, or a fully connected network by its sizes, such as fc300-100-10`,
    )
      .argParser(parseModel)
      .default("fc100-100-10"),
    ...preprocessOptions(),
    new Option(
      "--data <set>",
      "images to train on and to test with: mnist, fashion, or idx:<folder> with files named as MNIST's",
    ).default("mnist"),
    new Option(
      "--optimizer <name>",
      "lbfgs trains by full batches, sgd and adam by minibatches (default: the model's)",
    ).argParser(oneOf("--optimizer", ["lbfgs", "sgd", "adam"] as const)),
    new Option(
      "--decay <numbers>",
      "weight decay lambda of (lambda / 2) |W|^2, one number for all layers or one each: 1e-5,1e-5,1e-6 (default: the model's)",
    ).argParser(decimals("--decay", 0)),
    seedOption("seed of the initial weights and of everything random; the same seed gives the same bytes"),
  ];
}

/** Flags of --optimizer lbfgs. */
export function fullBatchOptions(): Option[] {
  return [
    new Option("--iterations <number>", "lbfgs: iterations at most (default: the model's)").argParser(
      wholeNumber("--iterations", 1),
    ),
    new Option(
      "--spectral <number>",
      "lbfgs: beta of (beta / 2) s(W)^2, a penalty that keeps the largest singular value of each layer small (default: 0)",
    ).argParser(decimal("--spectral", 0)),
    new Option(
      "--sparsity <settings>",
      "ae400-10: decay/weight/target of the autoencoder, as 3e-3/3/0.1 (default: the model's)",
    ).argParser((text: string) => sparsitySettings("--sparsity", text)),
  ];
}

/** Flags of --optimizer sgd and adam. */
export function minibatchOptions(): Option[] {
  return [
    new Option("--epochs <number>", "sgd, adam: passes over the images (default: the model's)").argParser(
      wholeNumber("--epochs", 1),
    ),
    new Option("--batch <number>", "sgd, adam: images of a step (default: the model's)").argParser(
      wholeNumber("--batch", 1),
    ),
    new Option("--rate <number>", "sgd, adam: learning rate at the start (default: the model's)").argParser(
      decimal("--rate", 0),
    ),
    new Option(
      "--schedule <name>",
      `sgd, adam: how the learning rate falls: ${SCHEDULES.join(", ")} (default: the model's)`,
    ).argParser(oneOf("--schedule", SCHEDULES)),
    new Option(
      "--strategy <name>",
      `sgd, adam: what is trained on beside the images: ${STRATEGIES.join(", ")} (default: the model's)`,
    ).argParser(oneOf("--strategy", STRATEGIES)),
    new Option("--dropout <rates>", "--strategy dropout: a rate before each layer, such as 0.2,0.1,0.05").argParser(
      decimals("--dropout", 0, 1),
    ),
    new Option(
      "--attack <name>",
      "--strategy adversarial...: how examples are made: gradient (a step along the gradient, default), sign (fast gradient sign), " +
        "or lbfgs, which needs --pool",
    ).argParser(oneOf("--attack", ["gradient", "sign", "lbfgs"] as const)),
    new Option(
      "--radius <numbers>",
      "--strategy adversarial..., trades: how far examples are moved: at the input, then at each hidden layer (default: 0.8,0.2,...; trades: 0.1)",
    ).argParser(decimals("--radius", 0)),
    new Option(
      "--steps <number>",
      "--strategy adversarial..., trades: steps that an example takes (default: 1; trades: 7)",
    ).argParser(wholeNumber("--steps", 1)),
    new Option("--weight <number>", "--strategy adversarial...: weight of the examples' loss").argParser(
      decimal("--weight", 0),
    ),
    new Option(
      "--pool <number>",
      "--strategy adversarial...: examples kept for each place; 0 makes new ones for every step (default: 0)",
    ).argParser(wholeNumber("--pool", 0)),
    new Option(
      "--replace <share>",
      "--strategy adversarial...: share of a pool that is replaced before each epoch (default: 0.25)",
    ).argParser(decimal("--replace", 0, 1)),
    new Option(
      "--beta <number>",
      "--strategy trades: factor of the divergence of the two answers (default: 6)",
    ).argParser(decimal("--beta", 0)),
    new Option(
      "--epsilon <number>",
      "--strategy certified: how far each pixel may move, once that has risen (default: 0.1)",
    ).argParser(decimal("--epsilon", 0)),
    new Option(
      "--kappa <share>",
      "--strategy certified: share of the images' own loss, once that has fallen; the rest is that of the bounds (default: 0.5)",
    ).argParser(decimal("--kappa", 0, 1)),
    new Option("--warm-up <epochs>", "--strategy certified: epochs before the first bound (default: 1)").argParser(
      wholeNumber("--warm-up", 0),
    ),
    new Option(
      "--ramp <epochs>",
      "--strategy certified: epochs in which epsilon rises and kappa falls (default: half of the rest)",
    ).argParser(decimal("--ramp", 0)),
  ];
}

export function folderOptions(): Option[] {
  return [checkpointOption(), ...outputOptions({ described: "trained/<model>" })];
}
