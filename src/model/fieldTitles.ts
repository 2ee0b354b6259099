import type { Snapshot } from "./snapshot.ts";

/** What a snapshot's fields are called on an axis: name, symbol, unit. */
export const fieldTitles: { readonly [Field in keyof Required<Snapshot>]: string } = {
  t: "time t",
  uu: "squared norm |u|²",
  ww: "squared norm |w|²",
  uw: "overlap u·w",
  area: "conserved area √Γ",
  balance: "balance δ",
  output: "output γ u·w",
  residual: "residual correlation g",
  loss: "loss L",
  excessLoss: "excess loss k g²/E[x²]",
  kernel: "kernel γ²B",
  alignment: "alignment cos ζ",
  angle: "angle ζ (rad)",
  normProduct: "product of norms |u||w|",
  kernelSize: "kernel size E[tr K(x, x)]",
  outputSize: "output size √E[f²]",
  sharpness: "sharpness (1/time)",
};
