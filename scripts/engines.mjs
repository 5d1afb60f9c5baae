/**
 * Runs a script under Node, Deno and Bun and compares what they print, byte for byte.
 *
 *     node scripts/engines.mjs scripts/goldens.mjs [arguments]
 *
 * Deno and Bun come from npm, into engines/: a folder of its own, so that who installs the package installs neither.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../engines", import.meta.url));
const ENDING = process.platform === "win32" ? ".cmd" : "";

/** Each engine by name: its command, and what stands before the script. */
export const ENGINES = {
  node: { command: process.execPath, before: [] },
  deno: { command: binary("deno"), before: ["run", "--allow-all", "--quiet"] },
  bun: { command: binary("bun"), before: ["run"] },
};

function binary(name) {
  return `${FOLDER}/node_modules/.bin/${name}${ENDING}`;
}

/** Installs Deno and Bun as engines/package-lock.json has them, unless they are there. */
export function installEngines() {
  if (Object.values(ENGINES).every(({ command }) => existsSync(command))) return;
  execFileSync("npm", ["ci", "--prefix", FOLDER, "--no-audit", "--no-fund"], {
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
}

/** What a script prints under each engine, by name. Throws where it fails. */
export function runEverywhere(script, args = []) {
  installEngines();
  return Object.fromEntries(
    Object.entries(ENGINES).map(([name, { command, before }]) => {
      const output = execFileSync(command, [...before, script, ...args], {
        encoding: "utf8",
        maxBuffer: 2 ** 28,
        stdio: ["ignore", "pipe", "inherit"],
        // Its update check would be the only line that differs, and the only one over the network.
        env: { ...process.env, DENO_NO_UPDATE_CHECK: "1" },
      });
      return [name, output];
    }),
  );
}

/**
 * The first line in which an engine differs from Node, or undefined.
 *
 * @param {Record<string, string>} outputs from runEverywhere
 */
export function firstDifference({ node, ...others }) {
  const expected = node.split("\n");
  for (const [name, output] of Object.entries(others)) {
    const lines = output.split("\n");
    for (let i = 0; i < Math.max(lines.length, expected.length); i++) {
      if (lines[i] !== expected[i]) return `line ${i + 1}: node has "${expected[i]}", ${name} has "${lines[i]}"`;
    }
  }
  return undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [script, ...args] = process.argv.slice(2);
  if (!script) {
    console.error("engines: expected a script to run, got none");
    process.exit(2);
  }
  const outputs = runEverywhere(script, args);
  const difference = firstDifference(outputs);
  if (difference !== undefined) {
    console.error(`${script}: ${difference}`);
    process.exit(1);
  }
  process.stdout.write(outputs.node);
  console.log(`the same under ${Object.keys(outputs).join(", ")}`);
}
