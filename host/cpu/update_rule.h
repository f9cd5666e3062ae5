#pragma once
#include "caviar/hyperparameters.h"
#include "caviar/mlp/optimizer.h"
#include "caviar/mlp/schedule.h"

#include <cmath>

namespace caviar::cpu {

/// What the optimizer needs at update t (from 1) under these rates. In double, rounded once.
inline mlp::UpdateRule update_rule(const Hyperparameters& h, const mlp::Rates& rates, int64_t t) {
    const double rate = rates.learning_rate, decay = h.weight_decay;
    mlp::UpdateRule rule{h.optimizer, rates.learning_rate, rates.momentum, h.beta2, h.epsilon, h.weight_decay, 1};
    if (h.optimizer == Optimizer::adamw) {
        rule.l2 = 0;
        rule.shrink = static_cast<float>(1 - rate * decay);
    }
    if (h.optimizer == Optimizer::adam || h.optimizer == Optimizer::adamw) {
        const double time = static_cast<double>(t);
        const double root = std::sqrt(1 - std::pow(static_cast<double>(h.beta2), time));
        rule.rate = static_cast<float>(rate * root / (1 - std::pow(static_cast<double>(rates.momentum), time)));
        rule.epsilon = static_cast<float>(h.epsilon * root);
    }
    return rule;
}

} // namespace caviar::cpu
