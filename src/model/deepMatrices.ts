/** Networks of any number of linear layers that are matrices, f(x) = γ W_L ⋯ W₂W₁ x. W₁ reads the inputs. */
import type { Matrix } from "ml-matrix";
import { attempt, isList, readRecord, refuse, reject } from "../door/arguments.ts";
import { axesOf, type MatrixLike, readMatrix } from "../door/arrays.ts";
import { named } from "../door/error.ts";
import { matrixFrom } from "../numerics/matrices.ts";
import type { AnySnapshot } from "./snapshot.ts";

/** Any number of layers that are matrices. */
export interface DeepMatrixLayers {
  /** W_1 to W_L. W_1 has one column per input, W_L one row per output. */
  readonly layers: readonly Matrix[];
}

/** {@link DeepMatrixLayers} as they may be passed in. */
export interface DeepMatrixLayersLike {
  /** W_1 to W_L, each with as many columns as the layer before it has rows. */
  readonly layers: readonly MatrixLike[];
}

/** The state of a network of layers that are matrices at one time, on the span of the inputs. */
export interface DeepMatrixSnapshot extends AnySnapshot {
  /** γ W_L ⋯ W₁, m×k: f(x) = output·x. */
  readonly output: Matrix;
  /** G = −E[∂ℓ/∂f xᵀ]/2k, m×k; for the squared loss E[yxᵀ] − output·E[xxᵀ]. */
  readonly residual: Matrix;
  /**
   * The neural tangent kernel, an m×m matrix for each pair of inputs: K(x, x') = Σ_l (xᵀ·inputs_l·x')
   * outputs_l, with a term for each layer.
   */
  readonly kernel: readonly LayerKernel[];
}

/** The contribution of one layer to the kernel. */
export interface LayerKernel {
  /** (W_{l−1} ⋯ W₁)ᵀ(W_{l−1} ⋯ W₁), k×k. */
  readonly inputs: Matrix;
  /** γ²η_l (W_L ⋯ W_{l+1})(W_L ⋯ W_{l+1})ᵀ, m×m. */
  readonly outputs: Matrix;
}

/** Whether the value is a list of layers that are matrices. */
export function areDeepMatrices(initial: unknown): boolean {
  if (typeof initial !== "object" || initial === null) return false;
  const layers = attempt(() => (initial as { readonly layers?: unknown }).layers, undefined);
  return isList(layers) && attempt(() => axesOf(layers[0]) === 2, false);
}

/** Checks and copies layers for a task of m outputs and k inputs. */
export function readDeepMatrices(depth: number, value: unknown, m: number, k: number): DeepMatrixLayers {
  const given = readRecord("initial", value, ["layers"]).layers as ArrayLike<unknown>;
  if (given.length !== depth)
    reject(`initial.layers has ${given.length} matrices and the network has depth ${depth}; pass one a layer`);
  const layers = Array.from(given, (layer, l) => matrixFrom(readMatrix(`initial.layers[${l}]`, layer)));
  const name = (l: number): string => `initial.layers[${l}]`;
  for (const [l, { rows, columns }] of layers.entries()) {
    const inputs = l === 0 ? k : layers[l - 1]!.rows;
    if (columns !== inputs)
      reject(
        `${name(l)} has ${columns} columns; pass ${inputs}, one for each ${l === 0 ? "input of the task" : `row of ${name(l - 1)}`}`,
      );
    if (l === depth - 1 && rows !== m) reject(`${name(l)} has ${rows} rows; pass one for each target of the task, ${m}`);
  }
  return { layers };
}

/** The layers, written to `out` if it is passed. */
export function filledLayers(layers: readonly Matrix[], out: DeepMatrixLayers | undefined): DeepMatrixLayers {
  if (out === undefined) return { layers };
  for (const [l, from] of layers.entries()) {
    const to = out.layers?.[l];
    if (!(typeof to?.set === "function" && to.rows === from.rows && to.columns === from.columns))
      named("weights", () => refuse(`out.layers[${l}]`, to, `pass a matrix ${from.rows}×${from.columns}`));
    for (let i = 0; i < from.rows; i++) for (let j = 0; j < from.columns; j++) to!.set(i, j, from.get(i, j));
  }
  return out;
}
