/** An audit in a sentence, and in a few lines for a terminal. */
import type { Rate } from "../../numeric/rate.ts";
import { NORM_WORDS } from "../../studies/attack/question.ts";
import type { AuditNorm, AuditRecord } from "../../studies/audit/record.ts";
import { counted, duration, figure, percent, whole } from "../kit/format.ts";
import { aligned, labelled } from "../kit/text-table.ts";

/** "93 of 100 (93.0 %)" */
export function share({ hits, count, rate }: Rate): string {
  return `${whole(hits)} of ${whole(count)} (${percent(rate)})`;
}

/** "between 62 and 88 of 100" where something is proved, "at most 88 of 100" where not. */
export function shareBetween({ robust, uncertified }: AuditNorm): string {
  if (!robust) return "";
  const { lower, upper } = robust;
  if (uncertified !== undefined) return `at most ${whole(upper.hits)} of ${whole(upper.count)}`;
  return lower.hits === upper.hits
    ? `${whole(upper.hits)} of ${whole(upper.count)}`
    : `${whole(lower.hits)} to ${whole(upper.hits)} of ${whole(upper.count)}`;
}

export function auditVerdict(record: Pick<AuditRecord, "norms" | "checks" | "holds" | "images" | "baseline">): string {
  const { norms, checks, holds, images } = record;
  const failing = checks.filter((check) => !check.holds);
  if (!holds)
    return `${failing.length === 1 ? "One check" : `${whole(failing.length)} checks`} of ${whole(checks.length)} failed.`;
  const asked = checks.filter(({ rule }) => rule !== "ends-agree").length;
  if (asked > 0) return `All ${counted(checks.length, "check")} hold.`;
  const said = norms.flatMap(({ norm, found }) => (found ? [`${NORM_WORDS[norm]} ${figure(found.median)}`] : []));
  return said.length === 0
    ? `No change was found that alters an answer to ${counted(images.length, "image")}.`
    : `Half of the answers are altered by changes of ${said.join(", ")} or less.`;
}

/** The norms with their numbers, a line each. */
export function normTable({ norms }: Pick<AuditRecord, "norms">): string[][] {
  return [
    ["norm", "certified, median", "found, least", "found, median", "within", "robust", "at 8 bits", "noise"],
    ...norms.map((norm) => {
      const { found, certified, epsilon, keptAt8Bits, noise } = norm;
      return [
        NORM_WORDS[norm.norm],
        certified ? figure(certified.median) : "–",
        found ? figure(found.least) : "–",
        found ? figure(found.median) : "–",
        epsilon === null ? "–" : String(epsilon),
        epsilon === null ? "–" : shareBetween(norm),
        keptAt8Bits ? percent(keptAt8Bits.rate) : "–",
        noise ? percent(noise.rate) : "–",
      ];
    }),
  ];
}

/** Plain text, every line ended by a line feed. */
export function auditText(record: AuditRecord): string {
  const { title, clean, norms, corruptions, checks, baseline, timing, digest } = record;
  const worst = corruptions.reduce(
    (a, b) => (b.right.hits < a.right.hits ? b : a),
    corruptions[0] as (typeof corruptions)[0],
  );
  const uncertified = norms.flatMap(({ norm, uncertified }) =>
    uncertified === undefined ? [] : [`${NORM_WORDS[norm]}: ${uncertified}`],
  );
  const lines: [string, string][] = [
    ["right", share(clean)],
    ...(worst ? [["corruptions", `the worst is ${worst.name}, ${share(worst.right)} right`] as [string, string]] : []),
    ...uncertified.map((why): [string, string] => ["not proved", why]),
    ...(baseline?.left ?? []).map((what): [string, string] => ["not compared", what]),
    ["time", duration(timing.milliseconds)],
    ["digest", digest],
  ];
  const checked = checks.map(({ name, holds, said }) => `  ${holds ? "holds" : "FAILS"}  ${name}\n         ${said}\n`);
  return `${title}\n${auditVerdict(record)}\n\n${aligned(normTable(record))}\n${labelled(lines)}${
    checked.length > 0 ? `\n${checked.join("")}` : ""
  }`;
}
