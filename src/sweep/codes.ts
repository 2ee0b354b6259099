/** The names of the codes in arrays of results. */

/** The names of the codes of a diagram's field `phase`. The last two are for scalings of any depth. */
export const phaseNames: readonly ["kernel", "feature-learning", "trivial", "unstable"] = [
  "kernel",
  "feature-learning",
  "trivial",
  "unstable",
];
/** The names of the codes of its field `stability`. */
export const stabilityNames: readonly ["stable", "frozen", "unstable"] = ["stable", "frozen", "unstable"];
/** The names of the codes of its field `mechanisms`. */
export const presenceNames: readonly ["vanishing", "present"] = ["vanishing", "present"];
/** The names of the codes of `classifyNetworks`. */
export const regimeNames: readonly ["kernel", "feature-learning", "static"] = ["kernel", "feature-learning", "static"];
