/** A state as the end of a URL, and back. */
import { allowed, sliders } from "./controls.ts";
import { LONGEST_IN_ADDRESS, textToPairs } from "./data.ts";
import { activations, INFINITE, initialState, losses, type State } from "./state.ts";

/** Two networks side by side as the end of a URL; of one alone its state. */
export function toAddress(state: State, kept: State | undefined): string {
  const parts = [toHash(state), ...(kept === undefined ? [] : [new URLSearchParams({ kept: toHash(kept) }).toString()])];
  return parts.filter((part) => part !== "").join("&");
}

/** The network to compare with that is part of a URL, if any. */
export function keptFrom(hash: string): State | undefined {
  const kept = new URLSearchParams(hash.replace(/^#/, "")).get("kept");
  return kept === null ? undefined : fromHash(kept);
}

/** The state as the end of a URL: what differs from the first one. */
export function toHash(state: State): string {
  const changed = (Object.keys(initialState) as (keyof State)[])
    .filter((name) => state[name] !== initialState[name])
    .filter((name) => name !== "data" || state.data.length <= LONGEST_IN_ADDRESS);
  return new URLSearchParams(Object.fromEntries(changed.map((name) => [name, textOf(state, name)]))).toString();
}

function textOf(state: State, name: keyof State): string {
  return name === "depth" && state.depth === INFINITE ? "Infinity" : String(state[name]);
}

/** A state from the end of a URL; what is missing or cannot be is that of the first one. */
export function fromHash(hash: string): State {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const numbers = sliders.map(({ name, min, max }) => {
    const text = given.get(name);
    const number = text === null || text.trim() === "" ? Number.NaN : Number(text);
    const value = name === "depth" && number === Infinity ? INFINITE : number;
    return [name, value >= min && value <= max ? value : initialState[name]];
  });
  const data = given.get("data") ?? "";
  return allowed({
    ...initialState,
    ...Object.fromEntries(numbers),
    activation: activations.find((activation) => activation === given.get("activation")) ?? "linear",
    decayEach: given.get("decayEach") === "true",
    start: given.get("start") === "angle" ? "angle" : "seed",
    loss: losses.find((loss) => loss === given.get("loss")) ?? "mse",
    data: isReadable(data) ? data : "",
  });
}

function isReadable(data: string): boolean {
  try {
    textToPairs(data);
    return true;
  } catch {
    return false;
  }
}
