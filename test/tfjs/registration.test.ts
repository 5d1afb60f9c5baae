/** Registering the kernels and taking them out again; backends that come, go, grow and are not what they should be. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { heapOf } from "../../src/tfjs/heap.ts";
import { registerGradientKernels, unregisterGradientKernels } from "../../src/tfjs/index.ts";
import { messageOf } from "../message-of.ts";
import { on, tf } from "../support/tfjs-wasm.ts";

afterEach(unregisterGradientKernels);

type T4 = tf.Tensor4D;

const kernels = () => new Map(tf.getKernelsForBackend("wasm").map((kernel) => [kernel.kernelName, kernel]));

/** The gradient of a convolution of ones, each element the number of products in it. */
function toFilter(batch = 2): number[] {
  return tf.tidy(() => {
    const f = (filter: tf.Tensor) => tf.conv2d(tf.ones([batch, 5, 5, 1]) as T4, filter as T4, 1, "same");
    return [
      ...tf
        .grad(f)(tf.ones([3, 3, 1, 1]))
        .dataSync(),
    ];
  });
}
const COUNTS = [32, 40, 32, 40, 50, 40, 32, 40, 32];

/** The gradient of the largest of four numbers below zero; tfjs's own gives [1, 0, 0, 0]. */
function ofLargest(): number[] {
  return tf.tidy(() => {
    const x = tf.tensor4d([-4, -3, -2, -1], [1, 2, 2, 1]);
    return [
      ...tf
        .grad((v) => tf.maxPool(v as T4, 2, 2, "valid"))(x)
        .dataSync(),
    ];
  });
}

const MISSING = "Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'";

describe("registering", () => {
  test("adds what is missing, replaces what is wrong, and unregistering puts back the very same table", () => {
    const before = kernels();
    expect(messageOf(() => toFilter())).toBe(MISSING);
    expect(ofLargest()).toEqual([1, 0, 0, 0]);
    registerGradientKernels();
    expect(toFilter()).toEqual(COUNTS);
    expect(ofLargest()).toEqual([0, 0, 0, 1]);
    expect([...kernels().keys()].filter((name) => !before.has(name)).sort()).toEqual([
      "Conv2DBackpropFilter",
      "DepthwiseConv2dNativeBackpropFilter",
      "DepthwiseConv2dNativeBackpropInput",
      "UnsortedSegmentSum",
    ]);
    unregisterGradientKernels();
    expect(kernels()).toEqual(before);
    for (const [name, kernel] of kernels()) expect(kernel).toBe(before.get(name));
    expect(messageOf(() => toFilter())).toBe(MISSING);
    expect(ofLargest()).toEqual([1, 0, 0, 0]);
  });

  test("twice is once, and makes tfjs say nothing", () => {
    const warn = vi.spyOn(console, "warn");
    try {
      registerGradientKernels();
      const once = kernels();
      registerGradientKernels();
      for (const [name, kernel] of kernels()) expect(kernel).toBe(once.get(name));
      unregisterGradientKernels();
      unregisterGradientKernels();
      expect(ofLargest()).toEqual([1, 0, 0, 0]);
      expect(warn).not.toHaveBeenCalled();
    } finally {
      warn.mockRestore();
    }
  });

  test("a kernel that somebody else has put in ours' place stays", () => {
    const original = kernels().get("MaxPoolGrad") as tf.KernelConfig;
    registerGradientKernels();
    const theirs = { ...original };
    tf.unregisterKernel("MaxPoolGrad", "wasm");
    tf.registerKernel(theirs);
    unregisterGradientKernels();
    expect(kernels().get("MaxPoolGrad")).toBe(theirs);
    tf.unregisterKernel("MaxPoolGrad", "wasm");
    tf.registerKernel(original);
    expect(ofLargest()).toEqual([1, 0, 0, 0]);
  });
});

