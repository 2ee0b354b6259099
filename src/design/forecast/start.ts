/**
 * The start of a network of Gaussian layers, drawn from its law without its weights. With hᵢ(x) = W_i…W₁x and
 * b = W_L…W_{i+1}, all that a linear network's data see of hidden layer i are
 *
 *     Mᵢ = (W_i…W₁)ᵀ(W_i…W₁)     |bᵢ|²     β = (W_L…W₁)ᵀ, the same for every i
 *
 * M₁ is a Wishart matrix, Mᵢ one with the scale matrix Mᵢ₋₁: its factor is the factor before it times a
 * triangle of Bartlett's, at any width. |bᵢ|² of layers before the last hidden one are drawn on their own,
 * although they depend weakly on β.
 */
import type { Random } from "../../door/seeds.ts";
import type { LayerUnits } from "./description.ts";

/** Factors have rows of `columns` numbers, one row a direction of the inputs. */
export interface Factor {
  readonly columns: number;
  readonly data: Float64Array;
}

export interface DrawnStart {
  /** Mᵢ = FᵢFᵢᵀ of hidden layers i = 1 … L − 1. */
  readonly factors: readonly Factor[];
  /** |bᵢ|² of the same layers. */
  readonly back: readonly number[];
  /** β. */
  readonly output: Float64Array;
  /**
   * The output layer in the coordinates of the last factor's columns, and what of it lies outside of them.
   */
  readonly last: { readonly along: Float64Array; readonly across: number };
}

export function drawStart(layers: readonly LayerUnits[], width: number, inputs: number, random: Random): DrawnStart {
  const hidden = layers.length - 1;
  const factors: Factor[] = [];
  for (let l = 0; l < hidden; l++)
    factors.push(
      l === 0 ? first(inputs, width, layers[0]!.deviation, random) : next(factors[l - 1]!, width, layers[l]!.deviation, random),
    );
  const { columns, data } = factors[hidden - 1]!;
  const { deviation } = layers[hidden]!;
  const along = Float64Array.from({ length: columns }, () => deviation * random.normal());
  const across = deviation * Math.sqrt(random.chiSquared(Math.max(0, width - columns)));
  const output = Float64Array.from({ length: inputs }, (_, a) =>
    along.reduce((sum, z, i) => sum + data[a * columns + i]! * z, 0),
  );
  const back = [along.reduce((sum, z) => sum + z * z, across * across)];
  for (let l = hidden - 1; l > 0; l--) back.unshift(back[0]! * layers[l]!.deviation ** 2 * random.chiSquared(width));
  return { factors, back, output, last: { along, across } };
}

/** Bartlett's triangle of the inputs, or, of fewer neurons than inputs, the weights themselves. */
function first(inputs: number, width: number, deviation: number, random: Random): Factor {
  if (width >= inputs) return { columns: inputs, data: triangle(inputs, width, deviation, random) };
  return { columns: width, data: Float64Array.from({ length: inputs * width }, () => deviation * random.normal()) };
}

function next({ columns, data }: Factor, width: number, deviation: number, random: Random): Factor {
  const T = triangle(columns, width, deviation, random);
  const product = new Float64Array(data.length);
  for (let a = 0; a < data.length; a += columns)
    for (let i = 0; i < columns; i++) for (let j = 0; j <= i; j++) product[a + j]! += data[a + i]! * T[i * columns + j]!;
  return { columns, data: product };
}

/** A lower triangle T with TTᵀ ~ Wishart(1, width): χ on the diagonal, normals below it. */
function triangle(size: number, width: number, deviation: number, random: Random): Float64Array {
  const T = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < i; j++) T[i * size + j] = deviation * random.normal();
    T[i * size + i] = deviation * Math.sqrt(random.chiSquared(width - i));
  }
  return T;
}
