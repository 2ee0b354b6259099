/** Which output direction belongs to every input direction: its image, made orthogonal to those before it. */
import { Matrix } from "ml-matrix";
import { ROUNDING_OF_TERMS } from "../../numerics/rounding.ts";
import { perpendicularAxis } from "./hiddenVectors.ts";

/** An image by the correlation below this share of the image by the overlap has fewer digits than it. */
const WEAK = 1e-2;

/**
 * Every vₐ with the oₐ ⟂ all others along its image, the longest image first, so that sₐ ≥ 0; in the order of
 * their strengths. The correlation decides on oₐ where it is not weak, because the data define the modes: the
 * overlap would turn oₐ by as much as the layers couple the modes.
 */
export function paired(
  vectors: Matrix,
  correlation: Matrix,
  overlap: Matrix,
): { readonly inputs: Matrix; readonly outputs: Matrix } {
  const images = [correlation.mmul(vectors), overlap.mmul(vectors)].map((matrix) =>
    Array.from({ length: vectors.columns }, (_, a) => matrix.getColumnVector(a)),
  ) as [Matrix[], Matrix[]];
  const longest = images[0].map((image, a) => (image.norm() >= WEAK * images[1][a]!.norm() ? image : images[1][a]!));
  const order = longest.map((_, a) => a).sort((a, b) => longest[b]!.norm() - longest[a]!.norm());
  const done: { readonly a: number; readonly output: Matrix; readonly strength: number }[] = [];
  for (const a of order) {
    const output = outputOf(
      longest[a]!,
      done.map((one) => one.output),
    );
    const strength = output.dot(images[0][a]!);
    done.push({ a, output: strength < 0 ? output.neg() : output, strength: Math.abs(strength) });
  }
  const sorted = done.sort((x, y) => y.strength - x.strength);
  const inputs = new Matrix(vectors.rows, sorted.length);
  const outputs = new Matrix(correlation.rows, sorted.length);
  for (const [column, { a, output }] of sorted.entries()) {
    inputs.setColumn(column, vectors.getColumn(a));
    outputs.setColumn(column, output.getColumn(0));
  }
  return { inputs, outputs };
}

/**
 * The direction of an image ⟂ the outputs before it. If the image lies in the span of those outputs, only
 * rounding is left: the mode is coupled to theirs, and any direction ⟂ them will do.
 */
function outputOf(image: Matrix, before: readonly Matrix[]): Matrix {
  const output = image.clone();
  // Twice: after the first pass rounding leaves a component along the others.
  for (let pass = 0; pass < 2; pass++) for (const one of before) output.sub(Matrix.mul(one, output.dot(one)));
  const size = output.norm();
  return size > ROUNDING_OF_TERMS * image.norm() ? output.div(size) : perpendicularAxis(before, image.rows);
}
