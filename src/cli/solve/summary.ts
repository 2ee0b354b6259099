/** A result in a few lines for a terminal. */
import { mechanismNames } from "../../mechanisms/report.ts";
import { stateInWords } from "../../model/printing.ts";
import type { Regime } from "../../regimes/regime.ts";
import { printable } from "../names.ts";
import { type Cell, columns, number, type Paint } from "../text.ts";
import type { SolveResult } from "./solveFile.ts";

/** The number of rows of a trajectory that are printed; --csv and --json have all. */
const MOST_ROWS = 40;

/** The summary. */
export function summaryOf(result: SolveResult, paint: Paint): string {
  const rows = [...methodRows(result), ...verdictRows(result), ...stateRows(result)];
  const lines = columns(
    rows.map(([name, text]) => [{ text: name, style: "dim" }, { text }]),
    paint,
  );
  const { notes = [], trajectory } = result;
  return [
    ...lines,
    ...notes.map((note) => paint("yellow", `note: ${printable(note)}`)),
    ...(trajectory === undefined ? [] : ["", ...table(trajectory, paint)]),
  ].join("\n");
}

const REGIMES: Readonly<Record<Regime["regime"], string>> = {
  kernel: "lazy (kernel)",
  "feature-learning": "rich (feature learning)",
  static: "static",
  undetermined: "undetermined",
};

type Row = readonly [string, string];

function methodRows({ method, family, because, rates, status }: SolveResult): Row[] {
  return [
    ["method", family === undefined ? `${method}, ${status}` : `${method}, ${family}`],
    ["because", printable(because)],
    ...(rates === undefined ? [] : [["rates", listed(Array.from(rates))] as const]),
  ];
}

function verdictRows({ regime, mechanisms, halfLife, plateau, timesTo = [] }: SolveResult): Row[] {
  const rows: Row[] = [];
  if (regime !== undefined) rows.push(["regime", `${REGIMES[regime.regime]}: ${regime.because}`]);
  if (mechanisms !== undefined) {
    const { present, share, dominant } = mechanisms;
    const shares = mechanismNames
      .filter((name) => present.includes(name))
      .map((name) => `${name} ${Math.round(100 * share[name])} %`);
    rows.push([
      "mechanisms",
      shares.length === 0 ? `${dominant}: ${mechanisms.because}` : `${shares.join(", ")}; dominant: ${dominant}`,
    ]);
  }
  if (halfLife !== undefined) rows.push(["half-life", number(halfLife)]);
  if (plateau !== undefined) rows.push(["plateau", number(plateau)]);
  for (const { target, times } of timesTo) {
    const [name, value] = Object.entries(target)[0]!;
    rows.push([`${name} = ${value}`, times.length === 0 ? "never" : `at t = ${listed(times)}`]);
  }
  return rows;
}

function stateRows({ start, end, until }: SolveResult): Row[] {
  return [
    ["start", stateInWords(start)],
    [until === Infinity ? "limit" : `t = ${number(until)}`, stateInWords(end)],
  ];
}

function listed(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 6).map(number).join(", ");
  return numbers.length > 6 ? `${shown}, … (${numbers.length})` : shown;
}

function table(trajectory: NonNullable<SolveResult["trajectory"]>, paint: Paint): string[] {
  const { t, loss, excessLoss, alignment, normProduct, kernelSize, outputSize } = trajectory;
  const { output } = trajectory as { readonly output?: unknown };
  const fields = {
    t,
    loss,
    "excess loss": excessLoss,
    ...(ArrayBuffer.isView(output) ? { output } : { "output size": outputSize }),
    "kernel size": kernelSize,
    alignment,
    "norm product": normProduct,
  };
  const head = Object.keys(fields).map((text): Cell => ({ text, style: "dim", right: true }));
  const rows = Array.from({ length: Math.min(t.length, MOST_ROWS) }, (_, i) =>
    Object.values(fields).map((column): Cell => ({ text: number((column as Float64Array)[i]!), right: true })),
  );
  const hidden = t.length - rows.length;
  return [...columns([head, ...rows], paint), ...(hidden > 0 ? [paint("dim", `${hidden} more rows: pass --csv or --json`)] : [])];
}
