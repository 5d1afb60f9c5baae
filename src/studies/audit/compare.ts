/**
 * An audit beside its baseline, image by image. Each measure is told from nothing by the sign test on the pairs, adjusted by Holm's
 * procedure for how many measures there are; the interval says by how much. What is not told apart is called so, whichever way it leans.
 */
import { holm } from "../../numeric/holm.ts";
import type { Interval } from "../../numeric/interval.ts";
import { medianInterval, pairedShareInterval, signTest } from "../../numeric/sign-test.ts";
import { median } from "../../numeric/statistics.ts";
import { NORM_WORDS } from "../attack/question.ts";
import type { AuditBaseline } from "./baseline.ts";
import type { AuditBracket, AuditComparison, AuditImage, AuditNorm } from "./record.ts";
import { isProved, resists } from "./summary.ts";

/** An adjusted p-value of at most this tells two audits apart. */
export const LEVEL = 0.05;

type Untested = Omit<AuditComparison, "adjusted" | "verdict">;

export interface Compared {
  comparisons: AuditComparison[];
  left: string[];
}

export function compareAudits(
  images: readonly AuditImage[],
  norms: readonly AuditNorm[],
  corruptions: readonly string[],
  baseline: AuditBaseline,
): Compared {
  const untested: Untested[] = [];
  const left: string[] = [];
  const share = (
    about: Pick<AuditComparison, "name" | "measure" | "norm" | "corruption">,
    now: boolean[],
    then: boolean[],
  ) => untested.push({ ...about, ...pairedShares(now, then) });
  const right = images.map(({ label, read }) => label === read);
  share({ name: "read rightly", measure: "right" }, right, baseline.right);
  for (const { norm, epsilon, proof, uncertified } of norms) {
    const then = baseline.norms[norm];
    if (!then) {
      left.push(`${NORM_WORDS[norm]}: the baseline does not have it`);
      continue;
    }
    const now = images.map((image) => image.norms[norm] as AuditBracket);
    const lengths = (list: readonly (number | null)[]) => list.map((length) => length ?? Number.POSITIVE_INFINITY);
    const found = lengths(now.map((bracket) => bracket.found));
    const foundThen = lengths(then.found);
    untested.push({
      ...{ name: `${NORM_WORDS[norm]}: smallest change found`, measure: "found", norm },
      ...pairedLengths(found, foundThen),
    });
    if (epsilon !== null) {
      share(
        { name: `${NORM_WORDS[norm]}: resists ${epsilon}`, measure: "resisting", norm },
        now.map((bracket, i) => right[i] === true && resists(bracket, epsilon)),
        then.found.map((length, i) => baseline.right[i] === true && resists({ found: length }, epsilon)),
      );
    }
    const certified = now.map((bracket) => bracket.certified ?? 0);
    const isSame = proof === then.proof && (proof === "radii" || epsilon === then.epsilon);
    if (uncertified !== undefined || proof === "none") continue;
    if (!then.certified || !isSame) {
      left.push(
        `${NORM_WORDS[norm]}: what is proved, since the baseline was certified ${proofWords(then.proof, then.epsilon)}`,
      );
      continue;
    }
    if (proof === "radii") {
      untested.push({
        ...{ name: `${NORM_WORDS[norm]}: radius certified`, measure: "certified", norm },
        ...pairedLengths(certified, then.certified),
      });
    }
    if (epsilon !== null) {
      share(
        { name: `${NORM_WORDS[norm]}: proved at ${epsilon}`, measure: "proved", norm },
        certified.map((radius) => isProved({ certified: radius }, epsilon)),
        then.certified.map((radius) => isProved({ certified: radius }, epsilon)),
      );
    }
  }
  for (const corruption of corruptions) {
    const then = baseline.corruptions[corruption];
    if (!then) {
      left.push(`corruption ${corruption}: the baseline does not have it`);
      continue;
    }
    const now = images.map((image) => image.corruptions[corruption] === true);
    share({ name: `right under ${corruption}`, measure: "corruption", corruption }, now, then);
  }
  const adjusted = holm(untested.map(({ p }) => p));
  const comparisons = untested.map((one, i): AuditComparison => {
    const p = adjusted[i] as number;
    const verdict = p > LEVEL ? "not told apart" : one.better > one.worse ? "better" : "worse";
    return { ...one, adjusted: p, verdict };
  });
  return { comparisons, left };
}

function proofWords(proof: string, epsilon: number | null): string {
  return proof === "epsilon" ? `at ${epsilon}` : proof === "none" ? "for nothing" : "by radii";
}

type Paired = Pick<Untested, "better" | "worse" | "same" | "p" | "change">;

function counts(now: readonly number[], then: readonly number[]): Pick<Paired, "better" | "worse" | "same" | "p"> {
  const better = now.filter((value, i) => value > (then[i] as number)).length;
  const worse = now.filter((value, i) => value < (then[i] as number)).length;
  return { better, worse, same: now.length - better - worse, p: signTest(better, worse) };
}

/** Lengths, infinite where there is none: the larger is the better. */
function pairedLengths(now: readonly number[], then: readonly number[]): Paired {
  const ratios = now.map((length, i) => (length === then[i] ? 1 : length / (then[i] as number)));
  const { low, high } = medianInterval(ratios);
  return {
    ...counts(now, then),
    change: { of: "ratio", ...finite({ low: Math.max(0, low), high }), value: bounded(median(ratios)) },
  };
}

function pairedShares(now: readonly boolean[], then: readonly boolean[]): Paired {
  const counted = counts(now.map(Number), then.map(Number));
  const { better, worse } = counted;
  const n = now.length;
  return { ...counted, change: { of: "share", value: (better - worse) / n, ...pairedShareInterval(better, worse, n) } };
}

function bounded(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function finite({ low, high }: Interval): { low: number | null; high: number | null } {
  return { low: bounded(low), high: bounded(high) };
}
