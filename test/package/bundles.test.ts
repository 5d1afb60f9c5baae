/**
 * The installed package through five bundlers: what comes out runs, and prints what the package itself prints. Without
 * their names under `sideEffects`, the entries that bring the kernels lose them here.
 */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BUNDLERS } from "./bundlers.ts";
import { install, ROOT } from "./installed.ts";
import { PROGRAMS, type Program, STUDIES, verification } from "./programs.ts";

const { CHROMIUM } = await import(new URL("../../scripts/browsers.mjs", import.meta.url).href);
const ROOT_PROGRAM = (PROGRAMS["."] as Program).source;
const run = promisify(execFile);

let folder: string;
let home: string;
const expected = new Map<string, Promise<string>>();

/** What a program prints. */
async function printed(file: string): Promise<string> {
  const env = { ...process.env, KERNELS: join(home, "build/blindspot.wasm"), MODEL: join(ROOT, "models/fc10-1e-4") };
  return (await run(process.execPath, [file], { env, cwd: folder })).stdout;
}

const fileOf = (entry: string): string => join(folder, `${entry.replace("./", "").replace(".", "root")}.mjs`);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "blindspot-bundles-"));
  home = install(folder);
  for (const [entry, { source }] of Object.entries(PROGRAMS)) writeFileSync(fileOf(entry), source);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const [name, { missing, bundle }] of Object.entries(BUNDLERS)) {
  describe.concurrent(missing ? `${name} (skipped: ${missing})` : name, { skip: missing !== undefined }, () => {
    const outputOf = (entry: string): string => fileOf(entry).replace(/\.mjs$/, `.${name.replace(" ", "-")}.mjs`);
    beforeAll(async () => {
      if (missing) return;
      const tasks = Object.entries(PROGRAMS).map(([entry, { external = [] }]) => ({
        ...{ entry: fileOf(entry), output: outputOf(entry), external },
      }));
      await bundle(tasks);
    }, 600_000);
    for (const entry of Object.keys(PROGRAMS)) {
      test(`blindspot${entry.slice(1)} runs when it is bundled`, async () => {
        if (!expected.has(entry)) expected.set(entry, printed(fileOf(entry)));
        const [line, output] = await Promise.all([expected.get(entry), printed(outputOf(entry))]);
        expect(line).toMatch(/\d,/);
        expect(output).toBe(line);
      });
    }
  });
}

let pages = 0;

/** Bundles the attack for a page; which modules went in. */
async function bundled(options: BuildOptions, source = ROOT_PROGRAM) {
  const entry = join(folder, `page-${pages++}.mjs`);
  writeFileSync(entry, source);
  const settings = { bundle: true, format: "esm", platform: "browser", metafile: true, write: false } as const;
  const { metafile, outputFiles = [] } = await build({ ...settings, entryPoints: [entry], ...options });
  const outputs = Object.values(metafile?.outputs ?? {}).flatMap(({ inputs }) => Object.entries(inputs));
  const modules = outputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0).map(([path]) => path);
  return { code: outputFiles[0]?.text ?? "", modules };
}

