/**
 * Extends bench/history.json by what peers.bench.mjs measures of this commit, and draws all entries to bench/history.svg. An
 * entry says the commit, the date, the machine and its peak: compare ratios, across machines with care.
 *
 *     npm run bench:history              builds, measures, extends
 *     node bench/history.mjs --plot      draws only
 *
 * A tree with uncommitted changes is refused, since no commit would say what was measured.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { historyPlot } from "./history-plot.mjs";

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const git = (...args) => execFileSync("git", args, { cwd: here("."), encoding: "utf8" }).trim();

/** Throws where git tells of changes.   status  what `git status --porcelain` prints */
export function requireClean(status) {
  if (status !== "") throw new Error(`history: expected a tree without changes, got\n${status}`);
}

/** An entry of what the bench wrote.   written  { date, header, results } */
export function entryOf({ date, header, results }, commit) {
  const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const ratios = {};
  const peaks = [];
  for (const [model, passes] of Object.entries(results)) {
    for (const [pass, { peak, seconds }] of Object.entries(passes)) {
      const { blindspot, ...peers } = seconds;
      peaks.push(peak);
      ratios[`${model}, ${pass}`] = Object.fromEntries(
        Object.entries(peers).map(([peer, time]) => [peer, Number((time / blindspot).toFixed(3))]),
      );
    }
  }
  const [, machine, runtime] = header.split(" | ");
  return { commit, date, machine, runtime, peak: Number(median(peaks).toFixed(1)), ratios };
}

function measure() {
  const folder = mkdtempSync(join(tmpdir(), "blindspot-history-"));
  try {
    const file = join(folder, "peers.json");
    execFileSync(process.execPath, [here("peers.bench.mjs"), "--out", file], { stdio: "inherit" });
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [file, drawing] = [here("history.json"), here("history.svg")];
  const entries = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
  if (!process.argv.includes("--plot")) {
    requireClean(git("status", "--porcelain"));
    entries.push(entryOf(measure(), git("rev-parse", "HEAD")));
    writeFileSync(file, `${JSON.stringify(entries, null, 2)}\n`);
  }
  if (entries.length === 0) throw new Error("history: expected an entry at least, got none");
  writeFileSync(drawing, historyPlot(entries));
}
