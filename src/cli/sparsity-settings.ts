/** Settings of a sparse autoencoder on the command line: "3e-3/3/0.1". */
import type { SparsitySettings } from "../studies/sparsity/settings.ts";
import { UsageError } from "./options.ts";

/** Reads decay/weight/target, the value of the flag `name` or one of its values. */
export function sparsitySettings(name: string, text: string): SparsitySettings {
  const numbers = text.split("/").map((part) => (part.trim() === "" ? Number.NaN : Number(part)));
  const [decay, beta, target] = numbers as [number, number, number];
  const isPossible = decay >= 0 && beta >= 0 && target > 0 && target < 1;
  if (numbers.length !== 3 || !numbers.every(Number.isFinite) || !isPossible) {
    const form = "decay/weight/target with the target in (0, 1), as 3e-3/3/0.1";
    throw new UsageError(`${name}: expected ${form}, got ${JSON.stringify(text)}`);
  }
  return { decay, beta, target };
}
