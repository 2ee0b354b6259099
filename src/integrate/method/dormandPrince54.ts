import type { Tableau } from "./tableau.ts";

/**
 * Dormand and Prince's method of order 5 with an estimate of order 4 and Hairer's polynomial of order 4.
 * [DormandPrince1980]
 */
// Marked as pure, because bundlers assume that a quotient may have side effects.
export const dormandPrince54: Tableau = /* @__PURE__ */ (() => ({
  name: "dopri5",
  order: 5,
  errorOrder: 5,
  nodes: [0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1],
  stages: [
    [],
    [1 / 5],
    [3 / 40, 9 / 40],
    [44 / 45, -56 / 15, 32 / 9],
    [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729],
    [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656],
  ],
  weights: [35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84],
  errors: [[71 / 57600, 0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40]],
  dense: {
    nodes: [],
    stages: [],
    rows: [
      [
        -12715105075 / 11282082432,
        0,
        87487479700 / 32700410799,
        -10690763975 / 1880347072,
        701980252875 / 199316789632,
        -1453857185 / 822651844,
        69997945 / 29380423,
      ],
    ],
  },
}))();
