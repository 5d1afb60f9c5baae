/** The example that trains a convolutional network on MNIST by tfjs's model.fit, with the line that makes it possible and without. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const EXAMPLE = fileURLToPath(new URL("../../examples/train-on-wasm/train.mjs", import.meta.url));

const run = (...options: string[]) => spawnSync(process.execPath, [EXAMPLE, ...options], { encoding: "utf8" });

test("two epochs bring it below 2 % test error", () => {
  const { stdout, status } = run();
  expect(status).toBe(0);
  const [, error] = /^test error ([\d.]+) %$/m.exec(stdout) ?? [];
  expect(Number(error)).toBeLessThan(2);
});

test("without our line tfjs lacks the kernel", () => {
  const { stderr, status } = run("--plain");
  expect(status).toBe(1);
  expect(stderr).toContain("Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'");
});
