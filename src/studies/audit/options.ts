/** What an audit is asked, and the checks of it. */
import { EFFORTS, type EffortName, type NormName } from "../../attacks/index.ts";
import { NORMS } from "../../attacks/minimal/norm.ts";
import { outOfRange, requireInteger, requireLength, requireNumber, requireOptions, wrongType } from "../../check.ts";
import { AUDIT_PROOFS, type AuditProof } from "./record.ts";

/** Draws of noise an image where none are asked for, and how the norms stand where none are named. */
export const DRAWS = 10;
export const AUDIT_NORMS: readonly NormName[] = ["l2", "linf"];

/** What an audit can be asked; all of it has defaults. */
export interface AuditStudyOptions {
  /** The norms, each once; default L2 and L-infinity. */
  norms?: readonly NormName[];
  /** The budget of each norm, in the order of the norms; default none: curves over all budgets. */
  epsilon?: readonly number[];
  /** How hard to search for the smallest change; default "fast". */
  effort?: EffortName;
  /** "radii": a radius for each image (default); "epsilon": whether epsilon is harmless, by one bound an image; "none". */
  certify?: AuditProof;
  /** Draws of noise an image and norm; default 10. */
  draws?: number;
  /** The share of the images that must resist epsilon, one for all norms or one a norm; default none. */
  failUnder?: readonly number[];
  /** Whether that share is to be proved; default false: as far as attacks find. */
  proved?: boolean;
  /** What audit.json of an earlier audit holds: this one must not be worse. */
  baseline?: object;
  /** Where it was read from: what the command's --baseline is to be given, and the name of the baseline in errors. */
  baselineFile?: string;
  /** By how much of themselves lengths, and by how much shares, may be worse than the baseline's; default 0. */
  allow?: number;
  /** Of everything random; default 0. */
  seed?: number;
  /** Position of the data's first image in the set they were taken from; default 0. */
  first?: number;
  /** What counts as an image's true answer, for the record: the labels of the data are what is used. */
  truth?: "labels" | "model";
}

export interface AskedAudit
  extends Required<Omit<AuditStudyOptions, "baseline" | "baselineFile" | "epsilon" | "failUnder">> {
  /** One a norm. */
  epsilon: readonly (number | null)[];
  failUnder: readonly (number | null)[];
}

/** The options, checked, with their defaults. */
export function requireAsked(options: AuditStudyOptions): AskedAudit {
  requireOptions("auditStudy", options, {
    ...{ norms: true, epsilon: true, effort: true, certify: true, draws: true, failUnder: true, proved: true },
    ...{ baseline: true, baselineFile: true, allow: true, seed: true, first: true, truth: true },
  });
  const { norms = AUDIT_NORMS, epsilon, effort = "fast", certify = "radii", draws = DRAWS } = options;
  const { failUnder, proved = false, allow = 0, seed = 0, first = 0, truth = "labels" } = options;
  if (!Array.isArray(norms)) wrongType("norms", "a list of norms", norms);
  if (norms.length === 0) outOfRange("norms", "at least one", "none");
  norms.forEach((norm, i) => {
    if (!NORMS.includes(norm)) outOfRange(`norms[${i}]`, NORMS.join(", "), JSON.stringify(norm));
    if (norms.indexOf(norm) !== i) outOfRange("norms", "each once", `${norm} twice`);
  });
  if (epsilon !== undefined) {
    requireLength("epsilon", epsilon, norms.length, `budgets, one for each of ${norms.join(", ")}`);
    epsilon.forEach((length, i) => {
      requireNumber(`epsilon[${i}]`, length, 0);
      if (length === 0) outOfRange(`epsilon[${i}]`, "a length above 0", 0);
    });
  }
  if (!Object.hasOwn(EFFORTS, effort)) outOfRange("effort", Object.keys(EFFORTS).join(", "), JSON.stringify(effort));
  if (!AUDIT_PROOFS.includes(certify)) outOfRange("certify", AUDIT_PROOFS.join(", "), JSON.stringify(certify));
  requireInteger("draws", draws, 1, 10_000);
  if (failUnder !== undefined) {
    if (!Array.isArray(failUnder)) wrongType("failUnder", "a list of shares", failUnder);
    if (failUnder.length !== 1 && failUnder.length !== norms.length) {
      outOfRange("failUnder", `one share, or one for each of ${norms.join(", ")}`, `${failUnder.length}`);
    }
    for (const [i, share] of failUnder.entries()) requireNumber(`failUnder[${i}]`, share, 0, 1);
  }
  if (typeof proved !== "boolean") wrongType("proved", "true or false", proved);
  if (epsilon === undefined) {
    if (failUnder !== undefined) outOfRange("failUnder", "epsilon beside it, within which that share resists", "none");
    if (certify === "epsilon") outOfRange("certify", 'epsilon beside "epsilon"', "none");
  }
  if (proved && failUnder === undefined) outOfRange("proved", "failUnder beside it", "none");
  if (proved && certify === "none") outOfRange("proved", "certificates", 'certify "none"');
  requireNumber("allow", allow, 0, 1);
  requireInteger("seed", seed, 0);
  requireInteger("first", first, 0);
  return {
    ...{ norms, effort, certify, draws, proved, allow, seed, first, truth },
    epsilon: norms.map((_, i) => epsilon?.[i] ?? null),
    failUnder: norms.map((_, i) => failUnder?.[failUnder.length === 1 ? 0 : i] ?? null),
  };
}
