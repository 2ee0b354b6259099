/** A phase diagram: a grid of scalings, or of concrete networks, row by row. */

import { readChoice, readNumber, readRecord, reject } from "../door/arguments.ts";
import { type Random, randomFrom, readSeed } from "../door/seeds.ts";
import { drawOrderParameters } from "../initial/gaussianOrderParameters.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { bisect } from "../numerics/bisect.ts";
import { readExponents, type ScalingExponents } from "../regimes/exponents.ts";
import { marginOf, phaseOf } from "../regimes/phase.ts";
import { type AbcGrid, abcGrid } from "./abcGrid.ts";
import { type Axis, changed, networkParameters, readAxes, scalingParameters, valuesOf, withParameter } from "./axis.ts";
import { type Box, boundariesOf } from "./boundaries.ts";
import { phaseNames, presenceNames, regimeNames, stabilityNames } from "./codes.ts";
import { contours } from "./contours.ts";
import { drawnFrom } from "./drawn.ts";
import { bisectTo, median } from "./drawnCells.ts";
import { namedPoints } from "./named.ts";
import { kernelChangeOf } from "./observables.ts";
import type { AnyObservable, PlainObservable } from "./observableTypes.ts";
import { type Carrier, readObservables } from "./ownObservables.ts";
import type { ReadGrid } from "./readGrid.ts";
import { type ReluGrid, reluGrid } from "./reluGrid.ts";
import { type PlainSettings, readSettings, type Settings, type Start, wideStart } from "./settings.ts";

/** A grid over two exponents of a scaling. */
export interface ExponentGrid {
  /** Marks a grid of scalings. */
  readonly of: "exponents";
  /** The horizontal axis. */
  readonly x: Axis;
  /** The vertical axis. */
  readonly y: Axis;
  /** The other exponents (default 0 each, width 1). */
  readonly base?: { readonly [Name in keyof ScalingExponents]?: ScalingExponents[Name] | undefined } | undefined;
}

/** A grid over two hyperparameters of a concrete network. */
export interface NetworkGrid<Measured extends AnyObservable = PlainObservable> {
  /** Marks a grid of concrete networks. */
  readonly of: "networks";
  /** The horizontal axis. */
  readonly x: Axis;
  /** The vertical axis. */
  readonly y: Axis;
  /** The other hyperparameters. */
  readonly base?: Settings | undefined;
  /**
   * Observables besides the regime (default kernelChange and rate): names, records, and functions if the
   * diagram is made in one thread.
   */
  readonly measure?: readonly Measured[] | undefined;
  /**
   * The number of Gaussian starts per point, whose median is used. 0, the default, is the typical start of a
   * wide network.
   */
  readonly draws?: number | undefined;
  /**
   * The seed of the starts. Draw i is the same in every cell, so that cells differ only by their settings.
   */
  readonly seed?: string | number | undefined;
  /** The relative kernel change below which the regime is `"kernel"` (default 0.1). */
  readonly kernelBelow?: number | undefined;
}

/**
 * The grid of {@link phaseDiagram}. It is plain JSON, unless observables are functions
 * (`Grid<AnyObservable>`).
 */
export type Grid<Measured extends AnyObservable = PlainObservable> = ExponentGrid | AbcGrid | ReluGrid | NetworkGrid<Measured>;

export function readGrid(value: unknown, carrier: Carrier): ReadGrid {
  const of = readChoice("grid.of", (readRecord("grid", value) as { of?: unknown }).of, ["exponents", "networks", "abc", "relu"]);
  if (of === "abc") return abcGrid(value);
  if (of === "relu") return reluGrid(value);
  return of === "exponents" ? exponentGrid(value) : networkGrid(value, carrier);
}

const EXPONENT_FIELDS = ["phase", "stability", "mechanisms", "margin", "rate", "kernel", "overlap", "output", "angle"];

function exponentGrid(value: unknown): ReadGrid {
  const fields = readRecord("grid", value, ["of", "x", "y", "base"]);
  const { x, y } = readAxes(fields.x, fields.y, scalingParameters);
  const known = Object.entries(readRecord("grid.base", fields.base ?? {})).filter(([, value]) => value !== undefined);
  const base = { width: 1, outputScale: 0, scale: 0, learningRates: 0, ...Object.fromEntries(known) };
  const scalingAt = (a: number, b: number): ScalingExponents =>
    withParameter(withParameter(base as ScalingExponents, x.parameter, a), y.parameter, b);
  // Values that are legal at two opposite corners are legal between them. Boundaries are computed before they
  // are clipped, so that a point may lie outside of the corners, where the exponent of the width can be
  // negative.
  const corner = readExponents("grid", scalingAt(x.from, y.from));
  readExponents("grid", scalingAt(x.to, y.to));
  const exponentsAt = (a: number, b: number): Hyperparameters => changed(changed(corner, x.parameter, a), y.parameter, b);
  const box: Box = { x: [x.from, x.to], y: [y.from, y.to] };
  return {
    x: valuesOf(x),
    y: valuesOf(y),
    fields: EXPONENT_FIELDS,
    titles: EXPONENT_FIELDS,
    point(a, b, out, offset, stride) {
      const phase = phaseOf(exponentsAt(a, b));
      const { rate, kernel, overlap, output, angle } = phase.exponents;
      const codes = [
        phaseNames.indexOf(phase.phase),
        stabilityNames.indexOf(phase.stability),
        presenceNames.indexOf(phase.mechanisms),
      ];
      for (const [f, number] of [...codes, marginOf(phase.exponents), rate, kernel, overlap, output, angle].entries())
        out[offset + f * stride] = number;
    },
    boundaries: () => boundariesOf(exponentsAt, box),
    named: () => namedPoints(exponentsAt, box),
  };
}

