"""ParallelMLPs (Farias, Ludermir and Bastos-Filho, arXiv 2206.08369), stated anew in PyTorch: all nets of one hidden layer are one net.

The hidden units of all nets lie side by side, so the first layer is one matrix product over the minibatch that they share. A second
product would mix the nets; instead the hidden values are multiplied by the output weights one by one and added up net by net (scatter-add),
which leaves each net its own path for the gradients. The sum of the nets' losses is differentiated by autograd; its terms have nothing
in common, so each net gets its own gradient. One learning rate and one minibatch for all."""

import time

import numpy as np
import torch
from torch import nn

import peer
import torch_device
from draws import draw
from torch_device import configure, synchronise, versions  # noqa: F401

FUNCTIONS = {"relu": torch.relu, "leaky_relu": nn.functional.leaky_relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "gelu": nn.functional.gelu,
             "silu": nn.functional.silu}


class ParallelMLPs(nn.Module):
    """hidden, functions: units and activation of each net, nets of one activation side by side."""

    def __init__(self, inputs, outputs, hidden, functions):
        super().__init__()
        self.first = nn.Linear(inputs, sum(hidden))
        self.second = nn.Parameter(torch.empty(sum(hidden), outputs))
        self.bias = nn.Parameter(torch.zeros(len(hidden), outputs))
        self.register_buffer("owner", torch.repeat_interleave(torch.arange(len(hidden)), torch.tensor(hidden)))
        self.groups, self.functions = [], []
        for units, function in zip(hidden, functions):
            if not self.functions or self.functions[-1] is not function:
                self.groups.append(0)
                self.functions.append(function)
            self.groups[-1] += units

    def forward(self, x):
        """rows x nets x outputs."""
        z = self.first(x).split(self.groups, 1)
        values = torch.cat([function(part) for function, part in zip(self.functions, z)], 1)
        terms = values.unsqueeze(2) * self.second
        sums = torch.zeros(len(x), *self.bias.shape, device=x.device)
        return sums.scatter_add(1, self.owner[None, :, None].expand_as(terms), terms) + self.bias


class Peer(peer.Peer):
    def __init__(self, workload, note=lambda text: None):
        self.losses, start = {}, time.perf_counter()
        trials = sorted(workload.trials.values(), key=lambda t: (t["activation"], t["id"]))
        shared = {(t["seed"], t["batch_size"], t["learning_rate"], t["optimizer"], len(t["hidden"])) for t in trials}
        if len(shared) != 1 or trials[0]["optimizer"] != "sgd" or len(trials[0]["hidden"]) != 1:
            raise ValueError("ParallelMLPs trains nets of one hidden layer by sgd, with one seed, batch size and learning rate for all")
        self.ids, self.rate, self.rows, self.epochs = [t["id"] for t in trials], trials[0]["learning_rate"], workload.rows, workload.epochs
        self.x, self.y = torch_device.place(workload.train_x), torch_device.place(workload.train_y).long()
        self.net = ParallelMLPs(workload.inputs, workload.outputs, [t["hidden"][0] for t in trials], [FUNCTIONS[t["activation"]] for t in trials])
        with torch.no_grad():
            weights = [draw(workload, t).weights for t in trials]
            self.net.first.weight.copy_(torch.as_tensor(np.concatenate([w[0].T for w in weights])))
            self.net.second.copy_(torch.as_tensor(np.concatenate([w[1] for w in weights])))
            self.net.first.bias.zero_()
        self.net.to(torch_device.chosen())
        self.start = [p.detach().clone() for p in self.net.parameters()]
        self.minibatches = [[torch_device.place(rows) for rows in epoch] for epoch in draw(workload, trials[0]).minibatches]
        note(f"{len(self.ids)} nets, {len(self.net.owner)} hidden units side by side")
        self.train()  # once: the second training of thousands of nets is as slow as the first
        self.build_seconds = time.perf_counter() - start

    def train(self):
        start = time.perf_counter()
        with torch.no_grad():
            for p, first in zip(self.net.parameters(), self.start):
                p.copy_(first)
        optimizer = torch.optim.SGD(self.net.parameters(), lr=self.rate)
        for minibatches in self.minibatches:
            totals = torch.zeros(len(self.ids), device=self.x.device)
            for rows in minibatches:
                optimizer.zero_grad()
                z = self.net(self.x[rows])
                target = self.y[rows].unsqueeze(1).expand(-1, len(self.ids))
                losses = nn.functional.cross_entropy(z.transpose(1, 2), target, reduction="none").mean(0)
                losses.sum().backward()
                optimizer.step()
                totals += losses.detach() * len(rows)
        synchronise()
        seconds = time.perf_counter() - start
        self.losses = {i: (loss, self.epochs) for i, loss in zip(self.ids, (totals / self.rows).tolist())}
        return seconds

    def versions(self):
        return versions()
