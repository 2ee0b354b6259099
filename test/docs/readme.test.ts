import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { fillAddress, publicAddress } from "../../scripts/publicAddress.ts";
import { networks, readmeFigure } from "../../scripts/readmeFigure.ts";

test("the worked example of the guide is what the example prints", () => {
  const guide = readFileSync("docs/getting-started.md", "utf8");
  const [, shown] = /```text\n([\s\S]*?)\n```/.exec(guide)!;
  const printed = execFileSync("npm", ["run", "--silent", "example"], { encoding: "utf8" }).trimEnd();
  expect(shown).toBe(printed);
  // And it draws the picture above it.
  const svg = readFileSync("examples/penguins.svg", "utf8");
  expect(guide).toContain("](../examples/penguins.svg)");
  for (const words of ["exact solution", "gradient descent", "loss L", "kernel over its start", "alignment cos ζ"])
    expect(svg).toContain(words);
  // Halving the step halves the difference to gradient descent.
  const [a, b, c] = Array.from(printed.matchAll(/step \S+ {2}(\S+)/g), (m) => Number(m[1]));
  expect(a! / b!).toBeCloseTo(2, 1);
  expect(b! / c!).toBeCloseTo(2, 1);
});

test("the CSV file of the guide has the penguins of the example", () => {
  const birds = JSON.parse(readFileSync("node_modules/vega-datasets/data/penguins.json", "utf8")) as Record<
    string,
    number | null
  >[];
  const rows = birds.map((bird) => [bird["Flipper Length (mm)"], bird["Body Mass (g)"]] as const);
  const complete = rows.filter(([flipper, mass]) => flipper !== null && mass !== null).map((row) => row.join(","));
  expect(complete.length).toBe(342);
  expect(readFileSync("examples/penguins.csv", "utf8")).toBe(`flipper,mass\n${complete.join("\n")}\n`);
});

test("the guide of forecast lists every option with the default of its docstring", () => {
  const source = readFileSync("src/design/forecast/description.ts", "utf8");
  const [, body] = /export interface NetworkDescription \{\n([\s\S]*?)\n\}/.exec(source)!;
  const fields = Array.from(body!.matchAll(/(?:\/\*\*([\s\S]*?)\*\/\s*)?readonly (\w+)\??:/g));
  const guide = readFileSync("docs/design.md", "utf8");
  const [, table] = /\n\| option [^\n]*\n[^\n]*\n((?:\|[^\n]*\n)+)/.exec(guide)!;
  const rows = table!
    .trim()
    .split("\n")
    .map((row) => row.split("|").map((cell) => cell.trim()));
  expect(rows.map(([, name]) => name)).toEqual(fields.map(([, , name]) => `\`${name}\``));
  let compared = 0;
  for (const [i, [, docstring]] of fields.entries()) {
    const [, value] = /\(default (?:all )?([\d.]+|true|false)\)/.exec(docstring ?? "") ?? [];
    if (value === undefined) continue;
    compared++;
    expect(rows[i]![3]!.replace(/^all /, "").replaceAll("`", ""), rows[i]![1]).toBe(value);
  }
  expect(compared).toBe(11);
});

describe("the picture of the README", () => {
  test("shows what its words say: equal half-lives, equal final losses, a fixed kernel and one that grows 300 times", () => {
    const { lazy, rich } = networks;
    const floor = 1 - 0.8712 ** 2;
    const half = lazy.t.findIndex((t) => t >= 1);
    for (const { t, loss } of [lazy, rich]) {
      expect(t[half]).toBeCloseTo(1, 10);
      expect((loss[half]! - floor) / (loss[0]! - floor)).toBeCloseTo(0.5, 3);
      expect(Math.abs(loss.at(-1)! - floor)).toBeLessThan(0.01);
    }
    const change = lazy.kernel.at(-1)! / lazy.kernel[0]! - 1;
    expect(change > 0.005 && change <= 0.01).toBe(true);
    expect(rich.kernel.at(-1)! / rich.kernel[0]!).toBeCloseTo(300, 0);
  });

  test.each(["light", "dark"] as const)("is drawn as it stands in the repository, %s", (theme) => {
    expect(readFileSync(`docs/figures/lazy-and-rich-${theme}.svg`, "utf8")).toBe(readmeFigure(theme));
  });
});

describe("the public address", () => {
  const files = {
    manifest: readFileSync("package.json", "utf8"),
    readme: readFileSync("README.md", "utf8"),
    citation: readFileSync("CITATION.cff", "utf8"),
  };
  const address = { repository: "https://example.org/owner/name", site: "https://owner.example.org/name" };

  test("stops a release while it is missing or malformed", () => {
    for (const repository of ["", "example.org/owner/name", "https://example.org/owner/name/", "https://example.org/a b"])
      expect(() => fillAddress({ ...address, repository }, files)).toThrow(/publicAddress\.repository is/);
    expect(() => fillAddress({ ...address, site: "" }, files)).toThrow(/publicAddress\.site is/);
    expect(JSON.parse(files.manifest).scripts.prepublishOnly).toBe("node --import tsx scripts/release.ts");
    expect(Object.keys(publicAddress)).toEqual(["repository", "site"]);
  });

  test("reaches package.json, CITATION.cff and every link of the README", () => {
    const { manifest, readme, citation } = fillAddress(address, files);
    expect(JSON.parse(manifest)).toEqual({
      ...JSON.parse(files.manifest),
      repository: { type: "git", url: "git+https://example.org/owner/name.git" },
      homepage: address.site,
      bugs: "https://example.org/owner/name/issues",
    });
    expect(citation).toContain('repository-code: "https://example.org/owner/name"');
    const links = Array.from(readme.matchAll(/\]\(([^)]*)\)|(?:src|srcset|href)="([^"]*)"/g), (m) => (m[1] ?? m[2])!);
    expect(links.length).toBeGreaterThan(25);
    for (const link of links) expect(link).toMatch(/^https:\/\//);
    expect(links).toContain("https://example.org/owner/name/raw/HEAD/docs/figures/lazy-and-rich-dark.svg");
    expect(links).toContain("https://owner.example.org/name/explorer/index.html");
    expect(links).toContain("https://example.org/owner/name/blob/HEAD/docs/from-pytorch.md");
  });

  test("is filled the same way twice", () => {
    const once = fillAddress(address, files);
    expect(fillAddress(address, once)).toEqual(once);
  });

  test("has a version that CITATION.cff and the README cite", () => {
    const { version } = JSON.parse(files.manifest);
    expect(files.citation).toContain(`\nversion: ${version}\n`);
    expect(files.readme).toContain(`version = {${version}}`);
  });
});
