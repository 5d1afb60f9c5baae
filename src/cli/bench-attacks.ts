/** `blindspot bench-attacks`: attacks compared on models, in a folder to look at. */
import type { Command } from "commander";
import type { NormName } from "../attacks/index.ts";
import { NORMS } from "../attacks/minimal/norm.ts";
import { outOfRange, wrongType } from "../check.ts";
import { digestDataset, digestParameters } from "../data/digest.ts";
import { type Dataset, imageSize } from "../data/index.ts";
import { preprocessFlags } from "../model/index.ts";
import { loadData } from "../node/index.ts";
import { readBytes } from "../node/read-file.ts";
import { benchAttacksFiles, benchAttacksText } from "../report/index.ts";
import { benchAttacksStudy, type KnownMinima } from "../studies/bench-attacks/study.ts";
import type { StudyModel } from "../studies/study.ts";
import { selectImages, truthOf } from "./attack-input.ts";
import { type BenchAttacksFlags, benchAttacksOptions } from "./bench-attacks-options.ts";
import { loadModels } from "./models.ts";
import { loadOptions } from "./preprocess-options.ts";
import { runStudy } from "./study.ts";

/** A new one each time: commander's commands remember what they parsed. */
export function benchAttacksCommand(): Command {
  return benchAttacksOptions().action(async (flags: BenchAttacksFlags) => benchAttacks(flags));
}

async function benchAttacks(flags: BenchAttacksFlags): Promise<void> {
  const [models] = (await loadModels(loadOptions(flags), flags.model)) as [StudyModel[]];
  const { network } = models[0] as StudyModel;
  const all = await loadData(flags.data);
  const { dataset, minima } = await selectRows(all, flags, network);
  const { data, first, seed, attacks, norms, propagations: budgets, epsilon } = flags;
  const truth = truthOf(all, flags.truth, network);
  const options = { attacks, norms, budgets, first, truth, seed };
  await runStudy(flags, {
    name: "bench-attacks",
    unit: "images",
    asked: {
      ...{ model: flags.model, data, count: dataset.count, epsilon, minima: flags.minima, ...options },
      ...preprocessFlags(network.preprocess),
      "digests of the models": await Promise.all(models.map((one) => digestParameters(one.network.getParameters()))),
      "digest of the data": await digestDataset(dataset),
    },
    files: benchAttacksFiles,
    text: benchAttacksText,
    study: (run) =>
      benchAttacksStudy(
        models,
        { dataset, name: data },
        {
          ...options,
          ...(epsilon !== undefined && { epsilon }),
          ...(minima && { minima, minimaFile: flags.minima as string }),
        },
        run,
      ),
  });
}

/** The images that the flags select: with --minima those that the file knows, the first --count of them. */
async function selectRows(
  all: Dataset,
  flags: BenchAttacksFlags,
  network: StudyModel["network"],
): Promise<{ dataset: Dataset; minima?: KnownMinima }> {
  if (flags.minima === undefined) return { dataset: selectImages(all, network, flags) };
  const { norm, exact } = await readMinima(flags.minima);
  const { first, count = exact.length } = flags;
  const known = exact.filter(({ image }) => image >= first && image < all.count).slice(0, count);
  if (known.length === 0) outOfRange(`--minima ${flags.minima}`, `images from ${first} of ${flags.data}`, "none");
  const whole = selectImages(all, network, { ...flags, first: 0, count: all.count });
  const size = imageSize(all.shape);
  const rows = new Float32Array(known.length * size);
  known.forEach(({ image }, i) => {
    rows.set(whole.rows.subarray(image * size, (image + 1) * size), i * size);
  });
  const labels = Int32Array.from(known, ({ image }) => whole.labels[image] as number);
  return {
    dataset: { ...whole, rows, labels, count: known.length },
    minima: { norm, distances: known.map(({ distance }) => distance) },
  };
}

interface MinimaFile {
  norm: NormName;
  exact: { image: number; distance: number }[];
}

async function readMinima(file: string): Promise<MinimaFile> {
  const text = new TextDecoder().decode(await readBytes(file));
  let read: Partial<MinimaFile>;
  try {
    read = JSON.parse(text);
  } catch {
    return outOfRange(file, "JSON", JSON.stringify(text.slice(0, 20)));
  }
  // Files without a norm are of L-infinity, in which minima are proved.
  const { norm = "linf", exact } = read;
  if (!NORMS.includes(norm)) outOfRange(`${file}: norm`, `one of ${NORMS.join(", ")}`, JSON.stringify(norm));
  if (!Array.isArray(exact)) return wrongType(`${file}: exact`, "a list of { image, distance }", exact);
  exact.forEach(({ image, distance }, i) => {
    if (!Number.isInteger(image) || image < 0)
      wrongType(`${file}: exact[${i}].image`, "the position of an image", image);
    if (!Number.isFinite(distance) || distance < 0) wrongType(`${file}: exact[${i}].distance`, "a distance", distance);
  });
  return { norm, exact };
}
