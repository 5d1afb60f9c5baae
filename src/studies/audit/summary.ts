/** What the images of an audit come to: how lengths are spread, shares at a budget, labels, the most fragile. */
import type { NormName } from "../../attacks/index.ts";
import { type Rate, rateOf } from "../../numeric/rate.ts";
import { mean, median } from "../../numeric/statistics.ts";
import type { AuditBracket, AuditClass, AuditImage, AuditNorm, AuditProof, RobustShares, Spread } from "./record.ts";

/** Images that a record names as the most fragile. */
const FRAGILE = 12;

export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  // The value that as many lie below, of the nearest rank: one of the values, whatever their number.
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] as number;
  return {
    count: sorted.length,
    least: sorted[0] as number,
    quarter: at(0.25),
    median: median(sorted),
    threeQuarters: at(0.75),
    largest: sorted[sorted.length - 1] as number,
    mean: mean(sorted),
  };
}

/** An image of an audit in one norm. */
interface Place {
  label: number;
  isRight: boolean;
  bracket: AuditBracket;
}

function placesOf(images: readonly AuditImage[], norm: NormName): Place[] {
  return images.map(({ label, read, norms }) => {
    return { label, isRight: label === read, bracket: norms[norm] as AuditBracket };
  });
}

/** Whether an image is right under all changes within a budget that were found: none is as short. */
export function resists({ found }: Pick<AuditBracket, "found">, epsilon: number): boolean {
  return found === null || found > epsilon;
}

/** Whether that is proved. */
export function isProved({ certified }: Pick<AuditBracket, "certified">, epsilon: number): boolean {
  return certified !== null && certified > 0 && certified >= epsilon;
}

export function robustShares(images: readonly AuditImage[], norm: NormName, epsilon: number): RobustShares {
  const places = placesOf(images, norm);
  const share = (is: (place: Place) => boolean): Rate => rateOf(places.filter(is).length, places.length);
  return {
    upper: share(({ isRight, bracket }) => isRight && resists(bracket, epsilon)),
    lower: share(({ isRight, bracket }) => isRight && isProved(bracket, epsilon)),
  };
}

export interface NormSettings {
  norm: NormName;
  epsilon: number | null;
  proof: AuditProof;
  uncertified: string | undefined;
  draws: number;
  bounds: number;
}

export function normSummary(images: readonly AuditImage[], settings: NormSettings): AuditNorm {
  const { norm, epsilon, proof, uncertified, draws, bounds } = settings;
  const places = placesOf(images, norm);
  const right = places.filter(({ isRight }) => isRight).map(({ bracket }) => bracket);
  const found = right.filter((bracket): bracket is AuditBracket & { found: number } => bracket.found !== null);
  const both = found.filter(({ certified }) => certified !== null && certified > 0);
  const hasRadii = proof === "radii" && uncertified === undefined;
  const drawn = found.length * draws;
  return {
    ...{ norm, epsilon, proof },
    ...(uncertified !== undefined && { uncertified }),
    found: spreadOf(found.map((bracket) => bracket.found)),
    certified: hasRadii ? spreadOf(right.map(({ certified }) => certified ?? 0)) : null,
    resisting: right.length - found.length,
    foundOverCertified:
      hasRadii && both.length > 0
        ? mean(both.map((bracket) => bracket.found)) / mean(both.map(({ certified }) => certified as number))
        : null,
    ...(epsilon !== null && { robust: robustShares(images, norm, epsilon) }),
    classes: classesOf(places, epsilon, hasRadii),
    fragile: fragileOf(places),
    keptAt8Bits: found.length > 0 ? rateOf(found.filter((one) => one.keptAt8Bits).length, found.length) : null,
    noise:
      drawn > 0
        ? rateOf(
            found.reduce((sum, { noise }) => sum + (noise ?? 0), 0),
            drawn,
          )
        : null,
    evaluations: places.reduce((sum, { bracket }) => sum + bracket.evaluations, 0),
    bounds,
  };
}

function classesOf(places: readonly Place[], epsilon: number | null, hasRadii: boolean): AuditClass[] {
  const labels = [...new Set(places.map(({ label }) => label))].sort((a, b) => a - b);
  return labels.map((label) => {
    const own = places.filter((place) => place.label === label);
    const right = own.filter(({ isRight }) => isRight).map(({ bracket }) => bracket);
    const found = right.flatMap((bracket) => (bracket.found === null ? [] : [bracket.found]));
    const certified = right.map((bracket) => bracket.certified ?? 0);
    return {
      ...{ label, count: own.length, right: right.length },
      leastFound: found.length > 0 ? found.reduce((a, b) => Math.min(a, b)) : null,
      medianFound: found.length > 0 ? median(found) : null,
      medianCertified: hasRadii && certified.length > 0 ? median(certified) : null,
      ...(epsilon !== null && {
        resisting: right.filter((bracket) => resists(bracket, epsilon)).length,
        proved: right.filter((bracket) => isProved(bracket, epsilon)).length,
      }),
    };
  });
}

/** Those that are read rightly and whose changes are the shortest. */
function fragileOf(places: readonly Place[]): number[] {
  const lengthAt = (at: number) => places[at]?.bracket.found ?? Number.POSITIVE_INFINITY;
  return [...places.keys()]
    .filter((at) => places[at]?.isRight && lengthAt(at) < Number.POSITIVE_INFINITY)
    .sort((a, b) => lengthAt(a) - lengthAt(b) || a - b)
    .slice(0, FRAGILE);
}
