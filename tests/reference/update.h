#pragma once
/// The oracle's optimizers: one parameter, one step.

#include "caviar/hyperparameters.h"
#include "caviar/mlp/schedule.h"

#include <cmath>
#include <cstdint>

namespace caviar::reference {

template <class T>
struct Moments {
    T first = 0, second = 0;
};

/// w: the parameter; g: its gradient; t: steps from 1; decayed: false for biases.
template <class T>
void update(const Hyperparameters& h, const mlp::Rates& rates, int64_t t, bool decayed, T& w, T g, Moments<T>& moments) {
    const T a = rates.learning_rate, mu = rates.momentum, beta1 = rates.momentum, beta2 = h.beta2, epsilon = h.epsilon;
    const T decay = decayed ? T(h.weight_decay) : T(0);
    if (h.optimizer != Optimizer::adamw) g += decay * w; // L2: the gradient of decay / 2 * w^2
    T& m = moments.first;
    T& v = moments.second;
    switch (h.optimizer) {
    case Optimizer::sgd: w -= a * g; break;
    case Optimizer::momentum: // Polyak 1964, with the rate outside: v = mu * v + g, w -= a * v
        m = mu * m + g;
        w -= a * m;
        break;
    case Optimizer::nesterov: // Sutskever et al. 2013, in the variables of PyTorch's SGD(nesterov=True)
        m = mu * m + g;
        w -= a * (g + mu * m);
        break;
    case Optimizer::rmsprop: // Tieleman & Hinton 2012, lecture 6e
        v = beta2 * v + (1 - beta2) * g * g;
        w -= a * g / (std::sqrt(v) + epsilon);
        break;
    case Optimizer::adam:    // Kingma & Ba 2015, algorithm 1
    case Optimizer::adamw: { // Loshchilov & Hutter 2019, algorithm 2; their eta * alpha is a, so the decay follows the schedule
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        // in double under every T: the difference from one loses half of a float's digits, which is not rounding an engine may do
        const double steps = static_cast<double>(t), correct1 = 1 - std::pow(double{rates.momentum}, steps), correct2 = 1 - std::pow(double{h.beta2}, steps);
        const T m_hat = static_cast<T>(m / correct1);
        const T v_hat = static_cast<T>(v / correct2);
        const T pull = h.optimizer == Optimizer::adamw ? decay * w : T(0);
        w -= a * (m_hat / (std::sqrt(v_hat) + epsilon) + pull);
        break;
    }
    }
}

} // namespace caviar::reference
