"""PyTorch as an expert would drive it for one small ReLU net: gradients written by hand into buffers that are there already, all parameters in
one flat array so that the optimizer is five operations. No autograd, nothing allocated but in the loss."""

import math

import torch

import torch_device
from torch_device import synchronise, versions  # noqa: F401: a trainer's module has them


def configure(precision, device):
    torch_device.configure(precision, device)
    torch.set_grad_enabled(False)


def load(workload):
    """Features and one-hot classes, on the device."""
    workload.relu_only()
    target = torch.nn.functional.one_hot(torch_device.place(workload.train_y).long(), workload.outputs).float()
    return torch_device.place(workload.train_x), target


class Trainer:
    def __init__(self, data, workload, trial, draws):
        (self.x, self.target), self.trial, self.rows = data, trial, workload.rows
        self.minibatches = [[torch_device.place(rows) for rows in epoch] for epoch in draws.minibatches]
        device, shapes = torch_device.chosen(), [w.shape for w in draws.weights]
        size = sum(i * o + o for i, o in shapes)
        self.first = torch.cat([torch.cat([torch.as_tensor(w.copy()).reshape(-1), torch.zeros(w.shape[1])]) for w in draws.weights]).to(device)
        self.p, self.g, self.m, self.v, self.root = (torch.zeros(size, device=device) for _ in range(5))
        self.parameters, self.gradients = self._layers(self.p, shapes), self._layers(self.g, shapes)
        widths, batch = workload.widths(trial), len(self.minibatches[0][0])
        # values[l]: what enters layer l; slopes[l]: the loss's gradient by what leaves it
        whole = [torch.empty(batch, width, device=device) for width in widths], [torch.empty(batch, width, device=device) for width in widths[1:]]
        last = len(self.minibatches[0][-1])
        self.buffers = {n: tuple([x[:n] for x in part] for part in whole) for n in (batch, last)}
        self.targets = {n: torch.empty(n, workload.outputs, device=device) for n in (batch, last)}

    @staticmethod
    def _layers(flat, shapes):
        layers, at = [], 0
        for i, o in shapes:
            layers.append((flat[at:at + i * o].view(i, o), flat[at + i * o:at + i * o + o]))
            at += i * o + o
        return layers

    def _step(self, rows):
        """Leaves the gradients in self.g; returns the sum of the losses."""
        (values, slopes), target = self.buffers[len(rows)], self.targets[len(rows)]
        torch.index_select(self.x, 0, rows, out=values[0])
        torch.index_select(self.target, 0, rows, out=target)
        last = len(self.parameters) - 1
        for l, (w, b) in enumerate(self.parameters):
            z = slopes[last] if l == last else values[l + 1]
            torch.addmm(b, values[l], w, out=z)
            if l < last:
                z.relu_()
        logs = torch.log_softmax(slopes[last], 1)
        loss = -torch.dot(logs.view(-1), target.view(-1)).item()
        torch.sub(logs.exp_(), target, out=slopes[last]).div_(len(rows))
        for l in range(last, -1, -1):
            gw, gb = self.gradients[l]
            torch.mm(values[l].T, slopes[l], out=gw)
            torch.sum(slopes[l], 0, out=gb)
            if l > 0:
                torch.mm(slopes[l], self.parameters[l][0].T, out=slopes[l - 1])
                slopes[l - 1].mul_(values[l] > 0)
        return loss

    def train(self):
        trial, step, kind = self.trial, 0, self.trial["optimizer"]
        rate, b1, b2, epsilon = trial["learning_rate"], trial["momentum"], trial["beta2"], trial["epsilon"]
        self.p.copy_(self.first)
        self.m.zero_()
        self.v.zero_()
        for minibatches in self.minibatches:
            total = 0.0
            for rows in minibatches:
                total += self._step(rows)
                step += 1
                if kind == "adam":
                    root = math.sqrt(1 - b2**step)
                    self.m.lerp_(self.g, 1 - b1)
                    self.v.mul_(b2).addcmul_(self.g, self.g, value=1 - b2)
                    torch.sqrt(self.v, out=self.root).add_(epsilon * root)
                    self.p.addcdiv_(self.m, self.root, value=-rate * root / (1 - b1**step))
                elif kind == "momentum":
                    self.p.sub_(self.m.mul_(b1).add_(self.g), alpha=rate)
                else:
                    self.p.sub_(self.g, alpha=rate)
        return total / self.rows
