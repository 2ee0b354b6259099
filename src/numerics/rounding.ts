/**
 * Relative bounds on rounding error, for numbers that would be zero or equal in exact arithmetic. Each bound
 * is named after the source of the rounding.
 */

/**
 * The error of a sum of n products of doubles is at most n times this, relative to the size of its terms. It
 * includes a margin for the rounding of the factors.
 */
export const ROUNDING_OF_TERMS: number = 16 * Number.EPSILON;

/**
 * The relative rounding error of an operation on pairs of doubles, with a margin for the few operations that
 * make an entry.
 */
export const ROUNDING_OF_TWOFOLD: number = 2 ** -100;

/**
 * The relative error of a number that was written in decimal digits. Numbers in a log or a table have ten
 * digits or more.
 */
export const DECIMAL_ROUNDING = 1e-9;
