import { readChoice, readNumber } from "../door/arguments.ts";
import type { KernelView } from "./shown.ts";

/** How a plot against time shows the kernel. */
export interface KernelViewOptions {
  /**
   * The kernel over its first value (default), or as it is. A kernel that starts at 0 is always drawn as it
   * is.
   */
  readonly kernel?: "relative" | "absolute" | undefined;
  /** The half width of the band in which the kernel counts as unmoved (default 0.1). */
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
