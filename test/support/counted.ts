/** Counts what a test compared, so that a test cannot pass because it left out most of its cases. */
import { onTestFinished } from "vitest";

export interface Counted {
  /** Counts a case as compared, or as left out if it is false or undefined. Returns whether it is compared. */
  when<T>(present: T): present is Exclude<T, false | undefined>;
}

/**
 * A counter for the running test. At its end the test fails if nothing was counted, or if less than the stated share was compared.
 *
 *     const compared = counted({ atLeast: 0.9 });
 *     …
 *     if (compared.when(flow.rate > 0)) expect(…);
 *
 * To leave out a whole case of a property use fc.pre: it draws another case, and `pinned` bounds how often.
 */
export function counted({ atLeast = 0.9, what = "cases" }: { readonly atLeast?: number; readonly what?: string } = {}): Counted {
  let compared = 0;
  let total = 0;
  onTestFinished(({ task }) => {
    // After a failure the counts are those of a test that ended early.
    if (task.result?.state === "fail") return;
    if (!(compared > 0 && compared >= atLeast * total))
      throw new Error(`only ${compared} of ${total} ${what} were compared; at least ${100 * atLeast} % must be`);
  });
  return {
    when<T>(present: T): present is Exclude<T, false | undefined> {
      const isCompared = present !== false && present !== undefined;
      total++;
      if (isCompared) compared++;
      return isCompared;
    },
  };
}
