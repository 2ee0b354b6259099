/**
 * Layers that are numbers, trained by gradient flow and by steps at unit rates: shares nothing with the
 * library.
 */
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { lossOf, type Moments, type Seen } from "./bruteForce.ts";

/** A network f(x) = γ a_L ⋯ a_1 x under the squared loss; `pace` and `data` may change in time. */
export interface DeepTraining {
  readonly gamma: number;
  readonly start: readonly number[];
  readonly data: (t: number) => Moments;
  readonly pace?: (t: number) => number;
}

/** What the reference knows at one time; its W₂ is the product of the layers and its W₁ is 1. */
export interface DeepSeen extends Seen {
  readonly layers: readonly number[];
}

const productOf = (layers: readonly number[]): number => layers.reduce((s, a) => s * a, 1);

const slopesOf = (layers: readonly number[]): number[] => layers.map((_, l) => productOf(layers.filter((_, m) => m !== l)));

/** −∂L/∂a_l. */
function downhill(gamma: number, layers: readonly number[], { xx, yx }: Moments): number[] {
  const g = yx.get(0, 0) - gamma * productOf(layers) * xx.get(0, 0);
  return slopesOf(layers).map((slope) => 2 * gamma * g * slope);
}

const moved = (layers: readonly number[], by: number, slope: readonly number[]): number[] =>
  layers.map((a, l) => a + by * slope[l]!);

function rungeKuttaStep(
  { gamma, data, pace = () => 1 }: DeepTraining,
  layers: readonly number[],
  at: number,
  h: number,
): number[] {
  const moments = data(at + h / 2);
  const slope = (t: number, now: readonly number[]): number[] => downhill(gamma, now, moments).map((a) => a * pace(t));
  const k1 = slope(at, layers);
  const k2 = slope(at + h / 2, moved(layers, h / 2, k1));
  const k3 = slope(at + h / 2, moved(layers, h / 2, k2));
  const k4 = slope(at + h, moved(layers, h, k3));
  return [k1, k2, k2, k3, k3, k4].reduce<number[]>((sum, k) => moved(sum, h / 6, k), [...layers]);
}

/** Layers at multiples of `step`, from which every other time is a step of its own. */
export function deepTrained(training: DeepTraining, step: number): (t: number) => DeepSeen {
  const known: (readonly number[])[] = [training.start];
  return (t) => {
    const n = Math.floor(t / step + 1e-9);
    while (known.length <= n) known.push(rungeKuttaStep(training, known.at(-1)!, (known.length - 1) * step, step));
    const from = n * step;
    const layers = t === from ? known[n]! : rungeKuttaStep(training, known[n]!, from, t - from);
    return deepSeen(training.gamma, layers, training.data(t));
  };
}

/** Gradient descent: the network after n steps, for every n up to `count`. */
export function deepStepped({ gamma, start, data }: DeepTraining, stepSize: number, count: number): DeepSeen[] {
  const rows: (readonly number[])[] = [start];
  for (let n = 0; n < count; n++) rows.push(moved(rows[n]!, stepSize, downhill(gamma, rows[n]!, data(0))));
  return rows.map((layers) => deepSeen(gamma, layers, data(0)));
}

function deepSeen(gamma: number, layers: readonly number[], moments: Moments): DeepSeen {
  const [xx, yx] = [moments.xx.get(0, 0), moments.yx.get(0, 0)];
  const f = gamma * productOf(layers);
  const loss = lossOf(new Matrix([[f]]), moments);
  return {
    layers,
    W2: new Matrix([[productOf(layers)]]),
    W1: new Matrix([[1]]),
    output: new Matrix([[f]]),
    loss,
    excessLoss: loss - (moments.yy - (yx * yx) / xx),
    alignment: 1,
    normProduct: Math.abs(productOf(layers)),
    kernelSize: xx * slopesOf(layers).reduce((sum, slope) => sum + (gamma * slope) ** 2, 0),
    outputSize: Math.sqrt(xx) * Math.abs(f),
  };
}

/** The top eigenvalue of the loss's Hessian over the layers, from differences of the gradient. */
export function deepSharpness(gamma: number, layers: readonly number[], moments: Moments): number {
  const h = 1e-4;
  const rows = layers.map((_, i) => {
    const [up, down] = [1, -1].map((sign) =>
      downhill(
        gamma,
        layers.map((a, l) => (l === i ? a + sign * h : a)),
        moments,
      ),
    );
    return up!.map((slope, j) => -(slope - down![j]!) / (2 * h));
  });
  const hessian = new Matrix(rows);
  return Math.max(...new EigenvalueDecomposition(Matrix.add(hessian, hessian.transpose()).div(2)).realEigenvalues);
}
