/**
 * Times at which a flow is sampled so that no feature is missed: the steps of an integrated flow; for a
 * closed form, logarithmic times from a thousandth of its fastest time scale until it has converged.
 */
import type { AnyFlow, ModesFlow } from "../model/flow.ts";
import { lossPrefactor } from "../model/network.ts";
import { isHalfLineFlow, isStepped, looks, steps, turnsOf } from "../model/protocol.ts";

/** Increasing times, from 0 to the end of the flow. */
export function lookTimes(flow: AnyFlow, count = 200): Float64Array {
  if (isStepped(flow)) return flow[steps];
  const { [looks]: ownTimes } = flow as { readonly [looks]?: (count: number) => Float64Array };
  return ownTimes === undefined ? closedFormTimes(flow, count) : ownTimes(count);
}

/** e^−24 is less than 10⁻¹⁰. */
const OVER = 24;

/**
 * Logarithmic times, from a thousandth of the fastest time scale until the excess loss is 10⁻¹⁰ of its
 * initial value and every mode with its own rate has decayed. From a huge start the last 10⁻¹⁰ may be all
 * that there is to learn.
 */
function closedFormTimes(flow: AnyFlow, count: number): Float64Array {
  const rates = ratesOf(flow);
  const fastest = rates[0] ?? 0;
  const slowest = rates.reduce((least, rate) => (rate > 0 ? Math.min(least, rate) : least), Infinity);
  const pace = paceOf(flow);
  const unit = 1 / (fastest > 0 ? fastest : pace);
  const end = flow.at(Infinity);
  const distance = (t: number): number => Math.abs(flow.at(t).excessLoss - end.excessLoss);
  const first = distance(0);
  let last = unit;
  for (let n = 0; n < 60 && (distance(last) > 1e-10 * first || last * slowest < OVER); n++) last *= 2;
  const [from, to] = [Math.log(1e-3 * Math.min(unit, 1 / pace)), Math.log(2 * last)];
  const between = Array.from({ length: count }, (_, i) => Math.exp(from + ((to - from) * i) / (count - 1)));
  const turns = isHalfLineFlow(flow) ? flow.events.map(({ t }) => t) : turnsOf(flow);
  // Of the two sides of a jump only the later one is used, because no target is met between them.
  const kinks = turns.filter((t, i) => !(turns[i + 1]! - t <= 1e-12 * t));
  if (kinks.length === 0) return Float64Array.of(0, ...between, Infinity);
  // If there are very many kinks, a subset is enough.
  const every = Math.ceil(kinks.length / (2 * count));
  const all = [0, ...between, ...kinks.filter((_, i) => i % every === 0), Infinity];
  return Float64Array.from(new Set(all.sort((a, b) => a - b)));
}

/** The rates of a flow, the fastest first; of one that decouples those of all its modes. */
export function ratesOf(flow: AnyFlow): readonly number[] {
  const { rates, rate, modes } = flow as Partial<ModesFlow> & { readonly rate?: number };
  if (modes !== undefined) return modes.flatMap((mode) => [...mode.flow.rates]).sort((a, b) => b - a);
  return rates !== undefined ? [...rates] : rate !== undefined ? [rate] : [];
}

/**
 * Without a rate, as for a power law, the rate 2kE[tr K] of the initial kernel is used; 1 if nothing trains.
 */
function paceOf(flow: AnyFlow): number {
  const pace = 2 * lossPrefactor(flow.problem.network) * flow.at(0).kernelSize;
  return pace > 0 && Number.isFinite(1 / pace) ? pace : 1;
}
