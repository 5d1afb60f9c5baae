/** One search from a question to its view: the model is loaded, the image read, the search shown as it goes. */
import type { AttackExample } from "../../src/studies/index.ts";
import { DIGIT_SHAPE, imagesOf } from "./digit-picker.ts";
import { type Engine, isStop } from "./engine.ts";
import type { Question } from "./link.ts";
import type { Asked, SearchView } from "./search-view.ts";
import type { ShippedName } from "./shipped.ts";
import type { Images, Repeat } from "./worker/protocol.ts";

/** The image of a question, for the worker and for the view. */
export async function imageOf({ digit, method, target }: Question): Promise<{ images: Images; asked: Asked }> {
  const images = await imagesOf(digit);
  return { images, asked: { image: images.rows, shape: DIGIT_SHAPE, method, target } };
}

/** What came of a search. */
export interface Searched {
  image: Float32Array;
  example: AttackExample;
  repeat: Repeat;
}

/** Says in a view why there is no result. */
export function showFailure(view: SearchView, error: unknown): void {
  if (isStop(error)) view.say("Stopped.");
  else view.say((error as Error).message, "refused");
}

/** Shows the image of a question with what the model reads in it, f32[classes]. */
export async function showReading(
  engine: Engine,
  view: SearchView,
  model: ShippedName,
  question: Question,
  signal: AbortSignal,
): Promise<void> {
  const { images, asked } = await imageOf(question);
  signal.throwIfAborted();
  view.showOriginal(asked);
  view.say("");
  await engine.shipped(model);
  const probabilities = await engine.call("answers", { key: model, rows: images.rows });
  signal.throwIfAborted();
  view.showOriginal(asked, probabilities);
}

/** Runs a search and shows it. Rejects with the signal's reason once it is aborted: what comes later is not shown. */
export async function runSearch(
  engine: Engine,
  view: SearchView,
  model: ShippedName,
  question: Question,
  signal: AbortSignal,
): Promise<Searched> {
  const { method, target, effort, seed } = question;
  const { images, asked } = await imageOf(question);
  await engine.shipped(model);
  const before = await engine.call("answers", { key: model, rows: images.rows });
  signal.throwIfAborted();
  view.begin(asked, before);
  const ask = { key: model, images, method, effort, seed, ...(target !== undefined && { target }) };
  const onTell = (told: Parameters<SearchView["add"]>[0]) => {
    if (!signal.aborted) view.add(told);
  };
  const { examples, probabilities, milliseconds, repeat } = await engine.call("attack", ask, { signal, onTell });
  signal.throwIfAborted();
  const example = examples[0] as AttackExample;
  await view.finish(example, probabilities, milliseconds, signal);
  return { image: images.rows, example, repeat };
}
