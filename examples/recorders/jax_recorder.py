"""Writes a log that `npx feature-learning analyze run.jsonl` reads, while a JAX (Flax, Equinox, plain) model trains.

    recorder = Recorder(params, "run.jsonl", apply=lambda params: model.apply(params, x[:16]))
    for step in range(steps):
        if step % 100 == 0:
            recorder.write(step, loss, params)
"""
import json

import jax
import numpy as np


def matrices(params):
    """{name: matrix} of the kernels in a tree of parameters, in order; [inputs, outputs] as Flax stores them, taps with the inputs."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(params)
    names = [("/".join(str(getattr(k, "key", getattr(k, "name", getattr(k, "idx", k)))) for k in path), leaf) for path, leaf in leaves]
    return {name: np.asarray(leaf, np.float64).reshape(-1, leaf.shape[-1]) for name, leaf in names if np.ndim(leaf) >= 2}


class Recorder:
    def __init__(self, params, path, pairs=None, apply=None):
        """pairs: [(outer, inner), …] by names, default all adjacent matrices; apply: params → outputs on a few samples, for the kernel."""
        self.path, self.first, self.apply = path, matrices(params), apply
        names = list(self.first)
        fits = lambda outer, inner: self.first[outer].shape[0] == self.first[inner].shape[1]
        self.pairs = pairs or [(b, a) for a, b in zip(names, names[1:]) if fits(b, a)]
        open(path, "w").close()

    def write(self, step, loss, params):
        weights = matrices(params)
        row = {"step": int(step), "loss": float(loss), "pairs": {}, "layers": {}}
        for outer, inner in self.pairs:
            W2, W1 = weights[outer], weights[inner]
            # Stored [inputs, outputs]: x W1 W2. A convolution as the outer layer has its taps in axis 0: those are outputs here.
            product = W1 @ W2 if W1.shape[1] == W2.shape[0] else W1 @ np.hstack(np.split(W2, W2.shape[0] // W1.shape[1]))
            row["pairs"][f"{outer}·{inner}"] = [float((W2**2).sum()), float((W1**2).sum()), float(np.linalg.norm(product))]
        for name, W in weights.items():
            unit, norm = (W.shape[1] / W.shape[0]) ** 0.5, float(np.linalg.norm(W, 2))
            moved, rank = float(np.linalg.norm(W - self.first[name], 2)), float((W**2).sum()) / norm**2 if norm else 0.0
            row["layers"][name] = {"shape": list(W.shape), "spectral": norm / unit, "change": moved / unit, "stableRank": rank}
        if self.apply is not None:
            # The empirical tangent kernel of the first output.
            jacobian = jax.jacrev(lambda p: self.apply(p).reshape(len(self.apply(p)), -1)[:, 0])(params)
            J = np.concatenate([np.asarray(leaf, np.float64).reshape(len(leaf), -1) for leaf in jax.tree_util.tree_leaves(jacobian)], 1)
            row["kernel"] = (J @ J.T).tolist()
        with open(self.path, "a") as log:
            log.write(json.dumps(row) + "\n")
