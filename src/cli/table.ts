/**
 * The report as a table for a terminal: one line per pair, one line per layer, the skipped files, and a
 * summary sentence.
 */
import { mechanismNames } from "../mechanisms/report.ts";
import { type LayerReport, type PairReport, type RunReport, shortName } from "../networks/runReport.ts";
import { pairName, printable } from "./names.ts";
import { type Cell, columns, number, type Paint, type Style } from "./text.ts";

const COLOURS: Readonly<Record<string, Style>> = {
  alignment: "green",
  disalignment: "red",
  rescaling: "blue",
  mixed: "magenta",
};

/** The time interval of a mechanism: the steps between which 5 % to 95 % of it happened. */
export function intervalOf({ mechanisms }: PairReport): string {
  const dominant = mechanisms.dominant as string;
  const name = mechanismNames.find((mechanism) => mechanism === dominant) ?? mechanisms.present[0];
  const interval = name === undefined ? undefined : mechanisms.intervals[name];
  if (interval === undefined) return "–";
  // The times between checkpoints are interpolated, so they are rounded to whole steps.
  const step = (t: number): string => number(interval[1] >= 20 ? Math.round(t) : t);
  return `${step(interval[0])}–${step(interval[1])}`;
}

/** √(uu·ww) at the end divided by that at the start. */
export function growthOf({ trajectory: { normProduct } }: PairReport): string {
  const [first, last] = [normProduct[0]!, normProduct.at(-1)!];
  return first === 0 ? (last === 0 ? "×1" : "from 0") : `×${number(last / first)}`;
}

function pairRow(pair: PairReport): Cell[] {
  const { alignment } = pair.trajectory;
  const dominant = pair.mechanisms.dominant as string;
  const present = mechanismNames.filter((name) => pair.mechanisms.present.includes(name));
  return [
    { text: pairName(pair) },
    { text: alignment[0]!.toFixed(3), right: true },
    { text: alignment.at(-1)!.toFixed(3), right: true },
    { text: growthOf(pair), right: true },
    { text: present.length === 0 ? "–" : present.join(", ") },
    { text: dominant, style: COLOURS[dominant] ?? "dim" },
    { text: intervalOf(pair), right: true },
  ];
}

function layerRow({ name, shape, spectral, change, stableRank }: LayerReport): Cell[] {
  const [first, last, moved] = [spectral[0]!, spectral.at(-1)!, change.at(-1)];
  return [
    { text: printable(shortName(name)) },
    { text: shape.join("×"), right: true },
    { text: number(first), right: true },
    { text: number(last), right: true },
    { text: moved === undefined ? "–" : number(moved), right: true },
    { text: moved === undefined || first === 0 ? "–" : number(moved / first), right: true },
    { text: stableRank === undefined ? "–" : `${number(stableRank[0]!)} → ${number(stableRank.at(-1)!)}`, right: true },
  ];
}

const head = (texts: readonly string[], right: number): Cell[] =>
  texts.map((text, i) => ({ text, style: "dim", right: i >= right }));

/** The table. */
export function tableOf(report: RunReport, paint: Paint): string {
  const { checkpoints, pairs, layers, skipped, summary, warnings } = report;
  const [first, last] = [checkpoints[0]!, checkpoints.at(-1)!];
  const out = [
    `${checkpoints.length} checkpoints, steps ${number(first.step)} to ${number(last.step)}`,
    "",
    ...columns(
      [
        [
          { text: "pair (outer·inner)", style: "dim" },
          ...head(["|cos ζ| start", "end", "norms"], 0),
          ...head(["mechanisms", "dominant"], 2),
          ...head(["steps"], 0),
        ],
        ...pairs.map(pairRow),
      ],
      paint,
    ),
  ];
  if (layers.length > 0)
    out.push(
      "",
      ...columns(
        [head(["layer", "shape", "‖W‖ start", "end", "‖ΔW‖", "‖ΔW‖/‖W₀‖", "stable rank"], 1), ...layers.map(layerRow)],
        paint,
      ),
      paint("dim", "‖W‖ and ‖ΔW‖ are spectral norms over √(fan-out/fan-in); ΔW is the change since the first checkpoint."),
    );
  const notes = pairs.flatMap((pair) => [...pair.notes, ...doubtsOf(pair)].map((note) => `${pairName(pair)}: ${note}`));
  if (notes.length > 0) out.push("", ...[...new Set(notes)].map((note) => paint("yellow", `note: ${printable(note)}`)));
  if (skipped.length > 0) out.push("", ...skippedLines(skipped).map((line) => paint("dim", line)));
  if (warnings.length > 0) out.push("", ...warnings.map((warning) => paint("yellow", `warning: ${printable(warning)}`)));
  out.push("", kernelLine(report), paint("bold", printable(summary)));
  return out.join("\n");
}

/** The changes that noise or an oscillation of the checkpoints may hide. */
export function doubtsOf({ mechanisms }: PairReport): string[] {
  return mechanisms.because.split("; ").filter((part) => /cannot be resolved|oscillates/.test(part));
}

/** One line for all names with one reason. */
function skippedLines(skipped: RunReport["skipped"]): string[] {
  const byReason = new Map<string, string[]>();
  for (const { name, because } of skipped) byReason.set(because, [...(byReason.get(because) ?? []), name]);
  return Array.from(byReason, ([because, names]) => {
    const shown = names.slice(0, 3).join(", ");
    const more = names.length > 3 ? ` and ${names.length - 3} more` : "";
    return `skipped: ${printable(shown)}${more}: ${printable(because)}`;
  });
}

/** The line on the kernel, if it is known. */
export function kernelLine({ pairs }: RunReport): string {
  const kernel = pairs[0]!.regime;
  if (kernel.regime === "unknown") return `Kernel: unknown; ${kernel.because}.`;
  const { kernelChange } = kernel as { kernelChange: number };
  const verdict = { kernel: "lazy (kernel regime)", "feature-learning": "rich (feature learning)" } as Readonly<
    Record<string, string>
  >;
  return `Kernel: changes by ${number(kernelChange)} of its initial size: ${verdict[kernel.regime] ?? kernel.regime}.`;
}
