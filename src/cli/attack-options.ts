/** The flags of every command that attacks: which images, how hard, towards what. */
import { Option } from "commander";
import {
  type AttackName,
  EFFORTS,
  type EffortName,
  type NormName,
  type Question,
  SOLVERS,
  type SolverName,
  TARGET_RULES,
} from "../attacks/index.ts";
import { NORMS } from "../attacks/minimal/norm.ts";
import { attackOf, namesOf } from "../attacks/named/table.ts";
import { UNTARGETED } from "../studies/attack/question.ts";
import { TRUTHS, type Truth } from "./attack-input.ts";
import { decimal, seedOption, UsageError, usage, wholeNumber } from "./options.ts";
import { type PreprocessFlags, preprocessOptions } from "./preprocess-options.ts";

export interface AttackFlags extends PreprocessFlags {
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

/** No image of a data set has more. */
const MOST_FEATURES = 2 ** 24;
/** Logits; that of `lbfgsAttack`. */
const DEFAULT_MARGIN = 1e-4;

/** A rule, `all`, or one label for every image; `more` are rules of one command. */
function parseTarget(more: readonly string[]): (text: string) => string {
  const rules = [...TARGET_RULES, "all", ...more];
  return (text) => {
    if (rules.includes(text) || /^\d+$/.test(text)) return text;
    const words = [`${[...TARGET_RULES, "all"].join(", ")} or a label`, ...more].join(", or ");
    throw new UsageError(`--target: expected ${words}, got ${JSON.stringify(text)}`);
  };
}

/** --data, --count, --first, --truth, and what is done to the data before a model; `model` is who answers where the truth is not the label. */
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
    ...preprocessOptions(),
  ];
}

/** --target, --effort, --solver, --margin and --seed. */
export function searchOptions(target: string | undefined, more: readonly string[] = []): Option[] {
  return [
    new Option(
      "--target <rule>",
      (more.includes(UNTARGETED) ? "untargeted (any other answer), or " : "") +
        "the label to reach: next ((true + 1) mod classes), random (by the seed), runner-up (the likeliest wrong one), least-likely, " +
        "all (every wrong label; the nearest counts), or one label",
    )
      .argParser(parseTarget(more))
      .default(target),
    new Option(
      "--effort <level>",
      "how hard to search: in a norm at most 120, 300 or 1500 evaluations an image in L2, other numbers in the others; the paper's " +
        "attack takes about 24, 230 or 640 on a small network",
    )
      .choices(Object.keys(EFFORTS))
      .default("fast"),
    new Option("--solver <name>", "the minimiser: projected L-BFGS, or L-BFGS-B").choices(SOLVERS).default("projected"),
    marginOption(),
    seedOption(),
  ];
}

