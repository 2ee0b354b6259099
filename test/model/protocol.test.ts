/** The internal methods of flows. */
import { expect, test } from "vitest";
import { noVerdict } from "../../src/model/protocol.ts";

test.each(["aborted", "max-steps", "not-finite", "step-too-small", "sliding", "saddle"])(
  "an integration that ended as %s has no verdict",
  (status) => {
    expect(noVerdict({ status })).toBe(`the training was not finished (${status})`);
    expect(noVerdict({ status }, true)).toBeUndefined();
  },
);

test.each(["completed", "converged", "unbounded", "loss-below", "out-of-range"])(
  "an integration that ended as %s has one",
  (status) => {
    expect(noVerdict({ status })).toBeUndefined();
  },
);
