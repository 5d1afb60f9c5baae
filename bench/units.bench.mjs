/**
 * All 100 units and 100 random directions of a hidden layer over the 60,000 training images of MNIST, top 10 each, checked
 * against a sort first. The goal is 3 s on two cores, from rows in memory.
 *
 *     npm run build && node bench/units.bench.mjs
 */
import { unitImages } from "../dist/index.js";
import { loadMnist, loadNetwork, openPool, unitImagesOnWorkers } from "../dist/node/index.js";
import { header, report } from "./harness.mjs";

const GOAL = 3;
const ROUNDS = 3;
const options = { top: 10, directions: 100 };
const network = await loadNetwork("fc100-100-10");
const { rows } = await loadMnist("train");

const phi = network.activations(rows.subarray(0, 2000 * 784), "fc2");
const checked = unitImages(network, "fc2", rows.subarray(0, 2000 * 784), options);
for (let unit = 0; unit < 100; unit++) {
  const order = Array.from({ length: 2000 }, (_, r) => r).sort(
    (a, b) => phi[b * 100 + unit] - phi[a * 100 + unit] || a - b,
  );
  if (order.slice(0, 10).join() !== checked.units.rows.subarray(unit * 10, unit * 10 + 10).join()) {
    throw new Error(`unit ${unit}: expected the ranking of a sort, got another`);
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const timed = async (run) => {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
};
const pool = await openPool();
const alone = [];
const together = [];
for (let round = 0; round < ROUNDS; round++) {
  alone.push(await timed(() => unitImages(network, "fc2", rows, options)));
  together.push(await timed(() => unitImagesOnWorkers(pool, network, "fc2", rows, options)));
}
await pool.close();
report(
  [
    header("units and directions over 60,000 images"),
    `${median(together).toFixed(2)} s on ${pool.workers} workers${median(together) > GOAL ? "!" : ""} (goal ${GOAL}), ${median(alone).toFixed(2)} s in process`,
  ],
  { alone, together },
);
