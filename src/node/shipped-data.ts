/** The data that the shipped models were trained on: MNIST, known by its SHA-256. */
import { failed } from "../check.ts";

/** What `digestSplits` makes of MNIST. */
const MNIST = "88c92f42e61624c02a459c1f0d959d469cf7832e292b545863f3123fdac260ce";

/** Refuses what calls itself MNIST and has another digest. */
export function requireMnist(digest: string): void {
  if (digest !== MNIST) failed("mnist", `the images of MNIST, SHA-256 ${MNIST}`, `${digest}: a file was changed`);
}

/** Refuses to feed models that were trained on MNIST with another set. */
export function requireShippedData(spec: string, digest: string, models: string | undefined): void {
  if (models !== undefined || digest === MNIST) return;
  failed(`--data ${spec}`, "MNIST, on which the shipped models were trained, or --retrain", "another set");
}
