/**
 * A plane of two hyperparameters of ReLU networks of finite width, each trained to convergence in closed
 * form. The fields are the change of the kernel and of the input weights, and the fractions of neurons that
 * die or cross.
 */
import { readChoice, readNumber, readRecord, unmet } from "../door/arguments.ts";
import { type Random, randomFrom, readSeed } from "../door/seeds.ts";
import { firstFamily } from "../exact/families.ts";
import { normals } from "../initial/gaussianWeights.ts";
import type { ExactHalfLineFlow } from "../model/flow.ts";
import { explainedBy } from "../model/halfLines.ts";
import { readAnyNetwork } from "../model/network.ts";
import { readProblem } from "../model/readProblem.ts";
import { type HalfMoments, readHalf } from "../model/task.ts";
import { normOf } from "../numerics/norm.ts";
import { halfLineKernels } from "../regimes/halfLineKernels.ts";
import { type Axis, readAxes, scalingParameters, valuesOf, withParameter } from "./axis.ts";
import { regimeNames } from "./codes.ts";
import { contours } from "./contours.ts";
import { bisectTo, median } from "./drawnCells.ts";
import type { ReadGrid } from "./readGrid.ts";
import { type PlainSettings, readSettings, type Settings } from "./settings.ts";

/** The hyperparameters of a ReLU network. Each is 1 by default. */
export interface ReluSettings extends Omit<Settings, "xx" | "xy"> {
  /** The data with x > 0, { xx: E[x² 1(x > 0)], xy: E[xy 1(x > 0)] } (default { xx: 0.5, xy: 0.5 }). */
  readonly positive?: HalfMoments | undefined;
  /** The data with x < 0 (default { xx: 0.5, xy: −0.5 }: with the default above, y = |x|). */
  readonly negative?: HalfMoments | undefined;
  /** `"relu"` (default), or `"abs"`. */
  readonly activation?: "relu" | "abs" | undefined;
}

/** A grid over two hyperparameters of ReLU networks with Gaussian weights. */
export interface ReluGrid {
  /** Marks a grid of ReLU networks. */
  readonly of: "relu";
  /**
   * The horizontal axis: a parameter of the network, not of its data. Widths are rounded, and at most
   * 100,000.
   */
  readonly x: Axis;
  readonly y: Axis;
  /** The other hyperparameters. */
  readonly base?: ReluSettings | undefined;
  /** The number of random starts per point (default 1), whose median is used. */
  readonly draws?: number | undefined;
  /** The seed of the starts. Draw i of one width is the same in every cell, in units of the scales. */
  readonly seed: string | number;
  /** The relative kernel change below which the regime is `"kernel"` (default 0.1). */
  readonly kernelBelow?: number | undefined;
}

const FIELDS = ["regime", "kernelChange", "died", "crossed", "inputMovement"];
const TITLES = [
  "regime",
  "largest kernel change",
  "fraction of neurons that die",
  "fraction of neurons that cross",
  "movement of the input weights ‖w∞ − w₀‖/‖w₀‖",
];

/** The number of times at which a kernel is evaluated, besides at events. */
const LOOKS = 60;

