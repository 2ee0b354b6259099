/**
 * Networks of layers that are matrices, of any number, trained on all weights by gradient flow and by steps:
 * shares nothing with the library.
 */
import { EigenvalueDecomposition, inverse, Matrix } from "ml-matrix";
import { lossOf, type Moments, type Seen } from "./bruteForce.ts";

/** A network f(x) = γ W_L ⋯ W₁ x under the squared loss; `pace` and `data` may change in time. */
export interface MatricesTraining {
  readonly gamma: number;
  readonly start: readonly Matrix[];
  /** η_1 to η_L; 1 by default. */
  readonly rates?: readonly number[];
  readonly data: (t: number) => Moments;
  readonly pace?: (t: number) => number;
}

/** What the reference knows at one time; its W₂ is the product of the layers and its W₁ is 1. */
export interface MatricesSeen extends Seen {
  readonly layers: readonly Matrix[];
}

/** 1, W₁, W₂W₁, …. */
function productsOf(layers: readonly Matrix[]): Matrix[] {
  const products = [Matrix.eye(layers[0]!.columns)];
  for (const W of layers) products.push(W.mmul(products.at(-1)!));
  return products;
}

/** W_L ⋯ W_{l+1} for l = 1 … L. */
function productsAbove(layers: readonly Matrix[]): Matrix[] {
  return layers.map((_, l) => layers.slice(l + 1).reduce((A, W) => W.mmul(A), Matrix.eye(layers[l]!.rows)));
}

/** −∂L/∂W_l, each at its rate. */
export function matricesDownhill(
  gamma: number,
  layers: readonly Matrix[],
  { xx, yx }: Moments,
  rates: readonly number[] = layers.map(() => 1),
): Matrix[] {
  const before = productsOf(layers);
  const G = Matrix.sub(yx, Matrix.mul(before.at(-1)!, gamma).mmul(xx)).mul(2 * gamma);
  const above = productsAbove(layers);
  return layers.map((_, l) => above[l]!.transpose().mmul(G).mmul(before[l]!.transpose()).mul(rates[l]!));
}

const moved = (layers: readonly Matrix[], by: number, slope: readonly Matrix[]): Matrix[] =>
  layers.map((W, l) => Matrix.add(W, Matrix.mul(slope[l]!, by)));

function rungeKuttaStep(
  { gamma, rates, data, pace = () => 1 }: MatricesTraining,
  layers: readonly Matrix[],
  at: number,
  h: number,
): readonly Matrix[] {
  const moments = data(at + h / 2);
  const slope = (t: number, now: readonly Matrix[]): Matrix[] =>
    matricesDownhill(gamma, now, moments, rates).map((W) => W.mul(pace(t)));
  const k1 = slope(at, layers);
  const k2 = slope(at + h / 2, moved(layers, h / 2, k1));
  const k3 = slope(at + h / 2, moved(layers, h / 2, k2));
  const k4 = slope(at + h, moved(layers, h, k3));
  return [k1, k2, k2, k3, k3, k4].reduce((sum, k) => moved(sum, h / 6, k), layers);
}

/** Layers at multiples of `step`, from which every other time is a step of its own. */
export function matricesTrained(training: MatricesTraining, step: number): (t: number) => MatricesSeen {
  const known: (readonly Matrix[])[] = [training.start];
  return (t) => {
    const n = Math.floor(t / step + 1e-9);
    while (known.length <= n) known.push(rungeKuttaStep(training, known.at(-1)!, (known.length - 1) * step, step));
    const from = n * step;
    const layers = t === from ? known[n]! : rungeKuttaStep(training, known[n]!, from, t - from);
    return matricesSeen(training.gamma, layers, training.data(t));
  };
}

/** Gradient descent: the network after n steps, for every n up to `count`. */
export function matricesStepped({ gamma, start, data }: MatricesTraining, stepSize: number, count: number): MatricesSeen[] {
  const rows: (readonly Matrix[])[] = [start];
  for (let n = 0; n < count; n++) rows.push(moved(rows[n]!, stepSize, matricesDownhill(gamma, rows[n]!, data(0))));
  return rows.map((layers) => matricesSeen(gamma, layers, data(0)));
}

export function matricesSeen(gamma: number, layers: readonly Matrix[], moments: Moments): MatricesSeen {
  const { xx, yx, yy } = moments;
  const before = productsOf(layers);
  const P = before.at(-1)!;
  const F = Matrix.mul(P, gamma);
  const loss = lossOf(F, moments);
  const norms = layers.reduce((product, W) => product * W.norm(), 1);
  const above = productsAbove(layers);
  return {
    layers,
    W2: P,
    W1: Matrix.eye(xx.rows),
    output: F,
    loss,
    excessLoss: loss - (yy - Matrix.mul(yx.mmul(inverse(xx)), yx).sum()),
    alignment: P.norm() / norms,
    normProduct: norms,
    kernelSize: layers.reduce(
      (sum, _, l) => sum + (gamma * above[l]!.norm()) ** 2 * Matrix.mul(before[l]!.mmul(xx), before[l]!).sum(),
      0,
    ),
    outputSize: Math.sqrt(Matrix.mul(F.mmul(xx), F).sum()),
  };
}

/** The neural tangent kernel on whitened inputs, an (mk)×(mk) matrix. */
export function matricesKernel(gamma: number, layers: readonly Matrix[], { xx }: Moments): Matrix {
  const { eigenvectorMatrix: V, realEigenvalues } = new EigenvalueDecomposition(xx);
  const root = V.mmul(Matrix.diag(realEigenvalues.map(Math.sqrt))).mmul(V.transpose());
  const [before, above] = [productsOf(layers), productsAbove(layers)];
  return layers.reduce<Matrix>(
    (sum, _, l) => {
      const B = before[l]!.mmul(root);
      const term = above[l]!.mmul(above[l]!.transpose())
        .kroneckerProduct(B.transpose().mmul(B))
        .mul(gamma ** 2);
      return l === 0 ? term : Matrix.add(sum, term);
    },
    new Matrix([[0]]),
  );
}

/** The top eigenvalue of the loss's Hessian over all weights, from differences of the gradient. */
export function matricesSharpness(gamma: number, layers: readonly Matrix[], moments: Moments): number {
  const layersOf = (theta: readonly number[]): Matrix[] => {
    let from = 0;
    return layers.map(({ rows, columns }) => {
      const W = Matrix.from1DArray(rows, columns, theta.slice(from, from + rows * columns));
      from += rows * columns;
      return W;
    });
  };
  const flat = (matrices: readonly Matrix[]): number[] => matrices.flatMap((W) => W.to1DArray());
  const theta = flat(layers);
  const h = 1e-4;
  const rows = theta.map((_, i) => {
    const [up, down] = [1, -1].map((sign) =>
      flat(matricesDownhill(gamma, layersOf(theta.map((x, j) => (i === j ? x + sign * h : x))), moments)),
    );
    return up!.map((x, j) => -(x - down![j]!) / (2 * h));
  });
  const hessian = new Matrix(rows);
  return Math.max(...new EigenvalueDecomposition(Matrix.add(hessian, hessian.transpose()).div(2)).realEigenvalues);
}
