import { expect, test } from "vitest";
import { registerGradientKernels, unregisterGradientKernels } from "../../src/tfjs/index.ts";
import { messageOf } from "../message-of.ts";

test("before any backend is set, registering is refused; there is nothing to undo", () => {
  expect(messageOf(() => registerGradientKernels())).toBe(
    'registerGradientKernels: expected the wasm backend (await tf.setBackend("wasm") first), got none in this copy of @tensorflow/tfjs-core',
  );
  expect(() => unregisterGradientKernels()).not.toThrow();
});
