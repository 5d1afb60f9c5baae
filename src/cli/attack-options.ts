/** The flags of every command that attacks: which images, how hard, towards what. */
import { Option } from "commander";
import { EFFORTS, type EffortName, SOLVERS, type SolverName, TARGET_RULES } from "../attacks/index.ts";
import { TRUTHS, type Truth } from "./attack-input.ts";
import { decimal, seedOption, UsageError, wholeNumber } from "./options.ts";

export interface AttackFlags {
  data: string;
  count?: number;
  first: number;
  truth: Truth;
  target: string;
  effort: EffortName;
  solver: SolverName;
  margin: number;
  seed: number;
}

/** Logits; that of `lbfgsAttack`. */
const DEFAULT_MARGIN = 1e-4;

/** A rule, `all`, or one label for every image. */
function parseTarget(text: string): string {
  if ([...TARGET_RULES, "all"].includes(text) || /^\d+$/.test(text)) return text;
  throw new UsageError(`--target: expected ${TARGET_RULES.join(", ")}, all or a label, got ${JSON.stringify(text)}`);
}

/** --data, --count, --first and --truth; `model` is who answers where the truth is not the label. */
export function imageOptions(model: string): Option[] {
  return [
    new Option(
      "--data <set>",
      "mnist:test, mnist:train, idx:<folder>:<split> for IDX files, or images:<folder> for PNG images",
    ).default("mnist:test"),
    new Option("--count <number>", "how many images to attack (default: 100, or all there are)").argParser(
      wholeNumber("--count", 1),
    ),
    new Option("--first <number>", "position of the first image in the set")
      .argParser(wholeNumber("--first", 0))
      .default(0),
    new Option(
      "--truth <source>",
      "what counts as an image's true answer: its label (images that a model gets wrong are not attacked), or " +
        `${model}'s own answer`,
    )
      .choices(TRUTHS)
      .default("labels"),
  ];
}

/** --target, --effort, --solver, --margin and --seed. */
export function searchOptions(target: string): Option[] {
  return [
    new Option(
      "--target <rule>",
      "the label to reach: next ((true + 1) mod classes), random (by the seed), runner-up (the likeliest wrong one), least-likely, " +
        "all (every wrong label; the nearest counts), or one label",
    )
      .argParser(parseTarget)
      .default(target),
    new Option("--effort <level>", "how hard to search: on a small network about 32, 250 or 660 evaluations an image")
      .choices(Object.keys(EFFORTS))
      .default("fast"),
    new Option("--solver <name>", "the minimiser: projected L-BFGS, or L-BFGS-B").choices(SOLVERS).default("projected"),
    marginOption(),
    seedOption(),
  ];
}

/** --margin: how clear a success is. */
export function marginOption(): Option {
  return new Option(
    "--margin <logits>",
    "logits by which the target must lead; a larger margin makes larger changes, and more of them survive rounding to 8 bits",
  )
    .argParser(decimal("--margin", 0))
    .default(DEFAULT_MARGIN);
}
