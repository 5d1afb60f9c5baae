/** The five bundlers, each as a user would call it for one file: an ES module of everything but what is external. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { RollupCache } from "rollup";
import { ROOT } from "./installed.ts";

export interface Bundling {
  entry: string;
  output: string;
  external: readonly string[];
}

const BUN = join(ROOT, "engines", "node_modules", ".bin", process.platform === "win32" ? "bun.exe" : "bun");

/** One bundle after another. */
const oneByOne = (bundle: (task: Bundling) => Promise<void>) => async (tasks: readonly Bundling[]) => {
  for (const task of tasks) await bundle(task);
};

/** What several programs import is read once where a bundler can: they share most of the package. */
export const BUNDLERS: Record<string, { missing?: string; bundle(tasks: readonly Bundling[]): Promise<void> }> = {
  esbuild: {
    bundle: oneByOne(async ({ entry, output, external }) => {
      const { build } = await import("esbuild");
      const options = { bundle: true, format: "esm", platform: "node", treeShaking: true, minify: true } as const;
      await build({ ...options, entryPoints: [entry], outfile: output, external: [...external], logLevel: "error" });
    }),
  },
  rollup: {
    async bundle(tasks) {
      const [{ rollup }, { nodeResolve }] = await Promise.all([
        import("rollup"),
        import("@rollup/plugin-node-resolve"),
      ]);
      let cache: RollupCache | undefined;
      for (const { entry, output, external } of tasks) {
        const build = await rollup({
          input: entry,
          logLevel: "silent",
          external: [...external, /^node:/],
          plugins: [nodeResolve()],
          ...(cache && { cache }),
        });
        cache = build.cache;
        await build.write({ file: output, format: "es", inlineDynamicImports: true });
        await build.close();
      }
    },
  },
  rolldown: {
    bundle: oneByOne(async ({ entry, output, external }) => {
      const { rolldown } = await import("rolldown");
      const build = await rolldown({ input: entry, platform: "node", external: [...external] });
      await build.write({ file: output, format: "es", codeSplitting: false, minify: true });
      await build.close();
    }),
  },
  webpack: {
    async bundle(tasks) {
      const { default: webpack } = await import("webpack");
      // Each entry gets all that it needs, as if it were built alone.
      const entry = Object.fromEntries(
        tasks.map(({ entry, output }) => [output.slice(dirname(output).length + 1), entry]),
      );
      const stats = await new Promise<import("webpack").Stats>((resolve, reject) => {
        webpack(
          {
            mode: "production",
            target: "node20",
            entry,
            externals: Object.fromEntries(
              tasks.flatMap(({ external }) => external.map((name) => [name, `module ${name}`])),
            ),
            experiments: { outputModule: true },
            output: { path: dirname((tasks[0] as Bundling).output), filename: "[name]", module: true },
            optimization: { minimize: false, splitChunks: false, runtimeChunk: false },
            performance: false,
          },
          (error, done) => (error || !done ? reject(error) : resolve(done)),
        );
      });
      if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
    },
  },
  "bun build": {
    ...(!existsSync(BUN) && { missing: "Bun is not installed: npm ci --prefix engines" }),
    bundle: oneByOne(async ({ entry, output, external }) => {
      const without = external.flatMap((name) => ["--external", name]);
      await promisify(execFile)(BUN, ["build", entry, "--target=node", `--outfile=${output}`, ...without]);
    }),
  },
};
