/** Networks from files that a page was given, and from addresses. */
import { afterEach, describe, expect, test, vi } from "vitest";
import "../../src/wasm/inline.ts";
import { loadNetwork } from "../../src/formats/index.ts";
import { rejectionOf } from "../message-of.ts";
import { noise32 } from "../support/noise.ts";
import { TinyGraph } from "../support/tiny-graph.ts";

const graph = new TinyGraph()
  .input("x", [-1, 3])
  .constant("w", [3, 2], noise32(6, 1))
  .node("MatMul", "m", ["x", "w"])
  .node("Softmax", "y", ["m"]);
const json = JSON.stringify(graph.json());
const files = () => [new File([json], "model.json"), new File([graph.bytes()], "weights.bin")];

describe("files", () => {
  test("of a model, in any order", async () => {
    for (const list of [files(), files().reverse()]) {
      expect((await loadNetwork(list)).head).toEqual({ kind: "softmax", outputs: 2 });
    }
    expect((await loadNetwork(files(), { output: "m" })).head.kind).toBe("linear");
  });

  test("of which one is missing, or that are none", async () => {
    const [model] = files() as [File];
    expect(await rejectionOf(loadNetwork([model]))).toBe(
      "model.json: expected the file weights.bin beside it, got model.json",
    );
    expect(await rejectionOf(loadNetwork(files().slice(1).concat(new File([], "other.bin"))))).toBe(
      "model: expected a model.json or an .onnx file among the files, got weights.bin, other.bin",
    );
    expect(await rejectionOf(loadNetwork([]))).toBe("model: expected an address or files, got array of 0");
    expect(await rejectionOf(loadNetwork(3 as never))).toBe("model: expected an address or files, got 3");
  });
});

describe("addresses", () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  /** A server of these files by their addresses. */
  function serve(found: Record<string, BodyInit>): string[] {
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (address: string) => {
      asked.push(address);
      const body = Object.hasOwn(found, address) ? found[address] : undefined;
      const answer =
        body === undefined ? new Response(null, { status: 404, statusText: "Not Found" }) : new Response(body);
      Object.defineProperty(answer, "url", { value: address });
      return answer;
    });
    return asked;
  }

  test("the shards lie beside the model, and are asked for with what follows its address", async () => {
    const asked = serve({ "https://a.b/c/model.json?d=1": json, "https://a.b/c/weights.bin?d=1": graph.bytes() });
    expect((await loadNetwork(new URL("https://a.b/c/model.json?d=1"))).inputSize).toBe(3);
    expect(asked).toEqual(["https://a.b/c/model.json?d=1", "https://a.b/c/weights.bin?d=1"]);
  });

  test("what is not there, or leads out of the folder, is refused", async () => {
    serve({ "https://a.b/c/model.json": json.replace("weights.bin", "../weights.bin") });
    expect(await rejectionOf(loadNetwork("https://a.b/model.json"))).toMatch(
      /^https:\/\/a\.b\/model\.json: expected .*, got 404 Not Found$/,
    );
    expect(await rejectionOf(loadNetwork("https://a.b/c/model.json"))).toBe(
      'https://a.b/c/model.json: expected shards inside its folder, got "../weights.bin"',
    );
  });
});
