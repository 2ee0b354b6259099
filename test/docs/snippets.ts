/** All that the documentation shows as TypeScript: the blocks of the Markdown files and the examples of the docstrings. */
import { readdirSync, readFileSync } from "node:fs";

export interface Snippet {
  /** File and line, for messages. */
  readonly where: string;
  readonly code: string;
}

export function snippets(): Snippet[] {
  const markdown = ["README.md", ...filesIn("docs", ".md")];
  const sources = filesIn("src", ".ts");
  return [...markdown.flatMap((file) => blocksOf(file, false)), ...sources.flatMap((file) => blocksOf(file, true))];
}

function filesIn(folder: string, ending: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(ending));
  return names.filter((name) => !name.startsWith("api")).map((name) => `${folder}/${name}`);
}

function blocksOf(file: string, inDocstrings: boolean): Snippet[] {
  const found: Snippet[] = [];
  let code: string[] | undefined;
  let start = 0;
  for (const [i, raw] of readFileSync(file, "utf8").split("\n").entries()) {
    const line = inDocstrings ? raw.replace(/^\s*\* ?/, "") : raw;
    if (code === undefined && /^```ts\b/.test(line)) {
      code = [];
      start = i + 1;
    } else if (code !== undefined && line.startsWith("```")) {
      found.push({ where: `${file}:${start}`, code: code.join("\n") });
      code = undefined;
    } else {
      code?.push(line);
    }
  }
  return found;
}

/** What the comments behind console.log promise, in order; undefined where a line promises nothing. */
export function promisesOf(code: string): (string | undefined)[] {
  return code
    .split("\n")
    .filter((line) => /^\s*(?:if \(.*\) |for \(.*\) |} )?.*console\.log\(/.test(line))
    .map((line) => /console\.log\(.*\);\s*\/\/ (.*)$/.exec(line)?.[1]);
}
