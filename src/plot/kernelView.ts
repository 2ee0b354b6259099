import { readChoice, readNumber } from "../door/arguments.ts";
import type { KernelView } from "./shown.ts";

/** Options for the kernel in plots against time. */
export interface KernelViewOptions {
  /**
   * Draw the kernel relative to its first value (default), or its absolute value. A kernel that starts at 0
   * is always drawn absolute.
   */
  readonly kernel?: "relative" | "absolute" | undefined;
  /** The half width of the band in which the kernel counts as unchanged (default 0.1). */
  readonly kernelBelow?: number | undefined;
}

export const kernelViewNames = ["kernel", "kernelBelow"] as const;

export function readKernelView({
  kernel,
  kernelBelow,
}: {
  readonly kernel?: unknown;
  readonly kernelBelow?: unknown;
}): KernelView {
  return {
    kernel: readChoice("kernel", kernel ?? "relative", ["relative", "absolute"]),
    kernelBelow: readNumber("kernelBelow", kernelBelow ?? 0.1, { above: 0, max: 1 }),
  };
}
