/**
 * A linear network of several inputs and outputs on the span of the inputs, with W₁ in the eigenbasis vₐ of
 * E[xxᵀ]. Input weights outside the span only decay.
 */
import { Matrix } from "ml-matrix";
import { cheapSharpness } from "../../matrix/curvature.ts";
import { layersOf } from "../../matrix/layersOf.ts";
import { alongInputs, type MatrixState, matrixSnapshot, outsideOf, spansAll } from "../../matrix/matrixState.ts";
import { isMatrixLayers, type MatrixLayers, orderParametersOf } from "../../model/matrixLayers.ts";
import type { MatrixSnapshot } from "../../model/matrixSnapshot.ts";
import type { MatrixProblem } from "../../model/readProblem.ts";
import type { LayerSchedules } from "../../model/schedule.ts";
import { withSharpness } from "../../model/snapshot.ts";
import { hasDecay, shrinkage } from "../../model/weightDecay.ts";
import { largestEntry } from "../../numerics/matrices.ts";
import { normOf } from "../../numerics/norm.ts";
import type { Waits } from "../method/integrate.ts";
import type { System } from "../method/stepper.ts";
import { saddleOf } from "../saddle.ts";
import { linearLayers } from "./linearLayers.ts";

export interface ManyOutputs {
  readonly because: string;
  readonly system: System;
  readonly initial: Float64Array;
  readonly escapes: ((y: Float64Array, share: number) => boolean) | undefined;
  readonly creeps: ((t: number, y: Float64Array, isLong: boolean) => boolean) | undefined;
  /** Whether a state at rest is a saddle that the flow leaves. */
  readonly waits: Waits | undefined;
  snapshot(t: number, y: Float64Array): MatrixSnapshot;
  /** The loss, at a fraction of the cost of a snapshot. */
  loss(y: Float64Array): number;
  /** The larger of ‖W₂‖_F and ‖W₁‖_F, with W₁ restricted to the inputs' span. */
  largestNorm(y: Float64Array): number;
  /** The layers at time t from a state reached at or before t; present if the flow started from layers. */
  readonly layers: ((t: number, y: Float64Array) => MatrixLayers) | undefined;
}

export function manyOutputs({ initial }: MatrixProblem, state: MatrixState, schedules: LayerSchedules | undefined): ManyOutputs {
  const { network, yx, support, objective } = state;
  const { rows: m, columns: r } = yx;
  const start = state.layers ?? layersOf(state);
  const offSpan =
    isMatrixLayers(initial) && !spansAll(support) ? outsideOf(initial.W1, alongInputs(support, start.W1)) : undefined;
  const linear = linearLayers(network, objective, start, schedules, offSpan === undefined ? 0 : largestEntry(offSpan));
  const { output, residual } = linear;
  const inner = linear.width * m;
  return {
    because: `a linear network of ${r} inputs and ${m} outputs stays in the span of its initial layers, so it is integrated at width ${linear.width}`,
    system: linear.system,
    initial: linear.initial,
    escapes: linear.escapes,
    creeps: linear.creeps,
    waits: waits(),
    snapshot(t, y) {
      linear.read(y);
      const layers = linear.inSpan(y);
      const parameters = t === 0 ? state.start : orderParametersOf(layers);
      const losses = { loss: objective.loss(output), excessLoss: objective.excess(output) };
      const snapshot = matrixSnapshot(state, t, parameters, Matrix.from1DArray(m, r, residual), losses);
      return withSharpness(snapshot, cheapSharpness(network, objective, layers));
    },
    loss(y) {
      linear.read(y);
      return objective.loss(output);
    },
    largestNorm: (y) => Math.max(normOf(y.subarray(0, inner)), normOf(y.subarray(inner, inner + linear.width * r))),
    layers: isMatrixLayers(initial) ? layersOn(initial) : undefined,
  };

  function waits(): Waits | undefined {
    const { u, w } = network.learningRates;
    if (hasDecay(network) || schedules !== undefined) return undefined;
    const { W2, W1 } = linear.inSpan(linear.initial);
    const isSaddle = saddleOf(state, [w, u], [W1, W2]);
    if (isSaddle === undefined) return undefined;
    return (y, still = false) => {
      linear.read(y);
      const layers = linear.inSpan(y);
      return isSaddle([layers.W1, layers.W2], output, still);
    };
  }

  /** W₁ learns on the inputs' span, and decays outside of it as exp(−η_wμ ∫s). */
  function layersOn({ W2, W1 }: MatrixLayers): (t: number, y: Float64Array) => MatrixLayers {
    const rate = shrinkage(network).w;
    return (t, y) => {
      if (t === 0) return { W2: W2.clone(), W1: W1.clone() };
      const reduced = linear.inSpan(y);
      const fullLayers = linear.inNeurons({ W2: reduced.W2, W1: alongInputs(support, reduced.W1) });
      if (offSpan === undefined) return fullLayers;
      const kept = rate === 0 ? 1 : Math.exp(-rate * (schedules === undefined ? t : schedules.w.integral(t)));
      return { W2: fullLayers.W2, W1: fullLayers.W1.add(Matrix.mul(offSpan, kept)) };
    };
  }
}
