/**
 * Verdicts of branch and bound on published instances, beside those of other tools: VNN-COMP's mnist_fc, ACAS Xu and the sigmoid network, and the
 * proved minima of WK17a. They are read from ../shared/data. Every instance is a line of the journal; those that are there are not run again,
 * so that a run can be stopped and gone on with.
 *
 *     npm run build && node bench/verification.bench.mjs <journal.jsonl> <set> [seconds of an instance, default 60] [every k-th, default 1] \
 *         [only instances with this in their name, such as 256x4]
 *
 * Seconds are of processor time, so that a busy machine decides as much as an idle one.
 *
 * Sets: mnist_fc, acasxu, sigmoid6x200, wk17a-radius, wk17a-0.1
 */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import process from "node:process";
import { certify, certifyProperty } from "../dist/index.js";
import { loadMnist, loadNetwork } from "../dist/node/index.js";
import { header } from "./harness.mjs";

// The budget goes by this clock.
performance.now = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const [journal, set, seconds = "60", every = "1", only = ""] = process.argv.slice(2);
const SHARED = new URL("../../shared/data/", import.meta.url);
const json = (path) => JSON.parse(readFileSync(new URL(path, SHARED), "utf8"));
const effort = { seconds: Number(seconds) };
const { rows } = await loadMnist("test");
const row = (image) => rows.slice(784 * image, 784 * (image + 1));

const networks = new Map();
/** A network by its folder or file, from LayersModels: the weights are those of the ONNX files. */
async function network(path) {
  if (!networks.has(path)) networks.set(path, await loadNetwork(new URL(path, SHARED).pathname));
  return networks.get(path);
}

const boxText = (lower, upper) =>
  Array.from(lower, (low, i) => `(assert (>= X_${i} ${low}))(assert (<= X_${i} ${upper[i]}))`).join("\n");

/** Any other label at least as large. */
const otherLabel = (label, outputs = 10) =>
  `(assert (or ${Array.from({ length: outputs }, (_, k) => (k === label ? "" : `(and (>= Y_${k} Y_${label}))`)).join("")}))`;

/** A box around an image in f32, as the benchmarks' makers computed it. */
function aroundImage(image, eps) {
  const by = Math.fround(eps);
  return boxText(
    row(image).map((x) => Math.max(0, Math.fround(x - by))),
    row(image).map((x) => Math.min(1, Math.fround(x + by))),
  );
}

const SETS = {
  async mnist_fc() {
    const known = new Map(json("vnncomp-mnist-fc/verdicts.json").verdicts.map(({ id, verdict }) => [id, verdict]));
    return json("vnncomp-mnist-fc/properties.json").instances.map(({ id, net, image, label, eps }) => ({
      id: `${id} ${net} ${eps}`,
      known: known.get(id) ?? "held out",
      run: async () => {
        const it = await network(`vnncomp-mnist-fc/tfjs/${net.replace(".onnx.gz", "")}`);
        return certifyProperty(it, `${aroundImage(image, eps)}\n${otherLabel(label)}`, { effort });
      },
    }));
  },
  async sigmoid6x200() {
    return json("sigmoid6x200/properties.json").instances.map(({ id, image, label, eps, verdict }) => ({
      id: `${id}`,
      known: verdict,
      run: async () => {
        const it = await network("sigmoid6x200/tfjs");
        return certifyProperty(it, `${aroundImage(image, eps)}\n${otherLabel(label)}`, { effort });
      },
    }));
  },
  async acasxu() {
    const { properties, instances } = json("acasxu/properties.json");
    return instances.map((instance) => {
      const { lower, upper, unsafeWhenAll } = properties.find(({ property }) => property === instance.property);
      const conditions = unsafeWhenAll.map(({ left, op, right }) => `(assert (${op} ${left} ${right}))`).join("");
      return {
        id: `${instance.net} ${instance.property}`,
        known: instance.verdict,
        run: async () => {
          const name = /\d_\d/.exec(instance.net)[0];
          const it = await network(`acasxu/tfjs/acasxu_${name}`);
          return certifyProperty(it, `${boxText(lower, upper)}\n${conditions}`, { effort });
        },
      };
    });
  },
  async "wk17a-radius"() {
    return json("wk17a/exact-linf.json").exact.map(({ image, label, upper }) => ({
      id: `${image}`,
      known: upper,
      run: async () => {
        const options = { rows: row(image), truth: [label], effort };
        const { radius, verdict, passes } = await certify(await network("wk17a"), options);
        return { verdict: verdict[0], radius: radius[0], ratio: radius[0] / upper, evaluations: passes[0] };
      },
    }));
  },
  async "wk17a-0.1"() {
    const { robust01 } = json("wk17a/exact-linf.json");
    const { labels } = await loadMnist("test");
    return robust01.map((one) => {
      const image = typeof one === "number" ? one : one.image;
      return {
        id: `${image}`,
        known: "verified",
        run: async () => {
          const options = { rows: row(image), truth: [labels[image]], epsilon: 0.1, effort };
          const { verdict, passes } = await certify(await network("wk17a"), options);
          return { verdict: verdict[0], evaluations: passes[0] };
        },
      };
    });
  },
};

