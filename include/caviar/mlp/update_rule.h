#pragma once
/// What an optimizer needs at one step, from its settings and the schedule's rates. Computed in double, rounded once.

#include "caviar/mlp/optimizer.h"
#include "caviar/mlp/schedule.h"

#include <math.h>

namespace caviar::mlp {

/// The members of Hyperparameters that an optimizer reads, as a plain value for the device; same names, same meaning.
struct OptimizerSettings {
    Optimizer optimizer;
    float beta2, epsilon, weight_decay;
};

inline namespace CAVIAR_ISA {

inline OptimizerSettings optimizer_settings(const Hyperparameters& h) { return {h.optimizer, h.beta2, h.epsilon, h.weight_decay}; }

/// At update t, from 1. Adam's bias corrections (Kingma and Ba 2015, algorithm 1) go into the rate and epsilon.
CAVIAR_HD inline UpdateRule update_rule(const OptimizerSettings& s, const Rates& rates, int64_t t) {
    const double rate = rates.learning_rate, decay = s.weight_decay;
    UpdateRule rule{s.optimizer, rates.learning_rate, rates.momentum, s.beta2, s.epsilon, s.weight_decay, 1};
    if (s.optimizer == Optimizer::adamw) {
        rule.l2 = 0;
        rule.shrink = static_cast<float>(1 - rate * decay);
    }
    if (s.optimizer == Optimizer::adam || s.optimizer == Optimizer::adamw) {
        const double time = static_cast<double>(t);
        const double root = ::sqrt(1 - ::pow(static_cast<double>(s.beta2), time));
        rule.rate = static_cast<float>(rate * root / (1 - ::pow(static_cast<double>(rates.momentum), time)));
        rule.epsilon = static_cast<float>(s.epsilon * root);
    }
    return rule;
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
