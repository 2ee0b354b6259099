/** Random states of the explorer, the same in every run. */
import { allowed, sliders } from "../../docs/explorer/controls.ts";
import { activations, initialState, losses, NO_DECAY, type State } from "../../docs/explorer/state.ts";

export function randomStates(count: number): State[] {
  const random = randomFrom(20_250);
  return Array.from({ length: count }, () => randomState(random));
}

/** Numbers from 0 to 1, the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/**
 * Any place of every slider, its two ends often; a fifth with each of a kink, more than two layers, and
 * weight decay; half of the states with a squared loss, some with data.
 */
function randomState(random: () => number): State {
  const numbers = sliders.map(({ name, min, max, step }) => {
    const share = random() < 0.2 ? Math.round(random()) : random();
    return [name, Number((min + Math.round((share * (max - min)) / step) * step).toFixed(10))];
  });
  const labels = random() < 0.5;
  const rows = Array.from(
    { length: 6 },
    (_, i) => `${(i - 2.5 + random()).toFixed(3)},${labels ? (i % 2) * 2 - 1 : random().toFixed(3)}`,
  );
  const kind = random();
  const state: State = { ...initialState, ...Object.fromEntries(numbers) };
  return allowed({
    ...state,
    activation: kind < 0.2 ? activations[1 + Math.floor(3 * random())]! : "linear",
    depth: kind > 0.2 && kind < 0.4 ? state.depth : 2,
    decayU: kind > 0.35 && kind < 0.55 ? state.decayU : NO_DECAY,
    decayEach: random() < 0.5 && kind > 0.4 && kind < 0.55,
    start: random() < 0.5 ? "seed" : "angle",
    ...lossAndData(random, labels, rows),
  });
}

function lossAndData(random: () => number, labels: boolean, rows: readonly string[]): Pick<State, "loss" | "data"> {
  const loss = random() < 0.6 ? losses[random() < 0.5 ? 0 : 1]! : losses[random() < 0.5 || !labels ? 2 : 3]!;
  return { loss, data: random() < 0.3 || loss === "logistic" ? rows.join(";") : "" };
}
