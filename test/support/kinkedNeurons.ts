/**
 * All weights of a network with a kink at 0, f(x) = γ Σ uᵢσ(wᵢx), integrated one by one with the method of
 * Dormand and Prince (order 5) from kink to kink. Shares nothing with the library.
 */

/** σ(z) = z for z > 0, αz for z < 0; moments of the data on either side. */
export interface Kinked {
  readonly gamma: number;
  readonly alpha: number;
  readonly k: number;
  readonly etaU: number;
  readonly etaW: number;
  readonly positive: { readonly xx: number; readonly xy: number };
  readonly negative: { readonly xx: number; readonly xy: number };
}

export interface KinkedEvent {
  readonly t: number;
  readonly neuron: number;
  readonly kind: "crosses" | "dies" | "returns";
}

export interface KinkedRun {
  readonly u: Float64Array;
  readonly w: Float64Array;
  /** The neurons that slide along w = 0. */
  readonly sliding: readonly boolean[];
  readonly events: readonly KinkedEvent[];
}

const C = [
  [],
  [1 / 5],
  [3 / 40, 9 / 40],
  [44 / 45, -56 / 15, 32 / 9],
  [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
  [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
];
const E = [71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40];

/** Slopes S₊ and S₋ of the two sides, over γ. */
export function slopesOf(
  u: ArrayLike<number>,
  w: ArrayLike<number>,
  alpha: number,
): { readonly above: number; readonly below: number } {
  let [above, below] = [0, 0];
  for (let i = 0; i < u.length; i++) {
    const part = u[i]! * w[i]!;
    above += w[i]! > 0 ? part : alpha * part;
    below += w[i]! < 0 ? part : alpha * part;
  }
  return { above, below };
}

/** How strongly the data pull at the neurons of either side: c of [theory §8]. */
function pulls(problem: Kinked, u: ArrayLike<number>, w: ArrayLike<number>): { readonly up: number; readonly down: number } {
  const { gamma, alpha, positive, negative } = problem;
  const { above, below } = slopesOf(u, w, alpha);
  const gAbove = positive.xy - gamma * positive.xx * above;
  const gBelow = negative.xy - gamma * negative.xx * below;
  return { up: gAbove + alpha * gBelow, down: gBelow + alpha * gAbove };
}

/**
 * The weights at a time. Neurons with w = 0 at the start rest; those that reach w = 0 go on, or slide along
 * it while both sides push them back.
 */
export function kinkedRun(
  problem: Kinked,
  start: { readonly u: ArrayLike<number>; readonly w: ArrayLike<number>; readonly sliding?: readonly boolean[] },
  until: number,
  tolerance = 1e-13,
): KinkedRun {
  const n = start.u.length;
  const { gamma, k, etaU, etaW } = problem;
  // 1, −1: the side of a neuron; 0: it rests at w = 0; sliding ones may leave.
  const side = Array.from(start.w, Math.sign);
  const sliding = start.sliding === undefined ? new Array<boolean>(n).fill(false) : [...start.sliding];
  let y: Float64Array = Float64Array.from([...Array.from(start.u), ...Array.from(start.w)]);
  const slope = (z: Float64Array): Float64Array => {
    let [above, below] = [0, 0];
    const { alpha, positive, negative } = problem;
    for (let i = 0; i < n; i++) {
      const part = side[i] === 0 ? 0 : z[i]! * z[n + i]!;
      above += side[i]! > 0 ? part : alpha * part;
      below += side[i]! < 0 ? part : alpha * part;
    }
    const gAbove = positive.xy - gamma * positive.xx * above;
    const gBelow = negative.xy - gamma * negative.xx * below;
    const [up, down] = [gAbove + alpha * gBelow, gBelow + alpha * gAbove];
    const out = new Float64Array(2 * n);
    for (let i = 0; i < n; i++) {
      const c = side[i]! > 0 ? up : side[i]! < 0 ? down : 0;
      out[i] = 2 * k * gamma * etaU * c * z[n + i]!;
      out[n + i] = 2 * k * gamma * etaW * c * z[i]!;
    }
    return out;
  };
  const step = (z: Float64Array, h: number): { readonly z: Float64Array; readonly error: number } => {
    const slopes: Float64Array[] = [];
    let last = z;
    for (const row of C) {
      last = z.map((value, i) => value + h * row.reduce((sum, c, j) => sum + c * slopes[j]![i]!, 0));
      slopes.push(slope(last));
    }
    let error = 0;
    let size = 0;
    for (let i = 0; i < 2 * n; i++) {
      error = Math.max(error, Math.abs(h * E.reduce((sum, c, j) => sum + c * slopes[j]![i]!, 0)));
      size = Math.max(size, Math.abs(z[i]!));
    }
    return { z: last, error: error / size };
  };
  const crossed = (z: Float64Array): boolean => side.some((s, i) => s !== 0 && s * z[n + i]! < 0);
  const released = (z: Float64Array): boolean => sliding.some((slides, i) => slides && releaseOf(z, i) !== 0);
  const releaseOf = (z: Float64Array, i: number): number => {
    const { up, down } = pulls(problem, z.subarray(0, n), z.subarray(n));
    const [pull, rounding] = [Math.sign(gamma * z[i]!), 1e-11 * (Math.abs(problem.positive.xy) + Math.abs(problem.negative.xy))];
    return pull * up > rounding ? 1 : pull * down < -rounding ? -1 : 0;
  };
  const events: KinkedEvent[] = [];
  for (let i = 0; i < n; i++) if (sliding[i]) release(i, 0);
  let t = 0;
  let h = 1e-3 * until;
  while (t < until) {
    h = Math.min(h, until - t);
    const { z, error } = step(y, h);
    if (error > tolerance) {
      h *= Math.max(0.2, 0.9 * (tolerance / error) ** 0.2);
      continue;
    }
    if (!crossed(z) && !released(z)) {
      t = h === until - t ? until : t + h;
      y = z;
      h *= Math.min(4, 0.9 * (tolerance / Math.max(error, 1e-300)) ** 0.2);
      continue;
    }
    // The longest step before the first event, by bisection.
    let [low, high] = [0, h];
    for (let m = 0; m < 60; m++) {
      const middle = (low + high) / 2;
      const { z: there } = step(y, middle);
      if (crossed(there) || released(there)) high = middle;
      else low = middle;
    }
    y = step(y, high).z;
    t += high;
    for (let i = 0; i < n; i++) {
      if (side[i] !== 0 && side[i]! * y[n + i]! < 0) {
        const before = side[i]!;
        y[n + i] = 0;
        const { up, down } = pulls(problem, y.subarray(0, n), y.subarray(n));
        const pull = gamma * y[i]! * (before > 0 ? down : up);
        const crosses = before > 0 ? pull < 0 : pull > 0;
        side[i] = crosses ? -before : 0;
        sliding[i] = !crosses;
        events.push({ t, neuron: i, kind: crosses ? "crosses" : "dies" });
      } else if (sliding[i]) release(i, t);
    }
    h = Math.max(1e-6 * until, high);
  }
  return { u: y.slice(0, n), w: y.slice(n), sliding, events };

  function release(i: number, at: number): void {
    if (releaseOf(y, i) === 0) return;
    side[i] = releaseOf(y, i);
    sliding[i] = false;
    events.push({ t: at, neuron: i, kind: "returns" });
  }
}
