/** Files that the site serves, by their addresses below its root. */
import { failed } from "../../src/check.ts";
import { mnist } from "../../src/data/mnist.ts";
import { CHUNK } from "./mnist-chunks.ts";

/** The root of the site, which the frame of each page names. */
export function siteRoot(): URL {
  const root = document.querySelector<HTMLMetaElement>('meta[name="root"]')?.content ?? "./";
  return new URL(root, location.href.replace(/[?#].*$/, ""));
}

/** The bytes of a file of the site. */
export async function fetchFile(path: string): Promise<ArrayBuffer> {
  let answer: Response;
  try {
    answer = await fetch(new URL(path, siteRoot()));
  } catch (error) {
    return failed(path, "a file of this site", "no answer: you seem to be offline, and it is not kept here yet", error);
  }
  if (!answer.ok) failed(path, "a file of this site", `${answer.status} ${answer.statusText}`.trim());
  return answer.arrayBuffer();
}

const files = new Map<string, Promise<ArrayBuffer>>();

function once(path: string): Promise<ArrayBuffer> {
  const known = files.get(path);
  if (known) return known;
  const loading = fetchFile(path);
  files.set(path, loading);
  loading.catch(() => files.delete(path));
  return loading;
}

/** Labelled digits of MNIST's test set. */
export interface Digits {
  /** f32[count, 784] */
  rows: Float32Array;
  /** u8[count] */
  labels: Uint8Array;
  count: number;
}

/** Bytes before the labels of an IDX file. */
const LABELS_HEADER = 8;

/** A chunk of MNIST's test set. */
async function chunkOf(chunk: number): Promise<Digits> {
  const [images, labels] = await Promise.all([once(`mnist/${chunk}.images`), mnistLabels()]);
  const own = labels.subarray(chunk * CHUNK, (chunk + 1) * CHUNK);
  const idx = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, own.length, ...own);
  const { rows, count } = mnist(new Uint8Array(images), idx);
  return { rows, labels: own, count };
}

let labels: Promise<Uint8Array> | undefined;

/** All 10,000 labels. */
function mnistLabels(): Promise<Uint8Array> {
  labels ??= (async () => {
    const stream = new Response(await once("mnist/labels")).body?.pipeThrough(new DecompressionStream("gzip"));
    return new Uint8Array(await new Response(stream).arrayBuffer()).subarray(LABELS_HEADER);
  })();
  return labels;
}

/** Digits from a position on, of as many chunks as they lie in. */
export async function mnistDigits(first: number, count: number): Promise<Digits> {
  const chunks = [];
  for (let chunk = Math.floor(first / CHUNK); chunk * CHUNK < first + count; chunk++) chunks.push(chunkOf(chunk));
  const parts = await Promise.all(chunks);
  const size = 28 * 28;
  const all = new Float32Array(parts.reduce((sum, { rows }) => sum + rows.length, 0));
  let at = 0;
  for (const { rows } of parts) {
    all.set(rows, at);
    at += rows.length;
  }
  const skip = first % CHUNK;
  const own = (await mnistLabels()).slice(first, first + count);
  return { rows: all.slice(skip * size, (skip + count) * size), labels: own, count };
}
