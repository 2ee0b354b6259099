/** What the explorer shows, without a browser; scripts/check-explorer.ts drives the page. */
import { readdirSync, readFileSync } from "node:fs";
import { solve } from "feature-learning";
import { describe, expect, test } from "vitest";
import { allowed, excluded } from "../../docs/explorer/controls.ts";
import { readPairs, textToPairs } from "../../docs/explorer/data.ts";
import { fromHash, keptFrom, toAddress, toHash } from "../../docs/explorer/hash.ts";
import { type Picture, picturesOf } from "../../docs/explorer/pictures.ts";
import { presets } from "../../docs/explorer/presets.ts";
import { problemOf } from "../../docs/explorer/problem.ts";
import { facts, solved } from "../../docs/explorer/solved.ts";
import { hasDecay, hasKink, INFINITE, initialState, isSquared, type State } from "../../docs/explorer/state.ts";
import { randomStates } from "./randomStates.ts";

const sizes = {
  size: { theme: "light", width: 300, height: 170 },
  small: { theme: "dark", width: 300, height: 220 },
  isNarrow: false,
} as const;

/** Why the library refuses the state's problem, whether or not it can be integrated to the end. */
function refusalOf(state: State): string | undefined {
  try {
    solve(problemOf(state), { rtol: 1e-6, onFailure: "return" });
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function expectShown(state: State): void {
  const now = solved(state);
  for (const [name, textOf] of Object.entries(facts)) {
    const text = textOf(now);
    expect(text, name).not.toMatch(/NaN|undefined/);
    if (["regime", "kernelChange", "dominant", "present", hasKink(state) ? "slopes" : "output"].includes(name))
      expect(text, name).not.toBe("");
  }
  for (const [name, pictureOf] of Object.entries(picturesOf(now, undefined, sizes))) {
    const picture = pictureOf();
    if (name === "plane" && state.depth === INFINITE) expect(picture).toBeUndefined();
    else expect((picture as Picture).spec.concat.length, name).toBeGreaterThan(0);
  }
}

describe("the explorer", () => {
  test("shows a network whose layers are parallel and tiny", () => {
    expectShown(fromHash("#width=4.7&scaleU=-8&scaleW=-7.25&start=angle&angle=0"));
  });

  test("shows random states with squared losses, and those with others unless their integration gives up, with its reason", () => {
    const failures: string[] = [];
    const states = randomStates(100);
    let refused = 0;
    for (const state of states) {
      expect(fromHash(toHash(state))).toEqual(state);
      try {
        expectShown(state);
      } catch (error) {
        const { message } = error as Error;
        const isIntegrated = !isSquared(state) || hasKink(state);
        if (isIntegrated && /^solve: stopped at t = /.test(message)) refused++;
        else failures.push(`${toHash(state)}: ${message}`);
      }
    }
    expect(failures).toEqual([]);
    // At the ends of the sliders the flow of a loss or activation with a kink, or of a stiff one, cannot be
    // integrated in few steps.
    const others = states.filter((state) => !isSquared(state)).length;
    expect(others).toBeGreaterThan(20);
    expect(refused).toBeLessThan(0.4 * others);
    for (const kind of [hasKink, hasDecay, (state: State) => state.depth !== 2])
      expect(states.filter(kind).length).toBeGreaterThan(10);
  });

  test("excludes what the library refuses, and nothing else", () => {
    const values: readonly (readonly [string, Partial<State>])[] = [
      ["activation:relu", { activation: "relu" }],
      ["activation:leaky", { activation: "leaky" }],
      ["activation:abs", { activation: "abs" }],
      ["depth", { depth: 3 }],
      [`depth:${INFINITE}`, { depth: INFINITE, start: "angle" }],
      ["decayU", { decayU: -1 }],
      ["decayEach", { decayU: -1, decayEach: true, decayW: -2 }],
      ["loss:huber", { loss: "huber" }],
      ["loss:logistic", { loss: "logistic" }],
      ["start:seed", { start: "seed" }],
    ];
    const bases: readonly Partial<State>[] = [
      {},
      { activation: "relu", width: 1 },
      { activation: "leaky", width: 1 },
      { depth: 5 },
      { depth: INFINITE, start: "angle" },
      { decayU: -1 },
      { decayU: -1, depth: 4 },
      { loss: "huber" },
      { loss: "logistic" },
    ];
    let refusals = 0;
    for (const base of bases)
      for (const [name, changes] of values) {
        const state = { ...initialState, ...base };
        // "depth" excludes every depth but the present one.
        const isNow = Object.entries(changes).every(([key, value]) => state[key as keyof State] === value);
        if (isNow) continue;
        const reasons = excluded(state);
        const reason = reasons.get(name) ?? (name.startsWith("depth:") ? reasons.get("depth") : undefined);
        const wanted = { ...state, ...changes };
        const refused = refusalOf(wanted);
        if (refused !== undefined) refusals++;
        expect([toHash(wanted), reason !== undefined]).toEqual([toHash(wanted), refused !== undefined]);
        if (reason === undefined) expect(allowed(wanted)).toEqual(wanted);
        else expect(refusalOf(allowed(wanted))).toBeUndefined();
      }
    expect(refusals).toBeGreaterThan(20);
  });

  test("shows the verdict that every example names", () => {
    for (const preset of presets) {
      expect(allowed(preset.state)).toEqual(preset.state);
      const { found, learned } = solved(preset.state);
      if (preset.regime !== undefined) expect(found.regime, preset.label).toBe(preset.regime);
      if (preset.dominant !== undefined) expect(learned.dominant, preset.label).toBe(preset.dominant);
    }
  });

  test("shows a ReLU network that is rich on one side of 0 and lazy on the other", () => {
    const relu = presets.find(({ label }) => label.startsWith("ReLU: rich"))!;
    expect(facts["sides"]!(solved(relu.state))).toBe("x > 0: feature-learning, x < 0: kernel");
  });

  test("reads data with any separator and says which row it cannot read", () => {
    const pairs = { x: [1, 2, 3.5], y: [-1, 4, 1e3] };
    for (const text of ["x,y\n1,-1\n2,4\n3.5,1e3\n", "1;-1\r\n2;4\r\n3.5;1e3", "1\t-1\n2 4\n\n 3.5 ,1e3"])
      expect(readPairs(text)).toEqual(pairs);
    expect(textToPairs("1,-1;2,4;3.5,1e3")).toEqual(pairs);
    expect(() => readPairs("1,2\n3,four")).toThrow("Row 2 of the data is “3,four”");
    expect(() => readPairs("1,2\n,4")).toThrow("Row 2 of the data");
    expect(() => readPairs("a,b\n1,2")).toThrow("at least two rows");
    expect(() => readPairs("1,2\n1,3")).toThrow("All values of x are the same");
  });

  test("takes what it can from an address and the first state for the rest", () => {
    for (const hash of ["#width=nonsense&scaleU=1e9&start=none&loss=none&data=1,2", "#width= &seed=", "#%%%"])
      expect(fromHash(hash)).toEqual(initialState);
    expect(fromHash("#data=1%2C2%3B3%2C5&loss=huber")).toEqual({ ...initialState, data: "1,2;3,5", loss: "huber" });
  });
});

describe("links to the explorer", () => {
  const folder = new URL("../../docs/", import.meta.url);
  const pages = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".md"));
  const links = pages.flatMap((name) =>
    Array.from(readFileSync(new URL(name, folder), "utf8").matchAll(/explorer\/index\.html#([^)\s]+)\)/g), ([, hash]) => hash!),
  );

  test("are states that can be, each with every value that it names, and are solved", () => {
    expect(links.length).toBeGreaterThan(15);
    for (const link of links) {
      const states = [...new URLSearchParams(link)].filter(([name]) => name === "kept").map(([, kept]) => kept);
      for (const hash of [link, ...states]) {
        const state = fromHash(hash);
        for (const [name, value] of new URLSearchParams(hash))
          if (name !== "kept") expect(String(state[name as keyof State]), `${name} in #${hash}`).toBe(value);
        expectShown(state);
      }
    }
  });

  test("keep the network that one compares with", () => {
    const [state, kept] = [fromHash("#width=3"), fromHash("#depth=4&start=angle")];
    const address = toAddress(state, kept);
    expect([fromHash(address), keptFrom(address)]).toEqual([state, kept]);
    expect([toAddress(state, undefined), keptFrom("#width=3")]).toEqual(["width=3", undefined]);
    expect(keptFrom(toAddress(initialState, initialState))).toEqual(initialState);
  });
});