/** Parses positions and ranges of them, separated by commas: 0,3-7. */
function features(flag: string): (text: string) => number[] {
  const asked = "positions and ranges of them, such as 0,3-7";
  return (text) =>
    text.split(",").flatMap((part) => {
      const [, from, to] = part.trim().match(/^(\d{1,9})(?:-(\d{1,9}))?$/) ?? [];
      const [first, last] = [Number(from), Number(to ?? from)];
      if (from === undefined || last < first)
        throw new UsageError(`${flag}: expected ${asked}, got ${JSON.stringify(text)}`);
      if (last - first >= MOST_FEATURES) {
        throw new UsageError(`${flag}: expected ranges of at most ${MOST_FEATURES} features, got ${part.trim()}`);
      }
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
}

/** The same as a set: ranges may overlap. */
function distinctFeatures(flag: string): (text: string) => number[] {
  const parse = features(flag);
  return (text) => [...new Set(parse(text))];
}

/** Parses lists of features, separated by semicolons. */
function featureGroups(flag: string): (text: string) => number[][] {
  const parse = features(flag);
  return (text) => text.split(";").map((part) => parse(part));
}

/** --norm, and the questions of an attack in a norm that no label answers. */
export function questionFlags(): Option[] {
  return [
    new Option(
      "--frozen <features>",
      "features that keep the image's value: positions and ranges of them, such as 0,3-7, counted row by row and channel by channel",
    ).argParser(distinctFeatures("--frozen")),
    new Option("--integers <features>", "features that are whole numbers, 0 or 1").argParser(
      distinctFeatures("--integers"),
    ),
    new Option(
      "--groups <lists>",
      "one-hot groups, lists of features separated by semicolons, such as '4-8;9-12': one of each is 1, the others are 0, and stay so",
    ).argParser(featureGroups("--groups")),
    new Option(
      "--norm <norm>",
      "the norm in which the change is to be small (default: l2 for an untargeted attack; none for one with a --target, which is the paper's)",
    ).choices(NORMS),
    new Option(
      "--levels <number>",
      "search on so many equal levels of a pixel: 256 for results that 8-bit pictures hold",
    ).argParser(wholeNumber("--levels", 2, 65536)),
    new Option("--not <label>", "any answer but this label").argParser(wholeNumber("--not", 0)),
    new Option("--output <number>", "an output to move, with --by, --above or --below").argParser(
      wholeNumber("--output", 0),
    ),
    new Option("--by <amount>", "the output moves by more than this, in units of what the model answers").argParser(
      decimal("--by", 0),
    ),
    new Option("--direction <way>", "with --by: up or down; both where it is not given").choices(["up", "down"]),
    new Option("--above <value>", "the output is above this").argParser(decimal("--above", -Number.MAX_VALUE)),
    new Option("--below <value>", "the output is below this").argParser(decimal("--below", -Number.MAX_VALUE)),
  ];
}

/** --attack and what an attack by name is told. */
export function namedFlags(): Option[] {
  return [
    new Option(
      "--attack <name>",
      "an attack of the literature in the place of the library's own search: those within an --epsilon are " +
        `${namesOf(({ finds }) => finds === "within")}; those for the smallest change are ${namesOf(({ finds }) => finds === "smallest")}`,
    ).argParser((text) => usage(() => attackOf(text), "--").name),
    new Option("--epsilon <length>", "with --attack: the most that a change may measure in the norm").argParser(
      decimal("--epsilon", 0),
    ),
    new Option("--steps <number>", "with --attack: its steps (default: its authors')").argParser(
      wholeNumber("--steps", 1),
    ),
    new Option(
      "--evaluations <number>",
      "with --attack: evaluations of an image at most, in the place of --steps",
    ).argParser(wholeNumber("--evaluations", 1)),
    new Option(
      "--attack-options <name=value,...>",
      "with --attack: its other options, such as restarts=5; a wrong name is answered with those it has",
    ).argParser(parseAttackOptions),
  ];
}

/** "restarts=5,loss=margin". */
function parseAttackOptions(text: string): Record<string, number | boolean | string> {
  return parseOptionTexts("--attack-options", text.split(","));
}

/** Numbers, true, false and words by name, each as name=value. */
export function parseOptionTexts(flag: string, parts: readonly string[]): Record<string, number | boolean | string> {
  const entries = parts.map((part) => {
    const [name = "", value, ...more] = part.split("=").map((word) => word.trim());
    if (name === "" || value === undefined || value === "" || more.length > 0) {
      throw new UsageError(`${flag}: expected name=value, got ${JSON.stringify(part)}`);
    }
    if (value === "true" || value === "false") return [name, value === "true"];
    return [name, Number.isFinite(Number(value)) ? Number(value) : value];
  });
  return Object.fromEntries(entries);
}

export interface NamedFlags {
  attack?: AttackName;
  epsilon?: number;
  steps?: number;
  evaluations?: number;
  attackOptions?: Record<string, number | boolean | string>;
}

export interface QuestionFlags {
  norm?: NormName;
  levels?: number;
  frozen?: number[];
  integers?: number[];
  groups?: number[][];
  not?: number;
  output?: number;
  by?: number;
  direction?: "up" | "down";
  above?: number;
  below?: number;
}

/** The question that the flags ask, if they ask one. */
export function questionOf(flags: QuestionFlags): Question | undefined {
  const { not, output, by, direction, above, below } = flags;
  const asked = { not, by, above, below };
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw new UsageError(`--${given[1]?.[0]}: expected one question, got --${given[0]?.[0]} beside it`);
  const [name] = given[0] ?? [];
  const isOfOutput = name !== undefined && name !== "not";
  if (isOfOutput && output === undefined) throw new UsageError(`--${name}: expected --output beside it, got none`);
  if (output !== undefined && !isOfOutput) {
    throw new UsageError("--output: expected --by, --above or --below beside it, got none");
  }
  if (direction !== undefined && by === undefined)
    throw new UsageError("--direction: expected --by beside it, got none");
  if (name === undefined) return undefined;
  if (not !== undefined) return { not };
  if (by !== undefined) return { output: output as number, by, ...(direction && { direction }) };
  return above !== undefined
    ? { output: output as number, above }
    : { output: output as number, below: below as number };
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
