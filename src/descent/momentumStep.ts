/**
 * One step of descent with momentum μ, as PyTorch's SGD takes it:
 *
 *     v ← μv + pull      state ← state + step·v      (Nesterov: state + step·(pull + μv))
 */

/** The numbers of a descent, all of one length. */
export interface Moving {
  readonly state: Float64Array;
  readonly velocity: Float64Array;
  /** The negative gradient. */
  readonly pull: Float64Array;
  /** Where the state after the step is written. */
  readonly next: Float64Array;
}

/** A descent that begins at rest. The state is not copied. */
export function movingFrom(state: Float64Array): Moving {
  const zeros = (): Float64Array => new Float64Array(state.length);
  return { state, velocity: zeros(), pull: zeros(), next: zeros() };
}

/** Updates the numbers from…to. Returns whether any of them, or its velocity, has changed. */
export function momentumStep(
  { state, velocity, pull, next }: Moving,
  from: number,
  to: number,
  step: number,
  momentum: number,
  nesterov: boolean,
): boolean {
  let moved = false;
  for (let i = from; i < to; i++) {
    const before = velocity[i]!;
    const v = momentum * before + pull[i]!;
    const value = state[i]! + step * (nesterov ? pull[i]! + momentum * v : v);
    if (value !== state[i] || v !== before) moved = true;
    velocity[i] = v;
    next[i] = value;
  }
  return moved;
}
