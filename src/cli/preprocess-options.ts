/** The flags of every command that takes a model: what is done to the data before it, where the model does not do it itself. */
import { Option } from "commander";
import { type NetworkOptions, type Preprocess, requirePreprocess } from "../model/index.ts";
import { decimals, UsageError, usage } from "./options.ts";

export interface PreprocessFlags {
  range?: number[];
  scale?: number[];
  mean?: number[];
  std?: number[];
}

const LOWEST = -Number.MAX_VALUE;

/** @param whose whose input it is, in front of what each flag says */
export function preprocessOptions(whose = ""): Option[] {
  const numbers = (name: string, what: string) =>
    new Option(`--${name} <numbers>`, `${whose}${what}`).argParser(decimals(`--${name}`, LOWEST));
  return [
    numbers(
      "range",
      "what the model takes for the data's 0 and 1, such as -1,1 or 0,255; none for a model that rescales itself",
    ),
    numbers("scale", "the model takes (scale x - mean) / std of the data x: the scale, one number or one a channel"),
    numbers("mean", "the mean, one number or one a channel"),
    numbers("std", "the standard deviation, one number or one a channel"),
  ];
}

/** What a network is loaded with. */
export function loadOptions(flags: PreprocessFlags): NetworkOptions {
  const preprocess = preprocessOf(flags);
  return preprocess ? { preprocess } : {};
}

/** What the flags say, if anything. */
export function preprocessOf({ range, scale, mean, std }: PreprocessFlags): Preprocess | undefined {
  const given = Object.entries({ range, scale, mean, std }).filter(([, numbers]) => numbers !== undefined);
  if (range !== undefined && range.length !== 2) {
    throw new UsageError(`--range: expected two numbers, got ${range.length}`);
  }
  const asked = Object.fromEntries(
    given.map(([name, numbers]) => [name, numbers?.length === 1 ? numbers[0] : numbers]),
  );
  return usage(() => requirePreprocess("preprocessing", asked as Preprocess));
}
