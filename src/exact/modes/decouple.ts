/**
 * Whether a problem of several inputs and outputs is a direct sum of problems of one direction: orthonormal
 * vₐ and oₐ with
 *
 *     E[xxᵀ] vₐ = xxₐ vₐ   E[yxᵀ] vₐ = sₐ oₐ   W₁ᵀW₁ vₐ = wwₐ vₐ   W₂W₂ᵀ oₐ = uuₐ oₐ   W₂W₁ vₐ = uwₐ oₐ   (and transposed)
 *
 * so that the hidden vectors of different modes are orthogonal. The coordinates fall into blocks first.
 * Within a block the vₐ are common eigenvectors, found as those of a combination of all these matrices with
 * fixed coefficients; where the data leave them free, the layers' hidden vectors decide. The products that
 * remain between different modes say how far these are coupled. What is rounding in a mode's start is set to
 * zero. [SaxeEtAl2014]
 */
import { Matrix } from "ml-matrix";
import type { MatrixState } from "../../matrix/matrixState.ts";
import { type ModeBlock, modeBlocks } from "../../matrix/modeBlocks.ts";
import type { OrderParameters, Weights } from "../../model/weights.ts";
import { commonEigenvectors, rowSpace, symmetricPart } from "./commonEigenvectors.ts";
import { COUPLING, type Coupling, couplingNames, largestCosine, ofData, productsOf, UNCORRELATED } from "./coupling.ts";
import { type RawModes, turnDegenerate } from "./hiddenVectors.ts";
import { paired } from "./pairOutputs.ts";
import {
  columnsOf,
  gramOfBlock,
  gramOfLayers,
  normalised,
  overlapOf,
  overlapOfBlock,
  rowsOf,
  scaledOverlap,
} from "./scaledLayers.ts";
import { startsOfGram } from "./startsOfGram.ts";
import { startsOfLayers } from "./startsOfLayers.ts";

/** The modes as columns, the strongest first, in the coordinates of the inputs' span. */
export interface Modes {
  /** vₐ, r×q. */
  readonly inputs: Matrix;
  /** oₐ, m×q. */
  readonly outputs: Matrix;
  /** Where each mode starts. */
  readonly starts: readonly (Weights | OrderParameters)[];
}

/** What rounding leaves between two modes, in units of the whole. */
const ROUNDING_BETWEEN_MODES = 1e-13;

/** The modes, or what couples them. */
type Decoupling = { readonly modes: Modes } | { readonly coupled: string };

/** The modes of one block, in the coordinates of the whole problem. */
interface BlockModes extends RawModes {
  readonly block: ModeBlock;
  readonly couplings: readonly Coupling[];
}

export function decouple(state: MatrixState): Decoupling {
  const ofBlocks: BlockModes[] = [];
  for (const block of modeBlocks(state)) {
    const modes = modesOfBlock(state, block);
    if ("coupled" in modes) return modes;
    ofBlocks.push(modes);
  }
  const { inputs, outputs, blocks } = together(state, ofBlocks);
  const { starts, couplings } =
    state.layers === undefined
      ? startsOfGram(state, inputs, outputs, blocks)
      : startsOfLayers(state, state.layers, inputs, outputs, blocks);
  const all: readonly Coupling[] = [...ofBlocks.flatMap((block) => block.couplings), ...couplings];
  const strongest = all.reduce<Coupling | undefined>(
    (most, coupling) => (coupling.cosine > (most?.cosine ?? 0) ? coupling : most),
    undefined,
  );
  if (strongest === undefined || strongest.cosine <= COUPLING) return { modes: { inputs, outputs, starts } };
  const { columns: directions } = rowSpace(normalised(state.yx), overlapOf(state));
  return {
    coupled:
      directions > state.yx.rows
        ? `${directions} directions of the inputs meet in ${state.yx.rows} outputs`
        : `${couplingNames[strongest.what]} the modes (${strongest.cosine.toPrecision(2)})`,
  };
}

