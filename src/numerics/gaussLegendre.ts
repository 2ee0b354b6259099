/** Gauss's rule on [0, 1], exact for polynomials up to degree 2n − 1. */
export interface GaussRule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

const known = /* @__PURE__ */ new Map<number, GaussRule>();

/** The rule of n points: the zeros of Legendre's polynomial by Newton's method. */
export function gaussLegendre(n: number): GaussRule {
  const rule = known.get(n) ?? ruleOf(n);
  known.set(n, rule);
  return rule;
}

/** ∫ f from a to b, with n points. */
export function integral(f: (x: number) => number, a: number, b: number, n: number): number {
  const { nodes, weights } = gaussLegendre(n);
  let sum = 0;
  for (let i = 0; i < n; i++) sum += weights[i]! * f(a + (b - a) * nodes[i]!);
  return (b - a) * sum;
}

function ruleOf(n: number): GaussRule {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    // Newton's method uses the angle θ of x = cos θ, because 1 − x² would cancel near the ends.
    let theta = (Math.PI * (i + 0.75)) / (n + 0.5);
    let slope = 1;
    for (let pass = 0; pass < 8; pass++) {
      const x = Math.cos(theta);
      // 1 − x, which appears in the recurrence for the differences of successive polynomials.
      const short = 2 * Math.sin(theta / 2) ** 2;
      let [now, step] = [x, -short];
      let before = 1;
      for (let k = 1; k < n; k++) {
        step = (k * step - (2 * k + 1) * short * now) / (k + 1);
        before = now;
        now += step;
      }
      slope = (-n * (before - x * now)) / Math.sin(theta);
      theta -= now / slope;
    }
    nodes[i] = Math.sin(theta / 2) ** 2;
    weights[i] = 1 / (slope * slope);
  }
  return { nodes, weights };
}
