/**
 * The evidence of an audit: what a technical file needs to hold of a robustness test, said in terms that ISO/IEC 24029-2 (formal methods for the
 * robustness of neural networks) and the EU AI Act (article 15, annex IV) ask about. The words are ours; that a model conforms is nowhere said.
 */
import { NORM_WORDS } from "../../studies/attack/question.ts";
import { changeWords } from "../../studies/audit/checks.ts";
import type { AuditBracket, AuditNorm, AuditRecord } from "../../studies/audit/record.ts";
import { isProved, resists } from "../../studies/audit/summary.ts";
import { counted, figure, percent, whole } from "../kit/format.ts";
import { missingWords } from "../kit/page.ts";

export interface EvidenceEntry {
  term: string;
  text: string;
}

export interface EvidenceSection {
  id: string;
  title: string;
  /** Which question of which document it speaks to. */
  asked: string;
  entries: readonly EvidenceEntry[];
}

export interface Evidence {
  generator: "blindspot";
  kind: "audit-evidence";
  schema: 1;
  title: string;
  version: string;
  bits: number;
  command: string;
  digest: string;
  recordDigest: string;
  notice: string;
  sections: readonly EvidenceSection[];
  /** What a person has to add. */
  toFillIn: readonly string[];
}

const NOTICE =
  "This document records one test and its limits. It claims no conformity with any standard or law, replaces no assessment by a person, and " +
  "quotes no standard: the questions are put in our own words.";

const entry = (term: string, text: string): EvidenceEntry => ({ term, text });

/** Positions in the data set, as many as are read. */
function listed(indices: readonly number[]): string {
  const shown = indices.slice(0, 50).join(", ");
  return indices.length > 50 ? `${shown} and ${whole(indices.length - 50)} more, all in results.json` : shown;
}

export function evidenceOf(record: AuditRecord): Evidence {
  const { title, version, bits, command, digest, recordDigest } = record;
  return {
    ...{ generator: "blindspot", kind: "audit-evidence", schema: 1 },
    ...{ title, version, bits, command, digest, recordDigest, notice: NOTICE },
    sections: [
      subject(record),
      domain(record),
      properties(record),
      criteria(record),
      methods(record),
      arithmetic(),
      results(record),
      undecided(record),
      ...(record.baseline ? [change(record, record.baseline)] : []),
      act(),
      repetition(record),
    ],
    toFillIn: [
      "The intended purpose of the system, and why these norms, budgets and images stand for the changes that it will meet",
      "Who decided on the criteria, and on what grounds",
      "Name and role of the person responsible for the test",
      "Date and signature",
    ],
  };
}

function subject({ model, data, options, clean, norms, missing }: AuditRecord): EvidenceSection {
  const labels = (norms[0]?.classes ?? []).map(({ label, count }) => `${label}: ${count}`).join(", ");
  const prepared = model.preprocess ? [entry("Before the model", JSON.stringify(model.preprocess))] : [];
  return {
    id: "subject",
    title: "What was tested",
    asked: "Which model, in which version, and on which data was tested?",
    entries: [
      entry("Model", `${model.name}, parameters of SHA-256 ${model.digest}`),
      entry(
        "Input and answer",
        `${model.inputShape.join(" x ")} values in [0, 1]; one of ${model.classes} classes, that of the largest score`,
      ),
      ...prepared,
      entry(
        "Data",
        `${data.name}, ${counted(clean.count, "image")} from position ${options.first ?? 0}, SHA-256 ${data.digest}`,
      ),
      entry(
        "True answers",
        options.truth === "model" ? "the model's own answers to the images as they are" : "the labels of the data",
      ),
      entry("Images by label", labels),
      entry(
        "Right as they are",
        `${clean.hits} of ${clean.count} (95 % interval over images like these: ${percent(clean.low)} to ${percent(clean.high)})`,
      ),
      ...(missing ? [entry("Images missing", missingWords(missing))] : []),
    ],
  };
}

function domain({ norms, corruptions }: AuditRecord): EvidenceSection {
  return {
    id: "domain",
    title: "The domain",
    asked: "For which inputs is something said?",
    entries: [
      entry(
        "Around each image",
        "all inputs in [0, 1] whose difference from the image is at most the budget in the norm, the image itself included",
      ),
      ...norms.map(({ norm, epsilon }) =>
        entry(
          NORM_WORDS[norm],
          epsilon === null ? "no single budget: lengths and radii, as a curve over all budgets" : `budget ${epsilon}`,
        ),
      ),
      entry("Corruptions", corruptions.map(({ name, words }) => `${name} (${words})`).join("; ") || "none"),
      entry(
        "Outside",
        "nothing is said of inputs away from these images, nor of images that were not drawn; intervals speak of images of the same source",
      ),
    ],
  };
}

