/** What an audit is held to: shares that must be reached, a baseline that must not be fallen short of, and its own ends. */
import { NORM_WORDS } from "../attack/question.ts";
import type { MissingImages } from "../missing.ts";
import { rangesOf } from "../ranges.ts";
import type { AuditBracket, AuditCheck, AuditComparison, AuditImage, AuditNorm } from "./record.ts";

export interface Demands {
  /** Of each norm the share that must resist its epsilon; null where none is asked for. */
  shares: readonly (number | null)[];
  /** Whether that share is the one that is proved. */
  proved: boolean;
  /** By how much of themselves lengths, and by how much shares, may be worse than the baseline's. */
  allow: number;
}

const perCent = (share: number): string => `${Number((100 * share).toFixed(2))} %`;

export function auditChecks(
  images: readonly AuditImage[],
  norms: readonly AuditNorm[],
  comparisons: readonly AuditComparison[],
  { shares, proved, allow }: Demands,
  missing: MissingImages | undefined,
): AuditCheck[] {
  return [
    ...(missing ? [isIncomplete(missing)] : []),
    ...norms.flatMap((norm) => endsAgree(images, norm)),
    ...norms.flatMap((norm, i) => reachesShare(norm, shares[i] ?? null, proved)),
    ...comparisons.map((comparison) => notWorse(comparison, allow)),
  ];
}

/** An audit of some of the images is none of all. */
function isIncomplete({ images, reasons }: MissingImages): AuditCheck {
  return {
    rule: "complete",
    name: "every image was audited",
    holds: false,
    said: `Without ${images.length === 1 ? "image" : "images"} ${rangesOf(images)}: ${reasons.join("; ")}.`,
  };
}

/** A change that was found within a radius that is certified would refute one of the two. */
function endsAgree(images: readonly AuditImage[], { norm, proof, uncertified }: AuditNorm): AuditCheck[] {
  if (proof === "none" || uncertified !== undefined) return [];
  const refuted = images.filter((image) => {
    const { found, certified } = image.norms[norm] as AuditBracket;
    return found !== null && certified !== null && certified > 0 && found <= certified;
  });
  const words = NORM_WORDS[norm];
  return [
    {
      rule: "ends-agree",
      name: `${words}: no change was found within a certified radius`,
      holds: refuted.length === 0,
      said:
        refuted.length === 0
          ? `Every change found is longer than the radius certified.`
          : `A change was found within the certified radius of image ${refuted.map(({ index }) => index).join(", ")}: either is wrong.`,
      norm,
    },
  ];
}

function reachesShare(
  { norm, epsilon, robust, uncertified }: AuditNorm,
  share: number | null,
  proved: boolean,
): AuditCheck[] {
  if (share === null || !robust) return [];
  const { rate, hits, count } = proved ? robust.lower : robust.upper;
  const how = proved ? "are proved to resist" : "resist";
  const why = proved && uncertified !== undefined ? `nothing is: ${uncertified}` : undefined;
  return [
    {
      rule: "robust-share",
      name: `${NORM_WORDS[norm]}: at least ${perCent(share)} ${how} ${epsilon}`,
      holds: rate >= share,
      said: `${hits} of ${count} images (${perCent(rate)}) ${how} changes of ${epsilon}${proved ? (why === undefined ? "" : `; ${why}`) : ", as far as attacks find"}.`,
      norm,
    },
  ];
}

function notWorse(
  { name, verdict, change, better, worse, adjusted, norm }: AuditComparison,
  allow: number,
): AuditCheck {
  const most = change.of === "ratio" ? 1 - allow : -allow;
  const isWorse = verdict === "worse" && change.high !== null && change.high < most;
  const pairs = `${worse} images are worse, ${better} better, adjusted p = ${Number(adjusted.toPrecision(2))}`;
  return {
    rule: "not-worse-than-baseline",
    name: `${name}: no worse than the baseline${allow > 0 ? ` by more than ${perCent(allow)}` : ""}`,
    holds: !isWorse,
    said: `${verdict === "not told apart" ? "Not told apart" : `${verdict === "worse" ? "Worse" : "Better"}`}: ${pairs}; ${changeWords(change)}.`,
    ...(norm !== undefined && { norm }),
  };
}

/** "median ratio 0.93 (0.90 to 0.96)" */
export function changeWords({ of, value, low, high }: AuditComparison["change"]): string {
  if (of === "share") {
    const points = (share: number | null) =>
      share === null ? "?" : `${share > 0 ? "+" : ""}${(100 * share).toFixed(1)}`;
    return `share ${points(value)} points (${points(low)} to ${points(high)})`;
  }
  const ratio = (number: number | null) => (number === null ? "unbounded" : number.toPrecision(3));
  return `median ratio ${ratio(value)} (${ratio(low)} to ${ratio(high)})`;
}
