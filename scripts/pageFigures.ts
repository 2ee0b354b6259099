/**
 * The pictures of the pages that show their code, by running that code in docs/figures.
 *
 *     npm run figures
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { figures } from "./figures.ts";

const PAGES = ["figures-of-papers"];
/** Pictures that figures.ts has drawn. */
const drawn = Object.keys(figures());
const folder = resolve(".tmp/pageFigures");

/** The TypeScript blocks of a page that write a picture which is not drawn yet. */
function drawing(page: string): string[] {
  const text = readFileSync(`docs/${page}.md`, "utf8");
  return Array.from(text.matchAll(/```ts\n([\s\S]*?)```/g), ([, code]) => code!).filter((code) => {
    const [, name] = /writeFileSync\("([\w-]+)\.svg", await renderSvg/.exec(code) ?? [];
    return name !== undefined && !drawn.includes(name);
  });
}

mkdirSync(folder, { recursive: true });
const files = PAGES.flatMap((page) =>
  drawing(page).map((code, i) => {
    const file = `${folder}/${page}-${i}.ts`;
    writeFileSync(file, `${code}\nexport {};\n`);
    return file;
  }),
);
process.chdir("docs/figures");
try {
  for (const file of files) await import(pathToFileURL(file).href);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
