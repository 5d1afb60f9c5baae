/** Models as Keras 3 exports them: the same network, to the bit, as the same model in the form of Keras 2. */
import { join } from "node:path";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { describe, expect, test } from "vitest";
import { type ModelArtifacts, Network } from "../../src/model/index.ts";
import { loadNetwork } from "../../src/node/index.ts";
import { toLayersModel } from "../../src/tfjs/index.ts";
import { messageOf } from "../message-of.ts";
import { firstDifferent } from "../support/bounds.ts";
import { SMALL_GRAPHS } from "../support/graphs.ts";
import { asKeras3, type Entry } from "../support/keras3.ts";
import { artifactsOf, conv, dense, part, SMALL_NETWORKS } from "../support/networks.ts";
import { noise32 } from "../support/noise.ts";
import { SHARED_FAULTS, sharedData } from "../support/shared-data.ts";
import { predictions } from "../support/tfjs.ts";

/** What tfjs saves: nested models are still models. */
async function saved(model: LayersModel): Promise<ModelArtifacts> {
  let artifacts: unknown;
  await model.save({
    save: async (made) => {
      artifacts = made;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    },
  });
  return artifacts as ModelArtifacts;
}

function expectSame(artifacts: ModelArtifacts): Network {
  const [ours, theirs] = [Network.fromArtifacts(asKeras3(artifacts)), Network.fromArtifacts(artifacts)];
  expect(ours.layers.map(({ name }) => name)).toEqual(theirs.layers.map(({ name }) => name));
  const rows = noise32(3 * theirs.inputSize, 5, 2);
  const labels = [0, 1, 1].map((label) => label % theirs.classes);
  expect(firstDifferent(ours.predict(rows), theirs.predict(rows))).toBe(-1);
  const [a, b] = [ours, theirs].map((network) => network.lossGradient(rows, labels));
  expect(firstDifferent(a?.gradient ?? [], b?.gradient ?? [])).toBe(-1);
  expect(firstDifferent(ours.getParameters(), theirs.getParameters())).toBe(-1);
  return ours;
}

describe("a Sequential of Keras 3", () => {
  for (const { title, network } of SMALL_NETWORKS) {
    test(title, () => {
      expectSame(network().toArtifacts());
    });
  }

  test("saves as what tfjs reads, which answers the same", async () => {
    const artifacts = (SMALL_NETWORKS[1] as (typeof SMALL_NETWORKS)[number]).network().toArtifacts();
    const networks = [asKeras3(artifacts), artifacts].map((one) => Network.fromArtifacts(one));
    const rows = noise32(2 * 9, 6);
    const [ours, theirs] = await Promise.all(
      networks.map(async (network) => predictions(await toLayersModel(network), rows, [9])),
    );
    expect(ours).toHaveLength(2 * 5);
    expect(firstDifferent(ours ?? [], theirs ?? [])).toBe(-1);
  });

  test("states its input in the first layer, beside it, or in the model", () => {
    const artifacts = artifactsOf([3], [dense("a", 3, 2, "linear")]);
    const config = { name: "a", units: 2 };
    const written = (entry: object, model: object = {}) => ({
      ...artifacts,
      modelTopology: { class_name: "Sequential", config: { name: "m", layers: [entry], ...model } },
    });
    for (const one of [
      written({ class_name: "Dense", config: { ...config, batch_shape: [null, 3] } }),
      written({ class_name: "Dense", config, build_config: { input_shape: [null, 3] } }),
      written({ class_name: "Dense", config }, { build_input_shape: [null, 3] }),
    ]) {
      expect(Network.fromArtifacts(one).inputShape).toEqual([3]);
    }
    expect(messageOf(() => Network.fromArtifacts(written({ class_name: "Dense", config })))).toBe(
      'model.json first layer: batch_input_shape: expected "batch_input_shape", got undefined',
    );
  });

  test("a depthwise convolution's kernel is called kernel", () => {
    const layer = conv("DepthwiseConv2D", { name: "d", kernel_size: 2 }, { depthwise_kernel: [2, 2, 3, 1], bias: [3] });
    const artifacts = asKeras3(artifactsOf([4, 4, 3], [layer, part("Flatten", { name: "flat" })]));
    expect(artifacts.weightSpecs[0]?.name).toBe("small/d/depthwise_kernel");
    const plain = Network.fromArtifacts(artifacts);
    const [kernel] = artifacts.weightSpecs;
    if (kernel) kernel.name = "small/d/kernel";
    expect(firstDifferent(Network.fromArtifacts(artifacts).getParameters(), plain.getParameters())).toBe(-1);
  });
});

