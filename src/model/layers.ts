import { Matrix } from "ml-matrix";
import { attempt, readRecord, reject } from "../door/arguments.ts";
import { type MatrixLike, type Rows, readMatrix, readVector, type VectorLike } from "../door/arrays.ts";
import type { MatrixLayers } from "./matrixLayers.ts";

/** The layers of a network of several inputs, f(x) = γ Σᵢ uᵢ (Wᵢ·x). */
export interface Layers {
  /** Output weights, one per hidden neuron. */
  readonly u: Float64Array;
  /** Input weights: one row per hidden neuron, one column per input. */
  readonly W: Matrix;
}

/** {@link Layers} as they may be passed in. */
export interface LayersLike {
  /** Output weights, one per hidden neuron. */
  readonly u: VectorLike;
  /** Input weights: one row per hidden neuron, one column per input. */
  readonly W: MatrixLike;
}

/** The same layers as matrices: W₂ = uᵀ, W₁ = W. */
export function asMatrixLayers({ u, W }: Layers): MatrixLayers {
  return { W2: Matrix.rowVector(Array.from(u)), W1: W };
}

/** Whether the value is layers of several inputs. */
export function areLayers(initial: unknown): boolean {
  return typeof initial === "object" && initial !== null && attempt(() => "W" in initial, false);
}

export function readLayers(value: unknown): { readonly u: Float64Array; readonly W: Rows } {
  const fields = readRecord("initial", value, ["u", "W"]);
  const u = readVector("initial.u", fields.u);
  const W = readMatrix("initial.W", fields.W);
  if (W.rows !== u.length) reject(`initial.W has ${W.rows} rows; pass as many as u has numbers, ${u.length}`);
  return { u, W };
}