function properties({ norms, draws }: AuditRecord): EvidenceSection {
  const proved = norms.some(({ proof, uncertified }) => proof !== "none" && uncertified === undefined);
  return {
    id: "properties",
    title: "Properties",
    asked: "Which properties of robustness were examined: stability, sensitivity, relevance, reachability?",
    entries: [
      entry(
        "Stability",
        `examined: whether the answer stays the same over the domain around an image${proved ? ", refuted by a change or proved" : ", refuted by a change; nothing was proved"}`,
      ),
      entry(
        "Sensitivity",
        `examined in part: how long the smallest change found is, image by image and label by label, beside ${draws} draws of random noise of that length`,
      ),
      entry("Relevance", "not examined: which features the answer rests on is not part of this test"),
      entry(
        "Reachability",
        "not examined: which answers can be reached over time or by a larger system is not part of this test",
      ),
    ],
  };
}

function criteria({ checks, holds }: AuditRecord): EvidenceSection {
  return {
    id: "criteria",
    title: "Criteria",
    asked: "What had to hold, and did it?",
    entries: [
      ...checks.map(({ name, holds: held, said }) => entry(name, `${held ? "Holds" : "Fails"}. ${said}`)),
      entry(
        "As a whole",
        checks.length === 0 ? "no criteria were set" : holds ? "every criterion holds" : "at least one criterion fails",
      ),
    ],
  };
}

function methods({ norms, effort, draws }: AuditRecord): EvidenceSection {
  const limits = norms.flatMap(({ norm, uncertified }) =>
    uncertified === undefined ? [] : [entry(`No proof in ${NORM_WORDS[norm]}`, uncertified)],
  );
  return {
    id: "methods",
    title: "Methods and their limits",
    asked: "Is the method complete or incomplete, and what can it miss?",
    entries: [
      entry(
        "Search for changes",
        `optimisation from the image, quasi-Newton and annealed steps, effort “${effort}”. Incomplete: a change that is found refutes stability, since the model was asked again about it; that none was found proves nothing`,
      ),
      entry(
        "Certificates",
        "linear bounds of all layers, taken back from the scores to the image. Sound and incomplete: what is proved holds for every input of the domain; what is not proved may hold all the same",
      ),
      entry(
        "Noise and corruptions",
        `sampling, ${draws} draws of noise an image. Empirical: they say how often, not whether always`,
      ),
      ...limits,
    ],
  };
}

function arithmetic(): EvidenceSection {
  return {
    id: "arithmetic",
    title: "Arithmetic",
    asked: "Does the result hold for real numbers, or for those that the computer gives?",
    entries: [
      entry(
        "The model",
        "single precision (IEEE 754 binary32), with a stated order of every sum and no fused operations, by the WebAssembly kernels of this package",
      ),
      entry(
        "Certificates",
        "hold for these computed numbers: bounds are taken in double precision, outward, and every rounding of the kernels and of the bounds is counted",
      ),
      entry(
        "Another runtime",
        "that sums in another order may round otherwise, and answer otherwise where two scores nearly tie: the results are of the numbers that run here",
      ),
    ],
  };
}

function results({ norms, corruptions }: AuditRecord): EvidenceSection {
  return {
    id: "results",
    title: "Results",
    asked: "What was found?",
    entries: [
      ...norms.map((norm) => entry(NORM_WORDS[norm.norm], normWords(norm))),
      ...corruptions.map(({ name, right, lost }) =>
        entry(name, `${right.hits} of ${right.count} right; ${lost} that were right as they are are not`),
      ),
    ],
  };
}

function normWords({ found, certified, resisting, robust, epsilon, keptAt8Bits, noise }: AuditNorm): string {
  const spread = (words: string, of: typeof found) =>
    of
      ? [
          `${words}: least ${figure(of.least)}, quartiles ${figure(of.quarter)}, ${figure(of.median)}, ${figure(of.threeQuarters)}, largest ${figure(of.largest)}`,
        ]
      : [];
  return [
    ...spread("smallest changes found", found),
    ...(resisting > 0 ? [`no change found: ${counted(resisting, "image")}`] : []),
    ...spread("certified radii", certified),
    ...(robust
      ? [
          `within ${epsilon}: ${robust.lower.hits} proved stable, ${robust.upper.hits - robust.lower.hits} undecided, ${robust.upper.count - robust.upper.hits} misread or refuted, of ${robust.upper.count}`,
        ]
      : []),
    ...(keptAt8Bits ? [`changes that survive rounding to 8 bits: ${keptAt8Bits.hits} of ${keptAt8Bits.count}`] : []),
    ...(noise ? [`random noise of the same length alters ${noise.hits} of ${noise.count} answers`] : []),
  ].join("; ");
}

