import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    setupFiles: ["test/repeatable.ts"],
    include: ["test/**/*.test.ts"],
    exclude: ["test/deno/**"],
    testTimeout: 60_000,
  },
});
