/**
 * Where modes start, from order parameters: uuₐ = oₐᵀ(W₂W₂ᵀ)oₐ, wwₐ = vₐᵀ(W₁ᵀW₁)vₐ, uwₐ = oₐᵀ(W₂W₁)vₐ
 * without rounding.
 */
import type { Matrix } from "ml-matrix";
import type { MatrixState } from "../../matrix/matrixState.ts";
import type { ModeBlock } from "../../matrix/modeBlocks.ts";
import type { Network } from "../../model/network.ts";
import type { OrderParameters } from "../../model/weights.ts";
import { frobeniusNorm } from "../../numerics/matrices.ts";
import { ROUNDING_OF_TERMS } from "../../numerics/rounding.ts";
import { type Forgiven, largestCosine, productsOf, UNCORRELATED } from "./coupling.ts";
import type { Starts } from "./startsOfLayers.ts";

/**
 * Starts and couplings from order parameters. These are squares: what is below √ε of the whole is lost to
 * rounding.
 */
export function startsOfGram(
  { network, start: { uu, ww, uw }, support, task }: MatrixState,
  inputs: Matrix,
  outputs: Matrix,
  blocks: readonly ModeBlock[],
): Starts {
  const along = (left: Matrix, gram: Matrix, right: Matrix): number[] => left.transpose().mmul(gram).mmul(right).diagonal();
  const squares = { u: along(outputs, uu, outputs), w: along(inputs, ww, inputs), uw: along(outputs, uw, inputs) };
  const exactInputs = support.exact;
  const wholeW = frobeniusNorm(ww);
  const [sizeOfU, sizeOfW] = [blocks.map(ofU), blocks.map(ofW)];
  const starts = blocks.map(({ inputs: js, outputs: is }, a) => {
    const [i, j] = [is.length, exactInputs ? js.length : js.length + task.xx.rows];
    const bound = { u: i > 1 ? ROUNDING_OF_TERMS * i : 0, w: j > 1 ? ROUNDING_OF_TERMS * j : 0 };
    const measured = { uu: squares.u[a]!, ww: squares.w[a]!, uw: squares.uw[a]! };
    const rounding = {
      uu: bound.u * sizeOfU[a]!,
      ww: bound.w * sizeOfW[a]!,
      uw: (bound.u + bound.w) * Math.sqrt(sizeOfU[a]!) * Math.sqrt(sizeOfW[a]!),
    };
    return possible(measured, rounding, network.learningRates);
  });
  const root = (numbers: readonly number[]): number[] => numbers.map((square) => Math.sqrt(Math.max(0, square)));
  const [u, w] = [root(squares.u), root(squares.w)];
  const [U, W] = [root(sizeOfU), root(sizeOfW)];
  const [allU, allW] = [Math.sqrt(frobeniusNorm(uu)), Math.sqrt(wholeW)];
  const forgiven =
    (left: readonly number[], right: readonly number[], all: number): Forgiven =>
    (a, b) =>
      UNCORRELATED * left[a]! * (b === undefined ? all : right[b]!);
  return {
    starts,
    couplings: [
      { what: "output weights", cosine: largestCosine(productsOf(uu, outputs, outputs), u, u, forgiven(U, U, allU), allU) },
      { what: "input weights", cosine: largestCosine(productsOf(ww, inputs, inputs), w, w, forgiven(W, W, allW), allW) },
      { what: "overlap", cosine: largestCosine(productsOf(uw, outputs, inputs), u, w, forgiven(W, U, allU), allU) },
      { what: "overlap", cosine: largestCosine(productsOf(uw.transpose(), inputs, outputs), w, u, forgiven(U, W, allW), allW) },
    ],
  };

  /** The size of the squares that are summed in a mode's: its rounding is relative to this. */
  function ofU({ outputs: is }: ModeBlock, a: number): number {
    return is.length > 1 ? frobeniusNorm(uu.selection([...is], [...is])) : Math.max(0, squares.u[a]!);
  }
  function ofW({ inputs: js }: ModeBlock, a: number): number {
    if (!exactInputs) return wholeW;
    return js.length > 1 ? frobeniusNorm(ww.selection([...js], [...js])) : Math.max(0, squares.w[a]!);
  }
}

/**
 * Order parameters without rounding, so that some layers have them. In a mode much smaller than the whole,
 * rounding can break |uw| ≤ √(uu·ww). An overlap above rounding gives the length of a vector whose own square
 * is lost. A start with u/√η_u = ±w/√η_w up to rounding is set to be exactly so.
 */
function possible(measured: OrderParameters, rounding: OrderParameters, rates: Network["learningRates"]): GivenOrderParameters {
  const above = (name: "uu" | "ww"): number => (measured[name] > rounding[name] ? measured[name] : 0);
  let [uu, ww] = [above("uu"), above("ww")];
  const seen = Math.abs(measured.uw) > rounding.uw ? measured.uw : 0;
  if (uu === 0 && ww > 0) uu = (seen / ww) * seen;
  else if (ww === 0 && uu > 0) ww = (seen / uu) * seen;
  const most = Math.sqrt(uu) * Math.sqrt(ww);
  const ratio = rates.w / rates.u;
  const paired = ratio * uu;
  if (
    uu > 0 &&
    ratio > 0 &&
    ratio < Infinity &&
    most - Math.abs(measured.uw) < rounding.uw &&
    Math.abs(ww - paired) < rounding.ww + ratio * rounding.uu
  )
    return { uu, ww: paired, uw: Math.sign(measured.uw) * Math.sqrt(ratio) * uu, area: 0 };
  return { uu, ww, uw: Math.max(-most, Math.min(most, measured.uw)) };
}

/** The area of layers too, where it is known. */
type GivenOrderParameters = OrderParameters & { readonly area?: number };
