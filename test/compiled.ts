/**
 * A module of src/ (or of test/) as JavaScript that a process of its own can run: Node 20 runs no TypeScript, and some
 * claims (what is left after an exit, what Ctrl-C does) can only be tested from outside.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { onTestFinished } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Compiles `entry`, relative to the repository, with what it imports; returns the URL of the JavaScript. */
export function compiled(entry: string): string {
  mkdirSync(join(ROOT, "build"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, "build", "compiled-")); // inside the repository, so that packages are found
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json")); // read by what tells the version
  const config = {
    extends: "../../tsconfig.json",
    compilerOptions: { noEmit: false, noCheck: true, rootDir: "../..", outDir: "." },
    include: [],
    files: [`../../${entry}`],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  execFileSync(process.execPath, [join(ROOT, "node_modules/typescript/bin/tsc"), "-p", folder], { stdio: "pipe" });
  return pathToFileURL(join(folder, entry.replace(/\.ts$/, ".js"))).href;
}
