/**
 * A concrete network in plain numbers, as the jobs of a sweep describe it: JSON that any engine can carry.
 */

import { readChoice, readNumber, readPair, readRecord } from "../door/arguments.ts";
import { type Network, network } from "../model/network.ts";
import { type Task, taskFromMoments } from "../model/task.ts";
import type { OrderParameters } from "../model/weights.ts";
import type { Parameter } from "./axis.ts";

/** The hyperparameters of a sweep, each 1 if left out (xy too: data on a line). */
export interface Settings {
  /** d, from 1 to 1e15. */
  readonly width?: number;
  /** γ. */
  readonly outputScale?: number;
  /** Standard deviations of the initial layers; one number for both. */
  readonly scale?: number | { readonly u: number; readonly w: number };
  /** η_u and η_w; one number for both. */
  readonly learningRates?: number | { readonly u: number; readonly w: number };
  /** E[x²]. */
  readonly xx?: number;
  /** E[xy]: the strength of what there is to learn. */
  readonly xy?: number;
  /** The loss, by name. */
  readonly loss?: "mse" | "half-mse";
}

/** Settings as they are read. */
export interface PlainSettings {
  readonly width: number;
  readonly gamma: number;
  readonly scaleU: number;
  readonly scaleW: number;
  readonly etaU: number;
  readonly etaW: number;
  readonly xx: number;
  readonly xy: number;
  readonly loss: "mse" | "half-mse";
}

const NAMES = ["width", "outputScale", "scale", "learningRates", "xx", "xy", "loss"] as const;

export function readSettings(argument: string, value: unknown): PlainSettings {
  const given = readRecord(argument, value, NAMES);
  const name = (field: string): string => `${argument}.${field}`;
  const scale = readPair(name("scale"), given.scale ?? 1, { min: 0, max: 1e150 });
  const rates = readPair(name("learningRates"), given.learningRates ?? 1, { min: 0 });
  return {
    width: readNumber(name("width"), given.width ?? 1, { min: 1, max: 1e15 }),
    gamma: readNumber(name("outputScale"), given.outputScale ?? 1),
    scaleU: scale.u,
    scaleW: scale.w,
    etaU: rates.u,
    etaW: rates.w,
    xx: readNumber(name("xx"), given.xx ?? 1, { min: 0 }),
    xy: readNumber(name("xy"), given.xy ?? 1),
    loss: readChoice(name("loss"), given.loss ?? "mse", ["mse", "half-mse"]),
  };
}

export function networkOf({ gamma, etaU, etaW, loss }: PlainSettings): Network {
  return network({ outputScale: gamma, learningRates: { u: etaU, w: etaW }, loss });
}

/** k of the loss. */
export function prefactorOf({ loss }: PlainSettings): number {
  return loss === "mse" ? 1 : 0.5;
}

/**
 * The settings with one parameter changed: what `readSettings` makes of the base with it, without reading all
 * of it again.
 */
export function changed(settings: PlainSettings, parameter: Parameter, value: number): PlainSettings {
  switch (parameter) {
    case "outputScale":
      return { ...settings, gamma: value };
    case "scale":
      return { ...settings, scaleU: value, scaleW: value };
    case "scale.u":
      return { ...settings, scaleU: value };
    case "scale.w":
      return { ...settings, scaleW: value };
    case "learningRates":
      return { ...settings, etaU: value, etaW: value };
    case "learningRates.u":
      return { ...settings, etaU: value };
    case "learningRates.w":
      return { ...settings, etaW: value };
    default:
      return { ...settings, [parameter]: value };
  }
}

/**
 * Data on the line y = (xy/xx)x. E[y²] is a few roundings below xy²/xx, so that exactly nothing is left
 * unexplained and the loss ends at 0.
 */
export function taskOf({ xx, xy }: PlainSettings): Task {
  return taskFromMoments({ xx, xy: xx === 0 ? 0 : xy, yy: xx === 0 ? 0 : xy * (xy / xx) * (1 - 2 ** -50) });
}

/** Order parameters with their area. */
export type Start = OrderParameters & { readonly area: number };

/**
 * The start of a wide network for a standard normal z: |u|² = dσ_u², |w|² = dσ_w², u·w = √d σ_uσ_w z; to
 * leading order in 1/√d.
 */
export function wideStart({ width, scaleU, scaleW }: PlainSettings, z: number): Start {
  const uu = width * scaleU * scaleU;
  const ww = width * scaleW * scaleW;
  const uw = Math.sqrt(width) * scaleU * scaleW * z;
  const norms = Math.sqrt(uu) * Math.sqrt(ww);
  return { uu, ww, uw, area: Math.sqrt(Math.max(0, 1 - (z * z) / width)) * norms };
}
