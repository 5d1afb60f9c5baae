/** What a step of training computes, where it may overflow. */
import { NotFiniteError } from "../check.ts";

/** The result of a call, or undefined where it throws a NotFiniteError. */
export function unlessNotFinite<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch (error) {
    if (error instanceof NotFiniteError) return undefined;
    throw error;
  }
}
