#pragma once
/// The learning rate and momentum of a step under every schedule. Computed in double, rounded once.

#include "caviar/hyperparameters.h"
#include "caviar/mlp/config.h"

#include <cstdint>
#include <math.h>

namespace caviar::mlp {

/// The members of Hyperparameters that a schedule reads, as a plain value for the device; same names, same meaning.
struct ScheduleSettings {
    Schedule schedule;
    float learning_rate, momentum, decay, decay_factor, floor, warmup, momentum_low;
    int32_t decay_epochs, cycle_epochs, t0, epochs;
};

struct Rates {
    float learning_rate;
    float momentum; ///< beta1 of adam and adamw; of no effect under sgd and rmsprop
};

inline namespace CAVIAR_ISA {

inline ScheduleSettings schedule_settings(const Hyperparameters& h) {
    return {h.schedule, h.learning_rate, h.momentum, h.decay, h.decay_factor, h.floor, h.warmup, h.momentum_low,
            h.decay_epochs, h.cycle_epochs, h.t0, h.epochs};
}

/// From 1 at `share` = 0 to 0 at `share` = 1 along half a cosine.
CAVIAR_HD inline double cosine_fall(double share) {
    constexpr double pi = 3.14159265358979323846;
    return 0.5 * (1 + ::cos(pi * share));
}

/// Smith's triangle (2017, "Cyclical learning rates", section 3): 0 at the ends of a cycle, 1 at its middle.
CAVIAR_HD inline double triangle(int64_t step, int64_t cycle_steps) {
    if (cycle_steps < 2) return 1; // no room to rise: stay at the top
    const double share = static_cast<double>(step % cycle_steps) / static_cast<double>(cycle_steps);
    return 1 - ::fabs(2 * share - 1);
}

/// one_cycle (Smith and Topin 2018, "Super-convergence"): the rate rises in a line from peak/25 to the peak over the first
/// `warmup` share of the steps, then falls along half a cosine to peak/10^4 at the very last; the divisors are fastai's and PyTorch's
/// habit, the paper leaves them open. The momentum mirrors it: momentum, down to momentum_low at the peak, and back.
CAVIAR_HD inline Rates one_cycle(const ScheduleSettings& s, int64_t step, int64_t total_steps) {
    const double last = static_cast<double>(total_steps - 1), peak_step = s.warmup * last, now = static_cast<double>(step);
    const double peak = s.learning_rate, high = s.momentum, low = s.momentum_low;
    if (now < peak_step) {
        const double up = now / peak_step, start = peak / 25;
        return {static_cast<float>(start + (peak - start) * up), static_cast<float>(high + (low - high) * up)};
    }
    const double share = now >= last ? (last > peak_step ? 1.0 : 0.0) : (now - peak_step) / (last - peak_step);
    const double fall = cosine_fall(share), end = peak / 1e4;
    return {static_cast<float>(end + (peak - end) * fall), static_cast<float>(high + (low - high) * fall)};
}

/// epoch counts from 0; step counts minibatches from 0 over the whole training; total_steps = epochs * minibatches an epoch.
/// constant, inverse_time, exponential, step, cosine: by whole epochs. cyclical, one_cycle, bergstra: by steps.
/// cosine: a0 * (floor + (1 - floor) * (1 + cos(pi * epoch / epochs)) / 2) (Loshchilov and Hutter 2017, "SGDR", eq. 5, one period).
/// cyclical: from floor * a0 in a line up to a0 and back, over cycle_epochs epochs, again and again.
CAVIAR_HD inline Rates rates(const ScheduleSettings& s, int64_t epoch, int64_t step, int64_t total_steps) {
    const double a0 = s.learning_rate, t = static_cast<double>(epoch), floor_share = s.floor;
    double a = a0;
    switch (s.schedule) {
    case Schedule::constant: break;
    case Schedule::inverse_time: a = a0 / (1 + s.decay * t); break;
    case Schedule::exponential: a = a0 * ::pow(static_cast<double>(s.decay_factor), t); break;
    case Schedule::step:
        a = a0 * ::pow(static_cast<double>(s.decay_factor), static_cast<double>(s.decay_epochs > 0 ? epoch / s.decay_epochs : epoch));
        break;
    case Schedule::cosine: {
        const double share = epoch < s.epochs ? t / s.epochs : 1.0;
        a = a0 * (floor_share + (1 - floor_share) * cosine_fall(share));
        break;
    }
    case Schedule::cyclical: {
        const int64_t steps_per_epoch = s.epochs > 0 ? total_steps / s.epochs : total_steps;
        a = a0 * (floor_share + (1 - floor_share) * triangle(step, steps_per_epoch * s.cycle_epochs));
        break;
    }
    case Schedule::one_cycle: return one_cycle(s, step, total_steps);
    case Schedule::bergstra: {
        const double now = static_cast<double>(step), t0 = s.t0;
        a = now > t0 ? t0 * a0 / now : a0;
        break;
    }
    }
    return {static_cast<float>(a), s.momentum};
}

} // inline namespace CAVIAR_ISA
} // namespace caviar::mlp
