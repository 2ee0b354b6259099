/** Converts layers { W2, W1 } to the form in which the problem was passed. */
import type { Matrix } from "ml-matrix";
import { refuse } from "../door/arguments.ts";
import { named } from "../door/error.ts";
import { isFloat64Array } from "../door/typedArrays.ts";
import { areLayers, type Layers } from "./layers.ts";
import type { MatrixLayers } from "./matrixLayers.ts";
import type { MatrixProblem } from "./readProblem.ts";

/** The method `weights` of a flow, made from a function that returns the layers at a time. */
export function weightsInForm(
  { given: { initial } }: MatrixProblem,
  layersAt: (t: number) => MatrixLayers,
): (t: number, out?: MatrixLayers & Layers) => MatrixLayers | Layers {
  if (!areLayers(initial)) return (t, out) => (out === undefined ? layersAt(t) : filled(out, layersAt(t)));
  return (t, out) => {
    const { W2, W1 } = layersAt(t);
    const layers = { u: Float64Array.from(W2.to1DArray()), W: W1 };
    if (out === undefined) return layers;
    named("weights", () => {
      if (!isFloat64Array(out.u) || out.u.length !== layers.u.length)
        refuse("out.u", out.u, `pass a Float64Array of length ${layers.u.length}`);
      copy("out.W", W1, out.W);
    });
    out.u.set(layers.u);
    return out;
  };
}

function filled(out: MatrixLayers, { W2, W1 }: MatrixLayers): MatrixLayers {
  named("weights", () => {
    copy("out.W2", W2, out.W2);
    copy("out.W1", W1, out.W1);
  });
  return out;
}

function copy(argument: string, from: Matrix, to: Matrix): void {
  const fits = typeof to?.set === "function" && to.rows === from.rows && to.columns === from.columns;
  if (!fits) refuse(argument, to, `pass a matrix ${from.rows}×${from.columns}`);
  for (let i = 0; i < from.rows; i++) for (let j = 0; j < from.columns; j++) to.set(i, j, from.get(i, j));
}
