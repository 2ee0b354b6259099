/** The guides are a path: titles, order, the last line of each page and the README agree. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import pages from "../../scripts/pages.json" with { type: "json" };

const groups: Readonly<Record<string, Readonly<Record<string, string>>>> = pages;
const titles: Readonly<Record<string, string>> = Object.assign({}, ...Object.values(groups));
const path = Object.keys(groups["Learn"]!);
const textOf = (name: string): string => readFileSync(`docs/${name}.md`, "utf8");

/** The links of a Markdown text: what they say and where they lead. */
function linksOf(text: string): { words: string; to: string }[] {
  return Array.from(text.matchAll(/(?<!!)\[([^\]]+)\]\(([^)\s]+)\)/g), ([, words, to]) => ({ words: words!, to: to! }));
}

describe("the pages", () => {
  test("are all on the site", () => {
    const files = readdirSync("docs", { recursive: true, encoding: "utf8" }).filter(
      (name) => name.endsWith(".md") && !/^(?:api|explorer)\b/.test(name),
    );
    expect(files.map((name) => name.slice(0, -".md".length)).sort()).toEqual(Object.keys(titles).sort());
  });

  test.each(Object.entries(titles))("%s has the title that the site shows", (name, title) => {
    expect(textOf(name).split("\n")[0]).toBe(`# ${title}`);
  });

  test("link to files and headings that exist", () => {
    const heading = (line: string): string =>
      line
        .replace(/^#+ /, "")
        .replace(/\[([^\]]*)\](?:\([^)]*\))?/g, "$1")
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replace(/\s/g, "-");
    const faults: string[] = [];
    let compared = 0;
    for (const file of ["README.md", ...Object.keys(titles).map((name) => `docs/${name}.md`)]) {
      const text = readFileSync(file, "utf8").replace(/```[\s\S]*?```/g, "");
      for (const { to } of linksOf(text)) {
        if (/^(?:https?:|mailto:)/.test(to)) continue;
        const [target, anchor] = to.split("#") as [string, string?];
        const found = target === "" ? file : normalize(join(dirname(file), target));
        compared++;
        if (!existsSync(found)) faults.push(`${file}: ${to}`);
        else if (anchor !== undefined && found.endsWith(".md")) {
          const headings = readFileSync(found, "utf8")
            .split("\n")
            .filter((line) => line.startsWith("#"));
          if (!headings.map(heading).includes(anchor)) faults.push(`${file}: ${to}`);
        }
      }
    }
    expect(faults).toEqual([]);
    expect(compared).toBeGreaterThan(150);
  });
});

describe("the path", () => {
  test.each(path.slice(0, -1).map((name, i) => [name, path[i + 1]!] as const))("leads from %s to %s", (name, next) => {
    const last = textOf(name).trimEnd().split("\n").at(-1)!;
    expect(last).toMatch(/^Next: /);
    const [link] = linksOf(last);
    expect(link!.to).toBe(`${next}.md`);
    expect(link!.words.toLowerCase()).toBe(titles[next]!.toLowerCase());
  });

  test.each(path)("%s starts from a question and shows something that is run or printed", (name) => {
    const text = textOf(name);
    const opening = text.slice(0, text.indexOf("\n#", 2));
    expect(opening).toContain("?");
    expect(text).toMatch(/```(?:ts|console)\n/);
  });

  test("is the order in which the README lists the pages", () => {
    const readme = readFileSync("README.md", "utf8");
    const listed = /\nTo learn, in this order: ([\s\S]*?)\n\n/.exec(readme)![1]!;
    expect(linksOf(listed)).toEqual(path.map((name) => ({ words: titles[name]!, to: `docs/${name}.md` })));
  });

  test("is all that the README's other lists leave out", () => {
    const readme = readFileSync("README.md", "utf8");
    const section = readme.slice(readme.indexOf("\n## Read on"), readme.indexOf("\n## Cite"));
    const listed = linksOf(section).flatMap(({ to }) => /^docs\/(.*)\.md$/.exec(to)?.[1] ?? []);
    const missing = Object.keys(titles).filter((name) => !listed.includes(name));
    expect(missing).toEqual(["results/fashion-mnist-tables"]);
  });
});
