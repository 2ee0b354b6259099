/**
 * Layers that are not balanced: x_j, the smallest, tells all others, x_l² = x_j² + δ_l. In units of its value
 * at the target, v = x_j/x∞ with the sign that makes f∞ positive, and with p(V) = Π (q_l V + r_l), V = v²,
 * r_l = δ_l/(x∞² + δ_l), q_l = 1 − r_l:
 *
 *     f/f∞ = v√(p/V)     K = κ p'(V)     κ = f∞²/x∞²     v̇ = Λ √(p/V) (1 − f/f∞)     Λ = 2k·xx·κ
 *
 * The time is one quadrature of v. In the coordinates m in which it is taken,
 *
 *     0 < v < 1    m = ln v/(1 − v)     Λ dt/dm = v(v + 1/R)/((1 + v)D)     R = √(p/V)
 *     v > 1        m = −ln(v − 1)       Λ dt/dm = (v + 1/R)/((1 + v)D)       D = (1 − p)/(1 − V)
 *     v < 0        m = −ln|v|           Λ dt/dm = |v|/(R(1 + |v|R))
 *     f∞ = 0       m = −ln v            Λ dt/dm = 1/R², in units of x_j(0) and f(0)
 *
 * the integrand is analytic in a strip of half-width π/2, whatever the layers are. A rule of 12 nodes over
 * each factor of two in the coordinate is exact to rounding; where many layers move and their powers are
 * steep, a factor has several pieces. Far along a branch the integrand is a power, and near v = 0 the flow is
 * linear: there the way is in closed form. D is a sum of positive terms. The code holds the roots of q_l and
 * r_l, which have twice the range.
 */
import { integral } from "../../numerics/gaussLegendre.ts";
import { whereRises } from "../../numerics/rising.ts";
import { difference, hypot, product, quotient, scale, squareRoot, sum, toNumber, wide } from "../../numerics/wide.ts";
import { type DepthConstants, layerAt } from "./constants.ts";
import type { DepthCourse, DepthState } from "./course.ts";
import { powerRise } from "./primitives.ts";
import { squareAt } from "./squareAt.ts";

/** A place on the way. */
interface Place {
  readonly v: number;
  /** 1 − f/f∞, without cancellation. */
  readonly left: number;
}

/** A part of the way in its coordinate c, which grows with time. */
interface Branch {
  readonly placeAt: (c: number) => Place;
  /** Λ dt/dln c. */
  readonly slope: (c: number) => number;
  /** v at c, and the largest |dln v/dln c| from there to 2c. */
  readonly course: (c: number) => { readonly v: number; readonly pace: number };
}

/** Where the flow is at the times T = Λt, and a few of these times. */
interface Way {
  readonly placeAt: (T: number) => Place;
  readonly times: (count: number) => number[];
}

/** Beyond this the integrand of a branch to v = 1 is constant. */
const FAR = 2 ** 60;

/** A residual or an output is 0 in doubles after so many times of decay. */
const NOTHING = 745;

export function unbalancedCourse(constants: DepthConstants): DepthCourse {
  const { problem, target, square, smallest, delta, rates, layers, output, curvature } = constants;
  const fades = target.m === 0;
  const unitSquare = fades ? square : squareAt(constants, target);
  const unit = fades ? output : target;
  const kappa = quotient(product(unit, unit), unitSquare);
  const pace = product(curvature, kappa);
  const others = delta.filter((_, l) => rates[l]! > 0 && l !== smallest);
  const r = others.map((d) => toNumber(squareRoot(quotient(d, sum(unitSquare, d)))));
  const q = others.map((d) => toNumber(squareRoot(quotient(unitSquare, sum(unitSquare, d)))));
  const shape = shapeOf(q, r);
  const way = wayOf(constants, fades, r, q, shape, toNumber(squareRoot(quotient(square, unitSquare))));

  const { xx, xy } = problem.task;
  const signs = layers.reduce(
    (sign, a, l) => (l === smallest ? sign : sign * Math.sign(a)),
    Math.sign(problem.network.outputScale),
  );
  const ahead = fades ? Math.sign(layers[smallest]!) : Math.sign(target.m) * signs;
  const stateAt = ({ v, left }: Place): DepthState => {
    const { R, slope } = shape(v);
    // Near the target from what is left, elsewhere from v: neither cancels there.
    const isNear = !fades && Math.abs(left) < 0.5;
    const now = isNear ? product(unit, 1 - left) : product(unit, v, R);
    const x2 = product(v, v, unitSquare);
    return {
      output: toNumber(now) + 0,
      residual: isNear ? xy * left : toNumber(difference(wide(xy), product(xx, now))),
      kernel: toNumber(product(kappa, slope)),
      layers: layers.map((_, l) =>
        l === smallest
          ? ahead * toNumber(product(v, squareRoot(product(rates[l]!, unitSquare)))) + 0
          : toNumber(layerAt(constants, l, x2)),
      ),
    };
  };
  const limit = way().placeAt(Infinity);
  return {
    at: (t) => stateAt(t === Infinity ? limit : way().placeAt(toNumber(product(pace, t)))),
    rate: rateOf(),
    looks: (count) =>
      way()
        .times(count)
        .map((T) => toNumber(quotient(wide(T), pace)))
        .filter(Number.isFinite),
  };

  /** At the end the residual falls, or at a saddle of two layers the output, exponentially. */
  function rateOf(): number {
    const end = shape(limit.v);
    if (limit.v !== 0 || end.R > 0) return toNumber(product(pace, end.slope));
    if (fades || tiesOf(r) !== 1) return 0;
    // There f is x_j² times what stands still.
    return toNumber(product(pace, 2 * r.reduce((total, value) => (value === 0 ? total : total * value), 1)));
  }
}

