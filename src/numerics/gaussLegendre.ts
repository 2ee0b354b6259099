/** Gauss's rule on [0, 1], right for polynomials of degree 2n − 1. */
export interface GaussRule {
  readonly nodes: Float64Array;
  readonly weights: Float64Array;
}

const known = /* @__PURE__ */ new Map<number, GaussRule>();

/** The rule of n points: the zeros of Legendre's polynomial by Newton's method. */
export function gaussLegendre(n: number): GaussRule {
  const found = known.get(n) ?? ruleOf(n);
  known.set(n, found);
  return found;
}

function ruleOf(n: number): GaussRule {
  const nodes = new Float64Array(n);
  const weights = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    let x = Math.cos((Math.PI * (i + 0.75)) / (n + 0.5));
    let slope = 1;
    for (let pass = 0; pass < 100; pass++) {
      let [before, now] = [1, x];
      for (let k = 2; k <= n; k++) [before, now] = [now, ((2 * k - 1) * x * now - (k - 1) * before) / k];
      slope = (n * (x * now - before)) / (x * x - 1);
      const step = now / slope;
      x -= step;
      if (Math.abs(step) < 1e-16) break;
    }
    nodes[i] = (1 - x) / 2;
    weights[i] = 1 / ((1 - x * x) * slope * slope);
  }
  return { nodes, weights };
}
