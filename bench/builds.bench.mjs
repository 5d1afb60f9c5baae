/**
 * Whole convolutional networks by this build and by another one, side by side in one process: what a change of the kernels is
 * worth where it counts. The other is a folder with the dist/ of a checkout that was built there.
 *
 *     npm run build && node bench/builds.bench.mjs <folder> [--squeezenet <model folder>] [--out file.json]
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { header, processorTime, race, report, spread } from "./harness.mjs";
import { squeezeNet } from "./squeezenet.mjs";

/** How many times as fast as with the direct kernels. */
const GOALS = {
  "SqueezeNet lossGradient": 1.25,
  "mnist-convnet lossGradient of 64": 1.5,
  "mnist-convnet attack on 4": 1.4,
};
const IMAGES = 4;

const [other] = process.argv.slice(2);
if (!other || other.startsWith("--")) throw new Error("builds.bench: expected the folder of another build, got none");
const option = process.argv.indexOf("--squeezenet");
const model = option < 0 ? undefined : process.argv[option + 1];

const load = async (folder) => {
  const path = (file) => pathToFileURL(resolve(folder, "dist", file)).href;
  return { ...(await import(path("index.js"))), node: await import(path("node-api.js")) };
};
const builds = { before: await load(other), now: await load(new URL("..", import.meta.url).pathname) };

function noise(n) {
  let state = 1;
  return Float32Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

/** The calls of one build, by what they are. */
async function callsOf({ Network, lbfgsAttack, mnistConvnet, targetLabels, node }) {
  const squeeze = model ? await node.loadNetwork(model) : Network.fromArtifacts(squeezeNet());
  const convnet = mnistConvnet();
  const shipped = await node.loadNetwork("mnist-convnet");
  const { rows, labels } = await node.loadMnist("test");
  const images = rows.slice(0, IMAGES * shipped.inputSize);
  const truth = labels.slice(0, IMAGES);
  const targets = targetLabels("next", truth, { classes: shipped.classes });
  const [photograph, batch] = [noise(squeeze.inputSize), rows.slice(0, 64 * convnet.inputSize)];
  const gradient = (network, x, label) => {
    let last;
    return () => {
      last = network.lossGradient(x, label, last);
    };
  };
  return {
    "SqueezeNet forward": () => squeeze.predict(photograph),
    "SqueezeNet lossGradient": gradient(squeeze, photograph, [9]),
    "mnist-convnet forward of 64": () => convnet.predict(batch),
    "mnist-convnet lossGradient of 64": gradient(convnet, batch, labels.slice(0, 64)),
    attack: () => lbfgsAttack(shipped, { rows: images, labels: targets, truth }),
  };
}

const calls = { before: await callsOf(builds.before), now: await callsOf(builds.now) };
const lines = [header(`this build beside that of ${other}, one thread, processor time`)];
const results = {};
const tell = (name, { before, now }, ratio, more = "") => {
  const ms = (times) => `${(1000 * times.median).toFixed(1)} ms (${spread(times).toFixed(0)} %)`;
  const goal = GOALS[name] ? ` (goal ${GOALS[name]})` : "";
  const missed = ratio < GOALS[name] ? "!" : "";
  lines.push(
    `${name.padEnd(34)} before ${ms(before)}, now ${ms(now)}: ${ratio.toFixed(2)} times as fast${missed}${goal}${more}`,
  );
  results[name] = { before, now, ratio };
};

for (const name of Object.keys(calls.now).filter((it) => it !== "attack")) {
  const { before, now } = race(
    { before: calls.before[name], now: calls.now[name] },
    { rounds: 11, slice: 60, clock: processorTime },
  );
  tell(name, { before, now }, before.median / now.median);
}

// It is asynchronous, and long enough to be taken call by call.
const attacks = { before: [], now: [] };
const found = {};
for (let round = 0; round < 6; round++) {
  for (const which of ["before", "now"]) {
    const start = processorTime();
    found[which] = await calls[which].attack();
    if (round > 0) attacks[which].push((processorTime() - start) / 1000); // the first compiles
  }
}
const summary = (times) => {
  const sorted = times.toSorted((a, b) => a - b);
  return { median: sorted[2], low: sorted[1], high: sorted[3] };
};
const times = { before: summary(attacks.before), now: summary(attacks.now) };
const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;
const told = (which) =>
  `${mean(found[which].evaluations).toFixed(1)} evaluations, distortion ${mean(found[which].distortion).toFixed(5)}`;
tell(
  `mnist-convnet attack on ${IMAGES}`,
  times,
  times.before.median / times.now.median,
  `; ${told("before")}, then ${told("now")}`,
);
report(lines, results);
