/**
 * The digests of the attack command on the shipped model, to be compared between engines:
 *
 *     npm run build && node scripts/engines.mjs scripts/attack-digest.mjs
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands } from "../dist/cli/commands.js";
import { run } from "../dist/cli/run.js";

const RUNS = [
  ["--count", "40", "--target", "next", "--workers", "1"],
  ["--count", "40", "--target", "next", "--workers", "2"], // on threads, with the digest of the line above
  ["--count", "20", "--target", "random", "--seed", "7"],
  ["--count", "4", "--target", "all"],
  ["--count", "4", "--effort", "thorough"],
];

const folder = mkdtempSync(join(tmpdir(), "blindspot-digest-"));
const silent = { stdout: { write: () => true }, stderr: process.stderr };
try {
  for (const [i, flags] of RUNS.entries()) {
    const out = join(folder, String(i));
    const write = process.stdout.write;
    process.stdout.write = () => true; // the summary tells the time, which differs
    const code = await run(
      ["attack", "--model", "fc100-100-10", ...flags, "--out", out, "--quiet"],
      commands(),
      silent,
    );
    process.stdout.write = write;
    if (code !== 0) process.exit(code);
    const { digest, summary } = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
    console.log(`attack ${flags.join(" ")}: ${summary.succeeded} of ${summary.attacked}, ${digest}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
