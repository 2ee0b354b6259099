/**
 * The folders of src in the order in which data flow through them, and what may import what. `npm run lint`
 * runs this file; docs/architecture.md draws the list.
 */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** A folder may import the folders in rows above its own. Folders of one row do not know each other. */
export const rows: readonly (readonly string[])[] = [
  ["door"],
  ["numerics"],
  ["model"],
  ["initial"],
  ["layers", "matrix"],
  ["exact"],
  ["integrate"],
  ["flow"],
  ["descent"],
  ["regimes", "mechanisms"],
  ["design"],
  ["networks"],
  ["sweep"],
  ["parallel"],
  ["plot"],
  ["ndarray"],
  ["cli"],
];

/**
 * The same within exact/: families are built on shared mathematics, and only modes, deepModes, relu, folded
 * and what stands in exact/ itself know families. A folder that is not named here is a family, in the second
 * row.
 */
export const exactRows: readonly (readonly string[])[] = [
  ["riccati", "matrixRiccati"],
  ["oneDirection", "balanced"],
  ["modes", "relu", "sensitivities"],
  ["folded", "deepModes"],
];

/** Folders of different rows that must not meet, so that tests can set one against the other. */
export const strangers: readonly (readonly string[])[] = [["integrate", "exact"]];

/** The tests' oracle must not use what it is to check. */
const oracle = {
  files: ["simulateDescent", "fullWidth", "fullGradient", "optimizers"].map((name) => `src/descent/${name}.ts`),
  without: ["exact", "integrate", "layers", "matrix", "flow"],
};

const rowOf = (list: readonly (readonly string[])[], folder: string): number => list.findIndex((row) => row.includes(folder));

/** The files that a module imports by relative paths, types included. */
export function importsOf(file: string, source: string): string[] {
  const found = source.matchAll(/(?:from\s*|import\s*\(?\s*)"(\.{1,2}\/[^"]+)"/g);
  return Array.from(found, ([, path]) => normalize(join(dirname(file), path!)).replaceAll("\\", "/"));
}

/** The command, and the engine that runs a sweep's chunks in threads, are written as a user's program is. */
const user = /^src\/(cli\/|parallel\/runParallel\.ts)/;

/** Public functions that are still called from inside, each by file. */
const calledInside: Readonly<Record<string, readonly string[]>> = {
  "src/mechanisms/mechanisms.ts": ["mechanisms"],
  "src/networks/runReport.ts": ["mechanisms"],
};

/**
 * Public functions that are called inside, a line each. A public function reads its arguments and names its
 * errors; inside, what has been read is passed to the function behind it.
 */
export function callsOfPublic(sources: ReadonlyMap<string, string>): string[] {
  const entries = Array.from(sources.keys()).filter(isEntry);
  const isPublic = new Set(
    entries.flatMap((entry) =>
      namesIn("export", entry, sources.get(entry)!).flatMap(({ name, file }) =>
        new RegExp(`export (async )?function\\*? ${name}\\b`).test(sources.get(file) ?? "") ? [`${file} ${name}`] : [],
      ),
    ),
  );
  return Array.from(sources).flatMap(([file, source]) => {
    if (isEntry(file) || user.test(file)) return [];
    const code = source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    const imported = namesIn("import", file, code).filter((one) => isPublic.has(`${one.file} ${one.name}`));
    const own = Array.from(code.matchAll(/(?<!function\*? |\.)\b(\w+)\(/g), ([, name]) => name!);
    const called = [...imported.map(({ name }) => name), ...own.filter((name) => isPublic.has(`${file} ${name}`))];
    const allowed = calledInside[file] ?? [];
    return Array.from(new Set(called))
      .filter((name) => !allowed.includes(name))
      .map((name) => `${file} calls the public function ${name}; call the function behind it`);
  });
}

/** The values that a module imports by name, or exports from other files. */
function namesIn(keyword: "import" | "export", file: string, source: string): { name: string; file: string }[] {
  const lists = source.matchAll(new RegExp(`${keyword}\\s+\\{([^}]*)\\}\\s*from\\s*"([^"]+)"`, "g"));
  return Array.from(lists, ([, names, path]) =>
    names!
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !name.startsWith("type "))
      .map((name) => ({ name: name.split(" as ")[0]!, file: normalize(join(dirname(file), path!)).replaceAll("\\", "/") })),
  ).flat();
}

/** Whether a file is what a user imports. */
function isEntry(file: string): boolean {
  return file.split("/").length === 2 || /^src\/\w+\/index\.ts$/.test(file);
}

/** Why a file may not import another one; undefined where it may. */
export function forbidden(file: string, imported: string): string | undefined {
  if (imported === "package.json" && file.startsWith("src/cli/")) return undefined;
  if (!imported.startsWith("src/")) return "is outside of src";
  const [from, to] = [file.split("/")[1]!, imported.split("/")[1]!];
  if (/^src\/(\w+\/)?index\.ts$/.test(imported)) return "is an entry; import the file that has it";
  if (isEntry(file)) return undefined;
  if (oracle.files.includes(file) && oracle.without.includes(to)) return "is what this simulation is to check";
  if (strangers.some((pair) => pair.includes(from) && pair.includes(to) && from !== to))
    return `${from} and ${to} do not know each other`;
  const [a, b] = [rowOf(rows, from), rowOf(rows, to)];
  if (a < 0) return `${from} is not in the list of folders`;
  if (from !== to) return b >= a || b < 0 ? `${from} stands above ${to} or beside it` : undefined;
  return from === "exact" ? forbiddenInExact(file, imported) : undefined;
}

/** The row of a folder of exact/; one that the list does not name is a family. */
function exactRowOf(folder: string): number {
  const row = rowOf(exactRows, folder);
  return row < 0 ? rowOf(exactRows, "oneDirection") : row;
}

function forbiddenInExact(file: string, imported: string): string | undefined {
  const inside = (path: string): string | undefined => (path.split("/").length > 3 ? path.split("/")[2] : undefined);
  const [from, to] = [inside(file), inside(imported)];
  if (from === to || from === undefined) return undefined;
  if (to === undefined) return "stands in exact/ itself, which is built on this folder";
  return exactRowOf(to) >= exactRowOf(from) ? `exact/${from} stands above exact/${to} or beside it` : undefined;
}

/**
 * Everything wrong with the imports of these files, a line each: what may not be imported, circles, and
 * public functions that are called inside.
 */
export function violations(sources: ReadonlyMap<string, string>): string[] {
  const graph = new Map(Array.from(sources, ([file, source]) => [file, importsOf(file, source)]));
  const wrong = Array.from(graph, ([file, imports]) =>
    imports.flatMap((imported) => {
      const why = forbidden(file, imported);
      return why === undefined ? [] : [`${file} imports ${imported}, which ${why}`];
    }),
  ).flat();
  return [...wrong, ...circles(graph), ...callsOfPublic(sources)];
}

function circles(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) {
      found.push(`circle: ${[...path.slice(path.indexOf(file)), file].join(" → ")}`);
      return;
    }
    if (done.has(file)) return;
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}

/** The sources of src by their paths from the root. */
export function sourcesOf(root: string): Map<string, string> {
  const files = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true });
  return new Map(
    files
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [relative(root, path).replaceAll("\\", "/"), readFileSync(path, "utf8")];
      }),
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const found = violations(sourcesOf(fileURLToPath(new URL("..", import.meta.url))));
  for (const line of found) console.error(line);
  process.exitCode = found.length > 0 ? 1 : 0;
}
