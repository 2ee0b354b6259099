/** Reads schedules, and completes a factor by its integral and the inverse of the integral. */

import { isList, readNumber, readRecord, refuse, reject, show } from "../door/arguments.ts";
import { failure } from "../door/error.ts";
import { bisect } from "../numerics/bisect.ts";
import { runningIntegral } from "../numerics/runningIntegral.ts";
import type { LayerSchedules, Schedule } from "./schedule.ts";

type Numeric = (x: number) => number;

/** Schedules that have been read. */
const complete = new WeakSet<object>();

/** Reads a schedule and adds missing functions. */
export function readSchedule(value: unknown, argument: string = "schedule"): Schedule {
  if (typeof value === "function") return completed(argument, { factor: checked(argument, value as Numeric, finite) });
  if (typeof value === "object" && value !== null && complete.has(value)) return value as Schedule;
  const record = readRecord(argument, value, ["factor", "integral", "inverse", "breaks"]);
  const factor = readFunction(`${argument}.factor`, record.factor);
  if (factor === undefined)
    reject(`${argument}.factor is missing; pass a function of the time, { factor }, or what warmupSchedule returns`);
  const integral = readFunction(`${argument}.integral`, record.integral);
  const inverse = readFunction(`${argument}.inverse`, record.inverse);
  if (integral === undefined && inverse !== undefined)
    reject(`${argument}.inverse is passed without ${argument}.integral; pass both, or leave both out`);
  return completed(argument, {
    factor: checked(`${argument}.factor`, factor, finite),
    ...(integral === undefined ? {} : { integral: checked(`${argument}.integral`, integral, notNegative) }),
    ...(inverse === undefined ? {} : { inverse: checked(`${argument}.inverse`, inverse, notNegative) }),
    ...(record.breaks === undefined ? {} : { breaks: readBreaks(`${argument}.breaks`, record.breaks) }),
  });
}

/** Reads separate schedules for the layers. */
export function readLayerSchedules(value: unknown, argument: string = "schedules"): LayerSchedules {
  const { u, w } = readRecord(argument, value, ["u", "w"]);
  return { u: readSchedule(u, `${argument}.u`), w: readSchedule(w, `${argument}.w`) };
}

interface GivenSchedule {
  readonly factor: Numeric;
  readonly integral?: Numeric;
  readonly inverse?: Numeric;
  readonly breaks?: readonly number[];
}

function completed(argument: string, { factor, integral, inverse, breaks }: GivenSchedule): Schedule {
  // A factor that is invalid at t = 0 is refused at once, other invalid values when they occur.
  factor(0);
  const schedule = {
    factor,
    ...(integral === undefined
      ? integrated(argument, factor, breaks ?? [])
      : { integral, inverse: inverse ?? inverseOf(integral) }),
    ...(breaks === undefined ? {} : { breaks }),
  };
  complete.add(schedule);
  return schedule;
}

/** The numerical integral of a factor, and its inverse. */
function integrated(argument: string, factor: Numeric, breaks: readonly number[]): Pick<Schedule, "integral" | "inverse"> {
  const running = runningIntegral(factor, breaks);
  return {
    integral: (t) => (t === Infinity ? (running.total() ?? refuseEnd(argument)) : running.at(t)),
    inverse: running.inverse,
  };
}

function refuseEnd(argument: string): never {
  const why = `the values of ${argument} do not determine its integral to infinity`;
  throw failure("not-converged", `${why}; pass { factor, integral, inverse }, or ask for a finite time.`);
}

/** The inverse of a given integral. */
function inverseOf(integral: Numeric): Numeric {
  return (tau) => {
    if (tau <= 0) return 0;
    if (tau === Infinity) return Infinity;
    let end = 1;
    while (integral(end) < tau) {
      end *= 2;
      if (end === Infinity) return Infinity;
    }
    return bisect((t) => integral(t) < tau, 0, end).first;
  };
}

function readFunction(argument: string, value: unknown): Numeric | undefined {
  if (value === undefined || typeof value === "function") return value as Numeric | undefined;
  return refuse(argument, value, "pass a function of a number");
}

function readBreaks(argument: string, value: unknown): readonly number[] {
  const list = ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
  if (!isList(list)) refuse(argument, value, "pass an array of times");
  return list.map((time, i) => readNumber(`${argument}[${i}]`, time, { min: 0 })).sort((a, b) => a - b);
}

const finite = (x: number): boolean => x >= 0 && x < Infinity;
const notNegative = (x: number): boolean => x >= 0;

/** A function of the caller, whose values are checked. */
function checked(argument: string, f: Numeric, legal: (x: number) => boolean): Numeric {
  return (t) => {
    const value: unknown = f(t);
    if (typeof value === "number" && legal(value)) return value;
    const wanted = legal === finite ? "a finite number ≥ 0" : "a number ≥ 0, or Infinity";
    return reject(`${argument}(${t}) is ${show(value)}; it must be ${wanted}`);
  };
}