test.concurrent("a page gets nothing that only the command needs", async () => {
  const { modules } = await bundled({});
  const packages = new Set(modules.map((path) => /node_modules\/(?!blindspot\/)([^/]+)/.exec(path)?.[1]));
  packages.delete(undefined);
  expect([...packages].sort()).toEqual(["valibot"]);
  const folders = new Set(modules.map((path) => /blindspot\/dist\/(\w+)\//.exec(path)?.[1]));
  for (const name of ["cli", "jobs", "node", "report", "paper", "studies"]) expect(folders).not.toContain(name);
  expect(modules.some((path) => path.endsWith("wasm/bytes.js"))).toBe(true);
});

test.concurrent("the optimisers come with their own kernels alone, in at most 48 KB", async () => {
  const { code, modules } = await bundled({ minify: true }, (PROGRAMS["./optimize"] as Program).source);
  expect(
    modules.filter((path) => /wasm\/(solver-)?bytes\.js$/.test(path)).map((path) => path.split("/").at(-1)),
  ).toEqual(["solver-bytes.js"]);
  expect(modules.filter((path) => /dist\/(model|attacks)\//.test(path))).toEqual([]);
  expect(code.length).toBeLessThan(48_000);
});

test.concurrent("readers of GraphModels and ONNX are loaded when such a model comes, in at most 25 KB gzipped together", async () => {
  const entry = join(folder, "reading.mjs");
  writeFileSync(entry, 'export { loadNetwork } from "blindspot";\n');
  const { metafile, outputFiles } = await build({
    ...{ entryPoints: [entry], bundle: true, splitting: true, minify: true, format: "esm", platform: "browser" },
    ...{ outdir: join(folder, "split"), metafile: true, write: false },
  });
  const chunks = Object.entries(metafile.outputs).map(([path, { entryPoint = "", inputs }]) => {
    const { contents } = outputFiles.find((file) => file.path.endsWith(basename(path))) as (typeof outputFiles)[number];
    return { entryPoint, modules: Object.keys(inputs), size: gzipSync(contents, { level: 9 }).length };
  });
  const first = chunks.find(({ entryPoint }) => entryPoint.endsWith("reading.mjs"));
  expect(first?.modules.filter((path) => /formats\/(onnx|layout|lower|tfjs\/graph-model)\//.test(path))).toEqual([]);
  const readers = chunks.filter(({ entryPoint }) => entryPoint.endsWith("reader.js"));
  expect(readers).toHaveLength(2);
  expect(readers.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(25_000);
});

test.concurrent("at the edge, where workerd is the condition, blindspot is blindspot/slim", async () => {
  const { modules } = await bundled({ conditions: ["workerd"] });
  expect(modules.some((path) => path.endsWith("wasm/kernels.js") || path.endsWith("wasm/module.js"))).toBe(true);
  expect(modules.filter((path) => path.endsWith("wasm/bytes.js"))).toEqual([]);
});

const without = CHROMIUM ? "" : " (skipped: Chromium is not installed: apt-get install chromium)";

/** What a bundle of a program shows in Chromium where it would print. The kernels are compiled first, as a page has to. */
async function shownInChromium(source: string): Promise<string | undefined> {
  const { code } = await bundled(
    {},
    `import { initialize } from "blindspot";\n${source
      .replace(/^((?:import .*\n)+)/, "$1await initialize();\n")
      .replace("console.log(", "document.body.textContent = (")}`,
  );
  expect(code).not.toContain("</script");
  const number = pages++;
  const page = join(folder, `page-${number}.html`);
  writeFileSync(page, `<!doctype html><meta charset="utf-8"><body>nothing yet<script type="module">${code}</script>`);
  const flags = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    `--user-data-dir=${join(folder, `chromium-${number}`)}`,
  ];
  const { stdout } = await run(CHROMIUM as string, [...flags, "--virtual-time-budget=20000", "--dump-dom", page], {
    maxBuffer: 2 ** 26, // the page holds the bundle
  });
  return /<body>([^<]*)/.exec(stdout)?.[1];
}

test.concurrent(`a bundle finds the same in Chromium${without}`, { skip: !CHROMIUM }, async () => {
  expected.set(".", expected.get(".") ?? printed(fileOf(".")));
  const [shown, line] = await Promise.all([shownInChromium(ROOT_PROGRAM), expected.get(".")]);
  expect(shown).toBe(line?.trim());
});

test.concurrent("the studies go into a page: a bundle for browsers has them without a module of Node", async () => {
  const { modules } = await bundled({}, STUDIES);
  for (const name of ["attack", "bench-attacks", "transfer", "pockets", "stability", "units"]) {
    expect(modules.some((path) => path.endsWith(`blindspot/dist/studies/${name}/study.js`))).toBe(true);
  }
  const folders = new Set(modules.map((path) => /blindspot\/dist\/(\w+)\//.exec(path)?.[1]));
  for (const name of ["cli", "jobs", "node", "report"]) expect(folders).not.toContain(name);
});

test.concurrent(`the studies have the same records in Chromium${without}`, { skip: !CHROMIUM }, async () => {
  const file = join(folder, "studies.mjs");
  writeFileSync(file, STUDIES);
  const [shown, records] = await Promise.all([shownInChromium(STUDIES), printed(file)]);
  expect(records.match(/[a-z-]+ [0-9a-f]{64}/g)).toHaveLength(7);
  expect(shown).toBe(records.trim());
});

test.concurrent(`golden digests and a record are verified in Chromium as in Node${without}`, {
  skip: !CHROMIUM,
}, async () => {
  const source = verification(readFileSync(join(ROOT, "goldens.json"), "utf8"));
  const file = join(folder, "verification.mjs");
  writeFileSync(file, source);
  const [shown, line] = await Promise.all([shownInChromium(source), printed(file)]);
  const [machine, whole, sample, forged] = JSON.parse(line);
  expect(machine).toMatchObject({ differing: [], unknown: [], missing: [] });
  expect(machine.count).toBeGreaterThan(500);
  expect([whole, sample]).toMatchObject([
    { isIntact: true, differences: [], madeBy: [] },
    { isIntact: true, differences: [], sampled: [expect.any(Number), expect.any(Number)] },
  ]);
  expect(forged).toMatchObject({ isIntact: false, differences: [{ path: "keptAt8Bits" }] });
  expect(shown).toBe(line.trim());
});