describe("a backend", () => {
  beforeEach(() => registerGradientKernels());

  test("that is disposed of and made again, ours registered or not meanwhile", async () => {
    const renew = async () => {
      const factory = tf.findBackendFactory("wasm");
      tf.removeBackend("wasm");
      tf.registerBackend("wasm", factory, 2);
      await tf.setBackend("wasm");
    };
    const old = tf.backend();
    expect(toFilter()).toEqual(COUNTS);
    await renew();
    expect(tf.backend()).not.toBe(old);
    expect(toFilter()).toEqual(COUNTS);
    expect(ofLargest()).toEqual([0, 0, 0, 1]);
    // The original was set up for the new backend too.
    unregisterGradientKernels();
    expect(ofLargest()).toEqual([1, 0, 0, 0]);
    await renew();
    registerGradientKernels();
    expect(toFilter()).toEqual(COUNTS);
  });

  test("whose heap grows while a kernel runs: outputs and scratch lie beyond the old end", () => {
    const memory = (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm;
    let grown = 0;
    for (const side of [300, 900, 1500]) {
      const before = memory.HEAPU8.byteLength;
      const [corner, middle] = tf.tidy(() => {
        const dy = tf.ones([1, side, side, 2]);
        const f = (x: tf.Tensor) => tf.conv2d(x as T4, tf.ones([3, 3, 4, 2]) as T4, 1, "same");
        const gradient = tf.grad(f)(tf.zeros([1, side, side, 4]), dy);
        const at = (i: number) => tf.slice(gradient, [0, i, i, 0], [1, 1, 1, 4]).dataSync();
        return [[...at(0)], [...at(side - 2)]];
      });
      expect(corner).toEqual([8, 8, 8, 8]);
      expect(middle).toEqual([18, 18, 18, 18]);
      if (memory.HEAPU8.byteLength > before) grown++;
    }
    expect(grown).toBeGreaterThan(0);
  });

  test("keeps no tensor and no byte of scratch", () => {
    const heap = (tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } }).wasm;
    const [x, filter] = [tf.ones([8, 40, 40, 8]), tf.ones([5, 5, 8, 8])];
    const f = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as T4, b as T4, 2, "same");
    const step = () => tf.dispose(tf.grads(f)([x, filter]));
    step();
    const [tensors, bytes] = [tf.memory().numTensors, heap.HEAPU8.byteLength];
    for (let i = 0; i < 300; i++) step();
    expect(tf.memory().numTensors).toBe(tensors);
    expect(heap.HEAPU8.byteLength).toBe(bytes);
    tf.dispose([x, filter]);
  });

  test("whose heap is full: an error, and the output is given back", () => {
    const { wasm, dataIdMap } = tf.backend() as unknown as {
      wasm: { _malloc: (n: number) => number };
      dataIdMap: { numDataIds(): number };
    };
    const malloc = wasm._malloc;
    const [x, dy] = [tf.ones([1, 5, 5, 1]), tf.ones([1, 5, 5, 1])];
    const before = dataIdMap.numDataIds();
    const attributes = { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: [3, 3, 1, 1] };
    const run = () => tf.engine().runKernel("Conv2DBackpropFilter", { x, dy }, attributes);
    for (const [refused, message] of [
      [0, "tfjs wasm backend: expected room for a tensor of shape [3, 3, 1, 1], got none"],
      [1, "tfjs wasm backend: expected a free block of 128 bytes, got none: its heap is full"],
    ] as const) {
      let calls = 0;
      wasm._malloc = (n) => (calls++ === refused ? 0 : malloc(n));
      try {
        expect(messageOf(run)).toBe(message);
      } finally {
        wasm._malloc = malloc;
      }
      expect(dataIdMap.numDataIds()).toBe(before);
    }
    tf.dispose([x, dy]);
  });
});

