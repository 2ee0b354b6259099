/** A snapshot of a linear network under any loss: the layers' part from S and g, the loss from the objective. */

import type { Network } from "../model/network.ts";
import type { Objective } from "../model/objective.ts";
import { type LayerConstants, observe } from "../model/observe.ts";
import { product, type Wide, wide } from "../numerics/wide.ts";

export function recordLinear(
  network: Network,
  objective: Objective,
  layers: LayerConstants,
  t: number,
  S: number,
  direction: number,
  values: Float64Array,
  offset: number,
  stride: number,
): void {
  const output = network.outputScale * S;
  const g = objective.residual(output);
  observe(layers, { S, SExp: 0, g, gExp: 0 }, curvatureOf(network, objective, output), direction, values, offset, stride);
  values[offset] = t;
  values[offset + 8 * stride] = objective.loss(output);
  values[offset + 9 * stride] = objective.excess(output);
  values[offset + 14 * stride]! += network.weightDecay;
}

/** ∂²L/∂S². */
function curvatureOf({ outputScale }: Network, { curvature }: Objective, output: number): Wide | undefined {
  return curvature === undefined ? undefined : product(wide(outputScale), wide(outputScale), curvature(output));
}
