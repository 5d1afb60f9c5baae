/**
 * tfjs-core's own specs (the *_test.js of its package) on the wasm backend, as it comes and with our gradient kernels.
 *
 *     npm run build && node test/tfjs/core-specs.mjs
 *
 * Each run is a process of its own over one bundle. Exits with 1 if a spec that failed for the want of one of our
 * kernels still fails, or one that passed fails.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const require = createRequire(import.meta.url);
const folderOf = (name) => dirname(require.resolve(`${name}/package.json`));
const RUNNER = fileURLToPath(new URL("core-specs-run.cjs", import.meta.url));
const KERNELS = fileURLToPath(new URL("../../dist/tfjs/index.js", import.meta.url));

/** The folders of specs in which the issue counts: what the gradient kernels are about. */
const SUBJECTS =
  /^(conv1d|conv2d|conv2dTranspose|separable|depthwise|fused (conv|depth)|avgPool|maxPool|pool|batchNorm|localResponse|gather |unsortedSegmentSum)/;
/** The kernels that are missing in plain tfjs and that we bring. */
const MISSING =
  /Kernel '(Conv2DBackpropFilter|DepthwiseConv2dNativeBackprop(Input|Filter)|UnsortedSegmentSum)' not registered/;

/** One CommonJS file with every spec, the backend, and ours. Tree shaking would drop specs: they export nothing. */
async function bundle(file) {
  const core = join(folderOf("@tensorflow/tfjs-core"), "dist");
  const wasm = join(folderOf("@tensorflow/tfjs-backend-wasm"), "dist");
  const specs = readdirSync(core, { recursive: true })
    .filter((name) => name.endsWith("_test.js"))
    .sort();
  const sources = {
    "\0setup": `
      import "@tensorflow/tfjs-core/dist/register_all_gradients";
      import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
      import { registerTestEnv } from "@tensorflow/tfjs-core/dist/jasmine_util";
      import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
      setWasmPaths(${JSON.stringify(`${wasm}/`)});
      registerTestEnv({ name: "wasm", backendName: "wasm", isDataSync: true });`,
    "\0entry": `
      import "\0setup";
      ${specs.map((name) => `import ${JSON.stringify(join(core, name))};`).join("\n")}
      export * as tf from "@tensorflow/tfjs-core";
      export { registerGradientKernels } from ${JSON.stringify(KERNELS)};`,
  };
  const build = await rolldown({
    input: "\0entry",
    platform: "node",
    treeshake: false,
    resolve: { mainFields: ["module", "main"] },
    logLevel: "silent",
    plugins: [
      {
        name: "sources",
        resolveId: (id, from) => {
          if (id in sources) return id;
          return from?.startsWith("\0") && !id.startsWith("/") ? require.resolve(id) && null : null;
        },
        load: (id) => sources[id] ?? null,
      },
    ],
  });
  await build.write({ file, format: "cjs", codeSplitting: false });
}

/** What became of each spec: { name: [status, first message] }. */
function run(file, folder, kernels) {
  const out = join(folder, `${kernels}.json`);
  execFileSync(process.execPath, [RUNNER, file, out, kernels], { stdio: ["ignore", "ignore", "inherit"] });
  return new Map(Object.entries(JSON.parse(readFileSync(out, "utf8"))));
}

/** Runs all specs twice and compares. */
export async function compareCoreSpecs() {
  const folder = mkdtempSync(join(tmpdir(), "core-specs-"));
  try {
    const file = join(folder, "specs.cjs");
    await bundle(file);
    const [plain, ours] = ["plain", "ours"].map((kernels) => run(file, folder, kernels));
    const failed = (results, name) => results.get(name)?.[0] === "failed";
    const names = [...plain.keys()];
    const subject = names.filter((name) => SUBJECTS.test(name));
    const counts = (results, among) => ({
      specs: among.length,
      failed: among.filter((name) => failed(results, name)).length,
    });
    const wanting = names.filter((name) => MISSING.test(plain.get(name)[1]));
    return {
      all: [counts(plain, names), counts(ours, names)],
      subjects: [counts(plain, subject), counts(ours, subject)],
      wanting: wanting.length,
      stillFailing: wanting.filter((name) => ours.get(name)?.[0] !== "passed").map((n) => `${n}: ${ours.get(n)?.[1]}`),
      newlyFailing: names
        .filter((name) => plain.get(name)[0] === "passed" && ours.get(name)?.[0] !== "passed")
        .map((name) => `${name}: ${ours.get(name)?.[1]}`),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { all, subjects, wanting, stillFailing, newlyFailing } = await compareCoreSpecs();
  const line = (title, [plain, ours]) =>
    console.log(`${title}: of ${plain.specs} specs ${plain.failed} fail in plain tfjs, ${ours.failed} with ours`);
  line("all", all);
  line("convolution, pooling, normalisation, gather", subjects);
  console.log(`${wanting} failed for the want of a kernel that ours bring; ${stillFailing.length} of them still fail`);
  for (const name of stillFailing) console.log(`  ${name}`);
  console.log(`${newlyFailing.length} passed and fail with ours`);
  for (const name of newlyFailing) console.log(`  ${name}`);
  if (stillFailing.length + newlyFailing.length > 0) process.exit(1);
}
