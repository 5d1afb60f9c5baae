/**
 * `blindspot/vitest`: a matcher for tests of a model, in Vitest or whatever else takes matchers of Jest's form.
 *
 *     import { expect, test } from "vitest";
 *     import { toResist } from "blindspot/vitest";
 *     expect.extend({ toResist });
 *     test("a small push changes few answers", async () => {
 *       await expect(network).toResist({ rows, truth, norm: "linf", epsilon: 0.05, share: 0.9 });
 *     });
 *
 * @module blindspot/vitest
 */
import "./wasm/inline.ts";
import type {} from "vitest"; // what is declared below adds to its types
import { type BothEnds, type BothEndsOptions, robustAccuracy } from "./certify/index.ts";
import { requireNumber, wrongType } from "./check.ts";
import { Network } from "./model/index.ts";

declare module "vitest" {
  interface Matchers {
    /** Whether a share of the rows is answered rightly and resists changes of at most `epsilon` in a norm. */
    toResist(options: ResistOptions): Promise<void>;
  }
}

/** What `toResist` asks of a network. */
export interface ResistOptions extends Omit<BothEndsOptions<Network>, "certify"> {
  /** The share of the rows that must be answered rightly and stay so, in [0, 1]; default 1. */
  share?: number;
  /** Whether a row counts only where a certificate proves that it stays so; default false: where no attack changes it. */
  proved?: boolean;
}

/** What a matcher returns. */
export interface Matched {
  /** Whether the rows resist, as was asked. */
  pass: boolean;
  /** Returns what was expected, and what was found. */
  message: () => string;
}

/** Rows that a message names. */
const NAMED = 5;

/**
 * Passes where at least `share` of the rows are answered rightly and no change of at most `epsilon` in the norm that the attacks find
 * alters the answer; with `proved`, where certificates prove as much. The options are those of `robustAccuracy`.
 * Rejects for anything but a Network, and for options that are unknown or out of range.
 */
export async function toResist(received: unknown, options: ResistOptions): Promise<Matched> {
  if (!(received instanceof Network)) wrongType("expect(...).toResist", "a Network", received);
  if (typeof options !== "object" || options === null) wrongType("toResist options", "an object", options);
  const { share = 1, proved = false, ...asked } = options;
  requireNumber("share", share, 0, 1);
  if (typeof proved !== "boolean") wrongType("proved", "true or false", proved);
  const found = await robustAccuracy(received, { ...asked, ...(!proved && { certify: false }) });
  const reached = proved ? found.lower : found.upper;
  return { pass: reached >= share, message: () => messageOf(received.name, found, { share, reached, proved }) };
}

function messageOf(
  name: string,
  { norm, epsilon, verdict, by, unproved }: BothEnds,
  { share, reached, proved }: { share: number; reached: number; proved: boolean },
): string {
  const count = verdict.length;
  const percent = (value: number) => `${Number((100 * value).toFixed(1))} %`;
  const how = proved ? "are proved to" : "do, as far as attacks find";
  const failing = verdict.flatMap((kind, row) => (kind === "attacked" || kind === "misread" ? [row] : []));
  const rows = failing.slice(0, NAMED).map((row) => `row ${row} (${by[row] ?? verdict[row]})`);
  const more = failing.length > NAMED ? ` and ${failing.length - NAMED} more` : "";
  return (
    `${name}: expected ${percent(share)} of ${count} rows to resist changes of ${norm} ${epsilon}, ` +
    `got ${percent(reached)} that ${how}${rows.length > 0 ? `; not ${rows.join(", ")}${more}` : ""}` +
    (proved && unproved !== undefined ? ` (nothing is proved: ${unproved})` : "")
  );
}
