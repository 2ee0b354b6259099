/**
 * A plane of two exponents of a scaling of any depth. A boundary between phases is a line on which one
 * condition of the theory is an equality and the others hold. Each condition is a minimum of a few linear
 * functions of the two exponents, so that the boundaries consist of straight pieces.
 */
import { readNumber, readRecord, reject } from "../door/arguments.ts";
import { type AbcExponents, abcPhaseOf, decideAbc, type ReadAbc, readAbc } from "../regimes/abc.ts";
import { anyDepth, type DeepParametrization, deepAbc } from "../regimes/abcAtDepth.ts";
import { parametrizations } from "../regimes/parametrizations.ts";
import { type AbcParameter, type Axis, abcParameters, readAxes, valuesOf } from "./axis.ts";
import { type Boundary, type Box, labelledLines, type Plane, planeOf, zeroLine } from "./boundaries.ts";
import { phaseNames } from "./codes.ts";
import { placed } from "./named.ts";
import type { ReadGrid } from "./readGrid.ts";

/** A grid over two exponents of a scaling of L hidden layers. */
export interface AbcGrid {
  /** Marks a grid of scalings of any depth. */
  readonly of: "abc";
  /** L, from 1 to 1,000. */
  readonly hiddenLayers: number;
  /** The horizontal axis. */
  readonly x: Axis<AbcParameter>;
  /** The vertical axis. */
  readonly y: Axis<AbcParameter>;
  /**
   * The other exponents (default: those of the neural tangent kernel parametrization). Activations of order 1
   * need a₁ + b₁ = 0 and a_l + b_l = ½ for the layers between the first and the last; no axis changes these.
   */
  readonly base?: AbcExponents | undefined;
}

const FIELDS = ["phase", "r"];

export function abcGrid(value: unknown): ReadGrid {
  const fields = readRecord("grid", value, ["of", "hiddenLayers", "x", "y", "base"]);
  const { x, y } = readAxes(fields.x, fields.y, abcParameters);
  if (x.parameter[0] === "c" && y.parameter[0] === "c" && (x.parameter === "c" || y.parameter === "c"))
    reject("grid.x and grid.y both vary the rates of the same layers; pass c.hidden and c.output");
  const hiddenLayers = readNumber("grid.hiddenLayers", fields.hiddenLayers, { min: 1, max: 1000, integer: true });
  const base = readAbc("grid.base", fields.base ?? deepAbc(anyDepth.ntk, hiddenLayers));
  if (base.a.length !== hiddenLayers + 1)
    reject(`grid.base has exponents of ${base.a.length} layers; ${hiddenLayers} hidden layers need ${hiddenLayers + 1}`);
  const at = (a: number, b: number): ReadAbc => varied(varied(base, x.parameter, a), y.parameter, b);
  const box: Box = { x: [x.from, x.to], y: [y.from, y.to] };
  return {
    x: valuesOf(x),
    y: valuesOf(y),
    fields: FIELDS,
    titles: FIELDS,
    point(a, b, out, offset, stride) {
      const { phase, r } = abcPhaseOf(at(a, b));
      out[offset] = phaseNames.indexOf(phase);
      out[offset + stride] = r;
    },
    boundaries: () => abcBoundaries(at, box),
    named: () => placed((a, b) => invariantsOf(at(a, b)), candidatesOf(hiddenLayers), box),
  };
}

function varied(base: ReadAbc, parameter: AbcParameter, value: number): ReadAbc {
  const [field, layers] = parameter.split(".") as ["a" | "b" | "c", "hidden" | "output" | undefined];
  const last = base.a.length - 1;
  const changes = (l: number): boolean => layers === undefined || (layers === "output") === (l === last);
  return { ...base, [field]: base[field].map((exponent, l) => (changes(l) ? value : exponent)) };
}

/**
 * The numbers that decide the phase: the scales of all layers, the step of the output layer, and the step of
 * the hidden layer that moves furthest. All axes change the hidden layers together, so that these numbers are
 * linear in the axes.
 */
function invariantsOf(exponents: ReadAbc): number[] {
  const { scale, step } = decideAbc(exponents);
  return [...scale, step.at(-1)!, Math.min(...step.slice(0, -1).map((exponent, l) => (l === 0 ? exponent + 1 : exponent)))];
}

function candidatesOf(hiddenLayers: number): { name: string; invariants: number[] }[] {
  const deep = (Object.keys(anyDepth) as DeepParametrization[]).map((name) => ({
    name: parametrizations[name].name,
    abc: deepAbc(anyDepth[name], hiddenLayers),
  }));
  const { meanField, xavier } = parametrizations;
  const all = hiddenLayers === 1 ? [...deep, meanField, xavier] : deep;
  return all.map(({ name, abc }) => ({ name, invariants: invariantsOf(readAbc("abc", abc)) }));
}

/** A condition of the theory, as functions that are at most 0 if it holds. */
interface Side {
  readonly condition: string;
  readonly planes: readonly Plane[];
}

function abcBoundaries(at: (x: number, y: number) => ReadAbc, box: Box): Boundary[] {
  const { scale } = decideAbc(at(box.x[0], box.y[0]));
  const last = scale.length - 1;
  const startHolds = abcPhaseOf(at(box.x[0], box.y[0]))
    .conditions.slice(0, last)
    .every(({ holds }) => holds);
  if (!startHolds) return [];
  const side = (condition: string, below: readonly ((exponents: ReadAbc) => number)[]): Side => ({
    condition,
    planes: distinct(below.map((one) => planeOf((x, y) => one(at(x, y))))),
  });
  const output = (exponents: ReadAbc): number => decideAbc(exponents).scale[last]!;
  const outputStep = (exponents: ReadAbc): number => decideAbc(exponents).step[last]!;
  const hidden = Array.from(
    { length: last },
    (_, l) =>
      (exponents: ReadAbc): number =>
        decideAbc(exponents).step[l]! + (l === 0 ? 1 : 0),
  );
  const minusR = hidden.flatMap((hiddenStep) =>
    [output, outputStep].map((first) => (exponents: ReadAbc) => 1 - first(exponents) - hiddenStep(exponents)),
  );
  const name = last + 1;
  const sides = [
    side(`a_${name} + b_${name} = 1/2`, [(exponents) => 0.5 - output(exponents)]),
    side("r = 0", minusR),
    side(`2a_${name} + c_${name} = 1`, [(exponents) => 1 - outputStep(exponents)]),
    side(
      `a_${name} + b_${name} + r = 1`,
      minusR.map((negative) => (exponents: ReadAbc) => 1 - output(exponents) + negative(exponents)),
    ),
  ];
  return sides.flatMap(({ condition, planes }, i) => {
    const others = sides.flatMap((other, j) => (j === i ? [] : other.planes));
    const segments = planes.flatMap((plane) => zeroLine(plane, [...planes.filter((other) => other !== plane), ...others], box));
    return labelledLines(condition, segments, (a, b) => abcPhaseOf(at(a, b)).phase);
  });
}

function distinct(planes: readonly Plane[]): Plane[] {
  const same = (p: Plane, q: Plane): boolean => Math.abs(p.a - q.a) + Math.abs(p.b - q.b) + Math.abs(p.c - q.c) <= 1e-12;
  return planes.filter((plane, i) => planes.findIndex((other) => same(plane, other)) === i);
}
