/**
 * Randomness from a seed alone: uniforms by seedrandom (the same bits on every platform), normals and gammas
 * by d3-random from them. A seed is hashed with its type, its length and what it is drawn for.
 */
import { randomGamma, randomNormal } from "d3-random";
import seedrandom from "seedrandom";
import { refuse } from "./arguments.ts";
import { hash128 } from "./hash.ts";

/**
 * What randomness starts from: the same seed, the same numbers. The number 1 and the string "1" are different
 * seeds, and one seed gives every function that draws numbers of its own: initial weights, mini-batches and
 * label noise of one seed are independent.
 */
export type Seed = string | number;

/** A source of variates, one stream for all of them. */
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
 * The stream of a seed for one purpose, by default the function that draws: streams of one seed for different
 * purposes or indices are independent of each other, as are those of different seeds.
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
 * What seedrandom is keyed with: 16 bytes, a hash of all that names the stream. A string as it came would not
 * do: seedrandom repeats a short one and reads the low byte of a character, so that "1" is "11" and "Ā" is
 * "Ȁ".
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