function networkGrid(value: unknown, carrier: Carrier): ReadGrid {
  const names = ["of", "x", "y", "base", "measure", "draws", "seed", "kernelBelow"] as const;
  const fields = readRecord("grid", value, names);
  const { x, y } = readAxes(fields.x, fields.y, networkParameters);
  const base = readRecord("grid.base", fields.base ?? {}) as Settings;
  const draws = readNumber("grid.draws", fields.draws ?? 0, { min: 0, max: 1e6, integer: true });
  const below = readNumber("grid.kernelBelow", fields.kernelBelow ?? 0.1, { above: 0 });
  const asked = readObservables("grid.measure", fields.measure ?? ["kernelChange", "rate"], carrier);
  if (draws > 0 && fields.seed === undefined) reject("grid.draws needs grid.seed; the same seed gives the same diagram");
  if (fields.seed !== undefined) readSeed("grid.seed", fields.seed);
  // Values that are legal at two opposite corners are legal between them.
  const cornerAt = (a: number, b: number): PlainSettings =>
    readSettings("grid", withParameter(withParameter(base, x.parameter, a), y.parameter, b));
  const corner = cornerAt(x.from, y.from);
  cornerAt(x.to, y.to);
  const settingsAt = (a: number, b: number): PlainSettings => changed(changed(corner, x.parameter, a), y.parameter, b);
  const startsOf = (settings: PlainSettings): Start[] =>
    draws === 0
      ? [wideStart(settings, 0)]
      : Array.from({ length: draws }, (_, i) => gaussianStart(settings, randomFrom(fields.seed, "phase diagram", i)));
  const changeAt = (a: number, b: number): number => {
    const settings = settingsAt(a, b);
    return median(startsOf(settings).map((start) => kernelChangeOf(settings, start).largest));
  };
  return {
    x: valuesOf(x),
    y: valuesOf(y),
    fields: ["regime", ...asked.map(({ name }) => name)],
    titles: ["regime", ...asked.map(({ title }) => title)],
    point(a, b, out, offset, stride) {
      const settings = settingsAt(a, b);
      const { learningRates: rates } = settings;
      const starts = startsOf(settings);
      const change = median(starts.map((start) => kernelChangeOf(settings, start).largest));
      const still =
        settings.outputScale === 0 || settings.xx === 0 || starts.every(({ uu, ww }) => rates.w * uu + rates.u * ww === 0);
      out[offset] = still ? 2 : change < below ? 0 : 1;
      const networks = starts.map((start) => drawnFrom(settings, start));
      for (let f = 0; f < asked.length; f++)
        out[offset + (f + 1) * stride] = networks.length === 1 ? asked[f]!.of(networks[0]!) : median(networks.map(asked[f]!.of));
    },
    boundaries(code, rows) {
      // For typical starts the boundary is traced on a finer grid, for a smooth curve. For random starts it
      // is traced on the cells, whose verdicts are known, because each verdict takes all draws.
      const [xs, ys] = draws > 0 ? [valuesOf(x), valuesOf(y).subarray(0, rows)] : [finer(x), finer(y)];
      const isKernel = (a: number, b: number): boolean => !(changeAt(a, b) >= below);
      const lines = contours({
        xs,
        ys,
        holds: isKernel,
        holdsAt: (column, row) =>
          draws > 0 ? code(row, column) !== regimeNames.indexOf("feature-learning") : isKernel(xs[column]!, ys[row]!),
        crossing: (along, across, from, to, atFrom) => {
          const holds = (place: number): boolean =>
            (along === "x" ? isKernel(place, across) : isKernel(across, place)) === atFrom;
          return draws > 0 ? bisectTo(holds, from, to, 20) : bisect(holds, from, to).last;
        },
      });
      return lines.map((points) => ({ condition: `kernelChange = ${below}`, between: ["feature-learning", "kernel"], points }));
    },
    named: () => [],
  };
}

/** The fewest squares along an axis on which the boundary of typical starts is traced. */
const FEWEST_SQUARES = 64;

/** The values of the axis, with additional values between them for a smooth curve. */
function finer(axis: Required<Axis>): Float64Array {
  const between = Math.ceil(FEWEST_SQUARES / (axis.count - 1));
  return valuesOf({ ...axis, count: (axis.count - 1) * between + 1 });
}

export function gaussianStart({ width, scale }: PlainSettings, random: Random): Start {
  return drawOrderParameters({ width: Math.round(width), scale }, random);
}
