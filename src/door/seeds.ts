/**
 * Random numbers from a seed alone. seedrandom draws uniform numbers, with the same bits on every platform;
 * d3-random makes normal and gamma variates of them. A seed is hashed with its type, its length and its
 * purpose.
 */
import { randomGamma, randomNormal } from "d3-random";
import seedrandom from "seedrandom";
import { refuse } from "./arguments.ts";
import { hash128 } from "./hash.ts";

/**
 * The seed of random numbers: the same seed gives the same numbers. The number 1 and the string "1" are
 * different seeds. Functions that draw numbers use independent streams of a seed, so that initial weights,
 * mini-batches and label noise of one seed are independent.
 */
export type Seed = string | number;

/** A source of random variates. All are drawn from one stream. */
export interface Random {
  /** Uniform on [0, 1). */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** χ² with `degrees` ≥ 0 degrees of freedom. */
  chiSquared(degrees: number): number;
}

/** A string or a finite number. */
export function readSeed(argument: string, seed: unknown): Seed {
  const legal = typeof seed === "string" || (typeof seed === "number" && Number.isFinite(seed));
  return legal ? seed : refuse(argument, seed, "pass a string or a finite number; the same seed gives the same numbers");
}

/**
 * The stream of a seed for one purpose. Streams for different seeds, purposes or indices are independent.
 */
export function randomFrom(seed: unknown, purpose: string, ...indices: readonly number[]): Random {
  const uniform = seedrandom(keyOf(readSeed("seed", seed), purpose, indices));
  return {
    uniform,
    normal: randomNormal.source(uniform)(0, 1),
    chiSquared: (degrees) => (degrees === 0 ? 0 : 2 * randomGamma.source(uniform)(degrees / 2)()),
  };
}

/**
 * The key for seedrandom: a hash of 16 bytes of the seed, the purpose and the indices. The string itself
 * would not be safe: seedrandom repeats a short string and reads only the low byte of a character, so that
 * "1" and "11" give the same numbers, and so do "Ā" and "Ȁ".
 */
function keyOf(seed: Seed, purpose: string, indices: readonly number[]): string {
  const words = [typeof seed === "number" ? 1 : 0, indices.length];
  for (const index of indices) words.push(index >>> 0, Math.floor(index / 2 ** 32) >>> 0);
  for (const text of [purpose, String(seed)]) {
    words.push(text.length);
    for (let i = 0; i < text.length; i++) words.push(text.charCodeAt(i));
  }
  let key = "";
  for (const word of hash128(words)) key += String.fromCharCode(word & 255, (word >>> 8) & 255, (word >>> 16) & 255, word >>> 24);
  return key;
}
