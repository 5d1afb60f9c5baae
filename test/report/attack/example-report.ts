/** A small report for the tests: six images of 4 x 4, one of them wrong from the start, one not fooled. */
import { type AttackSummary, summarize } from "../../../src/attacks/index.ts";
import type { ImageShape } from "../../../src/data/dataset.ts";
import { type AttackExample, type AttackRecord, outcome } from "../../../src/studies/attack/record.ts";
import { timing } from "../../../src/studies/record.ts";

export const SHAPE: ImageShape = [4, 4, 1];

export function example(index: number, change: Partial<AttackExample> = {}): AttackExample {
  const original = Float32Array.from({ length: 16 }, (_, i) => ((i * 7 + index) % 16) / 20);
  const step = 0.02 * (index + 1);
  const adversarial = original.map((value, i) => value + (i % 2 === 0 ? step : -step / 2));
  const one = {
    index,
    label: index % 3,
    prediction: index % 3,
    confidence: 0.9,
    target: (index + 1) % 3,
    adversarialPrediction: (index + 1) % 3,
    adversarialConfidence: 0.5,
    success: true,
    distortion: step,
    l2: 4 * step,
    evaluations: 10 + index,
    original,
    adversarial,
    ...change,
  };
  return { outcome: outcome(one), ...one };
}

export function examples(): AttackExample[] {
  return [
    example(0),
    example(1),
    example(2, { prediction: 0, success: false, distortion: 0, l2: 0, evaluations: 0 }),
    example(3, { success: false, evaluations: 99 }),
    example(4),
    example(5),
  ];
}

/** The summary of the attack that left these examples. */
function summaryOf(list: readonly AttackExample[]): AttackSummary {
  return summarize({
    rows: new Float32Array(16 * list.length),
    stop: list.map((one) => outcome(one)),
    distortion: Float64Array.from(list, ({ distortion }) => distortion),
    evaluations: Uint32Array.from(list, ({ evaluations }) => evaluations),
  });
}

export function report(change: Partial<AttackRecord> = {}): AttackRecord {
  const list = change.examples ?? examples();
  const summary = summaryOf(list);
  return {
    generator: "blindspot",
    kind: "attack",
    bits: 1,
    title: "toy on squares",
    command: "npx blindspot attack --model toy",
    version: "1.2.3",
    model: { name: "toy", digest: "a".repeat(64), inputShape: SHAPE, classes: 3 },
    data: { name: "squares", digest: "b".repeat(64) },
    options: { target: "next", seed: 7 },
    summary,
    keptAt8Bits: Math.min(2, summary.found),
    timing: timing(500, summary.attacked),
    wasm: "f".repeat(64),
    digest: "c".repeat(64),
    recordDigest: "d".repeat(64),
    examples: list,
    ...change,
  };
}
