/** The names behind the codes that arrays carry. */

/** What the codes of a diagram's field `phase` mean; the last two are of scalings of any depth. */
export const phaseNames: readonly ["kernel", "feature-learning", "trivial", "unstable"] = [
  "kernel",
  "feature-learning",
  "trivial",
  "unstable",
];
/** What the codes of its field `stability` mean. */
export const stabilityNames: readonly ["stable", "frozen", "unstable"] = ["stable", "frozen", "unstable"];
/** What the codes of its field `mechanisms` mean. */
export const presenceNames: readonly ["vanishing", "present"] = ["vanishing", "present"];
/** What the codes of `classifyNetworks` mean. */
export const regimeNames: readonly ["kernel", "feature-learning", "static"] = ["kernel", "feature-learning", "static"];
