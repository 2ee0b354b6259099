/**
 * The report as one self-contained page with pictures, tables and explanations, for desktop and phone, light
 * and dark.
 */
import { mechanismNames } from "../mechanisms/report.ts";
import { type LayerReport, type PairReport, type RunReport, shortName } from "../networks/runReport.ts";
import { chartStyle, darkColours, escaped, lightColours } from "./chart.ts";
import { chartsOf, inlineChart } from "./charts.ts";
import { pairName, printable } from "./names.ts";
import { doubtsOf, growthOf, intervalOf, kernelLine } from "./table.ts";
import { number } from "./text.ts";

const STYLE = `
:root { color-scheme: light dark; ${lightColours} --good: #1a7f37; --bad: #cf222e; --blue: #0969da; --mixed: #8250df; }
@media (prefers-color-scheme: dark) { :root { ${darkColours} --good: #3fb950; --bad: #f85149; --blue: #58a6ff; --mixed: #bc8cff; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 1.2rem 1rem 4rem; font: 16px/1.5 system-ui, sans-serif; color: var(--fl-text); background: var(--fl-back); }
h1 { font-size: 1.4rem; line-height: 1.3; margin: 0.4rem 0; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin: 2rem 0 0.6rem; }
p { max-width: 46rem; } .dim { color: var(--fl-dim); } .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr)); gap: 1rem; }
.fl-chart { width: 100%; height: auto; display: block; }
${chartStyle}
table { border-collapse: collapse; width: 100%; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 600; color: var(--fl-dim); } th, td { padding: 0.35rem 1rem 0.35rem 0; border-bottom: 1px solid var(--fl-grid); vertical-align: top; }
td.name { overflow-wrap: anywhere; } td.n, th.n { text-align: right; white-space: nowrap; }
.alignment { color: var(--good); } .disalignment { color: var(--bad); } .rescaling { color: var(--blue); } .mixed { color: var(--mixed); }
b.alignment, b.disalignment, b.rescaling, b.mixed { font-weight: 600; }
details { margin: 0.6rem 0; } summary { cursor: pointer; } ul { padding-left: 1.2rem; } li { overflow-wrap: anywhere; }
@media (max-width: 700px) {
  thead { display: none; } table, tbody { display: block; } tr { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1rem; padding: 0.5rem 0; border-bottom: 1px solid var(--fl-grid); }
  td { border: 0; padding: 0.05rem 0; display: flex; justify-content: space-between; gap: 0.5rem; } td.n { text-align: left; white-space: normal; }
  td::before { content: attr(data-of); color: var(--fl-dim); } td.name { grid-column: 1 / -1; font-weight: 600; } td.name::before { content: none; }
}
`;

interface Column<Row> {
  readonly title: string;
  readonly kind: "name" | "n" | "";
  readonly cell: (row: Row) => string;
}

