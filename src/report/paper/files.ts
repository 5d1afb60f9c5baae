/** A run of the paper's tables as files by name: numbers for programs, arrays for notebooks, pictures and a page for people. */
import { gaussianNoise } from "../../analysis/index.ts";
import type { ImageShape } from "../../data/dataset.ts";
import type { NamedArray, NamedArrays } from "../../data/digest.ts";
import { encodePng } from "../../data/png.ts";
import type { PaperResult, Study } from "../../studies/paper/index.ts";
import { recordJson } from "../../studies/record.ts";
import { type Drawing, standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles } from "../kit/files.ts";
import { figure } from "../kit/format.ts";
import { heatMap } from "../kit/heat-map.ts";
import { distortionMultiples } from "../kit/histogram.ts";
import { type Line, sideBySide } from "../kit/side-by-side.ts";
import { type PaperTable, paperTables } from "./cells.ts";
import { paperPage } from "./page.ts";

/** Images of the picture, as many as a telephone shows. */
const SHOWN = 10;

/** The models of the paper's figure 7; of a run without them, none. */
const FIGURE_7 = ["fc10-1e-4", "fc200-200-10"];

/** The lines of figure 7: images that every model in it classifies correctly, changed for each, and under noise. */
function figureSeven({ studies, record: { options } }: PaperResult): Line[] {
  const study = studies.find(({ split }) => split === "train");
  if (!study) return [];
  const { sample, clean } = study;
  const size = sample.rows.length / sample.labels.length;
  const shown = Array.from(sample.labels.keys())
    .filter((i) => FIGURE_7.every((name) => clean.get(name)?.[i] === sample.labels[i]))
    .slice(0, SHOWN);
  if (shown.length === 0) return [];
  const pick = (rows: Float32Array) => shown.map((i) => rows.subarray(i * size, (i + 1) * size));
  const originals = pick(sample.rows);
  const noisy = (std: number) => pick(gaussianNoise(sample.rows, { std, seed: options.seed }));
  return [
    { name: "as they are", images: originals },
    ...study.models
      .filter(({ name }) => FIGURE_7.includes(name))
      .map(({ title, found, figures }) => ({
        name: `changed for ${title}`,
        note: `distortion ${figure(figures.distortions.pooled)}`,
        images: pick(found.rows),
      })),
    ...[0.06, 0.3, 1].map((std) => ({ name: "Gaussian noise", note: `standard deviation ${std}`, images: noisy(std) })),
  ];
}

/** The rates of a transfer table as a heat map; nothing for the other tables. */
function mapOf({ columns, rows }: PaperTable): Drawing | undefined {
  if (rows.every(({ own }) => own === undefined)) return undefined;
  const models = columns.slice(0, -1).map(({ name }) => name);
  return heatMap(
    models,
    rows.map(({ name, cells, own }) => ({
      name,
      rates: cells.slice(0, models.length).map((cell) => cell?.value ?? 0),
      ...(own !== undefined && { own }),
    })),
  );
}

function histograms({ models }: Study): Drawing {
  return distortionMultiples(
    models.map(({ title, figures }) => ({
      name: title,
      distortions: Array.from(figures.each).filter((distortion) => !Number.isNaN(distortion)),
    })),
  );
}

/** Indices, labels, targets and images of what was attacked, by name. */
function attackedArrays({ studies }: PaperResult, shape: ImageShape): NamedArrays {
  const arrays: Record<string, NamedArray> = {};
  for (const { split, sample, models } of studies) {
    arrays[`${split}/indices`] = { data: sample.indices };
    arrays[`${split}/labels`] = { data: sample.labels };
    for (const { name, found } of models) {
      arrays[`${split}/${name}/adversarial`] = { data: found.rows, shape: [sample.labels.length, ...shape] };
      arrays[`${split}/${name}/targets`] = { data: found.targets };
      arrays[`${split}/${name}/distortion`] = { data: found.distortion };
    }
  }
  return arrays;
}

/**
 * The files of a run by path: `results.json`, `index.html`, `arrays/*`, a heat map of each transfer table, histograms of
 * the distortions, `figure-7.png`, and `seeds.json` where several seeds were measured. The same run, the same bytes.
 */
export async function paperFiles(result: PaperResult, shape: ImageShape): Promise<Map<string, Uint8Array | string>> {
  const { record, studies } = result;
  const heatMaps = new Map<string, Drawing>();
  const files = new Map<string, Uint8Array | string>([["results.json", recordJson(record)]]);
  if (record.seeds) files.set("seeds.json", `${JSON.stringify(record.seeds, null, 1)}\n`);
  for (const table of paperTables(record)) {
    const map = mapOf(table);
    if (!map) continue;
    heatMaps.set(table.heading, map);
    files.set(`table-${table.number}${table.part ? `-${table.part}` : ""}.svg`, standaloneSvg(map.wide));
  }
  const distortions = new Map<number, Drawing>();
  for (const study of studies) {
    const number = study.split === "train" ? 1 : 3;
    const drawing = histograms(study);
    distortions.set(number, drawing);
    files.set(`distortions-${study.split}.svg`, standaloneSvg(drawing.wide));
  }
  const lines = figureSeven(result);
  if (lines.length > 0) files.set("figure-7.png", encodePng(sideBySide(lines, shape)));
  files.set("index.html", paperPage(record, { heatMaps, distortions, lines, shape }));
  for (const [path, content] of arrayFiles(attackedArrays(result, shape))) files.set(path, content);
  return files;
}
