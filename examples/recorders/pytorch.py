"""Writes a log that `npx feature-learning analyze run.jsonl` reads, while a PyTorch model trains.

    recorder = Recorder(model, "run.jsonl", probe=x[:16])
    for step, (x, y) in enumerate(batches):
        if step % 100 == 0:
            recorder.write(step, loss.item())
"""
import json

import torch


class Recorder:
    def __init__(self, model, path, pairs=None, probe=None):
        """pairs: [(outer, inner), …] by parameter names, default all adjacent matrices; probe: inputs for the tangent kernel."""
        self.model, self.path, self.probe = model, path, probe
        self.first = {name: p.detach().clone() for name, p in model.named_parameters() if p.ndim >= 2}
        names = list(self.first)
        self.pairs = pairs or [(b, a) for a, b in zip(names, names[1:]) if self.first[b].shape[1] == self.first[a].shape[0]]
        open(path, "w").close()

    @torch.no_grad()
    def write(self, step, loss):
        weights = {name: p.detach() for name, p in self.model.named_parameters() if name in self.first}
        with open(self.path, "a") as log:
            row = {"step": step, "loss": float(loss), "pairs": {}, "layers": {}}
            for outer, inner in self.pairs:
                W2, W1 = weights[outer].double(), weights[inner].double()
                # The neurons between the two are axis 1 of the outer and axis 0 of the inner; convolutions have more axes.
                product = torch.tensordot(W2, W1, dims=([1], [0]))
                row["pairs"][f"{outer}·{inner}"] = [float((W2**2).sum()), float((W1**2).sum()), float(product.norm())]
            for name, W in weights.items():
                W, W0 = W.flatten(1).double(), self.first[name].flatten(1).double()
                unit, norm = (W.shape[0] / W.shape[1]) ** 0.5, float(torch.linalg.matrix_norm(W, 2))
                moved = float(torch.linalg.matrix_norm(W - W0, 2))
                stable_rank = float((W**2).sum()) / norm**2 if norm else 0.0
                row["layers"][name] = {"shape": list(W.shape), "spectral": norm / unit, "change": moved / unit, "stableRank": stable_rank}
            if self.probe is not None:
                row["kernel"] = self.kernel().tolist()
            log.write(json.dumps(row) + "\n")

    @torch.enable_grad()
    def kernel(self):
        """The empirical tangent kernel of the first output on the probe inputs; in training mode, dropout would make it noisy."""
        training = self.model.training
        self.model.eval()
        parameters = [p for p in self.model.parameters() if p.requires_grad]
        outputs = self.model(self.probe).flatten(1)[:, 0]
        gradients = [torch.autograd.grad(f, parameters, retain_graph=True, allow_unused=True) for f in outputs]
        J = torch.stack([torch.cat([g.flatten() for g in row if g is not None]) for row in gradients]).double()
        self.model.train(training)
        return J @ J.T
