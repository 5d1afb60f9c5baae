/** The bounds of an operation, or of several that are bounded together. */
import { outOfRange } from "../../check.ts";
import type { Bracket } from "../../numeric/rounding.ts";

/** The layer that an operation belongs to, for error messages. */
export interface Owner {
  readonly name: string;
  readonly className: string;
}

export interface Found {
  /** Its Lipschitz constant in the 2-norm. */
  readonly bracket: Bracket;
  /** Of a convolution, the norm on a plane without borders. */
  readonly plane?: Bracket;
  /** How it was found. */
  readonly method: string;
  /** Shape of the kernel, or another description of the size. */
  readonly size?: string;
  /** One number a side. */
  readonly stride?: string;
}

/** Refuses a layer that can stretch a change without bound, or by no bound that is known. */
export function refuse({ name, className }: Owner, why: string): never {
  return outOfRange(`${name} (${className})`, "a layer whose stretch is bounded", why);
}
