/** The options of an attack: what kind of value each takes, and the authors' value of it. */
import { describe, mistyped, outOfRange, requireInteger, requireNumber, wrongType } from "../../check.ts";
import type { NormName } from "../minimal/norm.ts";

export type OptionSpec = NumberSpec | FlagSpec | ChoiceSpec;
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;
export type OptionValue = number | boolean | string;

interface NumberSpec {
  readonly kind: "whole" | "number";
  /** The authors' value, or one for each norm. */
  readonly usual: number | Partial<Readonly<Record<NormName, number>>>;
  readonly least: number;
  readonly most: number;
  readonly about: string;
}

interface FlagSpec {
  readonly kind: "flag";
  readonly usual: boolean;
  readonly about: string;
}

interface ChoiceSpec {
  readonly kind: "choice";
  readonly usual: string;
  readonly among: readonly string[];
  readonly about: string;
}

/** The values of options with these specs. */
export type OptionValues<Specs extends OptionSpecs> = {
  readonly [Name in keyof Specs]: Specs[Name] extends { readonly kind: "flag" }
    ? boolean
    : Specs[Name] extends { readonly kind: "choice"; readonly among: readonly (infer Word)[] }
      ? Word
      : Specs[Name] extends { readonly kind: "whole" | "number" }
        ? number
        : OptionValue;
};

type Usual = NumberSpec["usual"];
interface Limits {
  least?: number;
  most?: number;
}

/** An option that is a whole number, 1 or more unless `least` says otherwise. */
export function whole(usual: Usual, about: string, { least = 1, most = Number.MAX_SAFE_INTEGER }: Limits = {}) {
  return { kind: "whole", usual, least, most, about } as const;
}

/** An option that is a finite number, 0 or more unless `least` says otherwise. */
export function number(usual: Usual, about: string, { least = 0, most = Number.POSITIVE_INFINITY }: Limits = {}) {
  return { kind: "number", usual, least, most, about } as const;
}

export function flag(usual: boolean, about: string) {
  return { kind: "flag", usual, about } as const;
}

/** One of some words. */
export function choice<const Word extends string>(usual: NoInfer<Word>, among: readonly Word[], about: string) {
  return { kind: "choice", usual, among, about } as const;
}

/** The authors' value of an option in a norm. */
export function usualOf({ usual }: OptionSpec, norm: NormName): OptionValue {
  if (typeof usual !== "object") return usual;
  return usual[norm] ?? (Object.values(usual)[0] as number);
}

/** All options of an attack: those given, checked, the others at the authors' values. */
export function requireAttackOptions(
  attack: { readonly name: string; readonly options: OptionSpecs },
  norm: NormName,
  given: unknown = {},
): OptionValues<OptionSpecs> {
  if (typeof given !== "object" || given === null || Array.isArray(given)) wrongType("options", "an object", given);
  const known = Object.keys(attack.options);
  for (const name of Object.keys(given)) {
    const among = known.length > 0 ? `options of ${attack.name} among ${known.join(", ")}` : `none for ${attack.name}`;
    if (!known.includes(name)) mistyped("options", among, JSON.stringify(name));
  }
  const entries = Object.entries(attack.options).map(([name, spec]) => {
    const value = (given as Record<string, unknown>)[name];
    return [name, value === undefined ? usualOf(spec, norm) : requireValue(`options.${name}`, spec, value)];
  });
  return Object.fromEntries(entries) as OptionValues<OptionSpecs>;
}

function requireValue(subject: string, spec: OptionSpec, value: unknown): OptionValue {
  switch (spec.kind) {
    case "whole":
      return requireInteger(subject, value, spec.least, spec.most);
    case "number":
      return requireNumber(subject, value, spec.least, spec.most);
    case "flag":
      if (typeof value !== "boolean") wrongType(subject, "true or false", value);
      return value;
    case "choice":
      if (typeof value !== "string" || !spec.among.includes(value)) {
        outOfRange(subject, `one of ${spec.among.join(", ")}`, describe(value));
      }
      return value;
  }
}
