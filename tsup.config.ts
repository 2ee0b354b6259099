import { readFileSync, writeFileSync } from "node:fs";
import { defineConfig } from "tsup";

/**
 * A module with its constants written out, such as 0.5 for `const HALF = 1 / 2;`. A bundler that does not know whether an
 * expression has side effects keeps it, also where nothing uses it.
 */
function withValues(code: string): string {
  const numbers = String.raw`(?:[-+*/()\[\]{},\s\d]|\b[a-z]: |Number\.EPSILON|Math\.(?:sqrt|[A-Z]\w*))+?`;
  return code.replaceAll(
    new RegExp(String.raw`^((?:export )?const [A-Z]\w*(?:: \w+)? = )(${numbers})((?: as const)?;)$`, "gm"),
    (_, start: string, expression: string, end: string) =>
      `${start}${JSON.stringify(Function(`return (${expression})`)())}${end}`,
  );
}

export default defineConfig({
  entry: {
    index: "src/index.ts",
    deep: "src/networks/index.ts",
    sweep: "src/sweep/index.ts",
    plot: "src/plot/index.ts",
    parallel: "src/parallel/index.ts",
    ndarray: "src/ndarray/index.ts",
    cli: "src/cli/main.ts",
  },
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
  esbuildPlugins: [
    {
      name: "values of constants",
      setup({ onLoad }) {
        onLoad({ filter: /src\/.*\.ts$/ }, ({ path }) => ({ contents: withValues(readFileSync(path, "utf8")), loader: "ts" }));
      },
    },
    {
      // Each of d3-random's distributions is made by a call, which bundlers keep unless they are told that it does nothing else.
      name: "pure d3-random",
      setup({ onLoad }) {
        onLoad({ filter: /d3-random\.mjs$/ }, ({ path }) => ({
          contents: readFileSync(path, "utf8").replaceAll("= (function source", "= /* @__PURE__ */ (function source"),
        }));
      },
    },
  ],
  plugins: [
    {
      // vega and vega-lite are ES modules only: `import()` of them must stay what it is in CommonJS too, where splitting makes it `require`.
      name: "import() of ES modules",
      renderChunk: (code) => ({ code: code.replaceAll(/\bimport\((?="vega)/g, "__import(") }),
      buildEnd({ writtenFiles }) {
        for (const { name } of writtenFiles) {
          const code = readFileSync(name, "utf8");
          if (code.includes("__import(")) writeFileSync(name, code.replaceAll("__import(", "import("));
        }
      },
    },
  ],
});
