/** Runs descent and flow of a problem side by side, and compares their outputs step by step. */

import type { Matrix } from "ml-matrix";
import { slopesOfSums, sumKinked } from "../layers/kinkedLayers.ts";
import { onSpan } from "../matrix/matrixState.ts";
import type { DeepMatrixFlow, DepthFlow, Flow, HalfLineFlow, MatrixFlow } from "../model/flow.ts";
import { fill, isBulk } from "../model/protocol.ts";
import type { DeepMatrixProblem, DepthProblem, HalfLineProblem, MatrixProblem, ScalarProblem } from "../model/readProblem.ts";
import { FIELD, FIELDS } from "../model/snapshot.ts";
import { hypot } from "../numerics/wide.ts";
import { begin } from "./begin.ts";
import { beginDeep } from "./deepDescent.ts";
import { beginDepth } from "./depthDescent.ts";
import { readPlan } from "./descentOptions.ts";
import { kinkedWalk } from "./kinkedWalk.ts";
import { beginLayers } from "./layersBegin.ts";
import { layersWalk, stateOfLayers } from "./layersWalk.ts";
import type { Pace } from "./walk.ts";

export interface Courses {
  /** Takes step n → n + 1. */
  readonly advance: (n: number) => Pace;
  /** |F_n − F(n·step)| after n steps. Call it in increasing order of n. */
  readonly distances: (n: number) => number;
}

/** The number of times of a flow that are evaluated at once. */
const TOGETHER = 4096;

export function oneDirectionCourses(problem: ScalarProblem, flow: object | undefined, stepSize: number, steps: number): Courses {
  const { walk } = begin(problem, readPlan({ stepSize, steps }));
  let outputs = new Float64Array(0);
  let first = 0;
  return {
    advance: walk.advance,
    distances(n) {
      if (n >= first + outputs.length) {
        first = n;
        outputs = outputsOf(flow as Flow, n, Math.min(steps, n + TOGETHER - 1), stepSize);
      }
      return Math.abs(walk.output - outputs[n - first]!);
    },
  };
}

/** Outputs of the flow after first … last steps. */
function outputsOf(flow: Flow, first: number, last: number, stepSize: number): Float64Array<ArrayBuffer> {
  const times = Float64Array.from({ length: last - first + 1 }, (_, i) => (first + i) * stepSize);
  if (!isBulk(flow)) return times.map((t) => flow.at(t).output);
  const values = new Float64Array(FIELDS * times.length);
  flow[fill](times, values);
  const from = FIELD.output * times.length;
  return values.slice(from, from + times.length);
}

export function depthCourses(problem: DepthProblem, flow: object | undefined, stepSize: number, steps: number): Courses {
  const { walk } = beginDepth(problem, readPlan({ stepSize, steps }));
  return {
    advance: walk.advance,
    distances: (n) => Math.abs(walk.output() - (flow as DepthFlow).at(n * stepSize).output),
  };
}

export function deepCourses(problem: DeepMatrixProblem, flow: object | undefined, stepSize: number, steps: number): Courses {
  const { state, gradient, walk } = beginDeep(problem, readPlan({ stepSize, steps }));
  return {
    advance: walk.advance,
    distances(n) {
      const output = onSpan(state.support, (flow as DeepMatrixFlow).at(n * stepSize).output).to1DArray();
      const now = gradient.outputOf(walk.state);
      return Math.sqrt(output.reduce((sum, value, i) => sum + (value - now[i]!) ** 2, 0));
    },
  };
}

export function layersCourses(problem: MatrixProblem, flow: object | undefined, stepSize: number, steps: number): Courses {
  const { state, objective, reduced } = beginLayers(problem);
  const { network, support } = state;
  const { directions, variances } = support;
  const shape = { m: reduced.W2.rows, d: reduced.W2.columns, r: reduced.W1.columns };
  const plan = readPlan({ stepSize, steps });
  const walk = layersWalk(network, stateOfLayers(reduced), shape, variances, objective.residual, plan);
  const onSpan = (output: Matrix): Matrix => (directions === undefined ? output : output.mmul(directions));
  return {
    advance: walk.advance,
    distances(n) {
      const output = onSpan((flow as MatrixFlow).at(n * stepSize).output).to1DArray();
      return Math.sqrt(output.reduce((sum, value, i) => sum + (value - walk.output[i]!) ** 2, 0));
    },
  };
}

export function kinkedCourses(problem: HalfLineProblem, flow: object | undefined, stepSize: number, steps: number): Courses {
  const { network } = problem;
  const walk = kinkedWalk(problem, readPlan({ stepSize, steps }));
  const n = walk.state.length / 2;
  return {
    advance: walk.advance,
    distances(step) {
      const { positive, negative } = (flow as HalfLineFlow).at(step * stepSize).slopes;
      const sums = sumKinked({ u: walk.state.subarray(0, n), w: walk.state.subarray(n) });
      const slopes = slopesOfSums(network, sums);
      return hypot(slopes.positive - positive, slopes.negative - negative);
    },
  };
}
