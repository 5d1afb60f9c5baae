/**
 * The state of a page as a link has it: behind the #, which browsers send to no server. What a link says is checked, and what it
 * may not say is refused in the words of the library's errors.
 */

import { NORMS } from "../../src/attacks/minimal/norm.ts";
import { outOfRange } from "../../src/check.ts";
import { drawingText, readDrawing } from "./drawing-text.ts";
import { MNIST_COUNT } from "./mnist-chunks.ts";
import { SHIPPED_NAMES } from "./shipped.ts";

/** The smallest change in a norm, or the attack of the paper. */
export const METHODS = [...NORMS, "paper"] as const;
export type Method = (typeof METHODS)[number];

export const EFFORTS = ["fast", "thorough", "exhaustive"] as const;
export type Effort = (typeof EFFORTS)[number];

/** A row of MNIST's test set by its position, or a drawing, u8[784]. */
export type Digit = { kind: "mnist"; index: number } | { kind: "drawn"; pixels: Uint8Array };

/** What is asked of a model and a digit. */
export interface Question {
  digit: Digit;
  method: Method;
  /** The label to reach; undefined for any other answer. */
  target: number | undefined;
  effort: Effort;
  seed: number;
}

export const USUAL: Question = {
  digit: { kind: "mnist", index: 0 },
  method: "l2",
  target: undefined,
  effort: "fast",
  seed: 0,
};

/** What a link asks for that cannot be. */
function refuse(name: string, expected: string, got: string): never {
  outOfRange(`link, ${name}`, expected, JSON.stringify(got));
}

/** One of some words, or the usual one where the link does not say. */
export function oneOf<W extends string>(link: URLSearchParams, name: string, words: readonly W[], usual: W): W {
  const given = link.get(name);
  if (given === null) return usual;
  return words.find((word) => word === given) ?? refuse(name, `one of ${words.join(", ")}`, given);
}

/** A whole number in a range, or the usual one where the link does not say. */
export function wholeOf(link: URLSearchParams, name: string, most: number, usual: number): number {
  const given = link.get(name);
  if (given === null) return usual;
  const value = /^\d{1,10}$/.test(given) ? Number(given) : Number.NaN;
  return value <= most ? value : refuse(name, `a whole number up to ${most}`, given);
}

export const LARGEST_SEED = 2 ** 32 - 1;

function digitOf(link: URLSearchParams): Digit {
  const drawing = link.get("drawing");
  if (drawing === null) return { kind: "mnist", index: wholeOf(link, "image", MNIST_COUNT - 1, 0) };
  return { kind: "drawn", pixels: readDrawing(drawing) ?? refuse("drawing", "28 x 28 pixels", drawing) };
}

/** The question of a link. */
export function questionOf(link: URLSearchParams): Question {
  return {
    digit: digitOf(link),
    method: oneOf(link, "norm", METHODS, USUAL.method),
    target: link.has("target") ? wholeOf(link, "target", 9, 0) : undefined,
    effort: oneOf(link, "effort", EFFORTS, USUAL.effort),
    seed: wholeOf(link, "seed", LARGEST_SEED, 0),
  };
}

/** A shipped model that a link names. */
export function modelOf(
  link: URLSearchParams,
  name = "model",
  usual = SHIPPED_NAMES[0] as (typeof SHIPPED_NAMES)[number],
) {
  return oneOf(link, name, SHIPPED_NAMES, usual);
}

/** A question as a link says it, without what is usual. */
export function linkOf({ digit, method, target, effort, seed }: Question): [string, string][] {
  return [
    digit.kind === "mnist" ? ["image", `${digit.index}`] : ["drawing", drawingText(digit.pixels)],
    ["norm", method],
    ...(target === undefined ? [] : [["target", `${target}`] as [string, string]]),
    ...(effort === USUAL.effort ? [] : [["effort", effort] as [string, string]]),
    ["seed", `${seed}`],
  ];
}

/** What stands behind the # now. */
export function currentLink(): URLSearchParams {
  return new URLSearchParams(location.hash.slice(1));
}

/** Puts a state into the address of the page. */
export function showLink(state: readonly (readonly [string, string])[]): void {
  const text = new URLSearchParams(state.map(([name, value]) => [name, value]));
  history.replaceState(null, "", `#${text}`);
}
