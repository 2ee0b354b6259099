/** What the explorer shows, without a browser; scripts/check-explorer.ts drives the page. */
import { describe, expect, test } from "vitest";
import { readPairs, textToPairs } from "../../docs/explorer/data.ts";
import { facts, picturesOf, solved } from "../../docs/explorer/solved.ts";
import { fromHash, initialState, type State, toHash } from "../../docs/explorer/state.ts";
import { randomStates } from "./randomStates.ts";

const sizes = {
  size: { theme: "light", width: 300, height: 170 },
  small: { theme: "dark", width: 300, height: 220 },
  isNarrow: false,
} as const;

function expectShown(state: State): void {
  const now = solved(state);
  for (const [name, textOf] of Object.entries(facts)) {
    const text = textOf(now);
    expect(text, name).not.toBe("");
    expect(text, name).not.toMatch(/NaN|undefined/);
  }
  for (const picture of Object.values(picturesOf(now, undefined, sizes))) expect(picture.concat.length).toBeGreaterThan(0);
}

describe("the explorer", () => {
  test("shows a network whose layers are parallel and tiny", () => {
    expectShown(fromHash("#width=4.7&scaleU=-8&scaleW=-7.25&start=angle&angle=0"));
  });

  test("shows random states with squared losses, and those with others unless their integration gives up, with its reason", () => {
    const failures: string[] = [];
    const states = randomStates(300);
    let refused = 0;
    for (const state of states) {
      expect(fromHash(toHash(state))).toEqual(state);
      try {
        expectShown(state);
      } catch (error) {
        const { message } = error as Error;
        if (!state.loss.includes("mse") && /^solve: stopped at t = /.test(message)) refused++;
        else failures.push(`${toHash(state)}: ${message}`);
      }
    }
    expect(failures).toEqual([]);
    // At the ends of the sliders the flow of a loss with a kink, or of a stiff one, cannot be integrated in
    // few steps.
    const others = states.filter(({ loss }) => !loss.includes("mse")).length;
    expect(others).toBeGreaterThan(80);
    expect(refused).toBeLessThan(0.4 * others);
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