function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const head = columns.map(({ title, kind }) => `<th class="${kind}">${escaped(title)}</th>`).join("");
  const body = rows.map((row) => {
    const cells = columns.map(({ title, kind, cell }) => `<td class="${kind}" data-of="${escaped(title)}">${cell(row)}</td>`);
    return `<tr>${cells.join("")}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>\n${body.join("\n")}\n</tbody></table>`;
}

const word = (name: string): string => `<b class="${escaped(name)}">${escaped(name)}</b>`;

const PAIRS: readonly Column<PairReport>[] = [
  { title: "pair (outer·inner)", kind: "name", cell: (pair) => escaped(pairName(pair)) },
  { title: "|cos ζ| start", kind: "n", cell: ({ trajectory }) => trajectory.alignment[0]!.toFixed(3) },
  { title: "end", kind: "n", cell: ({ trajectory }) => trajectory.alignment.at(-1)!.toFixed(3) },
  { title: "norms", kind: "n", cell: (pair) => escaped(growthOf(pair)) },
  {
    title: "mechanisms",
    kind: "",
    cell: ({ mechanisms }) =>
      mechanismNames
        .filter((name) => mechanisms.present.includes(name))
        .map(word)
        .join(" ") || "–",
  },
  { title: "dominant", kind: "", cell: ({ mechanisms }) => word(mechanisms.dominant) },
  { title: "steps", kind: "n", cell: (pair) => escaped(intervalOf(pair)) },
];

const LAYERS: readonly Column<LayerReport>[] = [
  { title: "layer", kind: "name", cell: ({ name }) => escaped(printable(shortName(name))) },
  { title: "shape", kind: "n", cell: ({ shape }) => escaped(shape.join("×")) },
  { title: "‖W‖ start", kind: "n", cell: ({ spectral }) => number(spectral[0]!) },
  { title: "end", kind: "n", cell: ({ spectral }) => number(spectral.at(-1)!) },
  { title: "‖ΔW‖", kind: "n", cell: ({ change }) => (change.length === 0 ? "–" : number(change.at(-1)!)) },
  {
    title: "‖ΔW‖/‖W₀‖",
    kind: "n",
    cell: ({ change, spectral }) => (change.length === 0 || spectral[0] === 0 ? "–" : number(change.at(-1)! / spectral[0]!)),
  },
  {
    title: "stable rank",
    kind: "n",
    cell: ({ stableRank }) => (stableRank === undefined ? "–" : `${number(stableRank[0]!)} → ${number(stableRank.at(-1)!)}`),
  },
];

const READING = `<p>For each pair of layers of which one feeds the other, |cos ζ| = ‖W₂W₁‖/(‖W₂‖‖W₁‖) in Frobenius norms measures how far the two layers are
aligned: 1 if the outer layer reads only what the inner one writes. A pair learns by <b class="alignment">alignment</b> if |cos ζ| rises, by
<b class="disalignment">disalignment</b> if it falls, by <b class="rescaling">rescaling</b> if the norms grow or shrink. The dominant mechanism contributed most
to the product ‖W₂W₁‖; “steps” says between which steps 5 % to 95 % of it happened.</p>
<p>‖W‖ and ‖ΔW‖ of a layer are spectral norms over √(fan-out/fan-in), and ΔW is the change since the first checkpoint. A layer that learns
features keeps both of order one as the network grows wider. The stable rank is ‖W‖²<sub>F</sub>/‖W‖²<sub>2</sub>.</p>
<p>The weights alone do not determine how much the tangent kernel changes. Log the kernel during training to find out whether the network is lazy or rich.</p>`;

/** The page. */
export function htmlOf(report: RunReport): string {
  const { checkpoints, pairs, layers, skipped, summary, warnings } = report;
  const notes = [
    ...new Set(pairs.flatMap((pair) => [...pair.notes, ...doubtsOf(pair)].map((note) => `${pairName(pair)}: ${note}`))),
  ];
  const list = (items: readonly string[]): string =>
    `<ul>${items.map((item) => `<li>${escaped(printable(item))}</li>`).join("\n")}</ul>`;
  const heads = pairs.filter(({ outer }) => /\[head \d+\]$/.test(outer));
  const others = pairs.filter((pair) => !heads.includes(pair));
  const headTable = heads.length === 0 ? "" : table(PAIRS, heads);
  return [
    "<!doctype html>",
    '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escaped(printable(summary))}</title><style>${STYLE}</style></head><body>`,
    `<p class="dim">feature-learning analyze: ${checkpoints.length} checkpoints, steps ${number(checkpoints[0]!.step)} to ${number(checkpoints.at(-1)!.step)}</p>`,
    `<h1>${escaped(printable(summary))}</h1>`,
    `<p>${escaped(kernelLine(report))}</p>`,
    ...(notes.length + warnings.length > 0 ? [list([...notes, ...warnings])] : []),
    `<div class="charts">${chartsOf(report).map(inlineChart).join("\n")}</div>`,
    "<h2>Pairs of layers</h2>",
    others.length > 0 ? table(PAIRS, others) : headTable,
    others.length > 0 && heads.length > 0
      ? `<details><summary>${heads.length} attention heads</summary>${headTable}</details>`
      : "",
    ...(layers.length > 0 ? ["<h2>Layers</h2>", table(LAYERS, layers)] : []),
    ...(skipped.length > 0
      ? [
          `<details><summary>${skipped.length} skipped</summary>${list(skipped.map(({ name, because }) => `${name}: ${because}`))}</details>`,
        ]
      : []),
    "<h2>How to read this</h2>",
    READING,
    "</body></html>",
    "",
  ].join("\n");
}