if (journal === undefined || !Object.hasOwn(SETS, set)) {
  throw new RangeError(`arguments: expected a journal and one of ${Object.keys(SETS).join(", ")}, got ${set}`);
}
const read = existsSync(journal) ? readFileSync(journal, "utf8").trim().split("\n") : [];
const done = new Map(read.filter((line) => line !== "").map((line) => [JSON.parse(line).key, JSON.parse(line)]));
const instances = (await SETS[set]()).filter(({ id }) => id.includes(only)).filter((_, i) => i % Number(every) === 0);
process.stdout.write(`${header(`${set}, ${instances.length} instances, ${seconds} s each`)}\n`);
const results = [];
for (const { id, known, run } of instances) {
  const key = `${set} ${id}`;
  if (!done.has(key)) {
    const [start, before] = [Date.now(), performance.now()];
    const { verdict, evaluations, ratio } = await run();
    const line = {
      ...{ key, known, verdict, ...(ratio !== undefined && { ratio }), evaluations },
      ...{ seconds: (Date.now() - start) / 1000, processor: (performance.now() - before) / 1000 },
    };
    appendFileSync(journal, `${JSON.stringify(line)}\n`);
    done.set(key, line);
  }
  const line = done.get(key);
  results.push(line);
  process.stdout.write(
    `${key}: ${line.verdict}${line.ratio === undefined ? "" : `, ${line.ratio.toFixed(4)} of the minimum`}, known: ${line.known}, ` +
      `${line.evaluations} bounds, ${line.seconds.toFixed(1)} s, ${line.processor.toFixed(1)} s of processor\n`,
  );
}
const PROVED = ["holds", "proved"];
const FALSIFIED = ["violated", "falsified"];
const count = (verdicts) => results.filter(({ verdict }) => verdicts.includes(verdict)).length;
const wrong = results.filter(
  ({ verdict, known }) =>
    (known === "verified" && FALSIFIED.includes(verdict)) || (known === "falsified" && PROVED.includes(verdict)),
);
process.stdout.write(
  `${set}: ${count(PROVED)} proved, ${count(FALSIFIED)} falsified of ${results.length}, ${wrong.length} against what is known\n`,
);
if (set === "wk17a-radius") {
  const ratios = results.map(({ ratio }) => ratio).sort((a, b) => a - b);
  const near = ratios.filter((ratio) => ratio >= 0.99).length;
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  process.stdout.write(
    `of the minimum: ${mean.toFixed(4)} on average, ${ratios[0].toFixed(4)} at least, ${near} at 0.99 or more\n`,
  );
}
