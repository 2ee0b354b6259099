/**
 * Draws the folders of src in the rows of scripts/imports.ts, and which folder imports which, as
 * docs/figures/architecture.svg:
 *
 *     node --import tsx scripts/architecture.ts
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { importsOf, rows, sourcesOf } from "./imports.ts";

const [WIDTH, BOX, HEIGHT, GAP, TOP] = [760, 132, 30, 22, 24];

interface Place {
  readonly folder: string;
  readonly row: number;
  readonly x: number;
  readonly y: number;
}

/** The picture, for these sources by their paths. */
export function drawing(sources: ReadonlyMap<string, string>): string {
  const folderOf = (path: string): string => path.split("/")[1]!;
  const files = new Map<string, number>();
  const edges = new Set<string>();
  for (const [file, source] of sources) {
    const from = folderOf(file);
    files.set(from, (files.get(from) ?? 0) + 1);
    for (const imported of importsOf(file, source)) if (folderOf(imported) !== from) edges.add(`${from} ${folderOf(imported)}`);
  }
  const present = rows.map((row) => row.filter((folder) => files.has(folder))).filter((row) => row.length > 0);
  const places: Place[] = present.flatMap((row, r) =>
    row.map((folder, i) => ({
      folder,
      row: r,
      x: WIDTH / 2 + (i - (row.length - 1) / 2) * (BOX + 40),
      y: TOP + r * (HEIGHT + GAP),
    })),
  );
  const place = (folder: string): Place | undefined => places.find((one) => one.folder === folder);
  const arrows = [...edges].flatMap((edge) => {
    const [a, b] = edge.split(" ").map((folder) => place(folder));
    return a === undefined || b === undefined ? [] : [arrow(a, b)];
  });
  const boxes = places.map(
    ({ folder, x, y }) =>
      `<rect x="${x - BOX / 2}" y="${y}" width="${BOX}" height="${HEIGHT}" rx="5"/><text x="${x}" y="${y + 19}">${folder} · ${files.get(folder)}</text>`,
  );
  const height = TOP + present.length * (HEIGHT + GAP);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title description">`,
    '<title id="title">The folders of src and their imports</title>',
    '<desc id="description">A row a layer, the number of files in each box. Folders import folders of rows above their own only.</desc>',
    "<style>rect{fill:#eef3fa;stroke:#4c78a8}text{font:14px sans-serif;fill:#1b2a3a;text-anchor:middle}path{fill:none;stroke:#4c78a8;stroke-opacity:.35}@media(prefers-color-scheme:dark){rect{fill:#1d2b3a;stroke:#7fb0e0}text{fill:#e8eef5}path{stroke:#7fb0e0}}</style>",
    ...arrows,
    ...boxes,
    "</svg>\n",
  ].join("\n");
}

/**
 * A straight line to the row above, a curve around the rows between for others: to the left and right in
 * turn.
 */
function arrow(a: Place, b: Place): string {
  const [y1, y2] = [a.y, b.y + HEIGHT];
  const rowsBetween = a.row - b.row;
  if (rowsBetween === 1) return `<path d="M${a.x} ${y1} L${b.x} ${y2}"/>`;
  const side = (a.row + b.row) % 2 === 0 ? -1 : 1;
  const [x1, x2] = [a.x + (side * BOX) / 2, b.x + (side * BOX) / 2];
  const bend = Math.min(220, 24 * rowsBetween);
  const [m1, m2] = [y1 + HEIGHT / 2, b.y + HEIGHT / 2];
  return `<path d="M${x1} ${m1} C${x1 + side * bend} ${m1} ${x2 + side * bend} ${m2} ${x2} ${m2}"/>`;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  writeFileSync(`${root}docs/figures/architecture.svg`, drawing(sourcesOf(root)));
}
