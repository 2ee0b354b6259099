/** Bundlers, each as a user calls it for a page in the browser, without optional packages of ours. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** What each needs installed, and a program that bundles `input` into `out`/page.js. */
export const bundlers = [
  {
    name: "esbuild",
    packages: ["esbuild@0.27.7"],
    program: ({ input, out, from }) => `
      import { build } from ${from("esbuild", "lib/main.js")};
      await build({ entryPoints: { page: ${input} }, bundle: true, format: "esm", splitting: true, outdir: ${out}, logLevel: "error" });`,
  },
  {
    name: "webpack",
    packages: ["webpack@5.113.0"],
    program: ({ input, out, root, from }) => `
      import webpack from ${from("webpack", "lib/index.js")};
      const stats = await new Promise((resolve, reject) =>
        webpack(
          { mode: "production", context: ${root}, entry: { page: ${input} }, output: { path: ${out}, publicPath: "/" }, performance: false },
          (error, found) => (error ? reject(error) : resolve(found)),
        ),
      );
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
      // It warns of optional packages that are not there.
      const wrong = [...errors, ...warnings.filter(({ message }) => !/Can't resolve 'vega/.test(message))];
      if (wrong.length > 0) throw new Error(wrong.map(({ message }) => message).join("\\n"));`,
  },
  {
    name: "Rollup",
    packages: ["rollup@4.68.8", "@rollup/plugin-node-resolve@16.0.3", "@rollup/plugin-commonjs@29.0.3"],
    program: ({ input, out, from }) => `
      import { rollup } from ${from("rollup", "dist/es/rollup.js")};
      import { nodeResolve } from ${from("@rollup/plugin-node-resolve", "dist/es/index.js")};
      import commonjs from ${from("@rollup/plugin-commonjs", "dist/es/index.js")};
      const wrong = [];
      const onwarn = (warning) => {
        if (warning.code === "UNRESOLVED_IMPORT" && !/^vega/.test(warning.exporter)) wrong.push(warning.message);
      };
      const bundle = await rollup({ input: { page: ${input} }, plugins: [nodeResolve({ browser: true }), commonjs()], onwarn });
      await bundle.write({ dir: ${out}, format: "es", entryFileNames: "[name].js" });
      if (wrong.length > 0) throw new Error(wrong.join("\\n"));`,
  },
  {
    name: "Vite",
    packages: ["vite@8.3.8"],
    program: ({ input, out, root, from }) => `
      import { build } from ${from("vite", "dist/node/index.js")};
      const output = { entryFileNames: "[name].js" };
      const options = { outDir: ${out}, rollupOptions: { input: { page: ${input} }, output }, modulePreload: false };
      await build({ root: ${root}, configFile: false, logLevel: "error", build: options });`,
  },
];

/** Bundles a page, in a process of its own. */
export async function bundle({ name, program }, { root, input, out, tools, run }) {
  const text = (value) => JSON.stringify(value);
  const from = (packageName, file) => text(pathToFileURL(join(tools, "node_modules", packageName, file)).href);
  const file = join(tools, `${name}-${input.replaceAll(/\W/g, "-")}.mjs`);
  mkdirSync(out, { recursive: true });
  writeFileSync(file, program({ input: text(input), out: text(out), root: text(root), from }));
  await run("node", [file], root);
}
