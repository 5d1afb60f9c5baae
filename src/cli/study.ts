/**
 * From a study to a folder: the run with its journal, its progress, Ctrl-C, the files and the text. Every command that asks for a
 * study goes through here.
 */
import { codeOf, ERROR_CODES } from "../check.ts";
import { canonicalJson } from "../data/canonical-json.ts";
import {
  defaultWorkers,
  type OutputKind,
  outputFolder,
  type PoolOptions,
  Run,
  type RunDescription,
} from "../node/index.ts";
import type { MissingImages } from "../studies/missing.ts";
import { rangesOf } from "../studies/ranges.ts";
import type { RecordHead } from "../studies/record.ts";
import type { StudyRun } from "../studies/study.ts";
import { VERSION } from "../version.ts";
import { interruptSignal } from "./interrupt.ts";
import { UsageError } from "./options.ts";
import { log, print, printJson } from "./output.ts";
import { progressBars } from "./progress.ts";
import { IncompleteError } from "./run.ts";

/** The flags of every command that writes a folder. */
export interface OutputFlags {
  queue?: string;
  store?: string;
  shard?: number;
  /** Threads; some commands have none. */
  workers?: number;
  out: string;
  overwrite?: boolean;
  json?: boolean;
  quiet?: boolean;
}

/** What a record becomes. */
export interface Reporter<R> {
  /** The files of the folder, by path. */
  files(record: R): Promise<Map<string, Uint8Array | string>>;
  /** The text for a terminal. */
  text(record: R): string;
  /** What --json prints; default results.json. */
  json?(record: R): string;
}

export interface StudyCommand<R> extends Reporter<R> {
  /** Before every line that is said of the run. */
  name: string;
  /** What the folder is; default "report", of which the page is named at the end. */
  kind?: OutputKind;
  /** What the bits of the run follow from, by the names of the flags: a run that was stopped is resumed by the same alone. */
  asked: Readonly<Record<string, unknown>>;
  /** Default one a core. */
  workers?: number;
  /** What the journal counts, in the plural; default "results". */
  unit?: string;
  /** Whether the journal stays when the report is written: a later call with more runs computes only those. */
  keepsJournal?: boolean;
  /** Seconds between the states that long trainings save; default 60. */
  saveSeconds?: number;
  study(run: Required<StudyRun>): Promise<R>;
}

/** The description by which a journal is known: each option as text. */
function description(asked: Readonly<Record<string, unknown>>): RunDescription {
  const said = Object.entries(asked).map(([name, value]) => {
    return [name, typeof value === "number" || typeof value === "string" ? value : canonicalJson(value ?? null)];
  });
  return { version: VERSION, ...Object.fromEntries(said) };
}

/** Where the jobs of a run go: over a queue, or to so many threads. */
function crewOf(
  { queue, store, shard, workers: asked }: OutputFlags,
  workers: number,
  onNotice: (text: string) => void,
): Pick<PoolOptions, "queue" | "workers"> {
  if (queue === undefined) {
    const [orphan] = Object.entries({ store, shard }).find(([, value]) => value !== undefined) ?? [];
    if (orphan) throw new UsageError(`--${orphan}: expected --queue beside it, got none`);
    return { workers };
  }
  if (asked !== undefined) {
    throw new UsageError("--workers: expected none beside --queue, whose workers are processes of blindspot worker");
  }
  const given = { ...(store !== undefined && { store }), ...(shard !== undefined && { shard }) };
  return { queue: { url: queue, ...given, onNotice } };
}

function incomplete(name: string, { images, reasons }: MissingImages): IncompleteError {
  const which = `${images.length === 1 ? "image" : "images"} ${rangesOf(images)}`;
  const again = "the same command with --overwrite tries them again";
  return new IncompleteError(
    `${name}: expected all images, got a report without ${which}: ${reasons.join("; ")}; ${again}`,
  );
}

/** Codes of errors that say what is wrong with the input: the same command would end with the same. */
const REFUSALS: readonly unknown[] = [ERROR_CODES.TYPE, ERROR_CODES.RANGE, ERROR_CODES.OPTION];

/**
 * Runs a study, writes its folder whole or not at all, prints what came out and returns it. What is finished survives a stop. Throws
 * an IncompleteError where images are missing: the folder is written then, and the journal stays.
 */
export async function runStudy<R extends object>(flags: OutputFlags, command: StudyCommand<R>): Promise<R> {
  const { out } = flags;
  const { name, kind = "report", unit = "results" } = command;
  const signal = interruptSignal();
  const silent = flags.json === true || flags.quiet === true;
  const say = (text: string) => {
    if (!silent) log(`${name}: ${text}\n`);
  };
  const bars = progressBars(silent);
  const crew = crewOf(flags, command.workers ?? defaultWorkers(), say);
  let run: Run | undefined;
  let isRefused = false;
  let missing: MissingImages | undefined;
  try {
    const { made, record } = await outputFolder(
      out,
      { overwrite: flags.overwrite === true, kind },
      async (folder) => {
        run = await Run.open(
          { journal: `${out}.journal`, checkpoints: `${out}.checkpoints`, description: description(command.asked) },
          {
            ...crew,
            ...(command.saveSeconds !== undefined && { saveSeconds: command.saveSeconds }),
          },
        );
        if (run.dropped > 0) say(`${out}.journal ended in a cut record, which is dropped`);
        if (await run.hasCheckpoints()) say(`goes on from the state in ${out}.checkpoints`);
        if (run.resumed > 0) say(`goes on from ${out}.journal: ${run.resumed} ${unit} are known`);
        const record = await command.study({ executor: run, signal, onProgress: bars.tell }).catch((error) => {
          isRefused = REFUSALS.includes(codeOf(error));
          throw error;
        });
        bars.stop();
        missing = (record as Pick<RecordHead, "missing">).missing;
        const made = await command.files(record);
        for (const [file, content] of made) await folder.write(file, content);
        return { made, record };
      },
      () => (command.keepsJournal || missing ? run?.close() : run?.finish()) ?? Promise.resolve(),
    );
    const json = () => command.json?.(record) ?? (made.get("results.json") as string);
    const shown = kind === "report" ? `\n${out}/index.html` : out;
    if (flags.json) printJson(json());
    else print(`${command.text(record).trimEnd()}\n${shown}\n`);
    if (missing) throw incomplete(name, missing);
    return record;
  } catch (error) {
    if (error instanceof IncompleteError) throw error;
    // A run whose input was refused has nothing for the next one. What earlier runs left is never removed for an error.
    const isUseless = isRefused && !command.keepsJournal && run?.resumed === 0;
    const kept = isUseless ? 0 : (run?.records ?? 0);
    const hasState = !isUseless && (await run?.hasCheckpoints()) === true;
    await (kept > 0 || hasState ? run?.close() : run?.finish());
    if (kept > 0) say(`${kept} ${unit} are kept in ${out}.journal; the same command goes on from there`);
    else if (hasState) say(`the state is kept in ${out}.checkpoints; the same command goes on from there`);
    throw error;
  } finally {
    bars.stop();
  }
}
