/** SHA-256 of numbers by their shortest decimals, one array a line: NaN is one number, whatever its bits. */
import { createHash } from "node:crypto";

export function sha256(...arrays: readonly { join(): string }[]): string {
  return createHash("sha256")
    .update(arrays.map((numbers) => numbers.join()).join("\n"))
    .digest("hex");
}
