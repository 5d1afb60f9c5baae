/** The data of the paper's tables: MNIST, known by its SHA-256, or another set of two splits. */
import { createHash } from "node:crypto";
import { failed } from "../check.ts";
import type { Dataset } from "../data/index.ts";
import { loadData } from "../node/load-data.ts";
import type { PaperData } from "../studies/paper/index.ts";
import { shareDataset } from "./share.ts";

/** Of the pixels as f32 and the labels as bytes, training images first: what `digestOf` makes of MNIST. */
const MNIST = "88c92f42e61624c02a459c1f0d959d469cf7832e292b545863f3123fdac260ce";

/** Both splits of a set, in memory that all threads see, and their digest. Refuses what calls itself MNIST and is not. */
export async function paperData(spec: string): Promise<{ data: PaperData; digest: string }> {
  const [train, test] = [shareDataset(await loadData(`${spec}:train`)), shareDataset(await loadData(`${spec}:test`))];
  const digest = digestOf(train, test);
  if (spec === "mnist") requireMnist(digest);
  return { data: { train, test }, digest };
}

/** Refuses what calls itself MNIST and has another digest. */
export function requireMnist(digest: string): void {
  if (digest !== MNIST) failed("mnist", `the images of MNIST, SHA-256 ${MNIST}`, `${digest}: a file was changed`);
}

/** Refuses to feed models that were trained on MNIST with another set. */
export function requireShippedData(spec: string, digest: string, models: string | undefined): void {
  if (models !== undefined || digest === MNIST) return;
  failed(`--data ${spec}`, "MNIST, on which the shipped models were trained, or --retrain", "another set");
}

function digestOf(...sets: readonly Dataset[]): string {
  const hash = createHash("sha256");
  for (const { rows, labels, shape, count } of sets) {
    hash.update(`${count} ${shape.join(" ")}\n`);
    hash.update(new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength));
    hash.update(Uint8Array.from(labels));
  }
  return hash.digest("hex");
}
