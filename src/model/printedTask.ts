import { fourDigits, notesInWords, printedBy } from "./printing.ts";

/** The fields of a task that are printed. */
interface PrintableTask {
  readonly xx: number | { readonly rows: number };
  readonly xy?: number;
  readonly yx?: { readonly rows: number };
  readonly yy: number;
  readonly offDirection?: number;
  readonly projected?: boolean;
  readonly whitening?: object;
  readonly samples?: { readonly x: { readonly rows: number } | ArrayLike<number> };
  readonly preprocessing?: object;
  readonly notes?: readonly string[];
}

/** The same task, which prints as its moments and their source. */
export function printedTask<T extends PrintableTask>(task: T): T {
  return printedBy<T>(task, inWords);
}

function inWords({
  xx,
  xy,
  yx,
  yy,
  offDirection = 0,
  projected,
  whitening,
  samples,
  preprocessing,
  notes = [],
}: PrintableTask): string[] {
  const moments =
    typeof xx === "number"
      ? `task: E[x²] = ${fourDigits(xx)}, E[xy] = ${fourDigits(xy ?? NaN)}, E[y²] = ${fourDigits(yy)}`
      : `task of ${xx.rows} inputs and ${yx?.rows} outputs: E[|y|²] = ${fourDigits(yy)}`;
  const count = samples === undefined ? undefined : "rows" in samples.x ? samples.x.rows : samples.x.length;
  const about = [
    ...(count === undefined ? [] : [`${count} samples`]),
    ...(whitening === undefined ? [] : ["whitened"]),
    ...(preprocessing === undefined ? [] : ["preprocessed"]),
    ...(offDirection === 0 ? [] : [`${fourDigits(offDirection)} of E[|x|²] lies off one direction`]),
    ...(projected ? ["projected onto it"] : []),
  ];
  return [moments, ...(about.length === 0 ? [] : [`  ${about.join(", ")}`]), ...notesInWords(notes)];
}
