/**
 * Where attacks by name spend their time: microseconds an evaluation beside those of the network's own gradient of a batch of 16 rows,
 * and the share of a whole run that is spent in the network. Clocks are read around each call of the network, so a busy neighbour meets
 * both alike; rounds are interleaved, and the median counts.
 *
 *     npm run build && node bench/named-attacks.bench.mjs [model] [rows] [rounds]
 */
import { ATTACKS, namedAttack } from "../dist/index.js";
import { loadMnist, loadNetwork } from "../dist/node/index.js";
import { header } from "./harness.mjs";

const [name = "fc100-100-10", count = "64", rounds = "5"] = process.argv.slice(2);
const network = await loadNetwork(name);
const SIZE = network.inputSize;
const mnist = await loadMnist("test");
const rows = mnist.rows.slice(0, Number(count) * SIZE);
const answers = network.scores(rows);
const truth = Array.from({ length: Number(count) }, (_, r) => {
  const own = [...answers.subarray(r * network.classes, (r + 1) * network.classes)];
  return own.indexOf(Math.max(...own));
});

/** Within so little nothing is found, so every search runs to its end. */
const EPSILON = 1e-4;
const BUDGET = 60;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

let inside = 0;
const timed =
  (call) =>
  (...args) => {
    const start = performance.now();
    const out = call(...args);
    inside += performance.now() - start;
    return out;
  };
const target = {
  inputSize: SIZE,
  classes: network.classes,
  inputShape: network.inputShape,
  head: network.head,
  scores: timed((asked) => network.scores(asked)),
  scoreGradient: timed((asked, weigh, into) => network.scoreGradient(asked, weigh, into)),
};

const cases = Object.values(ATTACKS).flatMap(({ name: attack, norms, finds, options }) =>
  norms.map((norm) => ({
    attack: /** @type {keyof typeof ATTACKS} */ (attack),
    norm,
    ...(finds === "within" && { epsilon: EPSILON }),
    ...(("steps" in options || attack === "hopskipjump") && {
      evaluations: Math.max(BUDGET, attack.startsWith("apgd-t") ? 200 : 0),
    }),
  })),
);

const weights = new Float64Array(network.classes);
weights[0] = 1;
const batch = rows.subarray(0, 16 * SIZE);
const into = { scores: new Float32Array(16 * network.classes), gradient: new Float32Array(16 * SIZE) };
const own = [];
const measured = cases.map(() => []);
for (let round = 0; round <= Number(rounds); round++) {
  const start = performance.now();
  for (let k = 0; k < 20; k++) network.scoreGradient(batch, () => weights, into);
  if (round > 0) own.push((1000 * (performance.now() - start)) / (20 * 16));
  for (const [i, options] of cases.entries()) {
    inside = 0;
    const begun = performance.now();
    const { evaluations } = await namedAttack(target, { ...options, rows, truth });
    const all = performance.now() - begun;
    const asked = evaluations.reduce((sum, one) => sum + one, 0);
    // The first round lets the engine compile.
    if (round > 0) measured[i].push({ each: (1000 * all) / asked, share: inside / all });
  }
}
console.log(header("attacks by name"));
console.log(`${name}, ${count} rows: the network's own gradient ${median(own).toFixed(1)} us a row`);
for (const [i, { attack, norm }] of cases.entries()) {
  const each = median(measured[i].map((one) => one.each));
  const share = median(measured[i].map((one) => one.share));
  console.log(
    `${attack.padEnd(14)} ${norm.padEnd(5)} ${each.toFixed(1).padStart(7)} us an evaluation, ${(100 * share).toFixed(0)} % in the network`,
  );
}