function undecided({ norms, images }: AuditRecord): EvidenceSection {
  return {
    id: "undecided",
    title: "Undecided cases",
    asked: "For which inputs is neither a proof nor a counterexample known?",
    entries: norms.map(({ norm, epsilon, uncertified }) => {
      const words = NORM_WORDS[norm];
      const of = (image: AuditRecord["images"][number]) => image.norms[norm] as AuditBracket;
      if (epsilon === null) {
        return entry(
          words,
          "every image between its certified radius and the length of the change found; results.json has both for each",
        );
      }
      const open = images.filter(
        (image) => image.label === image.read && resists(of(image), epsilon) && !isProved(of(image), epsilon),
      );
      const why = uncertified === undefined ? "" : ` (nothing is proved: ${uncertified})`;
      return entry(
        words,
        open.length === 0
          ? `none within ${epsilon}`
          : `${counted(open.length, "image")} within ${epsilon}${why}: ${listed(open.map(({ index }) => index))}`,
      );
    }),
  };
}

function change(
  { checks }: AuditRecord,
  { model, version, digest, comparisons, left }: NonNullable<AuditRecord["baseline"]>,
): EvidenceSection {
  const allowed = checks.filter(({ rule }) => rule === "not-worse-than-baseline").length;
  return {
    id: "change",
    title: "Change against an earlier version",
    asked: "Is the model as robust as the version before?",
    entries: [
      entry(
        "Baseline",
        `${model.name}, parameters of SHA-256 ${model.digest}, audited by version ${version}; digest of the baseline ${digest}`,
      ),
      entry(
        "Test",
        `sign test on the pairs of images, two-sided, adjusted by Holm's procedure for ${allowed} comparisons, level 0.05`,
      ),
      ...comparisons.map(({ name, verdict, worse, better, same, adjusted, change: by }) =>
        entry(
          name,
          `${verdict}: ${worse} worse, ${better} better, ${same} the same, adjusted p ${figure(adjusted)}; ${changeWords(by)}`,
        ),
      ),
      ...(left.length > 0 ? [entry("Not compared", left.join("; "))] : []),
    ],
  };
}

function act(): EvidenceSection {
  return {
    id: "ai-act",
    title: "What it can serve for in a technical file",
    asked:
      "EU AI Act (Regulation 2024/1689), article 15 and annex IV: which of their questions does this test speak to, and which not?",
    entries: [
      entry(
        "Article 15, levels of accuracy and their metrics",
        "the share that is right as it is, with its interval, on the data named above; whether that metric is the right one is not said",
      ),
      entry(
        "Article 15, errors, faults and inconsistencies in the surroundings",
        "the shares under corruptions, which are few and small",
      ),
      entry(
        "Article 15, inputs made to cause a mistake",
        "the smallest changes found, the radii certified, the shares within the budget",
      ),
      entry(
        "Article 15, not covered",
        "poisoned data or models, confidentiality, feedback loops, redundancy, and every measure outside of the model itself",
      ),
      entry(
        "Annex IV, testing and its metrics",
        "data, procedure, metrics, results and their digests; the files of this folder are the log of the test",
      ),
      entry("Annex IV, reports dated and signed", "to be filled in by the person responsible, below"),
      entry(
        "Annex IV, not covered",
        "intended purpose, design, training data, human oversight, risk management, and what happens after release",
      ),
    ],
  };
}

function repetition({ command, version, bits, digest, recordDigest }: AuditRecord): EvidenceSection {
  return {
    id: "repetition",
    title: "To repeat it",
    asked: "Can another party obtain the same result?",
    entries: [
      entry("Command", command),
      entry("Version", `blindspot ${version}, generation ${bits} of the bits`),
      entry("Digest of the results", digest),
      entry("Digest of the record", recordDigest),
      entry(
        "Check",
        "npx blindspot verify <this folder> runs all of it again and compares every number; the same bits are due on every machine, engine and number of threads",
      ),
    ],
  };
}
