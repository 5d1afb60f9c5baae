/** Answers a posted PNG with the nearest image that the model reads otherwise, and with the radius within which none is. */

import { decodePng, imageSize } from "blindspot/data";
import kernels from "blindspot/kernels.wasm";
import { certify, initialize, minimalAttack, Network, predictedClasses } from "blindspot/slim";
import model from "#model";
import weights from "./weights.bin";

await initialize(kernels);
const network = Network.fromArtifacts({
  modelTopology: model.modelTopology,
  weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
  weightData: weights,
});

/** What a request may cost. */
const EVALUATIONS = 60;
const BOUNDS = 12;

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("POST a PNG of 28 x 28 grey pixels\n", { status: 405 });
    try {
      const { rows, shape } = decodePng("the posted image", new Uint8Array(await request.arrayBuffer()));
      if (imageSize(shape) !== network.inputSize)
        throw new RangeError(`expected 28 x 28 x 1, got ${shape.join(" x ")}`);
      const truth = predictedClasses(network.scores(rows), network.classes);
      const found = await minimalAttack(network, { rows, truth, norm: "linf", evaluations: EVALUATIONS });
      const proved = await certify(network, { rows, truth, norm: "linf", passes: BOUNDS });
      return Response.json({
        answer: truth[0],
        nearest: found.success[0] ? { answer: found.labels[0], distance: found.distance[0] } : null,
        radius: proved.radius[0],
      });
    } catch (error) {
      return Response.json({ error: error.message }, { status: 400 });
    }
  },
};
