/**
 * The update of a weight θ with gradient g, as in PyTorch:
 *
 *     SGD     v ← μv + g     θ ← θ − lr·v     (Nesterov: lr·(g + μv))
 *     Adam    a ← β₁a + (1 − β₁)g     b ← β₂b + (1 − β₂)g²     θ ← θ − lr·a/(1 − β₁ⁿ) / (√b/√(1 − β₂ⁿ) + ε)
 *     AdamW   the same after θ ← θ − lr·decay·θ, the decay left out of g
 *
 * Adam divides by a different number for every weight, so that the training does not reduce to order
 * parameters. [KingmaBa2015] [LoshchilovHutter2019]
 */

/** The update rules of {@link simulateDescent}. */
export type OptimizerName = "sgd" | "adam" | "adamw";

/** A rule with its state for one layer. */
export interface LayerOptimizer {
  /** Takes step n = 1, 2, …: updates the weights from their gradients, which it may overwrite. */
  step(weights: Float64Array, gradients: Float64Array, lr: number, n: number): void;
}

/** The settings of the rules. */
export interface OptimizerSettings {
  readonly optimizer: OptimizerName;
  readonly momentum: number;
  readonly nesterov: boolean;
  readonly betas: readonly [number, number];
  readonly epsilon: number;
  readonly decay: number;
}

export function optimizerOf(settings: OptimizerSettings, size: number): LayerOptimizer {
  return settings.optimizer === "sgd" ? sgd(settings, size) : adam(settings, size);
}

function sgd({ momentum, nesterov, decay }: OptimizerSettings, size: number): LayerOptimizer {
  const velocity = new Float64Array(size);
  return {
    step(weights, gradients, lr) {
      for (let i = 0; i < weights.length; i++) {
        const g = gradients[i]! + decay * weights[i]!;
        const v = momentum * velocity[i]! + g;
        velocity[i] = v;
        weights[i]! -= lr * (nesterov ? g + momentum * v : v);
      }
    },
  };
}

function adam({ optimizer, betas: [beta1, beta2], epsilon, decay }: OptimizerSettings, size: number): LayerOptimizer {
  const mean = new Float64Array(size);
  const square = new Float64Array(size);
  const apart = optimizer === "adamw";
  return {
    step(weights, gradients, lr, n) {
      const unbiased = lr / (1 - beta1 ** n);
      const root = Math.sqrt(1 - beta2 ** n);
      for (let i = 0; i < weights.length; i++) {
        const g = apart ? gradients[i]! : gradients[i]! + decay * weights[i]!;
        if (apart) weights[i]! -= lr * decay * weights[i]!;
        mean[i] = beta1 * mean[i]! + (1 - beta1) * g;
        square[i] = beta2 * square[i]! + (1 - beta2) * g * g;
        weights[i]! -= (unbiased * mean[i]!) / (Math.sqrt(square[i]!) / root + epsilon);
      }
    },
  };
}
