/** `blindspot verify models/<name>`: trains a model again by the command of its note, and compares its weights. */
import { join } from "node:path";
import * as v from "valibot";
import { readText } from "../node/read-file.ts";
import { parseJson, requireSchema } from "../schema.ts";
import { compareRecords } from "../studies/verify/compare.ts";
import { interruptSignal } from "./interrupt.ts";
import { UsageError } from "./options.ts";
import { rerun, withFlag, wordsOf } from "./rerun.ts";
import { tellOutcome } from "./verify-outcome.ts";
import type { ReportFlags } from "./verify-report.ts";

const Note = v.looseObject({ kind: v.literal("model"), command: v.string(), digest: v.string() });

export async function verifyModel(file: string, json: unknown, flags: ReportFlags): Promise<void> {
  const note = requireSchema(file, Note, json);
  for (const flag of ["model", "sample"] as const) {
    if (flags[flag] !== undefined) throw new UsageError(`--${flag}: expected a report beside it, got a trained model`);
  }
  const words = wordsOf(file, note.command);
  const found = await rerun(
    flags.data === undefined ? words : withFlag(words, "--data", flags.data),
    async (folder) => {
      const path = join(folder, "training.json");
      return requireSchema(path, Note, parseJson(path, await readText(path, "the note of the training")));
    },
    { quiet: flags.quiet === true || flags.json === true, signal: interruptSignal() },
  );
  tellOutcome(flags, {
    what: `every number of ${file}, its weights by their digest`,
    differences: compareRecords(note, found),
  });
}
