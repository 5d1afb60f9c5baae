/**
 * Times functions side by side. Rounds are interleaved, so that a change of clock or a busy neighbour meets every
 * contestant alike; what counts is the median over rounds, and the spread says how far to trust it.
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { setFlagsFromString } from "node:v8";

// Straight to optimised code: on a busy machine the compiler may take longer in the background than a bench runs.
setFlagsFromString("--no-liftoff");

/** Milliseconds a contestant runs in one round. */
const SLICE = 12;
const ROUNDS = 21;

/** Seconds a call: median, first and third quartile over the rounds.   contestants  { name: () => void } */
export function race(contestants, { rounds = ROUNDS, slice = SLICE, clock = () => performance.now() } = {}) {
  const runners = Object.entries(contestants).map(([name, call]) => ({
    name,
    call,
    repeats: calibrate(call, slice, clock),
    times: [],
  }));
  for (let round = 0; round < rounds; round++) {
    for (const runner of runners) runner.times.push(time(runner.call, runner.repeats, clock));
  }
  return Object.fromEntries(runners.map(({ name, times }) => [name, summarize(times)]));
}

/** `race` between functions that return promises.   contestants  { name: () => Promise } */
export async function raceAsync(contestants, { rounds = ROUNDS, slice = SLICE, clock = () => performance.now() } = {}) {
  const timeOf = async (call, repeats) => {
    const start = clock();
    for (let i = 0; i < repeats; i++) await call();
    return (clock() - start) / 1000 / repeats;
  };
  const runners = [];
  for (const [name, call] of Object.entries(contestants)) {
    let repeats = 1;
    for (;;) {
      const total = (await timeOf(call, repeats)) * repeats * 1000;
      if (total > slice) {
        repeats = Math.max(1, Math.round((repeats * slice) / total));
        break;
      }
      repeats *= 2;
    }
    runners.push({ name, call, repeats, times: [] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { call, repeats, times } of runners) times.push(await timeOf(call, repeats));
  }
  return Object.fromEntries(runners.map(({ name, times }) => [name, summarize(times)]));
}

/** Milliseconds of processor time: a clock for calls so long that a busy neighbour meets most of them. */
export function processorTime() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** How many calls fill a slice, after a warm-up that lets the engine's optimising compiler finish. */
function calibrate(call, slice, clock) {
  let repeats = 1;
  for (;;) {
    const total = time(call, repeats, clock) * repeats * 1000;
    if (total > slice) return Math.max(1, Math.round((repeats * slice) / total));
    repeats *= 2;
  }
}

function time(call, repeats, clock) {
  const start = clock();
  for (let i = 0; i < repeats; i++) call();
  return (clock() - start) / 1000 / repeats;
}

function summarize(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (q) => sorted[Math.round(q * (sorted.length - 1))];
  return { median: at(0.5), low: at(0.25), high: at(0.75) };
}

/** Half the distance between the quartiles over the median, in percent. */
export function spread({ median, low, high }) {
  return (50 * (high - low)) / median;
}

/** Machine, runtime and commit: what a figure means nothing without. */
export function header(title) {
  const git = (...args) => {
    try {
      return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return "";
    }
  };
  const commit = git("rev-parse", "--short", "HEAD") || "no commit";
  const dirty = git("status", "--porcelain", "--untracked-files=no") ? "+" : "";
  const cpu = cpus()[0]?.model.replace(/\s+/g, " ").trim() ?? "unknown processor";
  return `${title} | ${cpu}, ${process.arch} | node ${process.versions.node}, v8 ${process.versions.v8} | ${commit}${dirty}`;
}

/** Prints the lines, and writes them with a date to the file named after `--out`, if there is one. */
export function report(lines, results) {
  for (const line of lines) console.log(line);
  const at = process.argv.indexOf("--out");
  if (at < 0) return;
  const file = process.argv[at + 1];
  if (!file) throw new Error("--out: expected a file name, got nothing");
  writeFileSync(file, `${JSON.stringify({ date: new Date().toISOString(), header: lines[0], results }, null, 2)}\n`);
}
