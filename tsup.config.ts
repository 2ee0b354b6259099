import { defineConfig } from "tsup";

export default defineConfig({
  entry: ["src/index.ts"],
  format: ["esm", "cjs"],
  target: "es2022",
  clean: true,
  // d3-random is published as ES module only, which a CommonJS consumer could not require; see THIRD-PARTY-LICENSES.md.
  noExternal: ["d3-random"],
  // tsup sets `baseUrl`, which TypeScript 6 calls deprecated.
  dts: { compilerOptions: { ignoreDeprecations: "6.0" } },
});
