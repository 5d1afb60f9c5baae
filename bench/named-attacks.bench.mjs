/**
 * Where attacks by name spend their time: microseconds an evaluation beside those of the network's own gradient of a batch of 16 rows,
 * and the share of a whole run that is spent in the network. Processor time is read around each call of the network, so a busy
 * neighbour counts for neither; what an evaluation does inside the network with its own callbacks counts as the network's. Rounds are
 * interleaved, and the median counts.
 *
 *     npm run build && node bench/named-attacks.bench.mjs [models] [attacks] [rows] [rounds]
 *
 * Models are folders or shipped models, separated by commas, as are attacks.
 */
import process from "node:process";
import { ATTACKS, namedAttack } from "../dist/index.js";
import { loadMnist, loadNetwork } from "../dist/node/index.js";
import { header } from "./harness.mjs";

const [models = "fc100-100-10,mnist-convnet", attacks = "all", count = "64", rounds = "5"] = process.argv.slice(2);
const asked = attacks === "all" ? Object.keys(ATTACKS) : attacks.split(",");
const mnist = await loadMnist("test");

/** Within so little nothing is found, so every search runs to its end. */
const EPSILON = 1e-4;
const BUDGET = 60;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
/** Microseconds of processor time. */
const clock = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

const cases = Object.values(ATTACKS)
  .filter(({ name }) => asked.includes(name))
  .flatMap(({ name: attack, norms, finds, options }) =>
    norms.map((norm) => ({
      attack: /** @type {keyof typeof ATTACKS} */ (attack),
      norm,
      ...(finds === "within" && { epsilon: EPSILON }),
      ...(("steps" in options || attack === "hopskipjump") && {
        evaluations: Math.max(BUDGET, attack.startsWith("apgd-t") ? 200 : 0),
      }),
    })),
  );

async function measure(name) {
  const network = await loadNetwork(name);
  const { inputSize, classes, inputShape, head } = network;
  const rows = mnist.rows.slice(0, Number(count) * inputSize);
  const answers = network.scores(rows);
  const truth = Array.from({ length: Number(count) }, (_, r) => {
    const own = [...answers.subarray(r * classes, (r + 1) * classes)];
    return own.indexOf(Math.max(...own));
  });
  let inside = 0;
  const timed =
    (call) =>
    (...args) => {
      const start = clock();
      const out = call(...args);
      inside += clock() - start;
      return out;
    };
  const target = {
    ...{ inputSize, classes, inputShape, head },
    scores: timed((some) => network.scores(some)),
    scoreGradient: timed((some, weigh, into) => network.scoreGradient(some, weigh, into)),
  };
  const weights = new Float64Array(classes);
  weights[0] = 1;
  const batch = rows.subarray(0, 16 * inputSize);
  const into = { scores: new Float32Array(16 * classes), gradient: new Float32Array(16 * inputSize) };
  const own = [];
  const measured = cases.map(() => []);
  for (let round = 0; round <= Number(rounds); round++) {
    const start = clock();
    for (let k = 0; k < 20; k++) network.scoreGradient(batch, () => weights, into);
    // The first round lets the engine compile.
    if (round > 0) own.push((clock() - start) / (20 * 16));
    for (const [i, options] of cases.entries()) {
      inside = 0;
      const begun = clock();
      const { evaluations } = await namedAttack(target, { ...options, rows, truth });
      const all = clock() - begun;
      const evaluated = evaluations.reduce((sum, one) => sum + one, 0);
      if (round > 0) measured[i].push({ each: all / evaluated, share: inside / all });
    }
  }
  console.log(`${name}, ${count} rows: the network's own gradient ${median(own).toFixed(1)} us a row`);
  for (const [i, { attack, norm }] of cases.entries()) {
    const each = median(measured[i].map((one) => one.each));
    const share = median(measured[i].map((one) => one.share));
    console.log(
      `${attack.padEnd(14)} ${norm.padEnd(5)} ${each.toFixed(1).padStart(7)} us an evaluation, ${(100 * share).toFixed(0)} % in the network`,
    );
  }
}

console.log(header("attacks by name"));
for (const name of models.split(",")) await measure(name);
