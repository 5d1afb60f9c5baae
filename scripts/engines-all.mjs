/**
 * The same bits in every engine: runs one program (scripts/every-engine/program.mjs) in Node, Deno and Bun, in Chromium and Firefox
 * without a window, and in Deno for arm64 under qemu-user, and compares what they computed with goldens.json, with Node, and with the
 * digest of the main job in the README.
 *
 *     npm run build && node scripts/engines-all.mjs [names of engines]
 *
 * An engine that is not installed is named, with what installs it, and left out.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { CHROMIUM, FIREFOX, INSTALLS } from "./browsers.mjs";
import { ENGINES, installEngines } from "./engines.mjs";
import { serve } from "./every-engine/server.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const ARM64 = fileURLToPath(new URL("../engines/arm64", import.meta.url));
const ARM64_LIBRARIES = "/usr/aarch64-linux-gnu";
const ARM64_DENO = `${ARM64}/node_modules/@deno/linux-arm64-glibc/deno`;

/**
 * V8 reserves 8 GB of addresses for every memory of Wasm that may grow to its limit, and qemu keeps a note of each page: 32 MB and a
 * tenth of a second for every network. With a lower limit V8 reserves no more than that.
 */
const MEMORIES = "--v8-flags=--wasm-max-mem-pages=2048";

const firstOf = (...paths) => paths.find(existsSync);
const QEMU = existsSync(`${ARM64_LIBRARIES}/lib/ld-linux-aarch64.so.1`) ? firstOf("/usr/bin/qemu-aarch64") : undefined;

const EMULATED = "deno on arm64";

/**
 * Engines by name: the words of the command that runs the program, `folder` being one of its own for what it keeps; or what installs
 * the engine, where it is missing.
 */
function engines() {
  const plain = ({ command, before }) => ({
    words: ({ program, url }) => [command, ...before, program, url],
  });
  const arm64 = ["-L", ARM64_LIBRARIES, ARM64_DENO, ...ENGINES.deno.before, MEMORIES];
  return {
    ...Object.fromEntries(Object.entries(ENGINES).map(([name, engine]) => [name, plain(engine)])),
    chromium: CHROMIUM
      ? {
          words: ({ url, folder }) => [
            ...[CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"],
            ...[`--user-data-dir=${folder}`, url],
          ],
        }
      : { missing: INSTALLS.chromium },
    firefox: FIREFOX
      ? { words: ({ url, folder }) => [FIREFOX, "--headless", "--no-remote", "--profile", folder, url] }
      : { missing: INSTALLS.firefox },
    [EMULATED]: QEMU
      ? { words: ({ program, url }) => [QEMU, ...arm64, program, `${url}?small`], prepare: installArm64 }
      : { missing: "apt-get install qemu-user libc6-arm64-cross libgcc-s1-arm64-cross libstdc++6-arm64-cross" },
  };
}

/** Installs Deno for arm64 as engines/arm64/package-lock.json has it; npm takes it for another processor's only by force. */
function installArm64() {
  if (existsSync(ARM64_DENO)) return;
  execFileSync("npm", ["ci", "--force", "--no-audit", "--no-fund"], {
    cwd: ARM64,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/**
 * Runs the program in one engine and gives the text that it posts, or what went wrong. The engine is ended: a browser would stay open.
 *
 * @param {any} engine
 */
async function textFrom({ words, prepare = () => {} }, source, program) {
  prepare();
  const server = await serve(source);
  const folder = mkdtempSync(join(tmpdir(), "blindspot-engine-"));
  const [command, ...args] = words({ program, url: server.url, folder });
  const child = spawn(command, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, DENO_NO_UPDATE_CHECK: "1", NO_PROXY: "127.0.0.1" },
  });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said = (said + chunk).slice(-2000);
  });
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve(`failed: ${error.message}`));
    child.on("close", (code) => resolve(`failed: it ended with ${code} before it posted anything\n${said}`));
  });
  try {
    return await Promise.race([server.posted, ended]);
  } finally {
    child.kill();
    await ended;
    server.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

const MAIN_JOB = /The digest of the main job: `([0-9a-f]{64})`/.exec(
  readFileSync(new URL("../README.md", import.meta.url), "utf8"),
)?.[1];

/** What is wrong with an engine's lines: those on goldens, and the digest of the main job. */
function faultsOf(lines) {
  const [goldens = "", ...others] = lines;
  const [, same, count] = /^golden digests: (\d+) of (\d+) /.exec(goldens) ?? [];
  const isSame = count !== undefined && same === count;
  return [
    ...(isSame ? [] : lines.slice(0, 10)),
    ...(isSame && !others.includes(`the main job: ${MAIN_JOB}`) ? ["the main job: expected the README's digest"] : []),
  ];
}

/** The first line of an engine's studies that Node has otherwise. A small run has fewer of them. */
function differenceOf(outputs) {
  const { node, ...others } = outputs;
  const known = node.split("\n").slice(1);
  for (const [name, output] of Object.entries(others)) {
    const line = output
      .split("\n")
      .slice(1)
      .find((one) => !known.includes(one));
    if (line !== undefined) return `${name}: "${line}", which node has otherwise`;
  }
  return undefined;
}

/** Runs the program in an engine, and says how that went. Gives its text, or undefined where it is not installed. */
async function run(name, engine, source, program) {
  if ("missing" in engine) {
    console.log(`${name}: NOT RUN, since it is not installed here (${engine.missing})`);
    return undefined;
  }
  const started = performance.now();
  const text = await textFrom(engine, source, program);
  const lines = text.split("\n");
  const faults = faultsOf(lines);
  for (const fault of faults) console.error(`${name}: ${fault}`);
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  if (faults.length === 0) console.log(`${name}: ${lines[0]}; ${lines.length - 1} studies, ${seconds} s`);
  else process.exitCode = 1;
  return text;
}

const place = mkdtempSync(join(tmpdir(), "blindspot-engines-"));
try {
  installEngines();
  const { outputFiles } = await build({
    ...{ entryPoints: [`${HERE}every-engine/program.mjs`], bundle: true, format: "esm", platform: "browser" },
    ...{ target: "es2022", write: false, logLevel: "error" },
  });
  const [{ text: source }] = outputFiles;
  const program = join(place, "program.mjs");
  writeFileSync(program, source);
  const asked = process.argv.slice(2);
  const known = engines();
  const unknown = asked.find((name) => !Object.hasOwn(known, name));
  if (unknown !== undefined) {
    throw new Error(`engines: expected some of ${Object.keys(known).join(", ")}, got ${JSON.stringify(unknown)}`);
  }
  const isAsked = (name) => asked.length === 0 || name === "node" || asked.includes(name);
  const outputs = {};
  const runs = async (list) => {
    for (const [name, engine] of list) outputs[name] = await run(name, engine, source, program);
  };
  const list = Object.entries(known).filter(([name]) => isAsked(name));
  // What is emulated takes as long as all others together.
  await Promise.all([
    runs(list.filter(([name]) => name === EMULATED)),
    runs(list.filter(([name]) => name !== EMULATED)),
  ]);
  const texts = Object.fromEntries(Object.entries(outputs).filter(([, text]) => text !== undefined));
  const difference = differenceOf(texts);
  if (difference !== undefined) {
    console.error(difference);
    process.exitCode = 1;
  } else console.log(`the same in ${Object.keys(texts).join(", ")}`);
} finally {
  rmSync(place, { recursive: true, force: true });
}
