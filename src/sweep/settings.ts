/** A concrete network in plain numbers, the form of sweep jobs in JSON. */

import { readChoice, readNumber, readPair, readRecord } from "../door/arguments.ts";
import type { Hyperparameters } from "../model/hyperparameters.ts";
import { type Network, readNetwork } from "../model/network.ts";
import { readTask, type Task } from "../model/task.ts";
import type { OrderParameters } from "../model/weights.ts";

/** The hyperparameters of a sweep. Each is 1 by default, xy too; the data lie on a line. */
export interface Settings {
  /** d, from 1 to 1e15. */
  readonly width?: number | undefined;
  /** γ. */
  readonly outputScale?: number | undefined;
  /** Standard deviations of the initial layers; one number for both. */
  readonly scale?: number | { readonly u: number; readonly w: number } | undefined;
  /** η_u and η_w; one number for both. */
  readonly learningRates?: number | { readonly u: number; readonly w: number } | undefined;
  /** E[x²]. */
  readonly xx?: number | undefined;
  /** E[xy], the correlation of input and target. */
  readonly xy?: number | undefined;
  /** The loss, by name. */
  readonly loss?: "mse" | "half-mse" | undefined;
}

/** Checked settings. */
export interface PlainSettings extends Hyperparameters {
  readonly xx: number;
  readonly xy: number;
  readonly loss: "mse" | "half-mse";
}

const NAMES = ["width", "outputScale", "scale", "learningRates", "xx", "xy", "loss"] as const;

export function readSettings(argument: string, value: unknown): PlainSettings {
  const fields = readRecord(argument, value, NAMES);
  const name = (field: string): string => `${argument}.${field}`;
  const scale = readPair(name("scale"), fields.scale ?? 1, { min: 0, max: 1e150 });
  const learningRates = readPair(name("learningRates"), fields.learningRates ?? 1, { min: 0 });
  return {
    width: readNumber(name("width"), fields.width ?? 1, { min: 1, max: 1e15 }),
    outputScale: readNumber(name("outputScale"), fields.outputScale ?? 1),
    scale,
    learningRates,
    xx: readNumber(name("xx"), fields.xx ?? 1, { min: 0 }),
    xy: readNumber(name("xy"), fields.xy ?? 1),
    loss: readChoice(name("loss"), fields.loss ?? "mse", ["mse", "half-mse"]),
  };
}

export function networkOf({ outputScale, learningRates, loss }: PlainSettings): Network {
  return readNetwork("network", { outputScale, learningRates, loss });
}

/** k of the loss. */
export function prefactorOf({ loss }: PlainSettings): number {
  return loss === "mse" ? 1 : 0.5;
}

/**
 * Data on the line y = (xy/xx)x. E[y²] is a few rounding errors below xy²/xx, so that the unexplained part is
 * exactly 0 and the loss ends at 0.
 */
export function taskOf({ xx, xy }: PlainSettings): Task {
  return readTask("task", { xx, xy: xx === 0 ? 0 : xy, yy: xx === 0 ? 0 : xy * (xy / xx) * (1 - 2 ** -50) });
}

/** Order parameters with their area. */
export type Start = OrderParameters & { readonly area: number };

/**
 * The start of a wide network for a standard normal z: |u|² = dσ_u², |w|² = dσ_w², u·w = √d σ_uσ_w z; to
 * leading order in 1/√d.
 */
export function wideStart({ width, scale }: PlainSettings, z: number): Start {
  const uu = width * scale.u * scale.u;
  const ww = width * scale.w * scale.w;
  const uw = Math.sqrt(width) * scale.u * scale.w * z;
  const norms = Math.sqrt(uu) * Math.sqrt(ww);
  return { uu, ww, uw, area: Math.sqrt(Math.max(0, 1 - (z * z) / width)) * norms };
}
