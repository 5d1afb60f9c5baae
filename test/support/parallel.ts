/** Layers one after another beside the input itself, both flat and side by side before the layer `logits`: a functional model. */
import { type ModelArtifacts, Network } from "../../src/model/index.ts";
import { dense, type Part } from "./networks.ts";
import { noise32 } from "./noise.ts";

/** @param width numbers of a row behind the layers */
export function besideInput(shape: readonly number[], parts: readonly Part[], width: number): Network {
  const size = shape.reduce((product, n) => product * n, 1);
  const logits = dense("logits", width + size, 3, "linear");
  const entry = (
    class_name: string,
    config: Record<string, unknown> & { name?: unknown },
    from: readonly string[],
  ) => ({
    ...{ class_name, name: config.name, config },
    inbound_nodes: from.length === 0 ? [] : [from.map((name) => [name, 0, 0, {}])],
  });
  const chain = parts.map((part, i) =>
    entry(part.class_name, part.config, [(parts[i - 1]?.config.name as string) ?? "x"]),
  );
  const layers = [
    entry("InputLayer", { name: "x", batch_input_shape: [null, ...shape] }, []),
    ...chain,
    entry("Flatten", { name: "flat" }, [parts.at(-1)?.config.name as string]),
    entry("Flatten", { name: "plain" }, ["x"]),
    entry("Concatenate", { name: "both", axis: -1 }, ["flat", "plain"]),
    entry("Dense", logits.config, ["both"]),
  ];
  const weightSpecs = [...parts, logits].flatMap(({ weights }) => weights);
  const weights = weightSpecs.flatMap(({ name, shape }, i) => {
    const noise = noise32(
      shape.reduce((product, n) => product * n, 1),
      100 + i,
      0.8,
    );
    return Array.from(name.endsWith("variance") ? noise.map((v) => 0.5 + Math.abs(v)) : noise);
  });
  const artifacts: ModelArtifacts = {
    modelTopology: {
      class_name: "Functional",
      config: { name: "beside", layers, input_layers: [["x", 0, 0]], output_layers: [["logits", 0, 0]] },
    },
    weightSpecs,
    weightData: Float32Array.from(weights).buffer,
  };
  return Network.fromArtifacts(artifacts);
}
