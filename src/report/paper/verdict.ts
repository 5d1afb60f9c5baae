/** The result of a run of the paper's tables in a few sentences. */
import { complement } from "../../numeric/rate.ts";
import {
  type MeasuredTables,
  type PaperComparison,
  type SeedStudy,
  STRONG_NOISE,
  seedDifferences,
  seedSpread,
} from "../../studies/paper/index.ts";
import { atMost, percent } from "../kit/format.ts";

const points = (share: number): string => `${(100 * share).toFixed(1)} points`;
/** Errors of the tables have two decimals, all else one. */
const errorsUpTo = (share: number): string => `${atMost(100 * share, 2)} points`;
const upTo = (share: number): string => `${atMost(100 * share, 1)} points`;

/** How many sets fool the model that they were made for with every image, of how many. */
export function ownSets({ table2, table4 }: MeasuredTables): { whole: number; of: number } {
  const rows = [...(table2?.rows ?? []), ...(table4?.minimum.rows ?? []), ...(table4?.amplified.rows ?? [])];
  const own = rows.filter(({ source, errors }) => errors[source] !== undefined);
  return { whole: own.filter(({ source, errors }) => errors[source] === 1).length, of: own.length };
}

export function paperVerdict({ transfer, errors, distortions, claims }: PaperComparison): string {
  const held = claims.filter(({ holds }) => holds).length;
  const parts = [
    ...(errors ? [`errors within ${errorsUpTo(errors.largest)}`] : []),
    ...(distortions ? [`distortions within ${atMost(100 * distortions.largest, 1)} %`] : []),
    ...(transfer ? [`transfer ${points(transfer.mean)} apart on average`] : []),
    ...(claims.length > 0 ? [`${held} of ${claims.length} comparisons as in the paper`] : []),
  ];
  return parts.length === 0 ? "Nothing of the paper's was measured." : `Beside the paper: ${parts.join(", ")}.`;
}

/** The sentences behind the verdict. */
export function paperFindings(comparison: PaperComparison, tables: MeasuredTables): string[] {
  const { transfer, errors, distortions } = comparison;
  const noise = strongNoiseFinding(tables);
  const { whole, of } = ownSets(tables);
  return [
    ...(of > 0 ? [`${whole} of ${of} sets fool the model they were made for with every image, asked again.`] : []),
    ...(errors
      ? [
          `Errors of tables 1 and 3: ${points(errors.mean)} from the paper's on average, at most ${errorsUpTo(errors.largest)} (${errors.at}).`,
        ]
      : []),
    ...(distortions
      ? [
          `Distortions of tables 1 and 3: ${(100 * distortions.mean).toFixed(1)} % from the paper's on average, at most ${atMost(100 * distortions.largest, 1)} % (${distortions.at}).`,
        ]
      : []),
    ...(transfer
      ? [
          `Table 2 between models, ${transfer.cells} cells: ${points(transfer.mean)} from the paper's on average, at most ${upTo(transfer.largest)} (${transfer.at}).`,
        ]
      : []),
    ...(noise ? [noise] : []),
  ];
}

/** The paper's share for the noise of its figure 7, of images that are still classified correctly. */
const PAPER_STRONG_NOISE = 0.51;

/** How many images under the noise of figure 7 each model still classifies correctly; nothing without table 2. */
export function strongNoiseFinding({ table2 }: MeasuredTables): string | undefined {
  const { strongNoise, rows = [], images = 0 } = table2 ?? {};
  if (!strongNoise) return undefined;
  const titles = new Map(rows.map(({ source, title }) => [source, title]));
  const shares = Object.entries(strongNoise.wrong).map(([model, wrong]) => {
    const { rate } = complement({ hits: wrong, count: images });
    return `${titles.get(model) ?? model} ${percent(rate)}`;
  });
  return (
    `Under Gaussian noise of standard deviation ${STRONG_NOISE} images are still classified correctly: ${shares.join(", ")} of ${images}; ` +
    `the paper, which does not name the model, has ${percent(PAPER_STRONG_NOISE)}.`
  );
}

/** What the training seeds do to table 2; nothing where the study has none of it. */
export function seedFindings(study: SeedStudy): string[] {
  const spread = seedSpread(study);
  if (!spread) return [];
  const { cells, mean, largest, at } = spread;
  return [
    `Table 2 between models, ${cells} cells: ${points(mean)} between the smallest and the largest of the seeds on average, at most ${upTo(largest)} (${at}).`,
    `The seeds’ own differences from the paper’s table 2, on average over its cells: ${seedDifferences(study).map(points).join(", ")}.`,
  ];
}
