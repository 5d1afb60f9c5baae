/** The other studies that pages ask for: certificates, and units with directions. */
import { certifyStudy, recordJson, unitsStudy } from "../../../src/slim.ts";
import { dataOf, repeatOf, truthOf } from "./images.ts";
import { networkOf } from "./networks.ts";
import type { Calls } from "./protocol.ts";

type Progress = { done: number; total: number };

export async function certify(
  { key, given, images, norm, seed }: Calls["certify"]["ask"],
  tell: (told: Progress) => void,
  signal: AbortSignal,
): Promise<Calls["certify"]["answer"]> {
  const network = networkOf(key);
  const record = await certifyStudy(
    { network, name: key, ...(given !== undefined && { given }) },
    dataOf(network, images),
    { norm, seed, first: images.first, truth: truthOf(images) },
    {
      signal,
      onProgress: ({ label, done, total }) => {
        if (label === "certify") tell({ done, total });
      },
    },
  );
  return {
    images: record.images,
    repeat: repeatOf(record, recordJson(record)),
    milliseconds: record.timing.milliseconds,
  };
}

export async function units(
  { key, images, layer, directions, show, top, seed }: Calls["units"]["ask"],
  tell: (told: Progress) => void,
  signal: AbortSignal,
): Promise<Calls["units"]["answer"]> {
  const network = networkOf(key);
  const record = await unitsStudy(
    { network, name: key },
    dataOf(network, images),
    { layer, directions, show, top, seed, iterations: 100 },
    { signal, onProgress: ({ done, total }) => tell({ done, total }) },
  );
  const { lines, tests, silent, size } = record;
  return { lines, tests, silent, size, repeat: repeatOf(record, recordJson(record)) };
}
