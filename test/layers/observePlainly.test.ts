import { type Network, network } from "feature-learning";
import seedrandom from "seedrandom";
import { describe, expect, test } from "vitest";
import { layerConstants, observe } from "../../src/layers/observe.ts";
import { observePlainly, plainConstantsOf } from "../../src/layers/observePlainly.ts";
import { startFromOrderParameters } from "../../src/layers/start.ts";
import { snapshotFields } from "../../src/model/snapshot.ts";
import { toNumber, wide } from "../../src/numerics/wide.ts";

const COUNT = snapshotFields.length;
const [S, g, zz] = [0.3, 0.7, 1.7];
const start = { uu: 1, ww: 0.5, uw: S };

/** A row by either way, NaN where nothing was written; `written` says whether the plain way wrote one. */
function rowsOf(net: Network, initial: typeof start, g: number, curvature: number) {
  const from = startFromOrderParameters(initial, net.learningRates);
  const [expected, found] = [new Float64Array(COUNT).fill(NaN), new Float64Array(COUNT).fill(NaN)];
  const layers = layerConstants(net, from, zz);
  const state = { S: initial.uw, SExp: 0, g, gExp: 0 };
  observe(layers, state, Number.isNaN(curvature) ? undefined : wide(curvature), 0, expected, 0, 1);
  const [root, area, delta] = [layers.root, layers.area, from.delta].map(toNumber) as [number, number, number];
  const constants = plainConstantsOf(net, zz);
  const written = constants !== undefined && observePlainly(constants, initial.uw, g, root, area, delta, curvature, found, 0, 1);
  return { expected, found, written };
}

describe("a row written in doubles alone", () => {
  test("has the bits of one written in numbers with exponents", () => {
    const random = seedrandom("plain rows");
    const size = (): number => 10 ** (4 * random() - 2);
    for (let n = 0; n < 1000; n++) {
      const [uu, ww] = [size(), size()];
      const uw = Math.sqrt(uu * ww) * (2 * random() - 1);
      const net = network({ outputScale: size() * (random() < 0.5 ? -1 : 1), learningRates: { u: size(), w: size() } });
      const { expected, found, written } = rowsOf(net, { uu, ww, uw }, size() - 1, random() < 0.2 ? NaN : size());
      expect(written).toBe(true);
      expect(found).toEqual(expected);
    }
  });

  test("is not written where a number or a product could overflow or underflow, nor where a layer is frozen", () => {
    expect(rowsOf(network(), start, g, 1).written).toBe(true);
    expect(rowsOf(network(), { uu: 1e-40, ww: 1e-40, uw: 1e-41 }, g, 1).written).toBe(false);
    expect(rowsOf(network(), start, 1e60, 1).written).toBe(false);
    expect(rowsOf(network(), start, g, 1e-60).written).toBe(false);
    expect(rowsOf(network({ outputScale: 1e-40 }), start, g, 1).written).toBe(false);
    expect(rowsOf(network({ learningRates: { u: 0, w: 1 } }), start, g, 1).written).toBe(false);
    const { found } = rowsOf(network(), { uu: 0, ww: 0, uw: 0 }, g, 1);
    expect(found.every(Number.isNaN)).toBe(true);
  });
});
