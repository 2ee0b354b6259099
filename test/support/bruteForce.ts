/**
 * Networks W₂, W₁ of any shape trained on all weights, by gradient flow and by steps: shares nothing with the
 * library.
 */
import { EigenvalueDecomposition, inverse, Matrix } from "ml-matrix";

/** Moments of the data. */
export interface Moments {
  readonly xx: Matrix;
  readonly yx: Matrix;
  readonly yy: number;
}

export interface Layers {
  readonly W2: Matrix;
  readonly W1: Matrix;
}

/**
 * A linear network f(x) = γW₂W₁x under the squared loss, at unit rates, both layers with a weight decay;
 * `pace` and `data` may change in time.
 */
export interface Training {
  readonly gamma: number;
  readonly start: Layers;
  readonly data: (t: number) => Moments;
  readonly pace?: (t: number) => number;
  readonly decay?: number;
}

/** What the reference knows at one time. */
export interface Seen extends Layers {
  readonly output: Matrix;
  readonly loss: number;
  readonly excessLoss: number;
  readonly alignment: number;
  readonly normProduct: number;
  readonly kernelSize: number;
  readonly outputSize: number;
}

export const outputOf = (gamma: number, { W2, W1 }: Layers): Matrix => W2.mmul(W1).mul(gamma);

export const lossOf = (F: Matrix, { xx, yx, yy }: Moments): number =>
  yy - 2 * Matrix.mul(F, yx).sum() + Matrix.mul(F.mmul(xx), F).sum();

/** −∂L/∂W₂ and −∂L/∂W₁ of the loss with its decay. */
export function downhill(gamma: number, layers: Layers, { xx, yx }: Moments, decay = 0): Layers {
  const { W2, W1 } = layers;
  const G = Matrix.sub(yx, outputOf(gamma, layers).mmul(xx)).mul(2 * gamma);
  return {
    W2: Matrix.sub(G.mmul(W1.transpose()), Matrix.mul(W2, decay)),
    W1: Matrix.sub(W2.transpose().mmul(G), Matrix.mul(W1, decay)),
  };
}

const moved = ({ W2, W1 }: Layers, by: number, slope: Layers): Layers => ({
  W2: Matrix.add(W2, Matrix.mul(slope.W2, by)),
  W1: Matrix.add(W1, Matrix.mul(slope.W1, by)),
});

/** The layers by Runge and Kutta's method of order 4, from `at` by h. */
function rungeKuttaStep({ gamma, data, pace = () => 1, decay }: Training, layers: Layers, at: number, h: number): Layers {
  // Where the data change, the step ends: the data are those of its middle.
  const moments = data(at + h / 2);
  const slope = (t: number, now: Layers): Layers => {
    const { W2, W1 } = downhill(gamma, now, moments, decay);
    return { W2: W2.mul(pace(t)), W1: W1.mul(pace(t)) };
  };
  const k1 = slope(at, layers);
  const k2 = slope(at + h / 2, moved(layers, h / 2, k1));
  const k3 = slope(at + h / 2, moved(layers, h / 2, k2));
  const k4 = slope(at + h, moved(layers, h, k3));
  return [k1, k2, k2, k3, k3, k4].reduce((sum, k) => moved(sum, h / 6, k), layers);
}

/** Layers at multiples of `step`, from which every other time is a step of its own. */
export function trained(training: Training, step: number): (t: number) => Seen {
  const known: Layers[] = [training.start];
  return (t) => {
    const n = Math.floor(t / step + 1e-9);
    while (known.length <= n) known.push(rungeKuttaStep(training, known.at(-1)!, (known.length - 1) * step, step));
    const from = n * step;
    const layers = t === from ? known[n]! : rungeKuttaStep(training, known[n]!, from, t - from);
    return seen(training.gamma, layers, training.data(t));
  };
}

/** Gradient descent: the network after n steps, for every n up to `count`. */
export function stepped({ gamma, start, data, decay }: Training, stepSize: number, count: number): Seen[] {
  const rows = [start];
  for (let n = 0; n < count; n++) rows.push(moved(rows[n]!, stepSize, downhill(gamma, rows[n]!, data(0), decay)));
  return rows.map((layers) => seen(gamma, layers, data(0)));
}

export function seen(gamma: number, layers: Layers, moments: Moments): Seen {
  const { W2, W1 } = layers;
  const { xx, yx, yy } = moments;
  const F = outputOf(gamma, layers);
  const least = yy - Matrix.mul(yx.mmul(inverse(xx)), yx).sum();
  const [loss, norms] = [lossOf(F, moments), W2.norm() * W1.norm()];
  const kernelSize = gamma ** 2 * (W2.rows * Matrix.mul(W1.mmul(xx), W1).sum() + W2.norm() ** 2 * xx.trace());
  return {
    ...layers,
    output: F,
    loss,
    excessLoss: loss - least,
    alignment: W2.mmul(W1).norm() / norms,
    normProduct: norms,
    kernelSize,
    outputSize: Math.sqrt(Matrix.mul(F.mmul(xx), F).sum()),
  };
}

/** The top eigenvalue of the loss's Hessian over all weights, from differences of the gradient. */
export function sharpnessOf(gamma: number, { W2, W1 }: Layers, moments: Moments, decay = 0): number {
  const [m, d, k] = [W2.rows, W2.columns, W1.columns];
  const layersOf = (theta: readonly number[]): Layers => ({
    W2: Matrix.from1DArray(m, d, theta.slice(0, m * d)),
    W1: Matrix.from1DArray(d, k, theta.slice(m * d)),
  });
  const theta = [...W2.to1DArray(), ...W1.to1DArray()];
  const gradient = (at: readonly number[]): number[] => {
    const slope = downhill(gamma, layersOf(at), moments, decay);
    return [...slope.W2.to1DArray(), ...slope.W1.to1DArray()].map((x) => -x);
  };
  const h = 1e-4;
  const rows = theta.map((_, i) => {
    const [up, down] = [1, -1].map((sign) => gradient(theta.map((x, j) => (i === j ? x + sign * h : x))));
    return up!.map((x, j) => (x - down![j]!) / (2 * h));
  });
  const hessian = new Matrix(rows);
  return Math.max(...new EigenvalueDecomposition(Matrix.add(hessian, hessian.transpose()).div(2)).realEigenvalues);
}

/** The neural tangent kernel on whitened inputs, an (mk)×(mk) matrix. */
export function kernelOf(gamma: number, { W2, W1 }: Layers, { xx }: Moments): Matrix {
  const { eigenvectorMatrix: V, realEigenvalues } = new EigenvalueDecomposition(xx);
  const root = V.mmul(Matrix.diag(realEigenvalues.map(Math.sqrt))).mmul(V.transpose());
  const inputs = root.mmul(W1.transpose()).mmul(W1).mmul(root);
  const outputs = W2.mmul(W2.transpose());
  const one = Matrix.eye(W2.rows);
  return Matrix.add(one.kroneckerProduct(inputs), outputs.kroneckerProduct(xx)).mul(gamma ** 2);
}