export function reluGrid(value: unknown): ReadGrid {
  const fields = readRecord("grid", value, ["of", "x", "y", "base", "draws", "seed", "kernelBelow"]);
  const { x, y } = readAxes(fields.x, fields.y, scalingParameters);
  const { positive, negative, activation, ...base } = readRecord("grid.base", fields.base ?? {}) as ReluSettings;
  const data = {
    positive: readHalf("grid.base.positive", positive ?? { xx: 0.5, xy: 0.5 }),
    negative: readHalf("grid.base.negative", negative ?? { xx: 0.5, xy: -0.5 }),
  };
  const kind = readChoice("grid.base.activation", activation ?? "relu", ["relu", "abs"]);
  const draws = readNumber("grid.draws", fields.draws ?? 1, { min: 1, max: 1e6, integer: true });
  readSeed("grid.seed", fields.seed);
  const below = readNumber("grid.kernelBelow", fields.kernelBelow ?? 0.1, { above: 0 });
  const settingsAt = (a: number, b: number): PlainSettings => {
    const read = readSettings("grid", withParameter(withParameter(base, x.parameter, a), y.parameter, b));
    readNumber("grid.width", read.width, { max: 1e5 });
    return read;
  };
  // Values that are legal at two opposite corners are legal between them.
  settingsAt(x.from, y.from);
  settingsAt(x.to, y.to);
  const task = { ...sumOf(data), ...data, yy: explainedBy(data.positive) + explainedBy(data.negative) };
  const starts = new Map<number, Start[]>();
  /** The draws of a width, with standard deviation 1. */
  const startsOf = (width: number): readonly Start[] => {
    const known =
      starts.get(width) ??
      Array.from({ length: draws }, (_, i) => standardStart(width, randomFrom(fields.seed, "relu diagram", i)));
    starts.set(width, known);
    return known;
  };
  const flowsAt = (a: number, b: number): ExactHalfLineFlow[] => {
    const { width, outputScale, scale, learningRates, loss } = settingsAt(a, b);
    const network = readAnyNetwork("grid", { outputScale, learningRates, loss, activation: kind });
    return startsOf(Math.round(width)).map(({ u, w }) => {
      const initial = { u: u.map((z) => scale.u * z), w: w.map((z) => scale.w * z) };
      const choice = firstFamily(readProblem({ network, task, initial }));
      if ("failed" in choice) return unmet(choice.failed.join("; "), "pass other hyperparameters");
      return choice.flow as ExactHalfLineFlow;
    });
  };
  const changeAt = (a: number, b: number): number => median(flowsAt(a, b).map((flow) => halfLineKernels(flow, LOOKS).largest));
  return {
    x: valuesOf(x),
    y: valuesOf(y),
    fields: FIELDS,
    titles: TITLES,
    point(a, b, out, offset, stride) {
      const flows = flowsAt(a, b);
      const change = median(flows.map((flow) => halfLineKernels(flow, LOOKS).largest));
      const movement = median(flows.map(movementOf));
      const share = (wanted: string): number =>
        median(
          flows.map(
            ({ events, weights }) => events.filter(({ kind: eventKind }) => eventKind === wanted).length / weights!(0).u.length,
          ),
        );
      const isStill = change === 0 && movement === 0;
      const code = regimeNames.indexOf(isStill ? "static" : change < below ? "kernel" : "feature-learning");
      for (const [f, number] of [code, change, share("dies"), share("crosses"), movement].entries())
        out[offset + f * stride] = number;
    },
    boundaries(code, rows) {
      const [xs, ys] = [valuesOf(x), valuesOf(y).subarray(0, rows)];
      const holds = (a: number, b: number): boolean => changeAt(a, b) < below;
      const lines = contours({
        xs,
        ys,
        holds,
        holdsAt: (column, row) => code(row, column) !== regimeNames.indexOf("feature-learning"),
        crossing: (along, across, from, to, atFrom) =>
          bisectTo((place) => (along === "x" ? holds(place, across) : holds(across, place)) === atFrom, from, to, HALVINGS),
      });
      return lines.map((points) => ({ condition: `kernelChange = ${below}`, between: ["feature-learning", "kernel"], points }));
    },
    named: () => [],
  };
}

/** A boundary is found to 2^−5 of a cell. */
const HALVINGS = 5;

interface Start {
  readonly u: Float64Array;
  readonly w: Float64Array;
}

function standardStart(width: number, random: Random): Start {
  return { u: normals(width, 1, random), w: normals(width, 1, random) };
}

function sumOf({ positive, negative }: { readonly positive: HalfMoments; readonly negative: HalfMoments }): HalfMoments {
  return { xx: positive.xx + negative.xx, xy: positive.xy + negative.xy };
}

/** ‖w∞ − w₀‖/‖w₀‖. */
function movementOf({ weights }: ExactHalfLineFlow): number {
  const [first, last] = [weights!(0).w, weights!(Infinity).w];
  const moved = normOf(last.map((x, i) => x - first[i]!));
  return moved === 0 ? 0 : moved / normOf(first);
}
