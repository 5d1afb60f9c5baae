/** The module that `blindspot/optimize` brings has the optimisers' kernels, all of them, with the bits of the whole module. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { kernelInstance, runKernel } from "../../src/goldens/kernels.ts";
import type { KernelRow } from "../support/kernel-table.ts";

const ROOT = join(import.meta.dirname, "../..");
const { isOfSolvers } = await import(join(ROOT, "scripts/write-kernels.mjs"));
const { readKernelTable } = await import(join(ROOT, "scripts/kernel-table.mjs"));

const instance = (name: string) => kernelInstance(new WebAssembly.Module(readFileSync(join(ROOT, "build", name))));

const rows: KernelRow[] = readKernelTable().filter(isOfSolvers);

test("it exports what the optimisers' folder of the sources has, and nothing else", () => {
  expect(Object.keys(instance("solvers.wasm").kernels).sort()).toEqual(rows.map(({ name }) => name).sort());
  expect(rows.length).toBeGreaterThan(20);
});

test("each kernel leaves the bits that it leaves in the whole module", () => {
  const [solvers, whole] = [instance("solvers.wasm"), instance("blindspot.wasm")];
  for (const { name } of rows) expect([name, runKernel(solvers, name)]).toEqual([name, runKernel(whole, name)]);
});

describe("minimize", () => {
  const rosenbrock = (x: Float64Array, gradient: Float64Array): number => {
    gradient.fill(0);
    let value = 0;
    for (let i = 0; i + 1 < x.length; i++) {
      const [a, b] = [x[i] as number, x[i + 1] as number];
      const [miss, rest] = [b - a * a, 1 - a];
      value += 100 * miss * miss + rest * rest;
      gradient[i] = (gradient[i] as number) - 400 * a * miss - 2 * rest;
      gradient[i + 1] = (gradient[i + 1] as number) + 200 * miss;
    }
    return value;
  };

  /** The results of a realm in which these entries were imported, and whether it has all kernels. */
  async function solved(...entries: string[]) {
    vi.resetModules();
    for (const entry of entries) await import(join(ROOT, "src", entry));
    const { minimize, lbfgs } = await import(join(ROOT, "src/optimize/index.ts"));
    const { kernelModule, solverModule } = await import(join(ROOT, "src/wasm/module.ts"));
    const x0 = Float64Array.from({ length: 11 }, (_, i) => (i % 2 === 0 ? -1.2 : 1));
    const results = [minimize(rosenbrock, x0, { lower: -2, upper: 0.9 }), lbfgs(rosenbrock, x0)];
    const names = WebAssembly.Module.exports(solverModule()).map(({ name }) => name);
    return { results, isWhole: names.includes("gemm_f32_4x8"), kernelModule };
  }

  test("gives the same bits with the optimisers' kernels as with all, and all stay within reach", async () => {
    const alone = await solved("optimize/index.ts");
    expect(alone.isWhole).toBe(false);
    expect(alone.kernelModule).toThrow("kernels: expected a module, got none");
    const beside = await solved("optimize/index.ts", "index.ts");
    expect(WebAssembly.Module.exports(beside.kernelModule()).some(({ name }) => name === "gemm_f32_4x8")).toBe(true);
    const whole = await solved("wasm/inline.ts");
    expect(beside.results).toEqual(alone.results);
    expect(whole.results).toEqual(alone.results);
    expect(alone.results[0].iterations).toBeGreaterThan(10);
  });
});
