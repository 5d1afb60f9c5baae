/** The package as a user has it: packed, and unpacked into the node_modules of a folder of its own, without a network. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

interface Locked {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/** The folders that `npm install blindspot` brings: what package-lock.json has from the dependencies on, for this platform. */
export function dependencies(): string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Record<string, Locked>;
  };
  const found = new Set<string>();
  const visit = (from: string): void => {
    const { dependencies = {}, optionalDependencies = {} } = packages[from] as Locked;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      const nested = `${from}${from === "" ? "" : "/"}node_modules/${name}`;
      const path = nested in packages ? nested : `node_modules/${name}`;
      if (found.has(path) || !existsSync(join(ROOT, path))) continue; // native packages of other platforms are not there
      found.add(path);
      visit(path);
    }
  };
  visit("");
  return [...found];
}

/** The files and folders that a package is made of, as package.json has them, and those that npm always takes. */
function parts(): string[] {
  const { files } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { files: string[] };
  return ["package.json", "README.md", "LICENSE", ...files.filter((path) => !path.startsWith("!"))];
}

/** What the package would be packed of: every file with its size and the time it was written. */
function state(): string {
  const hash = createHash("sha256");
  const add = (path: string): void => {
    const stat = statSync(path);
    if (stat.isDirectory()) for (const name of readdirSync(path).sort()) add(join(path, name));
    else hash.update(`${path} ${stat.size} ${stat.mtimeMs}\n`);
  };
  for (const path of parts()) add(join(ROOT, path));
  return hash.digest("hex");
}

/** The package as npm packs it. That takes it ten seconds: as long as no file changes, the tests share one. */
function packed(): string {
  const folder = join(ROOT, "build", "packed");
  const tarball = join(folder, `${state()}.tgz`);
  if (existsSync(tarball)) return tarball;
  const others = existsSync(folder) ? readdirSync(folder) : [];
  const place = mkdtempSync(join(tmpdir(), "blindspot-pack-"));
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["pack", "--ignore-scripts", "--silent", "--offline", "--pack-destination", place], {
    cwd: ROOT,
    stdio: ["ignore", "ignore", "inherit"],
    shell: process.platform === "win32",
  });
  mkdirSync(folder, { recursive: true });
  // Under its name once it is whole, for others that look for it.
  const whole = `${tarball}.${process.pid}`;
  copyFileSync(join(place, readdirSync(place).find((name) => name.endsWith(".tgz")) as string), whole);
  renameSync(whole, tarball);
  for (const name of others) rmSync(join(folder, name), { force: true });
  rmSync(place, { recursive: true });
  return tarball;
}

/** Unpacks the package into `folder`/node_modules/blindspot, links beside it to what it depends on. */
export function install(folder: string): string {
  const home = join(folder, "node_modules", "blindspot");
  mkdirSync(home, { recursive: true });
  execFileSync("tar", ["xzf", packed(), "-C", home, "--strip-components=1"]);
  for (const path of [...dependencies(), "node_modules/@tensorflow"]) {
    const link = join(folder, path);
    if (path.indexOf("node_modules", 1) > 0 || existsSync(link)) continue; // nested ones are found behind the link
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, path), link, "dir");
  }
  return home;
}

/** The bytes of all files of a package, as npm counts its unpacked size. */
export function unpackedSize(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((bytes, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return bytes + (entry.name === "node_modules" ? 0 : unpackedSize(path));
    return bytes + statSync(path).size;
  }, 0);
}
