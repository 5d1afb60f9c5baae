/**
 * Whether the golden digests notice small changes: plants one at a time in a copy of the sources, builds that copy, and compares its
 * digests with goldens.json. Each change must be noticed.
 *
 *     node scripts/goldens-see.mjs [words of the changes to plant]
 */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What is changed: in a file, one text for another. */
const CHANGES = [
  [
    "the last bit of a coefficient of tanh",
    "assembly/support/transcendental.ts",
    "0.13331442198856275",
    "0.13331443071365356",
  ],
  [
    "the order of operations of Adam",
    "assembly/train/optimizer.ts",
    "f32x4.div(f32x4.mul(rate_4, first), spread)",
    "f32x4.mul(rate_4, f32x4.div(first, spread))",
  ],
  [
    "the last bit of a coefficient of the normal quantile",
    "src/numeric/normal.ts",
    "3.3871328727963665",
    "3.387132872796367",
  ],
  [
    "the order of one sum, the norm of the solvers",
    "assembly/optimize/vector.ts",
    "f64x2.add(f64x2.add(a, c), f64x2.add(b, d))",
    "f64x2.add(f64x2.add(a, b), f64x2.add(c, d))",
  ],
  [
    "the direction of a window's sum",
    "assembly/layers/lrn.ts",
    "for (; q <= end; q += 4) sum += load<f32>(q);",
    "for (let p = end; p >= q; p -= 4) sum += load<f32>(p);",
  ],
  [
    "which of equal numbers a maximum's gradient goes to",
    "assembly/layers/pool.ts",
    "if (load<f32>(x + at) != largest) continue;\n              open = false;",
    "if (load<f32>(x + at) != largest) continue;",
  ],
  [
    "a word of the random generator",
    "src/numeric/random.ts",
    "const WEYL_0 = 0x9e3779b9;",
    "const WEYL_0 = 0x9e3779bb;",
  ],
  [
    "a constant of the line search",
    "src/optimize/line-search.ts",
    "export const DECREASE = 1e-3;",
    "export const DECREASE = 1.0001e-3;",
  ],
  [
    "the order of the sum in a distance",
    "src/attacks/minimal/norm.ts",
    "for (let i = 0; i < image.length; i++) {\n      const r = (row",
    "for (let i = image.length - 1; i >= 0; i--) {\n      const r = (row",
  ],
  [
    "the sign of zero in a rectifier",
    "assembly/layers/activation.ts",
    "f32x4.max(v128.load(x), zero)",
    "f32x4.pmax(v128.load(x), zero)",
  ],
];

/** Builds the goldens of a copy and gives the names of the digests that are not those on record. */
async function noticed(copy) {
  const run = (args) => execFileSync(process.execPath, args, { cwd: copy, stdio: ["ignore", "pipe", "inherit"] });
  run(["node_modules/assemblyscript/bin/asc.js", "assembly/index.ts", "--target", "release"]);
  run(["node_modules/assemblyscript/bin/asc.js", "assembly/solvers.ts", "--target", "solvers"]);
  run(["scripts/inline-wasm.mjs"]);
  run(["scripts/write-kernels.mjs"]);
  await build({
    entryPoints: [join(copy, "src/goldens-api.ts")],
    bundle: true,
    format: "esm",
    platform: "node",
    outfile: join(copy, "goldens.mjs"),
    logLevel: "error",
  });
  const script = `import { readFileSync } from "node:fs";
    import { compareMachine } from "./goldens.mjs";
    const found = await compareMachine(JSON.parse(readFileSync("goldens.json", "utf8")), { full: true });
    console.log(JSON.stringify(found.differing));`;
  return JSON.parse(run(["--input-type=module", "-e", script]).toString());
}

const words = process.argv.slice(2);
const chosen = CHANGES.filter(([name]) => words.every((word) => name.includes(word)));
let missed = chosen.length === 0 ? 1 : 0;
for (const [name, file, before, after] of chosen) {
  const copy = mkdtempSync(join(tmpdir(), "blindspot-goldens-"));
  try {
    for (const part of ["assembly", "src", "scripts", "asconfig.json", "goldens.json"]) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true });
    }
    // Not the package's own: it names modules of dist/ that have effects, and esbuild would drop those of src/.
    writeFileSync(join(copy, "package.json"), JSON.stringify({ type: "module" }));
    symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"), "dir");
    const source = readFileSync(join(copy, file), "utf8");
    if (!source.includes(before)) throw new Error(`${file}: expected "${before}", which the change replaces, got none`);
    writeFileSync(join(copy, file), source.replace(before, after));
    const names = await noticed(copy);
    if (names.length === 0) missed++;
    console.log(
      `${names.length > 0 ? "noticed" : "MISSED "}  ${name}: ${names.length} digests, ${names.slice(0, 3).join("; ")}`,
    );
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
console.log(`${chosen.length - missed} of ${chosen.length} changes are noticed`);
process.exit(missed > 0 ? 1 : 0);
