/**
 * The bits of every kernel on fixed data: what it returns and all memory after it. Once at sizes that straddle its tiles, once at
 * whole tiles, once at less than a tile, once with zeros of either sign, infinities and denormal numbers among its inputs; the
 * functions of one number also over a sweep of all floats.
 */
import { failed } from "../check.ts";
import { kernelModule } from "../wasm/index.ts";
import { type Golden, type Results, unifyNaN } from "./golden.ts";
import { argumentsOf, bytesOf, type KernelParameter, PAGES, runsOf } from "./kernel-arguments.ts";
import { SIGNATURES } from "./signatures.ts";

type Kernel = (...args: number[]) => number | undefined;

/** An instance of the kernels, and the memory that they work in. */
export interface KernelInstance {
  memory: WebAssembly.Memory;
  kernels: Readonly<Record<string, Kernel>>;
}

export function kernelInstance(module: WebAssembly.Module = kernelModule()): KernelInstance {
  const memory = new WebAssembly.Memory({ initial: PAGES });
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  return { memory, kernels: exports as Readonly<Record<string, Kernel>> };
}

/** The parameters of a kernel, as scripts/write-kernels.mjs found them in its source. */
export function parametersOf(kernel: string): KernelParameter[] {
  const signature = Object.hasOwn(SIGNATURES, kernel) ? (SIGNATURES[kernel] as string) : undefined;
  if (signature === undefined) failed(`kernel ${kernel}`, "a signature", "none");
  return signature.split(" ").map((parameter) => {
    const [name, type] = parameter.split(":") as [string, string];
    return { name, type };
  });
}

/** Functions of one number, which are swept. */
const SWEPT = [
  "exp_f32",
  "log_f32",
  "sigmoid_f32",
  "tanh_f32",
  "elu_f32",
  "gelu_f32",
  "hard_sigmoid_f32",
  "selu_f32",
  "softplus_f32",
  "softsign_f32",
  "swish_f32",
];

/** What a kernel returns, and the memory it leaves. Ordinary inputs must make no NaN: a kernel that does is refused. */
export function runKernel(
  { memory, kernels }: KernelInstance,
  name: string,
  options: Parameters<typeof argumentsOf>[3] = {},
  parameters: readonly KernelParameter[] = parametersOf(name),
): Results {
  const args = argumentsOf(memory.buffer, name, parameters, options);
  let value: number | undefined;
  try {
    value = (kernels[name] as Kernel)(...args);
  } catch (cause) {
    failed(`kernel ${name}`, "a run within the memory it is given", (cause as Error).message, cause);
  }
  const words = new Uint32Array(memory.buffer.slice(0, bytesOf(parameters)));
  if (!options.isSpecial) requireNoNaN(name, words, value);
  unifyNaN(words);
  return [`${value}`, words];
}

/** The first word of a NaN that an operation on finite numbers makes, f32 or f64, or -1. No ordinary input and no mask has these bits. */
function newNaN(words: Uint32Array): number {
  return words.findIndex((word, i) => {
    const magnitude = word & 0x7fffffff;
    return magnitude === 0x7fc00000 || (magnitude === 0x7ff80000 && i % 2 === 1 && words[i - 1] === 0);
  });
}

function requireNoNaN(name: string, words: Uint32Array, value: number | undefined): void {
  const at = newNaN(words);
  if (at >= 0) failed(name, "numbers from finite inputs", `NaN at byte ${4 * at}`);
  if (Number.isNaN(value)) failed(name, "numbers from finite inputs", "NaN as its result");
}

/** How a function is swept. */
interface Sweep {
  /** Whether it is of numbers above zero. */
  isPositive?: boolean;
  call?: (count: number) => unknown;
}

const CHUNK = 16384;

/** Values over one finite float in 4099. `call` is what is swept, over vectors at 0 in place; default the kernel of that name. */
export function sweepKernel(
  { memory, kernels }: KernelInstance,
  name: string,
  { isPositive = name === "log_f32", call = (count: number) => (kernels[name] as Kernel)(count, 0, 0) }: Sweep = {},
): Results {
  const signs = isPositive ? [0] : [0, 0x80000000];
  const perSign = Math.ceil(0x7f800000 / 4099);
  const values = new Uint32Array(signs.length * perSign);
  const words = new Uint32Array(memory.buffer, 0, CHUNK);
  let at = 0;
  for (const sign of signs) {
    for (let first = 0; first < perSign; first += CHUNK) {
      const count = Math.min(CHUNK, perSign - first);
      for (let i = 0; i < count; i++) words[i] = sign + 4099 * (first + i);
      call(count);
      requireNoNaN(name, words.subarray(0, count), undefined);
      values.set(words.subarray(0, count), at);
      at += count;
    }
  }
  return [values];
}

/** Every kernel that the module exports. */
export function kernelGoldens(): Golden[] {
  const instance = kernelInstance();
  const golden = (name: string, run: () => Results): Golden => ({ name, isQuick: true, run });
  const each = Object.keys(instance.kernels).flatMap((name) =>
    runsOf(name).flatMap(({ title, given }) => [
      golden(title, () => runKernel(instance, name, { given })),
      golden(`${title}, whole tiles`, () => runKernel(instance, name, { given, sizes: "whole" })),
      golden(`${title}, less than a tile`, () => runKernel(instance, name, { given, sizes: "small" })),
      golden(`${title}, special numbers`, () => runKernel(instance, name, { given, isSpecial: true })),
    ]),
  );
  const sweeps = SWEPT.map((name) => golden(`${name} over all floats`, () => sweepKernel(instance, name)));
  const functions = runsOf("function_f32").map(({ title, given }): Golden => {
    const { f, a = 0.7 } = given as Readonly<Record<string, number>>;
    const call = (count: number) => instance.kernels.function_f32?.(f as number, count, a, 0.7, 0.7, 0, 0);
    const run = () => sweepKernel(instance, "function_f32", { isPositive: "x" in given, call });
    return { name: `${title} over all floats`, isQuick: false, run };
  });
  return [...each, ...sweeps, ...functions];
}