describe("a functional model of Keras 3", () => {
  for (const { title, build } of SMALL_GRAPHS) {
    test(title, async () => {
      expectSame(await saved(build()));
    });
  }

  const artifacts = async () => asKeras3(await saved((SMALL_GRAPHS[0] as (typeof SMALL_GRAPHS)[number]).build()));
  /** The model with a change to the call of its layer `logits`. */
  async function changed(change: (call: { args: unknown[]; kwargs: object }) => void): Promise<string> {
    const made = structuredClone(await artifacts());
    const { layers } = (made.modelTopology as { model_config: { config: { layers: Entry[] } } }).model_config.config;
    const logits = layers.find(({ name }) => name === "logits") as Entry;
    change((logits.inbound_nodes as unknown as { args: unknown[]; kwargs: object }[])[0] as never);
    return messageOf(() => Network.fromArtifacts(made));
  }

  test("a call on numbers, with arguments, or in training", async () => {
    expect(await changed(({ args }) => args.push(255))).toBe(
      "logits: expected a call on the outputs of layers alone, got 255",
    );
    expect(await changed((call) => Object.assign(call, { kwargs: { scale: 2 } }))).toBe(
      "logits: expected a call without arguments, got scale: 2",
    );
    expect(await changed((call) => Object.assign(call, { kwargs: { training: true } }))).toBe(
      "logits: expected a call without arguments, got training: true",
    );
    expect(await changed((call) => Object.assign(call, { args: [] }))).toBe(
      "logits (Dense): expected at least one input, got none",
    );
  });
});

describe("what Keras 3 says otherwise", () => {
  const of3 = (config: object) => {
    const artifacts = asKeras3(
      artifactsOf([3], [{ ...dense("a", 3, 2, "relu"), config: { ...dense("a", 3, 2, "relu").config, ...config } }]),
    );
    return () => Network.fromArtifacts(artifacts);
  };

  test("silu is swish; an activation may be an object with its name", () => {
    expect(of3({ activation: "silu" })().layers[0]?.config.activation).toBe("swish");
    const written = { module: "builtins", class_name: "function", config: "tanh", registered_name: "function" };
    expect(of3({ activation: written })().layers[0]?.config.activation).toBe("tanh");
  });

  test("a hard sigmoid is x / 6 + 1/2, and not x / 5 + 1/2; so it is saved", () => {
    const keras3 = of3({ activation: "hard_sigmoid" })();
    const keras2 = Network.fromArtifacts(artifactsOf([3], [dense("a", 3, 2, "hard_sigmoid")]));
    const rows = noise32(60, 3, 4);
    for (const network of [keras3, Network.fromArtifacts(keras3.toArtifacts())]) {
      const found = network.predict(rows);
      keras2.predict(rows).forEach((value, i) => {
        if (value === 0 || value === 1) return;
        expect(Math.abs((found[i] as number) - ((value - 0.5) * (5 / 6) + 0.5))).toBeLessThanOrEqual(2 ** -22);
      });
      expect(found.some((value) => value > 0 && value < 1)).toBe(true);
      expect(network.scores(rows).map((score) => Math.min(Math.max(score, 0), 1))).toEqual(found);
    }
  });

  test("a layer as an activation and quantized weights are refused", () => {
    expect(messageOf(of3({ activation: { class_name: "LeakyReLU", config: {} } }))).toBe(
      'a activation: expected the name of an activation (a layer of its own runs), got "LeakyReLU"',
    );
    const artifacts = artifactsOf([3], [dense("a", 3, 2, "relu")]);
    const { config } = artifacts.modelTopology as { config: { layers: Entry[] } };
    Object.assign(config.layers[0]?.config ?? {}, { dtype: { class_name: "QuantizedDTypePolicy", config: {} } });
    expect(messageOf(() => Network.fromArtifacts(artifacts))).toBe(
      "a dtype: expected a policy without quantization, got QuantizedDTypePolicy",
    );
  });

  test("two weights whose paths end in one array, and a weight of no layer", () => {
    const artifacts = artifactsOf([3], [dense("a", 3, 2, "relu")]);
    const named = (...names: string[]) => {
      const weightSpecs = artifacts.weightSpecs.map((spec, i) => ({ ...spec, name: names[i] ?? spec.name }));
      return messageOf(() => Network.fromArtifacts({ ...artifacts, weightSpecs }));
    };
    expect(named("m/a/kernel", "n/a/kernel")).toBe(
      "weight n/a/kernel: expected one weight a/kernel, got m/a/kernel as well",
    );
    expect(named("m/a/kernel", "m/b/bias")).toBe("weights: expected only weights of the model's layers, got m/b/bias");
  });
});

test("every layer that does not run is named at once, with the reason where there is one", () => {
  const parts = [
    part("Masking", { name: "steps" }),
    dense("a", 3, 2, "relu"),
    part("Lambda", { name: "own" }),
    part("Embedding", { name: "words" }),
  ];
  const message = messageOf(() => Network.fromArtifacts(artifactsOf([3], parts)));
  expect(message).toContain(
    "got 3 others: steps (Masking, which leaves out steps of a sequence, row by row); own (Lambda); " +
      "words (Embedding, whose inputs are whole numbers, which no small change leads to others: the option inputs takes up behind it)",
  );
});

const faults = sharedData("keras3", "as-exported/model.json", SHARED_FAULTS);
test.skipIf(!faults.isThere)(`exports of Keras 3.10 load, and answer as one${faults.note}`, async () => {
  const forms = ["as-exported", "shape-patched", "all-patched"];
  const networks = await Promise.all(forms.map((form) => loadNetwork(join(faults.folder, form))));
  const rows = noise32(5 * 4, 9);
  const [first] = networks.map((network) => network.predict(rows));
  expect(first).toHaveLength(15);
  for (const network of networks) expect(firstDifferent(network.predict(rows), first ?? [])).toBe(-1);
});
