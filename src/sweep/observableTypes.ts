import type { OneDirectionFlow, Target } from "../model/flow.ts";
import type { Snapshot } from "../model/snapshot.ts";
import type { Observable } from "./observables.ts";

/** How the results and the plots call an observable. */
export interface ObservableLabels {
  /** Its name in the results (default: made from what is measured, such as `"loss at 3"`). */
  readonly name?: string;
  /** What an axis says, with the unit (default: made from what is measured). */
  readonly title?: string;
}

/** An observable as JSON: exactly one of these. */
export type ObservableRecord = ObservableLabels &
  (
    | {
        /**
         * The first time at which the flow meets the target, as `timeTo` gives it; Infinity if it never does.
         */
        readonly timeTo: Target;
      }
    | {
        /** A time ≥ 0, or `"end"`, the limit t → ∞. (Infinity is the same, but JSON cannot carry it.) */
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

/** A number that the user computes from a network's flow; ±Infinity is one, NaN is not. */
export type ObservableFunction =
  | ((flow: OneDirectionFlow) => number)
  | (ObservableLabels & {
      /** The number, from the flow of each network. */
      readonly measure: (flow: OneDirectionFlow) => number;
    });

/** What JSON can carry: the name of an observable that is built in, or a record. */
export type PlainObservable = Observable | ObservableRecord;

/** Everything that can be measured in one thread. */
export type AnyObservable = PlainObservable | ObservableFunction;
