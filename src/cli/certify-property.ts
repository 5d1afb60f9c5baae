/** `blindspot certify --property`: whether a VNN-LIB property of a model has a counterexample, in the words of VNN-COMP. */
import { gunzipSync } from "node:zlib";
import { certifyProperty, propertyText } from "../certify/index.ts";
import { failed, outOfRange } from "../check.ts";
import { isGzip } from "../data/gzip.ts";
import type { Network, NetworkOptions } from "../model/index.ts";
import { writeFileAtomic } from "../node/atomic-file.ts";
import { readBytes } from "../node/read-file.ts";
import { analysedModel } from "./analysis-model.ts";
import { interruptSignal } from "./interrupt.ts";
import { print } from "./output.ts";

export interface PropertyFlags {
  model: string;
  property: string;
  words: "holds" | "unsat";
  result?: string;
  seconds?: number;
  evaluations?: number;
  seed: number;
  /** How the model is loaded: an input counts in the units that these make it take. */
  load: NetworkOptions;
}

/** A property is some megabytes at most. */
const LIMIT = 2 ** 28;

/** Decides the property, prints the result, and writes it to a file where one is named. */
export async function decideProperty({
  model,
  property,
  words,
  result,
  seconds,
  evaluations,
  seed,
  load,
}: PropertyFlags): Promise<void> {
  const bytes = await readBytes(property, { expected: "a VNN-LIB property", limit: LIMIT });
  const text = textOf(property, bytes);
  const { network } = await analysedModel(model, seed, load);
  requireOrder(network);
  const found = await certifyProperty(network, text, {
    effort: { ...(seconds !== undefined && { seconds }), ...(evaluations !== undefined && { evaluations }) },
    signal: interruptSignal(),
  });
  const written = propertyText(found, words);
  if (result !== undefined) await writeFileAtomic(result, written);
  print(written);
}

/** The text of a file, gzipped or not. */
function textOf(path: string, bytes: Uint8Array): string {
  if (!isGzip(bytes)) return new TextDecoder().decode(bytes);
  try {
    return new TextDecoder().decode(gunzipSync(bytes, { maxOutputLength: LIMIT }));
  } catch (error) {
    return failed(
      path,
      `a gzip file that is whole, of at most ${LIMIT} bytes of text`,
      (error as Error).message,
      error,
    );
  }
}

/** Images of several channels lie in another order here than in an ONNX file, by which a property counts. */
function requireOrder({ name, inputShape }: Network): void {
  const [channels, ...rest] = [...inputShape].reverse();
  if (rest.length < 2 || channels === 1 || rest.every((extent) => extent === 1)) return;
  outOfRange(`network ${name}`, "inputs in a row, or images of one channel", `[${inputShape.join(", ")}]`);
}
