/**
 * Randomness from a seed alone: uniforms by seedrandom (the same bits on every platform), normals and gammas by d3-random from them.
 */
import { randomGamma, randomNormal } from "d3-random";
import seedrandom from "seedrandom";
import { refuse } from "./check.ts";

/** What randomness starts from: the same seed, the same numbers. The number 1 and the string "1" are different seeds. */
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
export function readSeed(where: string, argument: string, seed: unknown): Seed {
  const legal = typeof seed === "string" || (typeof seed === "number" && Number.isFinite(seed));
  return legal ? seed : refuse(where, argument, seed, "pass a string or a finite number; the same seed gives the same numbers");
}

export function randomFrom(where: string, seed: unknown): Random {
  const uniform = seedrandom(readSeed(where, "seed", seed) as string);
  return {
    uniform,
    normal: randomNormal.source(uniform)(0, 1),
    chiSquared: (degrees) => (degrees === 0 ? 0 : 2 * randomGamma.source(uniform)(degrees / 2)()),
  };
}
