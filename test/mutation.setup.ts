/** A mutant is noticed with the first failure: nobody asks for the smallest one. */
import fc from "fast-check";

fc.configureGlobal({ endOnFailure: true });