/** How many layers are as small as the smallest one, besides it. */
function tiesOf(r: readonly number[]): number {
  return r.reduce((count, value) => (value === 0 ? count + 1 : count), 0);
}

/** What is asked of p at one v. */
interface Shape {
  /** √(p/V). */
  readonly R: number;
  /** (1 − p)/(1 − V). */
  readonly D: number;
  /** p′. */
  readonly slope: number;
}

/** The shape of p from the roots of q_l and r_l, at any v. */
function shapeOf(q: readonly number[], r: readonly number[]): (v: number) => Shape {
  const n = q.length;
  return (v) => {
    let R = 1;
    let D = 1;
    let slope = 0;
    // Of the layers after i.
    let product = 1;
    for (let i = n - 1; i >= 0; i--) {
      const moved = v * q[i]!;
      const size = hypot(moved, r[i]!);
      const x = size * size;
      const share = moved * moved * product;
      R *= size;
      D += share;
      slope = slope * x + share;
      product *= x;
    }
    return { R, D, slope: product + slope };
  };
}

/** How many of the layers move with the smallest one at v: d ln √(p/V)/d ln v. */
function movingAt(q: readonly number[], r: readonly number[], v: number): number {
  return q.reduce((sum, root, i) => sum + 1 / (1 + (r[i]! / (v * root)) ** 2), 0);
}

function wayOf(
  { residual, problem, output, target }: DepthConstants,
  fades: boolean,
  r: readonly number[],
  q: readonly number[],
  shape: ReturnType<typeof shapeOf>,
  size: number,
): () => Way {
  const ties = tiesOf(r);
  const least = r.reduce((most, value, i) => (value > 0 ? Math.min(most, value / q[i]!) : most), 1);
  /** Up to this |v| the layers that are larger than the smallest ones stand still. */
  const small = 2 ** -30 * least;
  const pieces = 1 + Math.floor(r.length / 6);

  const below: Branch = {
    course: (c) => ({ v: 1 / (1 + 1 / c), pace: 1 / (1 + c) }),
    placeAt: (c) => {
      const [v, gap] = [1 / (1 + 1 / c), 1 / (1 + c)];
      const { R, D } = shape(v);
      return { v, left: (gap * (1 + v) * D) / (1 + v * R) };
    },
    slope: (c) => {
      const v = 1 / (1 + 1 / c);
      const { R, D } = shape(v);
      return (v * (v + 1 / R)) / ((1 + v) * D);
    },
  };
  const above: Branch = {
    course: (c) => ({ v: 1 + 1 / c, pace: 1 / (1 + c) }),
    placeAt: (c) => {
      const v = 1 + 1 / c;
      const { R, D } = shape(v);
      return { v, left: 0 - ((1 / c) * (1 + v) * D) / (1 + v * R) };
    },
    slope: (c) => {
      const v = 1 + 1 / c;
      const { R, D } = shape(v);
      return (v + 1 / R) / ((1 + v) * D);
    },
  };
  const wrongWay: Branch = {
    course: (c) => ({ v: 1 / c, pace: 1 }),
    placeAt: (c) => ({ v: -1 / c, left: 1 + shape(1 / c).R / c }),
    slope: (c) => {
      const { R } = shape(1 / c);
      return 1 / (c * R * (1 + R / c));
    },
  };
  const fading: Branch = {
    course: (c) => ({ v: 1 / c, pace: 1 }),
    placeAt: (c) => ({ v: 1 / c, left: 1 }),
    slope: (c) => 1 / shape(1 / c).R ** 2,
  };
  const table = (branch: Branch, first: number, last: number, power = 0): Way & Table =>
    tableOf(branch, first, last, power, (c) => {
      const [from, to] = [branch.course(c), branch.course(2 * c)];
      return 1 + Math.floor((movingAt(q, r, Math.max(from.v, to.v)) * Math.max(from.pace, to.pace)) / 6);
    });

  return once(() => {
    if (fades) return table(fading, 1, 2 / small, 2 * ties);
    const { v, gap } = startOf();
    if (v > 1) return table(above, -1 / gap, FAR * pieces);
    if (v > 0 && (ties > 0 || v > small)) return table(below, v / gap, FAR * pieces);
    if (ties > 0) return table(wrongWay, -1 / v, 2 * Math.max(1 / small, -1 / v), ties - 1);
    return throughZero(v);
  });

  /** v at the start, and 1 − v. */
  function startOf(): { readonly v: number; readonly gap: number } {
    const side = Math.sign(output.m) * Math.sign(target.m);
    const v = side * clamped(size);
    const left = toNumber(quotient(residual, wide(problem.task.xy)));
    if (!(Math.abs(left) < 0.5)) return { v, gap: 1 - v };
    // √p(v²) = 1 − left, by Newton's steps in 1 − v.
    let gap = left / shape(1).slope;
    for (let n = 0; n < 60; n++) {
      const w = 1 - gap;
      const { R, D, slope } = shape(w);
      const step = ((gap * (1 + w) * D) / (1 + w * R) - left) / (slope / R);
      gap -= step;
      if (!(Math.abs(step) > 1e-15 * Math.abs(gap))) break;
    }
    return { v: 1 - gap, gap };
  }

  /** From v < 0 through 0, or from about 0, to 1: where |v| is small 1 − vR falls exponentially. */
  function throughZero(v: number): Way {
    const R = clamped(shape(0).R);
    const before = v < -small ? table(wrongWay, -1 / v, 1 / small) : undefined;
    const from = before === undefined ? v : -1 / before.last;
    const crosses = (before?.total ?? 0) + Math.log1p(-from * R) / R / R;
    const leaves = crosses - Math.log1p(-small * R) / R / R;
    const after = table(below, small / (1 - small), FAR * pieces);
    return {
      placeAt(T) {
        if (before !== undefined && T < before.total) return before.placeAt(T);
        if (T === Infinity) return after.placeAt(T);
        if (!(T < leaves)) return after.placeAt(T - leaves);
        // A crossing that takes more time than doubles can tell.
        if (crosses === Infinity) return { v: from, left: 1 - from * R };
        const gone = (T - crosses) * R * R;
        return { v: -Math.expm1(-gone) / R, left: Math.exp(-gone) };
      },
      times: (count) => [
        ...(before?.times(count) ?? []).filter((T) => T < crosses),
        // A start next to 0 on the way to the target has passed it.
        ...[crosses, leaves].filter((T) => T > 0),
        ...after.times(count).map((T) => leaves + T),
      ],
    };
  }
}

