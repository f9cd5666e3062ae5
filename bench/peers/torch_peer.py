"""PyTorch: a stack of trials as batched products (baddbmm, bmm) with hand-written gradients; on a GPU a whole epoch is one CUDA graph."""

import time

import numpy as np
import torch

import torch_device
from torch_device import place as _place
from torch_device import synchronise, versions


def configure(precision, device):
    torch_device.configure(precision, device)
    torch.set_grad_enabled(False)


def _loss_gradient(z, target, weight, rows):
    """Gradient of sum(weight * loss) by z, and the sum of the losses. target: one-hot."""
    logs = torch.log_softmax(z, -1)
    losses = -(logs * target).sum(-1)
    return (torch.exp(logs) - target) * weight.unsqueeze(-1), (losses * weight).sum(-1) * rows


def _adam(p, m, v, g, rate, epsilon, a, b, c, adam, active, mixed: bool):
    m2 = a * m + c * g
    v2 = v + (1 - b) * (g * g - v)
    fall = m2 / (v2.sqrt() + epsilon)
    if mixed:
        fall = torch.where(adam, fall, m2)
    _store(p, p - rate * fall, active)
    _store(m, m2, active)
    _store(v, v2, active)


def _adam_in_place(p, m, v, g, rate, epsilon, a, b, c):
    """The same in fewer passes over memory, for when nothing fuses them. Overwrites g."""
    m.lerp_(g, c)
    v.lerp_(g.square_(), 1 - b)
    torch.sqrt(v, out=g).add_(epsilon)
    torch.div(m, g, out=g).mul_(rate)
    p.sub_(g)


def _momentum(p, m, g, rate, a, active):
    m2 = a * m + g
    _store(p, p - rate * m2, active)
    _store(m, m2, active)


def _store(x, new, active):
    x.copy_(new if active is None else torch.where(active, new, x))


