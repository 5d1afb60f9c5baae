import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { rejectionOf } from "../message-of.ts";
import { address, wasmBytes } from "../support/host.ts";

/** The module keeps what it compiled for its realm: each test takes a fresh copy. */
async function fresh() {
  vi.resetModules();
  return import("../../src/wasm/index.ts");
}

let wasm: Awaited<ReturnType<typeof fresh>>;
beforeEach(async () => {
  wasm = await fresh();
});

/** <(1, 2, .., 8), (1, 1, .., 1)> through a workspace of the module at hand. */
function sumOfEight(): number {
  const { kernels, arena } = new wasm.Workspace();
  const [x, y] = [arena.allocateF64(8), arena.allocateF64(8)];
  arena.f64(x, 8).set([1, 2, 3, 4, 5, 6, 7, 8]);
  arena.f64(y, 8).fill(1);
  return kernels.dot_f64(8, x, y);
}

describe("without inlined bytes, as in blindspot/slim", () => {
  test("a kernel cannot be had before initialize", () => {
    expect(() => wasm.kernelModule()).toThrow(
      "kernels: expected a module, got none; call initialize(bytes or module) of blindspot/slim first",
    );
  });

  test("initialize takes a compiled module as it is", async () => {
    const module = new WebAssembly.Module(wasmBytes("release"));
    await wasm.initialize(module);
    expect(wasm.kernelModule()).toBe(module);
    expect(sumOfEight()).toBe(36);
  });

  test("the bytes that run are known where bytes were given, whatever their owner does to them, and not of a module", async () => {
    expect(wasm.kernelBytes()).toBeUndefined();
    const [bytes, kept] = [wasmBytes("release"), wasmBytes("release")];
    const ready = wasm.initialize(bytes);
    bytes.fill(0);
    await ready;
    expect(wasm.kernelBytes()).toEqual(kept);
    await wasm.initialize(new WebAssembly.Module(wasmBytes("release")));
    expect(wasm.kernelBytes()).toBeUndefined();
  });

  test("initialize compiles bytes, from a view or a whole buffer", async () => {
    const bytes = wasmBytes("release");
    await wasm.initialize(bytes);
    expect(sumOfEight()).toBe(36);
    await wasm.initialize(bytes.buffer);
    expect(sumOfEight()).toBe(36);
  });

  test("initialize refuses bytes that do not compile, and a module that is not ours", async () => {
    const refusal = await wasm.initialize(Uint8Array.of(1, 2, 3)).catch((error: unknown) => error as TypeError);
    expect(refusal).toMatchObject({ message: expect.stringMatching(/got bytes that do not compile$/) });
    expect((refusal as TypeError).cause).toBeInstanceOf(WebAssembly.CompileError);
    const empty = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);
    const message = "initialize: expected blindspot/kernels.wasm of this version, got another WebAssembly module";
    expect(await rejectionOf(wasm.initialize(empty))).toBe(message);
    expect(await rejectionOf(wasm.initialize(new WebAssembly.Module(empty)))).toBe(message);
  });

  test("initialize without an argument has nothing to compile", async () => {
    const message = "initialize: expected the bytes of blindspot/kernels.wasm or a WebAssembly.Module, got undefined";
    expect(await rejectionOf(wasm.initialize())).toBe(message);
  });

  test("initialize without an argument keeps what it was given before", async () => {
    await wasm.initialize(wasmBytes("release"));
    const module = wasm.kernelModule();
    await wasm.initialize();
    expect(wasm.kernelModule()).toBe(module);
  });

  test("initialize refuses what is neither bytes nor a module", async () => {
    const message =
      'initialize: expected the bytes of blindspot/kernels.wasm or a WebAssembly.Module, got "kernels.wasm"';
    expect(await rejectionOf(wasm.initialize("kernels.wasm" as never))).toBe(message);
  });
});

describe("with inlined bytes, as in blindspot", () => {
  beforeEach(async () => {
    await import("../../src/wasm/inline.ts");
  });

  test("the first workspace compiles them, once", () => {
    expect(sumOfEight()).toBe(36);
    expect(wasm.kernelModule()).toBe(wasm.kernelModule());
  });

  test("initialize compiles them off the main thread", async () => {
    await wasm.initialize();
    expect(sumOfEight()).toBe(36);
  });

  test("they are the release build", async () => {
    const { WASM_BASE64 } = await import("../../src/wasm/bytes.ts");
    expect(Buffer.from(WASM_BASE64, "base64").equals(wasmBytes("release"))).toBe(true);
  });
});

test("a workspace runs over the memory of an arena that is given to it", async () => {
  await wasm.initialize(wasmBytes("release"));
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { kernels, arena } = new wasm.Workspace(new wasm.Arena(memory));
  new Float32Array(memory.buffer, 256, 2).set([-1, 2]);
  const at = address(256);
  kernels.relu_f32(2, at, at);
  expect([...new Float32Array(memory.buffer, 256, 2)]).toEqual([0, 2]);
  expect(arena.memory).toBe(memory);
});

describe("an engine that cannot run the kernels", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.restoreAllMocks();
  });

  for (const [lack, take] of [
    ["WebAssembly", () => vi.stubGlobal("WebAssembly", undefined)],
    ["SIMD", () => vi.spyOn(WebAssembly, "validate").mockReturnValue(false)],
  ] as const) {
    test(`without ${lack} is refused in a readable line, with a code`, async () => {
      await import("../../src/wasm/inline.ts");
      const bytes = wasmBytes("release");
      take();
      const expected = {
        code: "ERR_BLINDSPOT_ENGINE",
        message: `kernels: expected an engine with WebAssembly SIMD (Node 16.4, Chrome 91, Firefox 89, Safari 16.4 or later), got one without ${lack}`,
      };
      await expect(wasm.initialize()).rejects.toMatchObject(expected);
      await expect(wasm.initialize(bytes)).rejects.toMatchObject(expected);
      expect(() => wasm.kernelModule()).toThrow(expect.objectContaining(expected));
    });
  }

  test("is told by a module of SIMD that this engine finds valid, and any without finds invalid", () => {
    const validate = vi.spyOn(WebAssembly, "validate");
    expect(() => wasm.kernelModule()).toThrow("expected a module, got none");
    return wasm.initialize(wasmBytes("release")).then(() => {
      const [probe] = validate.mock.calls[0] as [Uint8Array];
      expect(validate.mock.results[0]?.value).toBe(true);
      // Its one instruction of SIMD, i8x16.splat, behind the prefix 0xfd: as an i32 the body would not fit its type v128.
      expect([...probe.slice(-3)]).toEqual([0xfd, 0x0f, 0x0b]);
    });
  });
});
