/** An audit as files by name: numbers for programs, what CI shows, a baseline for the next audit, pictures and a page for people. */
import { auditBaseline } from "../../studies/audit/baseline.ts";
import { type AuditBracket, type AuditRecord, auditArrays } from "../../studies/audit/record.ts";
import { recordJson } from "../../studies/record.ts";
import { standaloneSvg } from "../kit/drawing.ts";
import { arrayFiles, csv } from "../kit/files.ts";
import { evidenceOf } from "./evidence.ts";
import { evidencePage } from "./evidence-page.ts";
import { auditJunit } from "./junit.ts";
import { auditPage, normDrawings } from "./page.ts";
import { auditSarif } from "./sarif.ts";

export interface AuditFilesOptions {
  /** Whether the document for a technical file is among them; default false. */
  evidence?: boolean;
}

/** A line an image, with the columns of every norm and corruption. */
function imagesCsv({ images, norms, corruptions }: AuditRecord): string {
  const ofNorm = ["found", "certified", "answer", "keptAt8Bits", "noise", "evaluations"] as const;
  const columns = [
    ...["index", "label", "read"],
    ...norms.flatMap(({ norm }) => ofNorm.map((name) => `${norm}_${name}`)),
    ...corruptions.map(({ name }) => name),
  ];
  const plain = (value: number | boolean | null) => (typeof value === "boolean" ? Number(value) : value);
  return csv(
    columns,
    images.map((image) => {
      const { index, label, read } = image;
      return Object.fromEntries([
        ...Object.entries({ index, label, read }),
        ...norms.flatMap(({ norm }) => {
          const bracket = image.norms[norm] as AuditBracket;
          return ofNorm.map((name) => [`${norm}_${name}`, plain(bracket[name])] as const);
        }),
        ...Object.entries(image.corruptions).map(([name, isRight]) => [name, Number(isRight)] as const),
      ]);
    }),
  );
}

/**
 * The files of a report by path: `results.json`, `audit.json`, `index.html`, `junit.xml`, `audit.sarif`, `images.csv`, a curve and the arrays of each
 * norm; with `evidence` `evidence.json` and `evidence.html` too. The same report, the same bytes.
 */
export async function auditFiles(
  record: AuditRecord,
  { evidence = false }: AuditFilesOptions = {},
): Promise<Map<string, Uint8Array | string>> {
  const drawings = record.norms.map((norm) => normDrawings(record, norm));
  const files = new Map<string, Uint8Array | string>([
    ["results.json", recordJson(record)],
    ["audit.json", `${JSON.stringify(await auditBaseline(record), null, 1)}\n`],
    ["index.html", auditPage(record, drawings)],
    ["junit.xml", auditJunit(record)],
    ["audit.sarif", auditSarif(record)],
    ["images.csv", imagesCsv(record)],
  ]);
  if (evidence) {
    const document = evidenceOf(record);
    files.set("evidence.json", `${JSON.stringify(document, null, 1)}\n`);
    files.set("evidence.html", evidencePage(document));
  }
  record.norms.forEach(({ norm }, i) => {
    const { curve, brackets } = drawings[i] as (typeof drawings)[number];
    files.set(`${norm}.svg`, standaloneSvg(curve.wide));
    if (brackets) files.set(`${norm}-brackets.svg`, standaloneSvg(brackets.wide));
  });
  for (const [path, content] of arrayFiles(auditArrays(record, record.model.inputShape))) files.set(path, content);
  return files;
}
