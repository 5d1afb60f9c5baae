/** A run of certificates in a few lines, for a terminal, and in one sentence, for a page. */
import { CERTIFY_EFFORTS } from "../../certify/index.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { BothEndsSummary, CertifiedImage, CertifyRecord } from "../../studies/certify/record.ts";
import { counted, duration, figure, whole } from "../kit/format.ts";
import { labelled } from "../kit/text-table.ts";

/** Images with both ends: certified, and a change found. */
export function bracketed(
  images: readonly Pick<CertifiedImage, "certified" | "found">[],
): { certified: number; found: number }[] {
  return images.flatMap(({ certified, found }) => (certified > 0 && found !== null ? [{ certified, found }] : []));
}

/** How radii were searched for, in words: "linear bounds, to 0.3 % of the largest that they prove". */
export function effortWords({ effort, budget }: Pick<CertifyRecord, "effort" | "budget">): string {
  if (effort !== "exhaustive")
    return `${effort}: linear bounds, to ${100 * CERTIFY_EFFORTS[effort]} % of the largest radius`;
  const ends = [
    ...(budget?.evaluations !== undefined ? [counted(budget.evaluations, "bound")] : []),
    ...(budget?.seconds !== undefined ? [`${budget.seconds} s by the clock`] : []),
  ];
  return `exhaustive: branch and bound, ${ends.length > 0 ? `${ends.join(" or ")} an image` : "until the answer is known"}`;
}

/** "mean L2 0.5 certified, 0.85 found, of 100 images". */
export function bothEndsWords(norm: string, { both, meanCertified, meanFound }: BothEndsSummary): string {
  if (both === 0) return "no image has both";
  return `mean ${norm} ${figure(meanCertified)} certified, ${figure(meanFound)} found, of ${counted(both, "image")}`;
}

/** Images whose search a budget ended. */
export function cutCount(images: readonly CertifiedImage[]): number {
  return images.filter(({ verdict }) => verdict === "cut").length;
}

export function certifyVerdict({
  norm,
  epsilon,
  summary,
  images,
}: Pick<CertifyRecord, "norm" | "epsilon" | "summary" | "images">): string {
  const { proved, misread, meanCertified, meanFound } = summary;
  const words = NORM_WORDS[norm];
  if (epsilon !== undefined) {
    return `No change of ${words} length ${figure(epsilon)} alters the answer to ${whole(proved)} of ${counted(images.length - misread, "image")}.`;
  }
  if (meanCertified === null || meanFound === null) {
    return proved === 0
      ? "No radius is certified."
      : `A radius in ${words} is certified for ${counted(proved, "image")}.`;
  }
  return `In ${words} no change shorter than ${figure(meanCertified)} alters an answer, on average; one of ${figure(meanFound)} was found that does.`;
}

/** Plain text, every line ended by a line feed. */
export function certifyText(report: CertifyRecord): string {
  const { title, summary, epsilon, timing, digest, norm } = report;
  const { proved, falsified, undecided, misread, meanCertified, meanFound, foundOverCertified } = summary;
  const lines: [label: string, text: string][] = [
    ["certified", `${whole(proved)} of ${counted(report.images.length, "image")}`],
  ];
  if (epsilon !== undefined) {
    lines.push(["falsified", `${whole(falsified)}: a changed row within the radius is answered otherwise`]);
  }
  lines.push(["undecided", whole(undecided)]);
  const cut = cutCount(report.images);
  if (cut > 0)
    lines.push([
      "cut",
      `${whole(cut)}: the search ended before the answer was known, the radius is the largest so far`,
    ]);
  lines.push(["effort", effortWords(report)]);
  if (misread > 0) lines.push(["misread", `${whole(misread)}: answered wrongly before any change, radius 0`]);
  if (meanCertified !== null && meanFound !== null && foundOverCertified !== null) {
    lines.push(
      ["both ends", bothEndsWords(NORM_WORDS[norm], summary)],
      ["ratio", `found is ${foundOverCertified.toFixed(2)} times what is certified`],
    );
  }
  lines.push(["time", duration(timing.milliseconds)], ["digest", digest]);
  return `${title}\n${certifyVerdict(report)}\n\n${labelled(lines)}`;
}
