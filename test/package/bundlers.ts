/** The five bundlers, each as a user would call it for one file: an ES module of everything but what is external. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { ROOT } from "./installed.ts";

export interface Bundling {
  entry: string;
  output: string;
  external: readonly string[];
}

const BUN = join(ROOT, "engines", "node_modules", ".bin", process.platform === "win32" ? "bun.exe" : "bun");

export const BUNDLERS: Record<string, { missing?: string; bundle(task: Bundling): Promise<void> }> = {
  esbuild: {
    async bundle({ entry, output, external }) {
      const { build } = await import("esbuild");
      const options = { bundle: true, format: "esm", platform: "node", treeShaking: true, minify: true } as const;
      await build({ ...options, entryPoints: [entry], outfile: output, external: [...external], logLevel: "error" });
    },
  },
  rollup: {
    async bundle({ entry, output, external }) {
      const [{ rollup }, { nodeResolve }] = await Promise.all([
        import("rollup"),
        import("@rollup/plugin-node-resolve"),
      ]);
      const build = await rollup({
        input: entry,
        logLevel: "silent",
        external: [...external, /^node:/],
        plugins: [nodeResolve()],
      });
      await build.write({ file: output, format: "es", inlineDynamicImports: true });
      await build.close();
    },
  },
  rolldown: {
    async bundle({ entry, output, external }) {
      const { rolldown } = await import("rolldown");
      const build = await rolldown({ input: entry, platform: "node", external: [...external] });
      await build.write({ file: output, format: "es", codeSplitting: false, minify: true });
      await build.close();
    },
  },
  webpack: {
    async bundle({ entry, output, external }) {
      const { default: webpack } = await import("webpack");
      const stats = await new Promise<import("webpack").Stats>((resolve, reject) => {
        webpack(
          {
            mode: "production",
            target: "node20",
            entry,
            externals: Object.fromEntries(external.map((name) => [name, `module ${name}`])),
            experiments: { outputModule: true },
            output: { path: dirname(output), filename: output.slice(dirname(output).length + 1), module: true },
            optimization: { minimize: false },
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
    async bundle({ entry, output, external }) {
      const without = external.flatMap((name) => ["--external", name]);
      execFileSync(BUN, ["build", entry, "--target=node", `--outfile=${output}`, ...without], {
        stdio: ["ignore", "ignore", "inherit"],
      });
    },
  },
};
