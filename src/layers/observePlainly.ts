/**
 * A fast version of `observe` for numbers of ordinary size: the same formulas in doubles, without exponents,
 * with the same bits. It makes the rows of a long descent cheap.
 */
import { lossPrefactor, type Network } from "../model/network.ts";
import { FIELD } from "../model/snapshot.ts";
import { hypot, product, squareRoot, toNumber } from "../numerics/wide.ts";

/** The constants of the motion. */
export interface PlainConstants {
  readonly gamma: number;
  readonly gammaSquared: number;
  /** 4kγ. */
  readonly pull: number;
  readonly twoH: number;
  /** h². */
  readonly hh: number;
  readonly twoEtaU: number;
  readonly twoEtaW: number;
  /** E[z²] of the inputs, and its root. */
  readonly zz: number;
  readonly rootZZ: number;
}

/**
 * The constants of a network on inputs with E[z²] = zz; undefined if a layer is frozen or a constant is not
 * of ordinary size.
 */
export function plainConstantsOf(network: Network, zz: number): PlainConstants | undefined {
  const { u, w } = network.learningRates;
  const gamma = network.outputScale;
  const constants = {
    gamma,
    gammaSquared: gamma * gamma,
    pull: 4 * lossPrefactor(network) * gamma,
    twoH: toNumber(product(2, squareRoot(product(u, w)))),
    hh: u * w,
    twoEtaU: 2 * u,
    twoEtaW: 2 * w,
    zz,
    rootZZ: Math.sqrt(zz),
  };
  return Object.values(constants).every((value) => value !== 0 && isPlain(value)) ? constants : undefined;
}

/** Whether x is zero, or of a size such that no product of a few such numbers overflows or underflows. */
export function isPlain(x: number): boolean {
  const size = Math.abs(x);
  return (size > 2 ** -100 && size < 2 ** 100) || x === 0;
}

/**
 * Writes the same values as `observe` and returns true. If a number is not of ordinary size or there is no
 * kernel, it writes nothing and returns false.
 *
 * @param curvature - ∂²L/∂S², NaN if it is not known.
 */
export function observePlainly(
  c: PlainConstants,
  S: number,
  g: number,
  root: number,
  area: number,
  delta: number,
  curvature: number,
  values: Float64Array,
  offset: number,
  stride: number,
): boolean {
  if (!(isPlain(S) && isPlain(g) && isPlain(root) && isPlain(area) && isPlain(delta))) return false;
  if (!isPlain(curvature) && !Number.isNaN(curvature)) return false;
  const norms = hypot(S, area);
  const B = hypot(c.twoH * S, root);
  const uHeavier = delta >= 0;
  const heavy = (B + Math.abs(delta)) / (uHeavier ? c.twoEtaW : c.twoEtaU);
  if (!(norms > 0 && heavy > 0)) return false;
  const light = norms * (norms / heavy);
  const turned = hypot(curvature * (heavy - light), 2 * curvature * area);
  const tilt = 2 * curvature * S - c.pull * g;

  values[offset + FIELD.uu * stride] = uHeavier ? heavy : light;
  values[offset + FIELD.ww * stride] = uHeavier ? light : heavy;
  values[offset + FIELD.uw * stride] = S;
  values[offset + FIELD.area * stride] = area;
  values[offset + FIELD.balance * stride] = delta / c.hh;
  const output = c.gamma * S;
  values[offset + FIELD.output * stride] = output;
  values[offset + FIELD.residual * stride] = g;
  const kernel = c.gammaSquared * B;
  values[offset + FIELD.kernel * stride] = kernel;
  values[offset + FIELD.kernelSize * stride] = kernel * c.zz;
  values[offset + FIELD.outputSize * stride] = Math.abs(output) * c.rootZZ;
  values[offset + FIELD.alignment * stride] = S / norms;
  values[offset + FIELD.angle * stride] = Math.atan2(area, S);
  values[offset + FIELD.normProduct * stride] = norms;
  values[offset + FIELD.sharpness * stride] = (curvature * (heavy + light) + hypot(tilt, turned)) / 2;
  return true;
}
