import { defineConfig } from "vitest/config";

/** Tests of the command, of its threads, of the package and of files: they run the built dist/, and take most of the time. */
const INTEGRATION = [
  "test/cli/**/*.test.ts",
  "test/jobs/**/*.test.ts",
  "test/package/**/*.test.ts",
  "test/tfjs/core-specs.test.ts",
  "test/docs.test.ts",
];

export default defineConfig({
  test: {
    projects: [
      {
        extends: true,
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: ["test/deno/**", ...INTEGRATION] },
      },
      {
        extends: true,
        test: { name: "integration", include: INTEGRATION, globalSetup: ["test/fresh-dist.ts"] },
      },
    ],
    setupFiles: ["test/repeatable.ts"],
    testTimeout: 60_000,
  },
});
