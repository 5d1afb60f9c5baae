/**
 * Runs once before the tests that run dist/: builds it where a file of src/ is younger, so that no thread and no command
 * under test is of other code than lies here.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** When each file of a folder with that ending was written, by its path without the ending. */
function timesOf(folder: string, ending: string): Map<string, number> {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ending));
  return new Map(names.map((name) => [name.slice(0, -ending.length), statSync(join(folder, name)).mtimeMs]));
}

/** What of dist/ is made of all sources at once. */
const BUNDLES = [join("bundle", ""), join("browser", "")];

/** Whether dist/ holds the JavaScript of each file of src/ and the bundles, none older than any source, and nothing else. */
export function isFresh(root: string): boolean {
  if (BUNDLES.some((folder) => !existsSync(join(root, "dist", folder)))) return false;
  const sources = timesOf(join(root, "src"), ".ts");
  const built = timesOf(join(root, "dist"), ".js");
  const newest = Math.max(...sources.values());
  const [bundles, modules] = [true, false].map((isBundle) =>
    [...built].filter(([name]) => BUNDLES.some((folder) => name.startsWith(folder)) === isBundle),
  ) as [[string, number][], [string, number][]];
  const isYoung = (time: number | undefined) => time !== undefined && time >= newest;
  return (
    bundles.length > 0 &&
    bundles.every(([, time]) => isYoung(time)) &&
    modules.length === sources.size &&
    [...sources.keys()].every((name) => isYoung(built.get(name)))
  );
}

export default function setup(): void {
  if (isFresh(ROOT)) return;
  console.log("dist/ is not of the present src/: building it");
  execFileSync("npm", ["run", "--silent", "build:dist"], { cwd: ROOT, stdio: "inherit" });
  if (!isFresh(ROOT)) throw new Error("dist: expected the build of the present src/, got another");
}
