import { defineConfig } from "vitest/config";

/** Suites that take minutes. */
export default defineConfig({
  test: {
    setupFiles: ["test/repeatable.ts"],
    include: ["test/**/*.slow.ts"],
    testTimeout: 1_800_000,
    hookTimeout: 600_000,
  },
});
