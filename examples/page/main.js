/** Loads a model by fetch, and searches for the nearest blind spot of a bar, which it reads as a one. */
import { initialize, loadNetwork, minimalAttack, predictedClasses } from "blindspot";

const answer = document.getElementById("answer");
try {
  await initialize();
  const network = await loadNetwork("node_modules/blindspot/models/fc100-100-10/model.json");
  const rows = new Float32Array(network.inputSize);
  for (let y = 5; y < 23; y++) for (let x = 13; x < 16; x++) rows[28 * y + x] = 1;
  const truth = predictedClasses(network.scores(rows), network.classes);
  const found = await minimalAttack(network, { rows, truth, norm: "l2" });
  answer.textContent = `read as ${truth[0]}, and as ${found.labels[0]} after a change of L2 ${found.distance[0].toFixed(3)}`;
} catch (error) {
  answer.textContent = `failed: ${error.message}`;
}
