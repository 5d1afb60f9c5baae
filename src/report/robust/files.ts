/** A robust accuracy as files by name: numbers for programs, arrays for notebooks, a page for people. */
import { recordJson } from "../../studies/record.ts";
import { type RobustRecord, robustArrays } from "../../studies/robust/record.ts";
import { arrayFiles } from "../kit/files.ts";
import { robustPage } from "./page.ts";

/** The files of a report by path: `results.json`, `index.html`, `arrays/*.npy`. The same report, the same bytes. */
export async function robustFiles(report: RobustRecord): Promise<Map<string, Uint8Array | string>> {
  return new Map<string, Uint8Array | string>([
    ["results.json", recordJson(report)],
    ["index.html", robustPage(report)],
    ...arrayFiles(robustArrays(report, report.model.inputShape)),
  ]);
}
