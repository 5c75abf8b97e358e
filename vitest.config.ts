import { defineConfig } from "vitest/config";

const report = process.env["CALYPTE_TEST_REPORT"];

export default defineConfig({
  test: {
    include: [
      "src/**/*.test.ts",
      "compilers/**/*.test.ts",
      "strategies/**/*.test.ts",
      "test-models/*.test.ts",
      "bench/**/*.test.ts",
      "scripts/*.test.ts",
    ],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: report === undefined ? ["default"] : ["default", ["json", { outputFile: report }]],
  },
});