class Model:
    """One stack. Parameters, gradients, m and v are N x P each, so that the optimizer is a handful of elementwise kernels."""

    def __init__(self, stack, compiled=False):
        """compiled: the elementwise parts are fused by torch.compile."""
        self.stack, self.fused, w = stack, compiled, stack.workload
        self.x = _place(w.train_x)
        self.target = torch.nn.functional.one_hot(_place(w.train_y).long(), w.outputs).float()
        self.valid_x, self.valid_target = _place(w.valid_x), torch.nn.functional.one_hot(_place(w.valid_y).long(), w.outputs).float()
        self.sizes, size = [], 0
        for i, o in zip(stack.widths, stack.widths[1:]):
            self.sizes.append((size, i, o))
            size += (i * o + 3) // 4 * 4 + (o + 3) // 4 * 4  # 16-byte alignment for the products
        self.first = torch.zeros(stack.count, size)
        for (place, i, o), (weights, biases) in zip(self.sizes, stack.first_parameters()):
            self.first[:, place:place + i * o] = torch.as_tensor(weights.reshape(stack.count, -1))
            bias = place + (i * o + 3) // 4 * 4
            self.first[:, bias:bias + o] = torch.as_tensor(biases)
        self.first = self.first.to(torch_device.chosen())
        self.p, self.g = self.first.clone(), torch.zeros_like(self.first)
        self.m = torch.zeros_like(self.p) if stack.optimizer != "sgd" else None
        self.v = torch.zeros_like(self.p) if stack.optimizer in ("adam", "mixed") else None
        self.a, self.b, self.c, self.adam = (_place(x)[:, None] for x in (stack.a, stack.b, stack.c, stack.adam))
        self.weight, self.rows = _place(stack.weight), _place(stack.rows)
        self.active = None if stack.active is None else _place(stack.active)[:, :, None]
        self.present = None if stack.present is None else [_place(x)[:, None, None] for x in stack.present]
        self.state = (self.p, self.m, self.v)
        self.graph, self.buffers, self.compile_seconds = None, None, 0.0
        self.sums = torch.zeros(stack.count, device=torch_device.chosen())
        wrap = torch.compile if compiled else (lambda f: f)
        self.loss_gradient, self.adam_update, self.momentum_update = wrap(_loss_gradient), wrap(_adam), wrap(_momentum)

    def _view(self, flat, l):
        place, i, o = self.sizes[l]
        bias = place + (i * o + 3) // 4 * 4
        return flat[:, place:place + i * o].view(-1, i, o), flat[:, bias:bias + o]

    def reset(self):
        self.p.copy_(self.first)
        for state in (self.m, self.v):
            if state is not None:
                state.zero_()

    def prepare(self, epoch):
        return tuple(_place(x) for x in (epoch.order, epoch.rate, epoch.epsilon))

    def _forward(self, x):
        """Activations of each layer, the inputs first; the last are the outputs."""
        values = [x]
        for l in range(len(self.sizes)):
            w, b = self._view(self.p, l)
            z = torch.baddbmm(b.unsqueeze(1), values[-1], w)
            if l + 1 < len(self.sizes):
                z.relu_()
                if self.present is not None and l > 0:
                    z = torch.where(self.present[l], z, values[-1])
            values.append(z)
        return values

    def _gradients(self, x, target, weight, rows):
        """Leaves them in self.g; returns the sum of the losses of each trial's minibatch."""
        values = self._forward(x)
        d, losses = self.loss_gradient(values[-1], target, weight, rows)
        for l in reversed(range(len(self.sizes))):
            w, _ = self._view(self.p, l)
            gw, gb = self._view(self.g, l)
            skipped = None
            if self.present is not None and 0 < l < len(self.sizes) - 1:
                skipped = torch.where(self.present[l], 0.0, d)
                d = torch.where(self.present[l], d, 0.0)
            if l < len(self.sizes) - 1:
                d = d * (values[l + 1] > 0)
            torch.bmm(values[l].transpose(1, 2), d, out=gw)
            torch.sum(d, 1, out=gb)
            if l > 0:
                d = torch.bmm(d, w.transpose(1, 2))
                if skipped is not None:
                    d = d + skipped
        return losses

    def _step(self, s, order, rate, epsilon):
        rows = order[s].reshape(-1)
        shape = order.shape[1:]
        x = self.x.index_select(0, rows).view(*shape, -1)
        target = self.target.index_select(0, rows).view(*shape, -1)
        self.sums.add_(self._gradients(x, target, self.weight[s], self.rows[s]))
        self._update(None if self.active is None else self.active[s], rate[s][:, None], epsilon[s][:, None])

    def _update(self, active, rate, epsilon):
        kind = self.stack.optimizer
        if kind == "adam" and active is None and not self.fused:
            _adam_in_place(self.p, self.m, self.v, self.g, rate, epsilon, self.a, self.b, self.c)
        elif kind in ("adam", "mixed"):
            self.adam_update(self.p, self.m, self.v, self.g, rate, epsilon, self.a, self.b, self.c, self.adam, active, kind == "mixed")
        elif kind == "momentum":
            self.momentum_update(self.p, self.m, self.g, rate, self.a, active)
        else:
            _store(self.p, self.p - rate * self.g, active)

    def _all_steps(self, prepared):
        self.sums.zero_()
        for s in range(self.stack.most_steps):
            self._step(s, *prepared)

    def _capture(self, prepared):
        """Runs the steps once and records them; whatever state they left is restored."""
        start = time.perf_counter()
        state = [x for x in (self.p, self.m, self.v) if x is not None]
        kept = [x.clone() for x in state]
        if torch_device.chosen().type == "cuda":
            self.buffers = tuple(x.clone() for x in prepared)
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                self._all_steps(self.buffers)
            torch.cuda.current_stream().wait_stream(side)
            torch.cuda.synchronize()
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self._all_steps(self.buffers)
        else:
            self._all_steps(prepared)
            self.graph = False
        for x, was in zip(state, kept):
            x.copy_(was)
        synchronise()
        self.compile_seconds += time.perf_counter() - start

    def train_epoch(self, prepared):
        """Returns the training losses of the N trials, on the device."""
        if self.graph is None:
            if self.fused or torch_device.chosen().type == "cuda":
                self._capture(prepared)
            else:
                self.graph = False  # nothing to compile or record
        if self.graph:
            for buffer, new in zip(self.buffers, prepared):
                buffer.copy_(new)
            self.graph.replay()
        else:
            self._all_steps(prepared)
        return self.sums / self.stack.workload.rows

    def valid_losses(self):
        z = self._forward(self.valid_x.expand(self.stack.count, -1, -1))[-1]
        return -(torch.log_softmax(z, -1) * self.valid_target).sum(-1).mean(-1)

    @staticmethod
    def to_numpy(x):
        return x.cpu().numpy()

    def take(self, other, places):
        """Takes over the state of `other`'s trials at these places: those of a halving that survived."""
        places = _place(np.asarray(places))
        for mine, theirs in ((self.p, other.p), (self.m, other.m), (self.v, other.v)):
            if mine is not None:
                mine.copy_(theirs[places])
