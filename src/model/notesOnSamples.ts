/**
 * Notes on samples, about facts that a flow does not show: means that no slope can fit, constant columns,
 * columns that are multiples of each other, labels for a different loss. Notes do not change any number.
 */
import type { Matrix } from "ml-matrix";
import type { Rows } from "../door/arrays.ts";
import { constantColumns } from "./columnStatistics.ts";
import { linearFit, type MomentsAndMeans } from "./linearFit.ts";
import { hasOneDirection } from "./oneDirection.ts";
import type { Preprocessing } from "./preprocessing.ts";

/** A share of the least error that is always reported. */
const LARGE = 0.1;
/** A share of the least error that is reported if it is statistically significant. */
const SMALL = 0.01;
/** A gain is significant if it is this many times the average gain of a constant from noise. */
const BEYOND_CHANCE = 10;
/** Errors below this share of E[|y|²] may be rounding error. */
const ROUNDING_OF_ERRORS = 1e-9;

/** The part of the least error that a constant would remove. */
export function noteOnMeans(samples: number, moments: MomentsAndMeans): string | undefined {
  const { without, with: least } = linearFit(moments);
  const gain = without - least;
  const isLarge = gain > LARGE * without || (gain > SMALL * without && samples * gain > BEYOND_CHANCE * least);
  if (!(isLarge && without > ROUNDING_OF_ERRORS * moments.yy)) return undefined;
  const share = (100 * gain) / without;
  return (
    `The means of the data leave a loss that no slope removes: the least mean square error is ${short(without)}, of ` +
    `which ${short(gain)} (${short(share)} %) is due to the means. Pass { center: true }, or { bias: true } for a constant input.`
  );
}

/** Whether a note is that of {@link noteOnMeans}, which assumes one slope for all data. */
export function isNoteOnMeans(note: string): boolean {
  return note.startsWith("The means of the data");
}

/** Columns of the original x that have the same value in every sample. */
export function noteOnConstants(raw: Rows, preprocessing: Preprocessing | undefined): readonly string[] {
  if (raw.rows < 2) return [];
  const constant = constantColumns(raw);
  const centred = constant.filter((j) => raw.data[j] !== 0 && preprocessing?.inputs.mean[j]);
  const zero = constant.filter((j) => raw.data[j] === 0);
  const others = constant.filter((j) => raw.data[j] !== 0 && !centred.includes(j));
  const notes: string[] = [];
  if (zero.length > 0)
    notes.push(`${columnNames(zero, "is 0", "are 0")} in every sample: the data do not train the weights on such an input.`);
  if (centred.length > 0)
    notes.push(
      `${columnNames(centred, "is constant", "are constant")}, 0 once centred: the data do not train the weights on such an input.`,
    );
  if (others.length > 0)
    notes.push(`${columnNames(others, "is constant", "are constant")}: such an input acts as a bias of the hidden layer.`);
  return notes;
}

/** Two columns are multiples of each other if their entries are, up to this share of the largest. */
const SAME = 1e-12;

/** Columns of x that are multiples of each other. */
export function noteOnMultiples(inputs: Rows, xx: Matrix): readonly string[] {
  const { rows, columns, data } = inputs;
  if (rows < 2) return [];
  const size = xx.diagonal().map(Math.sqrt);
  const areMultiples = (a: number, b: number): boolean => {
    if (!(Math.abs(xx.get(a, b)) >= (1 - SAME) * size[a]! * size[b]!)) return false;
    const ratio = Math.sign(xx.get(a, b)) * (size[b]! / size[a]!);
    for (let i = 0; i < rows; i++)
      if (Math.abs(data[i * columns + b]! - ratio * data[i * columns + a]!) > SAME * rows * size[b]!) return false;
    return true;
  };
  const groups: number[][] = [];
  for (let j = 0; j < columns; j++) {
    if (size[j] === 0) continue;
    const group = groups.find(([first]) => areMultiples(first!, j));
    if (group === undefined) groups.push([j]);
    else group.push(j);
  }
  return groups
    .filter((group) => group.length > 1)
    .map(
      (group) =>
        `${columnNames(group, "", "are multiples of each other")}: the data decide only the sum of what they contribute.`,
    );
}

/** Whitened inputs with fewer entries than x has columns, the constant input included. */
export function noteOnRank({ columns }: Rows, rank: number, preprocessing: Preprocessing | undefined): string | undefined {
  if (rank === columns) return undefined;
  const columnsInWords =
    preprocessing?.bias === undefined ? `${columns} columns of x` : `${columns - 1} columns of x and the constant input`;
  return `The ${columnsInWords} have ${rank} independent ${rank === 1 ? "direction" : "directions"}, so the whitened inputs have ${rank} of ${columns} entries.`;
}

/** The part of the inputs that a projection onto one direction discards. */
export function noteOnProjection(offDirection: number): string | undefined {
  return hasOneDirection({ offDirection, projected: false })
    ? undefined
    : `The projection onto one direction leaves out ${short(100 * offDirection)} % of E[|x|²].`;
}

/** Targets 0 and 1, which the logistic loss does not accept. */
export function noteOnLabels({ columns, data }: Rows): string | undefined {
  const areLabels = columns === 1 && data.includes(0) && data.includes(1) && data.every((label) => label === 0 || label === 1);
  return areLabels ? "The targets are 0 and 1. The logistic loss takes the labels 1 and -1: pass 2y - 1 for it." : undefined;
}

/** The largest number of columns or groups that are named. */
const MOST = 6;

function columnNames(columns: readonly number[], singular: string, plural: string): string {
  if (columns.length === 1) return `Column ${columns[0]} of x (counted from 0) ${singular}`;
  const shown = columns.length > MOST ? columns.slice(0, MOST) : columns.slice(0, -1);
  const last = columns.length > MOST ? `${columns.length - MOST} others` : `${columns.at(-1)}`;
  return `Columns ${shown.join(", ")} and ${last} of x (counted from 0) ${plural}`;
}

/** Three digits. */
function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
