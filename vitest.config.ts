import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "compilers/**/*.test.ts", "strategies/**/*.test.ts", "test-models/*.test.ts", "bench/**/*.test.ts", "scripts/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
  },
});