interface Table {
  /** c at the end of the table. */
  readonly last: number;
  /** T there. */
  readonly total: number;
}

/** A coordinate beyond the range of doubles is as good as one at its end. */
function clamped(c: number): number {
  return Math.min(Math.max(c, 2 ** -1000), 2 ** 1000);
}

/**
 * A branch from c = first, its integral piece by piece, so many of them to each factor of two; beyond last
 * the slope goes as c to a power.
 */
function tableOf(branch: Branch, start: number, last: number, power: number, piecesAt: (c: number) => number): Way & Table {
  const first = clamped(start);
  const factors = Math.max(1, Math.ceil(Math.log2(clamped(last)) - Math.log2(first)));
  const within = (c: number, y: number): number => integral((s) => branch.slope(c * Math.exp(s)), 0, y, 12);
  const sums = [0];
  const places: number[] = [];
  const widths: number[] = [];
  for (let n = 0; n < factors; n++) {
    const c = scale(first, n);
    const pieces = piecesAt(c);
    for (let i = 0; i < pieces; i++) {
      places.push(c * Math.exp((i * Math.LN2) / pieces));
      widths.push(Math.LN2 / pieces);
      sums.push(sums.at(-1)! + within(places.at(-1)!, Math.LN2 / pieces));
    }
  }
  const count = places.length;
  const ends = scale(first, factors);
  const total = sums[count]!;
  const end = branch.slope(ends);

  return {
    last: ends,
    total,
    placeAt(T) {
      if (T === Infinity) return branch.placeAt(Infinity);
      if (T >= total) {
        const y = power === 0 ? (T - total) / end : Math.log1p((power * (T - total)) / end) / power;
        return branch.placeAt(ends * Math.exp(Math.min(y, 2 * NOTHING)));
      }
      const n = pieceOf(T);
      const c = places[n]!;
      const wanted = T - sums[n]!;
      const slope = (s: number): number => branch.slope(c * Math.exp(s));
      const y = whereRises((s) => within(c, s), slope, wanted, wanted / slope(0));
      return branch.placeAt(c * Math.exp(Math.min(y, widths[n]!)));
    },
    times(wanted) {
      const every = Math.max(1, Math.ceil(count / wanted));
      const inside = sums.filter((_, n) => n > 0 && n % every === 0);
      const early = [1e-6, 1e-4, 1e-2, 0.1].map((share) => share * sums[1]!);
      const late = Array.from({ length: wanted }, (_, i) => total + end * powerRise(power, (NOTHING * (i + 1)) / wanted));
      return [...early, ...inside, ...late].filter(Number.isFinite);
    },
  };

  /** The piece whose beginning is the last one not after T. */
  function pieceOf(T: number): number {
    let [low, high] = [0, count];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (sums[middle]! <= T) low = middle;
      else high = middle;
    }
    return low;
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
