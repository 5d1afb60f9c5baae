import { defineConfig } from "vitest/config";

/** Tests of the command, of its threads, of the package and of files: they run the built dist/, and take most of the time. */
const INTEGRATION = [
  "test/action.test.ts",
  "test/cli/**/*.test.ts",
  "test/jobs/**/*.test.ts",
  "test/package/**/*.test.ts",
  "test/tfjs/core-specs.test.ts",
  "test/bench/**/*.test.ts",
  "test/docs/**/*.test.ts",
  "test/site/browsers.test.ts",
  "test/examples/**/*.test.ts",
  "test/report/rendered.test.ts",
];

/** Whole models beside other implementations, and kernels over millions of numbers: they take seconds each. */
const HEAVY = [
  "test/models.test.ts",
  "test/certify/{branch,joint,layers,references}.test.ts",
  "test/goldens.test.ts",
  "test/studies/verify/*.test.ts",
  "test/studies/missing.test.ts",
  "test/attacks/minimal/references.test.ts",
  "test/formats/onnx/{export,judged,models,operations,write}.test.ts",
  "test/model/{squeezenet,conv-models,recurrent,transposed,volume}.test.ts",
  "test/attacks/{minimal,named}/*-peers.test.ts",
  "test/attacks/named/{allocations,every}.test.ts",
  "test/attacks/robust.test.ts",
  "test/studies/{certify,pockets,features}/**/*.test.ts",
  "test/kernels/{gate,transcendental}.test.ts",
  "test/tfjs/**/*.test.ts",
];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/deno/**", ...INTEGRATION, ...HEAVY] },
      },
      {
        extends: true,
        test: { name: "heavy", include: HEAVY, exclude: INTEGRATION },
      },
      {
        extends: true,
        test: { name: "integration", include: INTEGRATION, globalSetup: ["test/fresh-dist.ts"] },
      },
    ],
    setupFiles: ["test/repeatable.ts"],
    testTimeout: 180_000,
    // Of two cores Vitest leaves one idle otherwise.
    maxWorkers: 2,
  },
});
