import { defineConfig } from "tsup";

export default defineConfig({
  entry: { index: "src/index.ts", deep: "src/deep/index.ts", sweep: "src/sweep/index.ts", cli: "src/cli/main.ts" },
  format: ["esm", "cjs"],
  target: "es2022",
  clean: true,
  // One copy of what the entries share, so that their errors are of one class; import.meta.url in CommonJS too.
  splitting: true,
  shims: true,
  // d3-random is published as ES module only, which a CommonJS consumer could not require; see THIRD-PARTY-LICENSES.md.
  noExternal: ["d3-random"],
  // tsup sets `baseUrl`, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
});
