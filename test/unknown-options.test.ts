/** A slip of the pen in an option is refused by name, before any work, and never taken for the default. */
import { join } from "node:path";
import type * as tfc from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { expect, test } from "vitest";
import * as blindspot from "../src/index.ts";
import type { GradientSum } from "../src/model/index.ts";
import * as files from "../src/node-api.ts";
import * as optimize from "../src/optimize/index.ts";
import * as bridge from "../src/tfjs/index.ts";
import { temporaryFolder } from "./temporary.ts";

const rows = new Float32Array(4);
const set = { rows, labels: [1] };
const network = () => blindspot.fullyConnected([4, 3, 2], { seed: 1 });
const never = () => {
  throw new Error("called");
};
/** An executor that no misspelt call may reach. */
const executor: blindspot.Executor = { workers: 1, run: never, known: never };
const dataset = { rows, labels: new Int32Array(1), count: 1, classes: 2, shape: [4, 1, 1] as [number, number, number] };
const model = { network: network(), name: "m" };
const splits = { name: "d", train: dataset, test: dataset };
const kernel = {
  values: new Float32Array(9),
  size: [3, 3] as const,
  channels: 1,
  filters: 1,
  strides: [1, 1] as const,
};
const file = (name: string) => join(temporaryFolder(), name);
const description = { attack: 1 };
const place = () => ({ journal: file("journal"), checkpoints: file("checkpoints"), description });
const minibatch = { optimizer: "sgd", epochs: 1 } as const;
const recipe = blindspot.RECIPES.find(({ name }) => name === "fc10-1") as blindspot.AnyRecipe;
const autoencoderRecipe = blindspot.RECIPES.find((one) => "stages" in one) as unknown as blindspot.AutoencoderRecipe;
const fitWith = (strategy: blindspot.Strategy) => blindspot.fit(network(), set, { ...minibatch, strategy });

