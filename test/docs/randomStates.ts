/** Random states of the explorer, the same in every run. */
import { initialState, losses, type State, sliders } from "../../docs/explorer/state.ts";

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

/** Any place of every slider, its two ends often; half of the states with a squared loss, some with data. */
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
  const loss = random() < 0.6 ? losses[random() < 0.5 ? 0 : 1]! : losses[random() < 0.5 || !labels ? 2 : 3]!;
  const data = random() < 0.3 || loss === "logistic" ? rows.join(";") : "";
  return { ...initialState, ...Object.fromEntries(numbers), start: random() < 0.5 ? "seed" : "angle", loss, data };
}
