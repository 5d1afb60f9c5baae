/** What `npm install blindspot` brings: few packages, little of the disk, every file that something in it points to. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { dependencies, install, ROOT, unpackedSize } from "./installed.ts";

const MOST_PACKAGES = 25;
const MOST_BYTES = 20e6;

let folder: string;
let home: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "blindspot-install-"));
  home = install(folder);
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test(`is at most ${MOST_PACKAGES} packages and ${MOST_BYTES / 1e6} MB`, () => {
  const others = dependencies();
  expect(others.length).toBeGreaterThan(5);
  expect(others.length + 1).toBeLessThanOrEqual(MOST_PACKAGES);
  const bytes = others.reduce((sum, path) => sum + unpackedSize(join(ROOT, path)), unpackedSize(home));
  expect(bytes).toBeGreaterThan(5e6); // the models alone
  expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
});

test("has every entry and its types, and every file that a README or a map names", () => {
  const { exports, bin } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const targets = (value: unknown): string[] =>
    typeof value === "string" ? [value] : Object.values(value as object).flatMap(targets);
  const named = [...targets(exports), ...targets(bin)];
  expect(named.length).toBeGreaterThan(14);
  const links = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].flatMap((file) =>
    [...readFileSync(join(home, file), "utf8").matchAll(/\]\(([^)#\s]+)/g)].map(([, link]) => link as string),
  );
  named.push(...links.filter((link) => !/^https?:/.test(link)));
  expect(named.filter((path) => !existsSync(join(home, path)))).toEqual([]);
});

test("has of the modules and types what an entry reaches, whole, and nothing else", () => {
  const dist = join(home, "dist");
  const { exports } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
  const named = [...JSON.stringify(exports).matchAll(/"\.\/dist\/(.*?)"/g)].map(([, path]) => path as string);
  const shipped = readdirSync(dist, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => /\.(?:js|d\.ts)$/.test(path) && !/^(?:bundle|browser)\//.test(path));
  expect(shipped.length).toBeGreaterThan(500);
  const reached = new Set(named);
  for (const path of shipped) {
    const [, kind] = /(\.js|\.d\.ts)$/.exec(path) as unknown as [string, string];
    const text = readFileSync(join(dist, path), "utf8");
    for (const [, link] of text.matchAll(/(?:from|import)\s*\(?\s*["'](\.[^"']+)["']/g)) {
      reached.add(
        join(dirname(path), link as string)
          .replaceAll("\\", "/")
          .replace(/\.[jt]s$/, kind),
      );
    }
  }
  expect([...reached].filter((path) => !existsSync(join(dist, path)))).toEqual([]);
  expect(shipped.filter((path) => !reached.has(path))).toEqual([]);
});

test("has declaration maps whose sources are there, so that an editor goes to the source", () => {
  const maps = readdirSync(join(home, "dist"), { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".map"),
  );
  expect(maps.length).toBeGreaterThan(100);
  const missing = maps.flatMap((path) => {
    const file = join(home, "dist", path);
    const { sources } = JSON.parse(readFileSync(file, "utf8")) as { sources: string[] };
    return sources.map((source) => join(dirname(file), source)).filter((source) => !existsSync(source));
  });
  expect(missing).toEqual([]);
});

test("types the entries and the bytes of the kernels for a project of either resolution", () => {
  writeFileSync(
    join(folder, "use.ts"),
    `import wasm from "blindspot/kernels.wasm";
import { initialize, type AttackResult, lbfgsAttack, Network } from "blindspot";
import { initialize as start } from "blindspot/slim";
import { minimize, type Result } from "blindspot/optimize";
import { readNpy } from "blindspot/data";
import { loadNetwork } from "blindspot/node";
const module: WebAssembly.Module = wasm;
export const ready: Promise<void>[] = [initialize(), start(module)];
export const found = async (network: Network): Promise<AttackResult> =>
  lbfgsAttack(network, { rows: new Float32Array(4), labels: [1] });
export const best: Result = minimize((x, g) => ((g[0] = 2 * x[0]!), x[0]! * x[0]!), [1]);
export { loadNetwork, readNpy };
// @ts-expect-error an option that there is not
export const wrong = async (network: Network) => lbfgsAttack(network, { rows: new Float32Array(4), labels: [1], efort: "fast" });
`,
  );
  const tsc = join(ROOT, "node_modules", ".bin", process.platform === "win32" ? "tsc.cmd" : "tsc");
  for (const module of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ] as const) {
    const flags = [
      "--noEmit",
      "--strict",
      "--target",
      "es2023",
      "--lib",
      "es2023,dom",
      "--types",
      "",
      "--skipLibCheck",
    ];
    execFileSync(tsc, [...flags, "--module", module[0], "--moduleResolution", module[1], "use.ts"], {
      cwd: folder,
      stdio: ["ignore", "inherit", "inherit"],
      shell: process.platform === "win32",
    });
  }
});
