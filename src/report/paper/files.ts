/** A run of the paper's tables as files by name: numbers for programs, arrays for notebooks, pictures and a page for people. */
import { gaussianNoise } from "../../analysis/index.ts";
import type { ImageShape } from "../../data/dataset.ts";
import type { NamedArray, NamedArrays } from "../../data/digest.ts";
import { encodePng } from "../../data/png.ts";
import type { Study } from "../../studies/paper/index.ts";
import { type Drawing, standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles } from "../kit/files.ts";
import { figure } from "../kit/format.ts";
import { heatMap } from "../kit/heat-map.ts";
import { distortionMultiples } from "../kit/histogram.ts";
import { type Line, sideBySide } from "../kit/side-by-side.ts";
import { type PaperTable, paperTables } from "./cells.ts";
import { paperPage } from "./page.ts";
import { type PaperReport, paperJson } from "./results.ts";

/** Images of the picture, as many as a telephone shows. */
const SHOWN = 10;

/** The models of the paper's figure 7; of a run without them, none. */
const FIGURE_7 = ["fc10-1e-4", "fc200-200-10"];

/** The lines of figure 7: images that every model in it classifies correctly, changed for each, and under noise. */
function figureSeven({ studies, options }: PaperReport): Line[] {
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
function attackedArrays({ studies }: PaperReport, shape: ImageShape): NamedArrays {
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
 * The files of a report by path: `results.json`, `index.html`, `arrays/*`, a heat map of each transfer table, histograms of
 * the distortions, and `figure-7.png`. The same report, the same bytes.
 */
export async function paperFiles(report: PaperReport, shape: ImageShape): Promise<Map<string, Uint8Array | string>> {
  const heatMaps = new Map<string, Drawing>();
  const files = new Map<string, Uint8Array | string>([["results.json", paperJson(report)]]);
  for (const table of paperTables(report)) {
    const map = mapOf(table);
    if (!map) continue;
    heatMaps.set(table.heading, map);
    files.set(`table-${table.number}${table.part ? `-${table.part}` : ""}.svg`, standaloneSvg(map.wide));
  }
  const distortions = new Map<number, Drawing>();
  for (const study of report.studies) {
    const number = study.split === "train" ? 1 : 3;
    const drawing = histograms(study);
    distortions.set(number, drawing);
    files.set(`distortions-${study.split}.svg`, standaloneSvg(drawing.wide));
  }
  const lines = figureSeven(report);
  if (lines.length > 0) files.set("figure-7.png", encodePng(sideBySide(lines, shape)));
  files.set("index.html", paperPage(report, { heatMaps, distortions, lines, shape }));
  for (const [path, content] of arrayFiles(attackedArrays(report, shape))) files.set(path, content);
  return files;
}
