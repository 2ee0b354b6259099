/**
 * The pictures of the pages that show their code, by running that code: into docs/figures, and once more for
 * dark surroundings into docs/figures/dark.
 *
 *     npm run figures
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { figures } from "./figures.ts";

const PAGES = ["figures-of-papers", "several-inputs"];
/** Pictures that figures.ts draws. */
const known = Object.keys(figures());
const scripts = import.meta.dirname;
const folder = resolve(".tmp/pageFigures");

/** The TypeScript blocks of a page that write a picture of their own. */
function drawing(page: string): string[] {
  const text = readFileSync(`docs/${page}.md`, "utf8");
  return Array.from(text.matchAll(/```ts\n([\s\S]*?)```/g), ([, code]) => code!).filter((code) => {
    const [, name] = /writeFileSync\(\s*"([\w-]+)\.svg",\s*await renderSvg/.exec(code) ?? [];
    return name !== undefined && !known.includes(name);
  });
}

const blocks = PAGES.flatMap(drawing);
mkdirSync(folder, { recursive: true });
try {
  for (const [theme, within, plots] of [
    ["light", "docs/figures", "feature-learning/plot"],
    ["dark", "docs/figures/dark", `${scripts}/darkPlots.ts`],
  ] as const) {
    mkdirSync(within, { recursive: true });
    for (const [i, code] of blocks.entries()) {
      const file = `${folder}/${theme}-${i}.ts`;
      const moved = code.replace(/writeFileSync\(\s*"/, `writeFileSync("${within}/`);
      writeFileSync(file, moved.replace('"feature-learning/plot"', JSON.stringify(plots)));
      await import(pathToFileURL(file).href);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