/** Each public function: what it calls itself, a call with the options given, and the option they misspell with what it should be. */
const CALLS: readonly [subject: string, call: (options: never) => unknown, misspelt: object, meant: string][] = [
  ["amplify", (o) => blindspot.amplify(rows, rows, o), { mod: "common" }, "mode"],
  ["gaussianNoise", (o) => blindspot.gaussianNoise(rows, o), { std: 1, seeed: 2 }, "seed"],
  [
    "auditStudy",
    (o) => blindspot.auditStudy(model, { dataset, name: "d" }, o, { executor }),
    { norm: ["l2"] },
    "norms",
  ],
  ["answers", (o) => blindspot.answers(network(), rows, o), { bach: 2 }, "batch"],
  ["convolutionNorm", (o) => blindspot.convolutionNorm(kernel as never, o), { circula: [4, 4] }, "circular"],
  ["maximise", (o) => blindspot.maximise(network(), 0, rows.subarray(0, 3), o), { iteration: 2 }, "iterations"],
  ["permutationTest", (o) => blindspot.permutationTest([1], [2], o), { deal: 3 }, "deals"],
  ["transferMatrix", (o) => blindspot.transferMatrix({}, [], o), { onProgres: never }, "onProgress"],
  ["unitImages", (o) => blindspot.unitImages(network(), 0, rows, o), { topp: 1 }, "top"],
  ["attackEveryLabel", (o) => blindspot.attackEveryLabel(network(), o), { rows, truth: [1], upperr: 1 }, "upper"],
  ["lbfgsAttack", (o) => blindspot.lbfgsAttack(network(), o), { rows, labels: [1], efort: "fast" }, "effort"],
  ["targetLabels", (o) => blindspot.targetLabels("random", [1], o), { classes: 2, sed: 1 }, "seed"],
  ["alexNet", (o) => blindspot.alexNet(o), { group: true }, "grouped"],
  ["Autoencoder", (o) => new blindspot.Autoencoder(o), { unit: 3 }, "units"],
  ["autoencoderClassifier", (o) => blindspot.autoencoderClassifier(o), { input: 3 }, "inputs"],
  ["fullyConnected", (o) => blindspot.fullyConnected([4, 2], o), { activations: "relu" }, "activation"],
  ["softmaxRegression", (o) => blindspot.softmaxRegression(4, 2, o), { usebias: true }, "useBias"],
  ["mnistConvnet", (o) => blindspot.mnistConvnet(o), { clases: 3 }, "classes"],
  ["quocNet", (o) => blindspot.quocNet(o), { imag: 18 }, "image"],
  [
    "Network.fromArtifacts",
    (o) => blindspot.Network.fromArtifacts(network().toArtifacts(), o),
    { outptu: "x" },
    "output",
  ],
  ["addGradient", (o) => network().addGradient(rows, [1], {} as GradientSum, o), { scal: 2 }, "scale"],
  ["attackStudy", (o) => blindspot.attackStudy(model, { dataset, name: "d" }, o), { efort: "fast" }, "effort"],
  ["trainStudy", (o) => blindspot.trainStudy(recipe, splits, o), { epoch: 1 }, "epochs"],
  ["paperStudy", (o) => blindspot.paperStudy(splits, o), { table: [1] }, "tables"],
  ["trainingStudy", (o) => blindspot.trainingStudy(model, splits, o), { seed: 1 }, "seeds"],
  ["trainingSearchStudy", (o) => blindspot.trainingSearchStudy({ dataset, name: "d" }, o), { arm: ["decay"] }, "arms"],
  ["pocketsStudy", (o) => blindspot.pocketsStudy(model, { dataset, name: "d" }, o), { direction: 9 }, "directions"],
  ["stabilityStudy", (o) => blindspot.stabilityStudy(model, undefined, o), { frist: 1 }, "first"],
  [
    "transferStudy",
    (o) => blindspot.transferStudy({ from: [model] }, { dataset, name: "d" }, o),
    { noyse: [1] },
    "noise",
  ],
  [
    "benchAttacksStudy",
    (o) => blindspot.benchAttacksStudy([model], { dataset, name: "d" }, o),
    { budget: [40] },
    "budgets",
  ],
  ["unitsStudy", (o) => blindspot.unitsStudy(model, { dataset, name: "d" }, o), { betwen: [[0, 1]] }, "between"],
  ["unitsSurvey", (o) => blindspot.unitsSurvey([model], { dataset, name: "d" }, o), { direction: 3 }, "directions"],
  ["survivesQuantization", (o) => blindspot.survivesQuantization(network(), rows, [1], o), { level: 2 }, "levels"],
  ["study run", (o) => blindspot.attackStudy(model, { dataset, name: "d" }, {}, o), { executr: executor }, "executor"],
  ["inProcess", (o) => blindspot.inProcess(o), { onEvaluations: never }, "onEvaluation"],
  ["executor.run", (o) => blindspot.inProcess().run({} as never, o), { onitem: never }, "onItem"],
  ["fit", (o) => blindspot.fit(network(), set, o), { iteration: 2 }, "iterations"],
  ["fit", (o) => blindspot.fit(network(), set, o), { ...minibatch, epoch: 2 }, "epochs"],
  ["optimizer sgd", (o) => blindspot.fit(network(), set, { optimizer: o }), { name: "sgd", momentun: 0 }, "momentum"],
  ["optimizer adam", (o) => blindspot.fit(network(), set, { optimizer: o }), { name: "adam", beta: 0 }, "beta1"],
  ["adversarialFit", (o) => blindspot.adversarialFit(network(), set, o), { place: ["input"] }, "places"],
  ["adversarial", (o) => blindspot.adversarial(o), { radios: 1 }, "radius"],
  ["adversarialLayers", (o) => blindspot.adversarialLayers(o), { alternat: true }, "alternate"],
  ["places[0]", (o) => fitWith(blindspot.adversarialLayers({ places: [o] })), { layer: "input", weigt: 1 }, "weight"],
  ["hardNegatives", (o) => blindspot.hardNegatives(o), { evry: 1 }, "every"],
  [
    "fitAutoencoder",
    (o) => blindspot.fitAutoencoder(new blindspot.Autoencoder({ inputs: 4, units: 2 }), rows, o),
    { beta: 1, decai: 1 },
    "decay",
  ],
  [
    "fitAutoencoderClassifier",
    (o) => blindspot.fitAutoencoderClassifier(set, 4, autoencoderRecipe, o),
    { sead: 1 },
    "seed",
  ],
  ["trainRecipe", (o) => blindspot.trainRecipe(recipe, set, 4, 0, o), { spektral: 1 }, "spectral"],
  ["lbfgs", (o) => optimize.lbfgs(never, [1], o), { noize: 1e-7 }, "noise"],
  ["minimize", (o) => optimize.minimize(never, [1], o), { maxIteration: 2 }, "maxIterations"],
  ["Lbfgs", (o) => new optimize.Lbfgs([1], o), { memori: 2 }, "memory"],
  ["Lbfgsb", (o) => new optimize.Lbfgsb([1], o), { louer: 0 }, "lower"],
  ["fromTfModel", (o) => bridge.fromTfModel(((x: tfc.Tensor) => x) as never, o), { inputshape: [4] }, "inputShape"],
  [
    "registerGradientKernels",
    (o) => bridge.registerGradientKernels(o),
    { exactAveragePool: true },
    "exactAveragePools",
  ],
  ["fromLayersModel", (o) => bridge.fromLayersModel(tfl.sequential(), o), { outputs: "x" }, "output"],
  ["adversarialFit", (o) => bridge.adversarialFit(network(), set, o), { epoch: 2 }, "epochs"],
  ["loadNetwork", (o) => files.loadNetwork("fc10-1", o), { outputs: "x" }, "output"],
  ["saveNetwork", (o) => files.saveNetwork(network(), file("saved"), o), { overwrites: true }, "overwrite"],
  ["loadMnist", (o) => files.loadMnist("test", o), { floder: "/nowhere" }, "folder"],
  ["openPool", (o) => files.openPool(o), { worker: 1 }, "workers"],
  ["Run.open", (o) => files.Run.open(place(), o), { worker: 1 }, "workers"],
  ["Run.open place", (o) => files.Run.open(o), { journals: "x" }, "journal"],
  ["Journal.open", (o) => files.Journal.open(file("journal"), description, o), { onRecords: never }, "onRecord"],
  [
    "attackOnWorkers",
    (o) => files.attackOnWorkers(executor, network(), o),
    { rows, labels: [1], margins: 0 },
    "margin",
  ],
  ["layerBoundsOnWorkers", (o) => files.layerBoundsOnWorkers(executor, network(), o), { signals: 0 }, "signal"],
  [
    "unitImagesOnWorkers",
    (o) => files.unitImagesOnWorkers(executor, network(), 0, rows, o),
    { onProgres: never },
    "onProgress",
  ],
];

for (const [subject, call, misspelt, meant] of CALLS) {
  const given = Object.keys(misspelt).at(-1);
  test(`${subject} refuses ${given} and names ${meant}`, async () => {
    const refusal = await Promise.resolve(misspelt as never)
      .then(call)
      .catch((error: unknown) => error);
    expect(refusal).toMatchObject({ code: "ERR_BLINDSPOT_OPTION" });
    const { message } = refusal as Error;
    expect(message.startsWith(`${subject}: expected options among `)).toBe(true);
    expect(message.endsWith(`, got "${given}"; did you mean "${meant}"?`)).toBe(true);
  });
}
