/** What the documentation shows compiles, runs, and prints what it says. */
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import { inspect } from "node:util";
import { describe, expect, inject, test } from "vitest";
import { promisesOf, snippets } from "./snippets.ts";

const all = snippets();
const FOLDER = "test/docs/extracted";

/** Files that the snippets read from where the reader has put them. */
const FILES: Readonly<Record<string, string>> = { "penguins.csv": "examples/penguins.csv" };

describe("the documentation", () => {
  test("reads files that come with the package", () => {
    const { files } = JSON.parse(fs.readFileSync("package.json", "utf8"));
    const text = fs.readFileSync("docs/getting-started.md", "utf8");
    for (const file of Object.values(FILES)) {
      expect(files).toContain(file);
      expect(text).toContain(`cp node_modules/feature-learning/${file} .`);
    }
  });

  test("tells to save a program as an ES module, which may await at the top of the file", () => {
    const text = fs.readFileSync("docs/getting-started.md", "utf8");
    const names = Array.from(text.matchAll(/npx tsx (\S+?)`/g), ([, name]) => name);
    expect(names).toEqual(["question.mts"]);
  });

  test("shows code", () => {
    expect(all.length).toBeGreaterThan(25);
    expect(all.filter(({ where }) => where.startsWith("README.md")).length).toBeGreaterThan(0);
  });

  test("shows code that type-checks under the library's own strict settings", () => {
    fs.rmSync(FOLDER, { recursive: true, force: true });
    fs.mkdirSync(FOLDER, { recursive: true });
    const files = all.map(({ code }, i) => {
      const file = `${FOLDER}/snippet-${i}.ts`;
      fs.writeFileSync(file, `${code}\nexport {};\n`);
      return file;
    });
    const config = `${FOLDER}/tsconfig.json`;
    fs.writeFileSync(
      config,
      JSON.stringify({ extends: "../../../tsconfig.json", compilerOptions: { noUnusedLocals: false }, include: ["."] }),
    );
    try {
      execFileSync("npx", ["tsc", "-p", config], { encoding: "utf8", stdio: "pipe" });
    } catch (error) {
      const message = (error as { stdout: string }).stdout.replace(/\S*snippet-(\d+)\.ts/g, (_, i) => all[Number(i)]!.where);
      expect.fail(message);
    } finally {
      fs.rmSync(FOLDER, { recursive: true, force: true });
    }
    expect(files.length).toBe(all.length);
  });

  test.each(all)("$where prints and draws what it says", async ({ code }) => {
    const { printed, written } = await run(code);
    const promised = promisesOf(code);
    expect(promised.length, "console.log calls that run more or less often than once").toBe(printed.length);
    for (const [i, promise] of promised.entries()) if (promise !== undefined) expect(printed[i]).toBe(promise);
    for (const [file, text] of written) {
      const figure = `docs/figures/${file}`;
      if (fs.existsSync(figure))
        expect(drawn(text) === drawn(fs.readFileSync(figure, "utf8")), `${file} differs from ${figure}`).toBe(true);
      else expect(text).toMatch(/^<svg/);
    }
  });

  test.each(["plots", "figures-of-papers"])("draws every picture of %s by the code above it", (page) => {
    const text = fs.readFileSync(`docs/${page}.md`, "utf8");
    const pictures = Array.from(text.matchAll(/!\[[^\]]+\]\(figures\/([\w-]+\.svg)\)/g), ({ 1: name, index }) => ({
      name,
      index,
    }));
    expect(pictures.length).toBeGreaterThan(7);
    for (const { name, index } of pictures) {
      const above = text.slice(text.lastIndexOf("\n```ts\n", index), index);
      expect(above, `no code above ${name}`).toMatch(new RegExp(`writeFileSync\\(\\s*"${name}",\\s*await renderSvg\\(`));
    }
  });
});

/**
 * A picture without what may differ between runs: the numbers of clipping paths and gradients, which Vega
 * counts from picture to picture, and the last digits of coordinates, which depend on how the code has been
 * optimised.
 */
const drawn = (svg: string): string =>
  svg.replace(/\b(clip|gradient_)\d+/g, "$1").replace(/\d+\.\d{4,}(?:e-\d+)?/g, (number) => Number(number).toFixed(3));

/** Runs the snippet and returns what it logged, a line a call, and the files that it would have written. */
async function run(code: string): Promise<{ printed: string[]; written: Map<string, string> }> {
  const { transform } = await import("esbuild");
  const body = code.replace(/^import \{([^}]*)\} from "([^"]+)";$/gm, (_, names: string, module: string) => {
    const runtime = names
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "))
      .map((name) => name.replace(" as ", ": "));
    return `const { ${runtime.join(", ")} } = await load("${module}");`;
  });
  const { code: script } = await transform(
    body.replace(/^import (\w+) from "([^"]+)";$/gm, 'const $1 = (await load("$2")).default;'),
    {
      loader: "ts",
    },
  );
  const printed: string[] = [];
  const written = new Map<string, string>();
  const log = (...values: unknown[]): unknown =>
    printed.push(
      values.map((value) => (typeof value === "string" ? value : inspect(value, { breakLength: Infinity }))).join(" "),
    );
  const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
    ...args: string[]
  ) => (...args: unknown[]) => Promise<void>;
  const entries: Readonly<Record<string, () => Promise<unknown>>> = {
    "node:fs": async () => ({
      ...fs,
      readFileSync: (file: string, encoding: "utf8") => fs.readFileSync(FILES[file] ?? file, encoding),
      writeFileSync: (file: string, text: string) => written.set(file, text),
    }),
    "feature-learning": () => import("feature-learning"),
    "feature-learning/deep": () => import("feature-learning/deep"),
    "feature-learning/ndarray": () => import("feature-learning/ndarray"),
    "feature-learning/plot": () => import("feature-learning/plot"),
    "feature-learning/sweep": () => import("feature-learning/sweep"),
    // Worker threads load the package as it is built.
    "feature-learning/parallel": () => import(`${inject("built")}/dist/parallel.js`),
  };
  const load = (module: string): Promise<unknown> => entries[module]?.() ?? import(/* @vite-ignore */ module);
  await new AsyncFunction("console", "load", script)({ log, table: () => undefined }, load);
  return { printed, written };
}
