/** Every question to tfjs goes through here: an error of tfjs comes out as one of the library, with tfjs's own as its cause. */
import { getBackend } from "@tensorflow/tfjs-core";
import { codeOf, failed } from "../check.ts";

/** What `call` returns. `expected` says what tfjs was to be able to do, for the error. */
export function askTfjs<T>(subject: string, expected: string, call: () => T): T {
  try {
    const answer = call();
    if (!(answer instanceof Promise)) return answer;
    return answer.catch((error: unknown) => explain(subject, expected, error)) as T;
  } catch (error) {
    explain(subject, expected, error);
  }
}

function explain(subject: string, expected: string, error: unknown): never {
  if (codeOf(error) !== undefined) throw error;
  const message = error instanceof Error ? error.message : String(error);
  const isKernelMissing = getBackend() === "wasm" && /^Kernel '\w+' not registered/.test(message);
  failed(
    subject,
    isKernelMissing ? "the gradient kernels (call registerGradientKernels() first)" : expected,
    message,
    error,
  );
}

/** Whether the backend that is set can be read at once: WebGPU cannot. */
export function readsAtOnce(): boolean {
  return getBackend() !== "webgpu";
}
