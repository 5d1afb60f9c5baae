/**
 * The digests of every command that analyses a model, on the shipped ones, to be compared between engines:
 *
 *     npm run build && node scripts/engines.mjs scripts/attack-digest.mjs
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands } from "../dist/cli/commands.js";
import { run } from "../dist/cli/run.js";

const RUNS = [
  ["attack", "--count", "40", "--target", "next", "--workers", "1"],
  ["attack", "--count", "40", "--target", "next", "--workers", "2"], // on threads, with the digest of the line above
  ["attack", "--count", "20", "--target", "random", "--seed", "7"],
  ["attack", "--count", "4", "--target", "all"],
  ["attack", "--count", "4", "--target", "next", "--effort", "thorough"],
  ["transfer", "--from", "fc100-100-10,fc10-1e-4", "--count", "20", "--amplify", "0.1", "--noise", "0.1,0.3"],
  ["stability", "--data", "mnist:test", "--count", "20"],
  ["stability", "--model", "initial:mnist-convnet", "--workers", "2"],
  ["units", "--count", "500", "--directions", "32", "--between", "4-9", "--show", "2", "--iterations", "20"],
];

const folder = mkdtempSync(join(tmpdir(), "blindspot-digest-"));
const silent = { stdout: { write: () => true }, stderr: process.stderr };
try {
  for (const [i, flags] of RUNS.entries()) {
    const out = join(folder, String(i));
    const write = process.stdout.write;
    process.stdout.write = () => true; // the summary tells the time, which differs
    const code = await run([...flags, "--out", out, "--quiet"], commands(), silent);
    process.stdout.write = write;
    if (code !== 0) process.exit(code);
    const {
      digest,
      summary,
      sources = summary ? [summary] : [],
    } = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
    const found = sources.map(({ found, attacked }) => `${found} of ${attacked}, `).join("");
    console.log(`${flags.join(" ")}: ${found}${digest}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
