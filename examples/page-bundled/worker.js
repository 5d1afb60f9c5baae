/** Searches for the nearest blind spot of a row that the page sends. */
import { initialize, loadNetwork, minimalAttack, predictedClasses } from "blindspot";

const ready = Promise.all([loadNetwork(new URL("model/model.json", self.location.href).href), initialize()]);

self.onmessage = async ({ data: rows }) => {
  try {
    const [network] = await ready;
    const truth = predictedClasses(network.scores(rows), network.classes);
    const found = await minimalAttack(network, { rows, truth, norm: "l2" });
    const text = found.success[0]
      ? `read as ${truth[0]}, and as ${found.labels[0]} after a change of L2 ${found.distance[0].toFixed(3)}`
      : `read as ${truth[0]}; no change was found that alters it`;
    self.postMessage({ rows: found.rows, text }, { transfer: [found.rows.buffer] });
  } catch (error) {
    self.postMessage({ text: `failed: ${error.message}` });
  }
};
