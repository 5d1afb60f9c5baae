/**
 * The arrow of the house: who may import whom.
 *
 *     wasm <- model, optimize <- attacks <- certify, train, analysis <- studies <- report <- node <- jobs <- cli
 *             formats stands on model; goldens stands on all that computes
 *
 * A folder imports what stands left of it. `model` and `optimize` never meet; `tfjs` stands beside `model` and is where
 * @tensorflow/* is known. Under all lie `numeric`, `data`, and the files `check`, `schema`, `clock` and `version`; `matrix` stands on the kernels alone.
 */
import { builtinModules } from "node:module";
import { posix } from "node:path";

const ENTRIES = ["index", "slim"];
const GROUND = ["check", "schema", "clock", "numeric", "data"];
const KERNELS = [...GROUND, "wasm"];
const METHODS = [...KERNELS, "matrix", "model", "optimize"];
const RESULTS = [...METHODS, "formats", "attacks", "certify", "train", "analysis"];

/** What a folder, or a file at the root, may import besides itself. */
const ALLOWED: Record<string, readonly string[]> = {
  check: [],
  schema: ["check"],
  clock: [],
  numeric: ["check"],
  version: [],
  data: GROUND,
  wasm: ["check"],
  matrix: ["numeric", "wasm"],
  model: KERNELS,
  formats: [...KERNELS, "model"],
  optimize: ["check", "clock", "numeric", "wasm"],
  tfjs: [...KERNELS, "model", "attacks", "train"],
  attacks: METHODS,
  certify: [...METHODS, "attacks"],
  train: [...METHODS, "attacks"],
  analysis: [...METHODS, "attacks", "train"],
  goldens: [...RESULTS, "version"],
  studies: [...RESULTS, "version"],
  report: [...RESULTS, ...ENTRIES, "studies"],
  node: [...RESULTS, ...ENTRIES, "studies", "report", "version"],
  jobs: [...RESULTS, "studies", "node", "version"],
  "node/index": [...RESULTS, "studies", "node", "jobs"],
  "node-api": ["wasm", "node/index"],
  "goldens-api": ["wasm", "goldens"],
  "model-names": ["model"],
  "model-api": [...KERNELS, "model", "model-names", "formats"],
  vitest: [...RESULTS],
  cli: [...RESULTS, ...ENTRIES, "goldens", "studies", "report", "node", "jobs", "node/index", "version"],
  slim: [...RESULTS, "model-names", "studies", "version"],
  index: ["slim", "wasm"],
};

/** Who may import modules of the platform. */
const ON_NODE = ["node", "jobs", "cli"];

/** One sentence for each import that goes against the arrow.   files  path below src, with its source */
export function crossings(files: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [path, source] of files) {
    const from = partOf(path);
    const allowed = ALLOWED[from];
    if (!allowed) {
      found.push(`${path}: ${from} has no place in the house; give it one in test/support/layering.ts`);
      continue;
    }
    for (const specifier of importsOf(source)) {
      const problem = specifier.startsWith(".")
        ? local(from, allowed, posix.normalize(posix.join(posix.dirname(path), specifier)))
        : external(from, specifier);
      if (problem) found.push(`${path}: ${problem}`);
    }
  }
  return found;
}

function local(from: string, allowed: readonly string[], target: string): string | undefined {
  if (target.startsWith("..")) return `imports ${target}, which is outside src`;
  const to = partOf(target);
  return to === from || allowed.includes(to) ? undefined : `${from} imports ${to} (${target})`;
}

function external(from: string, specifier: string): string | undefined {
  const isBuiltin = specifier.startsWith("node:") || builtinModules.includes(specifier.split("/")[0] as string);
  if (isBuiltin && !ON_NODE.includes(from)) return `${from} imports ${specifier}, which not every platform has`;
  if (specifier.startsWith("@tensorflow/") && from !== "tfjs") return `${from} imports ${specifier}`;
  return undefined;
}

/**
 * Files of which each imports the next and the last the first, types included: one list a circle.   files  as above
 */
export function circles(files: ReadonlyMap<string, string>): string[][] {
  const imports = new Map(
    Array.from(files, ([path, source]) => [
      path,
      importsOf(source)
        .filter((specifier) => specifier.startsWith("."))
        .map((specifier) => posix.normalize(posix.join(posix.dirname(path), specifier)))
        .filter((target) => files.has(target)),
    ]),
  );
  const found: string[][] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const walk = (path: string): void => {
    const at = trail.indexOf(path);
    if (at >= 0) found.push(trail.slice(at));
    if (at >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of imports.get(path) ?? []) walk(target);
    trail.pop();
    done.add(path);
  };
  for (const path of imports.keys()) walk(path);
  return found;
}

/** The folder of a path below src, or the name of a file at its root; the entry of the package for Node is a part of its own. */
function partOf(path: string): string {
  if (path === "node/index.ts") return "node/index";
  const [first, ...rest] = path.split("/");
  return rest.length > 0 ? (first as string) : (first as string).replace(/\.\w+$/, "");
}

/** Everything a source imports: statically, for effect, on demand, as a type, or by exporting it again. */
export function importsOf(source: string): string[] {
  // Comments go first; a string that holds `//` loses its tail, which no import needs.
  const code = source.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|[^:"'`])\/\/.*/g, "$1");
  const pattern =
    /\b(?:import|export)\b[^;"'`]*?\bfrom\s*["']([^"']+)["']|\bimport\s*["']([^"']+)["']|\bimport\s*\(\s*["'`]([^"'`]+)["'`]/g;
  return Array.from(code.matchAll(pattern), ([, from, effect, dynamic]) => (from ?? effect ?? dynamic) as string);
}
