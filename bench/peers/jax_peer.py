"""JAX: a stack of trials under jit(vmap), a whole epoch in one lax.scan, gradients by value_and_grad."""

import time

import jax
import jax.numpy as jnp
import jaxlib
import numpy as np


def configure(precision, device):
    # "highest" is IEEE float32; JAX's default lets the matrix units round the operands to TF32.
    jax.config.update("jax_default_matmul_precision", {"fp32": "highest", "tf32": "tensorfloat32"}[precision])
    if device == "cpu":
        jax.config.update("jax_platforms", "cpu")
    elif jax.default_backend() != "gpu":
        raise SystemExit("JAX sees no GPU here; --device cpu asks for the CPU")


def versions():
    return {"jax": jax.__version__, "jaxlib": jaxlib.__version__, "device": jax.devices()[0].device_kind, "numpy": np.__version__}


def synchronise(arrays):
    """Waits until these are computed."""
    jax.block_until_ready(arrays)


def _forward(layers, x, present):
    for l, (w, b) in enumerate(layers[:-1]):
        y = jax.nn.relu(x @ w + b)
        x = y if present is None or l == 0 else jnp.where(present[l], y, x)
    w, b = layers[-1]
    return x @ w + b


def _losses(layers, x, y, present):
    z = jax.nn.log_softmax(_forward(layers, x, present))
    return -jnp.take_along_axis(z, y[:, None], axis=1)[:, 0]


class Model:
    """One stack. `state` is a tuple of pytrees with the trials in front: parameters, m, v."""

    def __init__(self, stack):
        self.stack, w = stack, stack.workload
        self.x, self.y = jnp.asarray(w.train_x), jnp.asarray(w.train_y)
        self.valid = jnp.asarray(w.valid_x), jnp.asarray(w.valid_y)
        self.mixed = stack.optimizer == "mixed"
        self.present = None if stack.present is None else jnp.asarray(np.stack(stack.present, 1))  # N x depth
        self.fixed = tuple(jnp.asarray(x) for x in (stack.a, stack.c, stack.b, stack.adam))
        shared = (lambda x: x[:, 0]) if stack.uniform else (lambda x: x)
        self.masks = (jnp.asarray(shared(stack.weight)), jnp.asarray(shared(stack.rows)))
        self.active = None if stack.active is None else jnp.asarray(stack.active)
        self.compiled, self.compile_seconds = {}, 0.0  # seconds without those of `compile`
        first = jax.tree.map(jnp.asarray, stack.first_parameters())
        self.first = (first, self._zeros(first, stack.optimizer != "sgd"), self._zeros(first, stack.optimizer in ("adam", "mixed")))
        self.state = None

    @staticmethod
    def _zeros(tree, wanted):
        return jax.tree.map(jnp.zeros_like, tree) if wanted else None

    def reset(self):
        self.state = jax.tree.map(jnp.copy, self.first)  # copies: the epoch takes its arguments' memory

    def prepare(self, epoch):
        return tuple(jnp.asarray(x) for x in (epoch.order, epoch.rate, epoch.epsilon))

    def _update(self, fixed, rate, epsilon, active, p, m, v, g):
        a, c, b, adam = fixed
        kind = self.stack.optimizer
        if kind == "sgd":
            new = (p - rate * g, m, v)
        elif kind == "momentum":
            m2 = a * m + g
            new = (p - rate * m2, m2, v)
        else:
            m2 = a * m + c * g
            v2 = v + (1 - b) * (g * g - v)
            fall = m2 / (jnp.sqrt(v2) + epsilon)
            new = (p - rate * (jnp.where(adam, fall, m2) if self.mixed else fall), m2, v2)
        if active is None:
            return new
        return tuple(None if old is None else jnp.where(active, x, old) for x, old in zip(new, (p, m, v)))

    def _trial_step(self, state, fixed, present, order, weight, rows, rate, epsilon, active):
        p, m, v = state
        x, y = self.x[order], self.y[order]
        loss, g = jax.value_and_grad(lambda q: jnp.sum(weight * _losses(q, x, y, present)))(p)
        leaves, tree = jax.tree.flatten(p)
        absent = [None] * len(leaves)
        new = [self._update(fixed, rate, epsilon, active, *each)
               for each in zip(leaves, absent if m is None else jax.tree.leaves(m), absent if v is None else jax.tree.leaves(v),
                               jax.tree.leaves(g))]
        p, m, v = (None if part[0] is None else jax.tree.unflatten(tree, part) for part in zip(*new))
        return (p, m, v), loss * rows

    def _epoch(self, state, fixed, present, masks, active, order, rate, epsilon):
        per_mask = None if self.stack.uniform else 0
        each = jax.vmap(self._trial_step, in_axes=(0, 0, None if present is None else 0, 0, per_mask, per_mask, 0, 0,
                                                   None if active is None else 0))

        def step(state, now):
            (weight, rows), on, rows_of, rate, epsilon = now
            return each(state, fixed, present, rows_of, weight, rows, rate, epsilon, on)

        state, sums = jax.lax.scan(step, state, (masks, active, order, rate, epsilon))
        return state, sums.sum(0) / self.stack.workload.rows

    def compile(self, prepared):
        """The program of an epoch. Models may do so on several threads at once: XLA compiles outside Python's lock."""
        arguments = (self.first, self.fixed, self.present, self.masks, self.active, *prepared)
        self.compiled["epoch"] = jax.jit(self._epoch, donate_argnums=(0,)).lower(*arguments).compile()

    def train_epoch(self, prepared):
        """Returns the training losses of the N trials, on the device."""
        self.state, losses = self.compiled["epoch"](self.state, self.fixed, self.present, self.masks, self.active, *prepared)
        return losses

    def valid_losses(self):
        def mean(p, present, x, y):
            each = jax.vmap(lambda q, here: _losses(q, x, y, here).mean(), in_axes=(0, None if present is None else 0))
            return each(p, present)
        arguments = (self.state[0], self.present, *self.valid)
        if "valid" not in self.compiled:
            start = time.perf_counter()
            self.compiled["valid"] = jax.jit(mean).lower(*arguments).compile()
            self.compile_seconds += time.perf_counter() - start
        return self.compiled["valid"](*arguments)

    @staticmethod
    def to_numpy(x):
        return np.asarray(x)

    def take(self, other, places):
        """Takes over the state of `other`'s trials at these places: those of a halving that survived."""
        places = jnp.asarray(places)
        self.state = jax.tree.map(lambda x: x[places], other.state)
