/**
 * What rounding can leave of numbers that would be zero, or equal, in exact arithmetic: relative bounds that
 * several files share, each named for where the rounding comes from.
 */

/**
 * A sum of n products of doubles is right to n times this share of its terms' size, with room for the
 * rounding of the factors.
 */
export const ROUNDING_OF_TERMS: number = 16 * Number.EPSILON;

/** The relative rounding of one operation on pairs of doubles, with room for the few that make one entry. */
export const ROUNDING_OF_TWOFOLD: number = 2 ** -100;

/**
 * What decimal digits can have taken from a number, relative to it: numbers of a log, or of a table, have ten
 * digits or more.
 */
export const DECIMAL_ROUNDING = 1e-9;
