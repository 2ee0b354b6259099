import type { OneDirectionFlow, Target } from "../model/flow.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Observable } from "./observables.ts";

/** The labels of an observable in results and plots. */
export interface ObservableLabels {
  /** The name in the results (default: made from the definition, such as `"loss at 3"`). */
  readonly name?: string;
  /** The title of an axis, with the unit (default: made from the definition). */
  readonly title?: string;
}

/** An observable as JSON: exactly one of these. */
export type ObservableRecord = ObservableLabels &
  (
    | {
        /** The first time at which the flow meets the target, as in `timeTo`; Infinity if it never does. */
        readonly timeTo: Target;
      }
    | {
        /**
         * A time ≥ 0, or `"end"`, the limit t → ∞. (Infinity is equivalent, but JSON cannot represent it.)
         */
        readonly at: number | "end";
        /** The field of the snapshot at that time. */
        readonly field: keyof Snapshot;
      }
    | {
        /** As `halfLife`. */
        readonly halfLife: true;
      }
    | {
        /** As `plateau`. */
        readonly plateau: true;
      }
  );

/** A number that the user computes from a network's flow. ±Infinity is allowed, NaN is not. */
export type ObservableFunction =
  | ((flow: OneDirectionFlow) => number)
  | (ObservableLabels & {
      /** The number, from the flow of each network. */
      readonly measure: (flow: OneDirectionFlow) => number;
    });

/** An observable in JSON: the name of a built-in observable, or a record. */
export type PlainObservable = Observable | ObservableRecord;

/** Any observable. Functions can be measured only in one thread. */
export type AnyObservable = PlainObservable | ObservableFunction;
