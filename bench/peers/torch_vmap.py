"""PyTorch: stacked parameters, gradients by torch.func's vmap of grad; the minibatches and the optimizer are torch_peer's."""

import torch
from torch.func import grad_and_value, vmap

import torch_peer
from torch_peer import configure, synchronise, versions  # noqa: F401: a framework has them


def _loss(layers, x, target, weight, present):
    """One trial's, the mean over its minibatch. present: which of the hidden layers it has; None: all."""
    for l, (w, b) in enumerate(layers[:-1]):
        y = torch.relu(x @ w + b)
        x = y if present is None or l == 0 else torch.where(present[l], y, x)
    w, b = layers[-1]
    return -((torch.log_softmax(x @ w + b, -1) * target).sum(-1) * weight).sum()


class Model(torch_peer.Model):
    def __init__(self, stack):
        super().__init__(stack)
        self.layers = [self._view(self.p, l) for l in range(len(self.sizes))]
        self.places = [self._view(self.g, l) for l in range(len(self.sizes))]
        self.here = None if self.present is None else torch.stack(self.present, 1).reshape(stack.count, -1)
        self.each = vmap(grad_and_value(_loss), in_dims=(0, 0, 0, None if stack.uniform else 0, None if self.present is None else 0))

    def _gradients(self, x, target, weight, rows):
        gradients, losses = self.each(self.layers, x, target, weight[0] if self.stack.uniform else weight, self.here)
        for (gw, gb), (w, b) in zip(self.places, gradients):
            gw.copy_(w)
            gb.copy_(b)
        return losses * rows