describe("refusals", () => {
  test("another backend, or none", async () => {
    await on("cpu", () => {
      expect(messageOf(() => registerGradientKernels())).toBe(
        'registerGradientKernels: expected the wasm backend (await tf.setBackend("wasm") first), got "cpu"',
      );
    });
    expect(kernels().has("Conv2DBackpropFilter")).toBe(false);
  });

  test("a backend of another copy of tfjs, which this one knows by name alone", async () => {
    const factory = tf.findBackendFactory("wasm");
    tf.removeBackend("wasm");
    tf.registerBackend("wasm", () => ({ dispose() {} }) as unknown as tf.KernelBackend, 2);
    // tfjs sets kernels up when it sets the backend: there is nothing here that they could be set up for.
    const originals = [...kernels().values()];
    for (const { kernelName } of originals) tf.unregisterKernel(kernelName, "wasm");
    try {
      await tf.setBackend("wasm");
      expect(messageOf(() => registerGradientKernels())).toMatch(
        /^registerGradientKernels: expected a backend of @tensorflow\/tfjs-core 4\.22\.\d+, which blindspot imports, got one of another copy$/,
      );
    } finally {
      for (const kernel of originals) tf.registerKernel(kernel);
      tf.removeBackend("wasm");
      tf.registerBackend("wasm", factory, 2);
      await tf.setBackend("wasm");
    }
  });

  test("a memory out of reach, one that threads share, an object that is no such backend", () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const module = { _malloc: () => 64, _free() {}, HEAPU8: new Uint8Array(memory.buffer) };
    const backend = (wasm: object) => ({ wasm, dataIdMap: new Map(), makeOutput() {}, disposeData() {} });
    expect(messageOf(() => heapOf(backend({ ...module, asm: {} })))).toBe(
      "tfjs wasm backend: expected a memory in reach, as backend.wasm.asm.memory is in tfjs 4.22, got none",
    );
    expect(
      messageOf(() => heapOf(backend({ ...module, asm: { memory: new WebAssembly.Memory({ initial: 1 }) } }))),
    ).toBe("tfjs wasm backend: expected a memory in reach, as backend.wasm.asm.memory is in tfjs 4.22, got none");
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
    expect(messageOf(() => heapOf(backend({ ...module, HEAPU8: new Uint8Array(shared.buffer) })))).toBe(
      'tfjs wasm backend: expected one thread (tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false) before tf.setBackend), got memory that threads share',
    );
    expect(messageOf(() => heapOf({}))).toBe(
      "tfjs backend: expected the wasm backend of @tensorflow/tfjs-backend-wasm 4.22, got Object",
    );
    expect(heapOf(backend({ ...module, asm: { memory } })).workspace.arena.memory).toBe(memory);
  });

  test("options that are none", () => {
    expect(messageOf(() => registerGradientKernels({ exact: true } as object))).toMatch(
      /^registerGradientKernels: expected options among exactAveragePools, got "exact"$/,
    );
  });

  describe("of kernels", () => {
    beforeEach(() => registerGradientKernels());
    const run = (name: string, inputs: Record<string, tf.Tensor>, attributes: Record<string, unknown>) =>
      messageOf(() => tf.tidy(() => tf.engine().runKernel(name, inputs, attributes as never)));
    const image = (...shape: number[]) => tf.ones(shape);

    test("channels first, by tfjs on the way forward and by ours on the way back", () => {
      const nchw = (x: tf.Tensor) => tf.conv2d(x as T4, image(3, 3, 2, 2) as T4, 1, "same", "NCHW");
      expect(messageOf(() => tf.grad(nchw)(image(1, 2, 5, 5)))).toBe(
        "wasm backend Conv2D does not support dataFormat:'channelsFirst'. Please use 'channelsLast'.",
      );
      const attributes = { strides: 1, pad: "same", dataFormat: "NCHW", filterShape: [3, 3, 2, 2] };
      expect(run("Conv2DBackpropFilter", { x: image(1, 2, 5, 5), dy: image(1, 2, 5, 5) }, attributes)).toBe(
        'Conv2DBackpropFilter dataFormat: expected "NHWC", got "NCHW"',
      );
      const pool = { filterSize: 2, strides: 1, pad: "valid", dataFormat: "NCDHW" };
      expect(run("MaxPool3D", { x: image(1, 2, 5, 5, 5) }, pool)).toBe(
        'MaxPool3D dataFormat: expected "NDHWC", got "NCDHW"',
      );
    });

    test("inputs of another type or shape", () => {
      const attributes = { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: [3, 3, 1, 1] };
      const whole = tf.cast(image(1, 5, 5, 1), "int32");
      expect(run("Conv2DBackpropFilter", { x: whole, dy: image(1, 5, 5, 1) }, attributes)).toBe(
        "Conv2DBackpropFilter x: expected dtype float32, got int32",
      );
      expect(run("Conv2DBackpropFilter", { x: image(1, 5, 5, 1), dy: image(1, 4, 5, 1) }, attributes)).toBe(
        "Conv2DBackpropFilter dy: expected shape [1, 5, 5, 1], got [1, 4, 5, 1]",
      );
      expect(messageOf(() => tf.unsortedSegmentSum(image(3, 2), tf.tensor1d([0, 1], "int32"), 2))).toBe(
        "UnsortedSegmentSum segmentIds: expected shape [3], got [2]",
      );
    });

    test("gradients of gradients: what tfjs has no gradient for it says, what it has is right", async () => {
      const x = tf.tensor4d([-4, -3, -2, -1], [1, 2, 2, 1]);
      const slope = (v: tf.Tensor) => tf.grad((u) => tf.maxPool(u as T4, 2, 1, "same"))(v);
      expect(messageOf(() => tf.grad(slope)(x))).toBe(
        "Cannot compute gradient: gradient function not found for MaxPoolGrad.",
      );
      const toFilterOf = (v: tf.Tensor) =>
        tf.grad((filter) => tf.conv2d(v as T4, filter as T4, 1, "same"))(image(2, 2, 1, 1));
      expect(messageOf(() => tf.grad(toFilterOf)(x))).toBe(
        "Cannot compute gradient: gradient function not found for Conv2DBackpropFilter.",
      );
      // To the input it is linear in the filter, and tfjs differentiates it again.
      const toInputOf = (filter: tf.Tensor) =>
        tf.grad((v) => tf.mul(2, tf.square(tf.conv2d(v as T4, filter as T4, 1, "same"))))(x);
      const twice = () =>
        tf.tidy(() => [
          ...tf
            .grad(toInputOf)(tf.tensor4d([1, -2, 3, 4], [2, 2, 1, 1]))
            .dataSync(),
        ]);
      expect(twice()).toEqual(await on("cpu", twice));
    });
  });
});
