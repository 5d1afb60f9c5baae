/** What our tests use of @std/assert, over node:assert: CI resolves the name to this file and needs no registry. */
import { deepStrictEqual, ok, throws } from "node:assert";

export function assert(condition: unknown, message?: string): asserts condition {
  ok(condition, message);
}

export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  deepStrictEqual(actual, expected, message);
}

export function assertThrows(action: () => unknown, kind: new (...args: never[]) => Error, part: string): void {
  throws(action, (error: unknown) => error instanceof kind && error.message.includes(part));
}
