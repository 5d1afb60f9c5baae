/** A program for each entry: it runs what the entry is there for, the kernels included, and prints one line of numbers. */
export interface Program {
  source: string;
  /** What a bundle leaves to Node: modules of the platform, peers, and what only threads need. */
  external?: readonly string[];
}

const ATTACK = `
const network = fullyConnected([4, 5, 3], { seed: 1 });
const found = await lbfgsAttack(network, { rows: Float32Array.of(0.1, 0.9, 0.4, 0.6), labels: [2] });
console.log([...found.rows, ...found.distortion, found.stop].join());
`;

/** Every study that needs no training, in process: it prints the digests of the records, which cover all but the times. */
export const STUDIES = `import { attackStudy, benchAttacksStudy, fullyConnected, pocketsStudy, predictedClasses, stabilityStudy, transferStudy, unitsStudy, unitsSurvey } from "blindspot";
const [network, other] = [1, 2].map((seed) => fullyConnected([16, 8, 6, 3], { seed }));
const rows = Float32Array.from({ length: 12 * 16 }, (_, i) => ((i * 37) % 101) / 100);
const labels = predictedClasses(network.predict(rows), 3);
const data = { dataset: { rows, labels, count: 12, shape: [4, 4, 1], classes: 3 }, name: "squares" };
const model = { network, name: "one" };
const records = [
  await attackStudy(model, data),
  await benchAttacksStudy([model], data, { attacks: ["fgsm"], norms: ["linf"], budgets: [60], epsilon: 0.1 }),
  await transferStudy({ from: [model], to: [{ network: other, name: "two" }] }, data, { amplify: [0.1], noise: [0.3] }),
  await pocketsStudy(model, data, { directions: 50, samples: 20, to: [{ network: other, name: "two" }] }),
  await stabilityStudy(model, data),
  await unitsStudy(model, data, { top: 3, directions: 8, show: 2, iterations: 5 }),
  await unitsSurvey([model], data, { top: 3, directions: 8 }),
];
console.log(records.map(({ kind, recordDigest }) => kind + " " + recordDigest).join());
`;

/**
 * What a page can verify: the golden digests of some parts, and a record, whole, for a sample, and with a digit changed. `goldens` is
 * the text of goldens.json.
 */
export const verification = (
  goldens: string,
): string => `import { attackStudy, fullyConnected, predictedClasses, verifyRecord } from "blindspot";
import { compareMachine } from "blindspot/goldens";
const network = fullyConnected([16, 8, 6, 3], { seed: 1 });
const rows = Float32Array.from({ length: 5 * 16 }, (_, i) => ((i * 37) % 101) / 100);
const labels = predictedClasses(network.predict(rows), 3);
const again = ({ position, count, first } = { position: 0, count: 5, first: 0 }) => {
  const part = (all, size) => all.slice(position * size, (position + count) * size);
  const dataset = { rows: part(rows, 16), labels: part(labels, 1), count, shape: [4, 4, 1], classes: 3 };
  return attackStudy({ network, name: "one" }, { dataset, name: "squares" }, { norm: "linf", first });
};
const record = await again();
const forged = { ...record, keptAt8Bits: record.keptAt8Bits + 1 };
const found = [
  await compareMachine(${goldens}, { parts: ["kernels", "streams", "layers", "activations"] }),
  await verifyRecord(record, again),
  await verifyRecord(record, again, { sample: 2, seed: 3 }),
  await verifyRecord(forged, again),
];
console.log(JSON.stringify(found));
`;

export const PROGRAMS: Record<string, Program> = {
  ".": { source: `import { fullyConnected, lbfgsAttack } from "blindspot";${ATTACK}` },
  "./slim": {
    source: `import { readFile } from "node:fs/promises";
import { fullyConnected, initialize, lbfgsAttack } from "blindspot/slim";
await initialize(await readFile(process.env.KERNELS));${ATTACK}`,
  },
  "./tfjs": {
    source: `import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { layers, sequential } from "@tensorflow/tfjs-layers";
import { fromLayersModel } from "blindspot/tfjs";
tf.env().set("IS_TEST", true); // no advertisement
const kernelInitializer = "ones";
const model = sequential({ layers: [layers.dense({ units: 3, inputShape: [2], activation: "tanh", kernelInitializer })] });
const network = await fromLayersModel(model);
console.log([...network.predict(Float32Array.of(0.1, 0.2))].join());
`,
    external: ["@tensorflow/tfjs-core", "@tensorflow/tfjs-backend-cpu", "@tensorflow/tfjs-layers"],
  },
  "./vitest": {
    source: `import { fullyConnected } from "blindspot";
import { toResist } from "blindspot/vitest";
const rows = Float32Array.of(0.1, 0.9, 0.4, 0.6);
const asked = { rows, truth: [0], norm: "linf", epsilon: 1e-9, share: 0 };
const { pass, message } = await toResist(fullyConnected([4, 5, 3], { seed: 1 }), asked);
console.log([1, pass, message()].join());
`,
  },
  "./goldens": {
    source: `import { machineDigests } from "blindspot/goldens";
console.log(Object.values(await machineDigests({ parts: ["streams", "activations"] })).flatMap((part) => Object.values(part)).join());
`,
  },
  "./model": {
    source: `import { fullyConnected } from "blindspot/model";
const { loss, gradient } = fullyConnected([4, 5, 3], { seed: 1 }).lossGradient(Float32Array.of(0.1, 0.9, 0.4, 0.6), [1]);
console.log([...loss, ...gradient].join());
`,
  },
  "./optimize": {
    source: `import { minimize } from "blindspot/optimize";
const fg = (x, g) => {
  const t = x[1] - x[0] * x[0];
  g[0] = -400 * x[0] * t - 2 * (1 - x[0]);
  g[1] = 200 * t;
  return 100 * t * t + (1 - x[0]) ** 2;
};
const { x, f, status } = minimize(fg, [-1.2, 1], { upper: [0.5, Infinity] });
console.log([...x, f, status].join());
`,
  },
  "./data": {
    source: `import { decodePng, encodePng, imageRaster, readNpy, writeNpy } from "blindspot/data";
const pixels = Float32Array.of(0, 0.25, 0.5, 1);
const picture = decodePng("p", encodePng(imageRaster(pixels, [2, 2, 1])));
console.log([...readNpy("a", writeNpy(pixels, [2, 2])).data, ...picture.rows].join());
`,
  },
  "./node": {
    source: `import { loadNetwork } from "blindspot/node";
const network = await loadNetwork(process.env.MODEL);
console.log([...network.predict(new Float32Array(network.inputSize))].join());
`,
    external: ["piscina"],
  },
};
