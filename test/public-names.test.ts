/** What each entry of the package gives: a name that comes or goes is a decision, made here too. */
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const PACKAGE = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));

const ROOT = `
  CERTIFY_EFFORTS certify certifyProperty certifyStudy propertyText
  ATTACKS Autoencoder EFFORTS ERROR_CODES Network RECIPES Random TARGET_RULES
  adversarial adversarialFit adversarialLayers alexNet alexNetFromTorchvision amplify answers attackEveryLabel attackStudy auditBaseline auditStudy autoencoderClassifier benchAttacksStudy
  certified certifiedRadius codeOf coherence convolutionNorm countErrors digestRecord distortions errorRate featuresStudy fit fitAutoencoder fitAutoencoderClassifier fitQuocNet
  fullyConnected gaussianNoise hardNegatives inProcess initialize labelCoherence layerBound layerBounds lbfgsAttack loadNetwork marginOf matrixNorm maximise
  meanDifference meanDistortion minimalAttack mnistConvnet namedAttack networkBound paperStudy permutationTest pocketsStudy preregisteredStudy pooledDistortion predictedClasses quantize quocNet randomDirections
  recordJson robustAccuracy robustStudy seedInterval selectRows smallConvnet softmaxRegression sparsitySearchStudy stabilityStudy stretches summarize survivesQuantization targetLabels trades trainRecipe trainStudy
  trainingSearchStudy trainingStudy transferCell transferMatrix transferStudy unitDirection
  unitImages unitsStudy unitsSurvey verifyRecord wilsonInterval withClassifier`;

const NAMES: Record<string, string> = {
  ".": ROOT,
  "./slim": ROOT,
  "./tfjs":
    "adversarialFit fromLayersModel fromTfModel registerGradientKernels toLayersModel unregisterGradientKernels writeTo",
  "./model": `ERROR_CODES Network alexNet alexNetFromTorchvision codeOf countErrors fullyConnected initialize loadNetwork marginOf
    mnistConvnet predictedClasses quocNet smallConvnet softmaxRegression`,
  "./optimize": "Lbfgs Lbfgsb LineSearch lbfgs minimize",
  "./vitest": "toResist",
  "./goldens": "PARTS compareDigests compareMachine machineDigests",
  "./data": `Safetensors UNLABELLED decodePng differenceRaster encodePng idxDataset imageRaster imageSize mnist parseIdx readNpy
    readSafetensors slice writeNpy`,
  "./node": `Journal Run attackOnWorkers defaultWorkers fitOnWorkers layerBoundsOnWorkers loadData loadFashion loadIdx loadImages loadMnist loadNetwork
    loadSafetensors openPool readCheckpoint removeCheckpoint resolveModel saveNetwork shareArray shareDataset shareModel shippedModels
    unitImagesOnWorkers writeCheckpoint`,
};

const words = (text: string) => text.trim().split(/\s+/).sort();

test("every entry of the package has its list", () => {
  const entries = Object.keys(PACKAGE.exports).filter((entry) => !/\.(wasm|json)$/.test(entry));
  expect(entries.sort()).toEqual(Object.keys(NAMES).sort());
});

for (const [entry, names] of Object.entries(NAMES)) {
  test(`blindspot${entry.slice(1)} has these names and no other`, async () => {
    const source = PACKAGE.exports[entry].types.replace("/dist/", "/src/").replace(/\.d\.ts$/, ".ts");
    expect(Object.keys(await import(new URL(`.${source}`, import.meta.url).href)).sort()).toEqual(words(names));
  });
}

test("package.json names every module that is imported for its effect: a bundler may drop the others", () => {
  const src = new URL("../src/", import.meta.url);
  const files = readdirSync(src, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts"));
  const withEffects = files.filter((path) => /^import "/m.test(readFileSync(new URL(path, src), "utf8")));
  expect(withEffects.length).toBeGreaterThan(4);
  const named = new Set(PACKAGE.sideEffects);
  expect(withEffects.filter((path) => !named.has(`./dist/${path.replace(/\.ts$/, ".js")}`))).toEqual([]);
  expect(named.has("./dist/wasm/inline.js")).toBe(true);
});
