/** The 180 recorded runs, and the initial weights of their networks. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { PIXELS } from "./images.ts";
import { torchNormal } from "./torchNormal.ts";

export type Activation = "linear" | "tanh" | "relu";

export interface Row {
  readonly step: number;
  readonly loss: number | null;
  readonly kernelDistance: number | null;
  readonly kernelRatio: number | null;
  readonly pairs: readonly (readonly [number, number, number])[];
}

/** One run, of either part of the file, in one form: a layer is multiplier · w with w ~ N(0, scale²). */
export interface Run {
  readonly id: string;
  readonly part: "grid" | "abc";
  readonly parametrization: string;
  readonly depth: number;
  readonly activation: Activation;
  readonly width: number;
  readonly alpha: number;
  /** The step size on every w. */
  readonly stepSize: number;
  /** Whether the function at the start is subtracted: f = α(h − h₀). */
  readonly centred: boolean;
  readonly multipliers: readonly number[];
  readonly scales: readonly number[];
  readonly rows: readonly Row[];
  /** Whether every row is finite. */
  readonly finite: boolean;
}

interface Recorded {
  readonly depth: number;
  readonly activation: Activation;
  readonly width: number;
  readonly lr: number;
  readonly rows: Row[];
  readonly alpha?: number;
  readonly parametrization?: string;
  readonly a?: number[];
  readonly b?: number[];
}

export const RUNS_FILE = new URL("../../test/mechanisms/fixtures/fashion-mnist-runs.json.gz", import.meta.url);

export function readRuns(): Run[] {
  const { grid, abc } = JSON.parse(gunzipSync(readFileSync(RUNS_FILE)).toString()) as { grid: Recorded[]; abc: Recorded[] };
  return [...grid.map((run) => runOf("grid", run)), ...abc.map((run) => runOf("abc", run))];
}

function runOf(part: "grid" | "abc", run: Recorded): Run {
  const { depth, activation, width, alpha = 1, parametrization = "ntk", a, b, rows } = run;
  const inputs = [PIXELS, ...Array.from({ length: depth - 1 }, () => width)];
  const multipliers =
    a === undefined
      ? inputs.map((fanIn) => 1 / Math.sqrt(fanIn))
      : a.map((exponent, layer) => width ** -exponent * (layer === 0 ? 1 / 28 : 1));
  return {
    id: [part, depth, activation, part === "grid" ? `α=${alpha}` : parametrization, width].join(" "),
    part,
    parametrization,
    depth,
    activation,
    width,
    alpha,
    stepSize: run.lr,
    centred: part === "grid",
    multipliers,
    scales: inputs.map((_, layer) => (b === undefined ? 1 : width ** -b[layer]!)),
    rows,
    finite: rows.every(({ loss, kernelDistance }) => loss !== null && kernelDistance !== null),
  };
}

/** The layers w of a run at the start, first layer first, row by row: seed 1 of the grid, 2 of the others. */
export function initialLayers({ part, depth, width, scales }: Run): Float64Array[] {
  const draw = torchNormal(part === "grid" ? 1 : 2);
  const sizes = [PIXELS, ...Array.from({ length: depth - 1 }, () => width), 1];
  return scales.map((scale, layer) => Float64Array.from(draw(sizes[layer]! * sizes[layer + 1]!), (value) => value * scale));
}