function modesOfBlock({ yx, support, layers, start }: MatrixState, block: ModeBlock): BlockModes | { readonly coupled: string } {
  const { inputs: js, outputs: is } = block;
  if (js.length === 0 || is.length === 0) return { block, ...embedded(yx, block, noModes(block)), couplings: [] };
  const correlation = normalised(yx.selection([...is], [...js]));
  const spread = normalised(Matrix.diag(js.map((j) => support.variances[j]!)));
  const blockLayers =
    layers === undefined ? undefined : { W2: normalised(rowsOf(layers.W2, is)), W1: normalised(columnsOf(layers.W1, js)) };
  const overlap = blockLayers === undefined ? overlapOfBlock(start, block) : scaledOverlap(blockLayers);
  const space = rowSpace(correlation, overlap);
  if (space.columns > is.length) return { coupled: `${space.columns} directions of the inputs meet in ${is.length} outputs` };
  const { uu, ww } = blockLayers === undefined ? gramOfBlock(start, block) : gramOfLayers(blockLayers);
  const vectors = commonEigenvectors(space, [
    spread,
    correlation.transpose().mmul(correlation),
    ww,
    overlap.transpose().mmul(overlap),
    symmetricPart(correlation.transpose().mmul(overlap)),
    correlation.transpose().mmul(uu).mmul(correlation),
    overlap.transpose().mmul(uu).mmul(overlap),
  ]);
  const { inputs, outputs } = paired(vectors, correlation, overlap);
  const dataOf = (): Pick<RawModes, "strengths" | "variances"> => ({
    strengths: outputs.transpose().mmul(correlation).mmul(inputs).diagonal(),
    variances: inputs.transpose().mmul(spread).mmul(inputs).diagonal(),
  });
  if (blockLayers !== undefined && vectors.columns > 1)
    turnDegenerate({ inputs, outputs, ...dataOf() }, blockLayers.W2, blockLayers.W1);
  const sizesOf = (numbers: readonly number[]): number[] => numbers.map((square) => Math.sqrt(Math.max(0, square)));
  const { strengths, variances } = dataOf();
  const [ofCorrelation, ofSpread] = [sizesOf(strengths), sizesOf(variances)];
  return {
    block,
    ...embedded(yx, block, { inputs, outputs, strengths, variances }),
    couplings: [
      {
        what: "covariance",
        cosine: largestCosine(productsOf(spread, inputs, inputs), ofSpread, ofSpread, ofData(ROUNDING_BETWEEN_MODES)),
      },
      {
        what: "correlation",
        cosine: largestCosine(
          productsOf(correlation, outputs, inputs),
          ofCorrelation,
          ofCorrelation,
          ofData(ROUNDING_BETWEEN_MODES, UNCORRELATED),
        ),
      },
    ],
  };
}

function noModes({ inputs, outputs }: ModeBlock): RawModes {
  return { inputs: new Matrix(inputs.length, 0), outputs: new Matrix(outputs.length, 0), strengths: [], variances: [] };
}

/** Directions of a block in the coordinates of the whole, with the strengths that they have there. */
function embedded(yx: Matrix, block: ModeBlock, { inputs, outputs, variances }: RawModes): RawModes {
  const spread = (rows: number, places: readonly number[], columns: Matrix): Matrix => {
    const all = Matrix.zeros(rows, columns.columns);
    for (const [n, place] of places.entries()) if (columns.columns > 0) all.setRow(place, columns.getRow(n));
    return all;
  };
  const [V, O] = [spread(yx.columns, block.inputs, inputs), spread(yx.rows, block.outputs, outputs)];
  const strengths = V.columns === 0 ? [] : O.transpose().mmul(yx).mmul(V).diagonal();
  return { inputs: V, outputs: O, strengths, variances };
}

/** The modes of all blocks, the strongest first. */
function together(
  { yx }: MatrixState,
  ofBlocks: readonly BlockModes[],
): { readonly inputs: Matrix; readonly outputs: Matrix; readonly blocks: readonly ModeBlock[] } {
  const all = ofBlocks
    .flatMap(({ inputs, outputs, strengths, block }) =>
      strengths.map((strength, a) => ({ input: inputs.getColumn(a), output: outputs.getColumn(a), strength, block })),
    )
    .sort((x, y) => y.strength - x.strength);
  const inputs = new Matrix(yx.columns, all.length);
  const outputs = new Matrix(yx.rows, all.length);
  for (const [a, { input, output }] of all.entries()) {
    inputs.setColumn(a, input);
    outputs.setColumn(a, output);
  }
  return { inputs, outputs, blocks: all.map(({ block }) => block) };
}
