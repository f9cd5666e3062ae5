"""PyTorch as its tutorials train: nn.Sequential, CrossEntropyLoss, loss.backward(), a torch.optim optimizer, batches cut by an index."""

import torch
from torch import nn

import torch_device
from torch_device import configure, synchronise, versions  # noqa: F401: a trainer's module has them

ACTIVATIONS = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "silu": nn.SiLU}


def load(workload):
    """Features and classes, on the device."""
    return torch_device.place(workload.train_x), torch_device.place(workload.train_y).long()


def make_optimizer(trial, parameters):
    rate = trial["learning_rate"]
    if trial["optimizer"] == "adam":
        return torch.optim.Adam(parameters, lr=rate, betas=(trial["momentum"], trial["beta2"]), eps=trial["epsilon"])
    return torch.optim.SGD(parameters, lr=rate, momentum=trial["momentum"] if trial["optimizer"] == "momentum" else 0)


class Trainer:
    def __init__(self, data, workload, trial, draws):
        (self.x, self.y), self.trial, self.rows = data, trial, workload.rows
        self.minibatches = [[torch_device.place(rows) for rows in epoch] for epoch in draws.minibatches]
        layers = []
        for w in draws.weights:
            layers += [nn.Linear(*w.shape), ACTIVATIONS[trial["activation"]]()]
        self.net = nn.Sequential(*layers[:-1]).to(torch_device.chosen())
        with torch.no_grad():
            for layer, w in zip(self.net[::2], draws.weights):
                layer.weight.copy_(torch.as_tensor(w.T.copy()))
                layer.bias.zero_()
        self.first = [p.detach().clone() for p in self.net.parameters()]

    def train(self, after_epoch=lambda epoch, loss: None):
        """after_epoch is told each epoch's mean loss."""
        net, x, y = self.net, self.x, self.y
        with torch.no_grad():
            for p, first in zip(net.parameters(), self.first):
                p.copy_(first)
        optimizer, loss_of = make_optimizer(self.trial, net.parameters()), nn.CrossEntropyLoss()
        for epoch, minibatches in enumerate(self.minibatches):
            total = 0.0
            for rows in minibatches:
                optimizer.zero_grad()
                loss = loss_of(net(x[rows]), y[rows])
                loss.backward()
                optimizer.step()
                total += loss.item() * len(rows)
            after_epoch(epoch, total / self.rows)
        return total / self.rows
