#pragma once
/// What the oracle expects of a trial, and how far from it an engine may be.

#include "engines.h"
#include "random_trials.h"
#include "trainer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace caviar::reference {

/// How far `a` is from `b`, relative to b's length.
inline double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double apart = 0, length = 0;
    for (size_t i = 0; i < b.size(); ++i) apart += (a[i] - b[i]) * (a[i] - b[i]), length += b[i] * b[i];
    return length == 0 ? std::sqrt(apart) : std::sqrt(apart / length);
}

template <class T>
std::vector<double> doubles(const std::vector<T>& v) {
    return {v.begin(), v.end()};
}

/// What the oracle says of a trial, and how much rounding may move it: the deviations of two other runs of the oracle from the truth. One
/// computes in float. The other, in double, has each parameter off by 2^-23 of itself, up or down, after every step: it shows where
/// rounding decides, such as a sum near a kink, or a gradient that cancels to nothing and that rmsprop or adam blow up to a whole step.
struct Expected {
    Trained<double> truth;
    Trained<float> rounded;
    Trained<double> nudged;

    Expected(const Dataset& data, const PopulationOptions& options, const Hyperparameters& h, int epochs)
        : truth(train<double>(data, options, h, epochs)), rounded(train<float>(data, options, h, epochs)) {
        Random e(1);
        const auto nudge = [&](double& w) { w *= 1 + (e() % 2 ? 0x1p-23 : -0x1p-23); };
        nudged = train<double>(data, options, h, epochs, [&](Net<double>& net) {
            for (auto& layer : net) {
                for (double& w : layer.weights) nudge(w);
                for (double& b : layer.biases) nudge(b);
            }
        });
    }
    /// Allowed relative error: one part in 10^5 (some hundred float roundings, as many as there are terms in a sum), and ten times what
    /// rounding did to the oracle.
    static double allowed(double deviation) { return 1e-5 + 10 * deviation; }

    double loss_deviation(bool valid, size_t epoch) const {
        const double t = valid ? truth.valid_loss[epoch] : truth.train_loss[epoch];
        const double r = valid ? rounded.valid_loss[epoch] : rounded.train_loss[epoch];
        const double n = valid ? nudged.valid_loss[epoch] : nudged.train_loss[epoch];
        return std::max(std::fabs(r - t), std::fabs(n - t)) / t;
    }
};

inline std::string describe(const Hyperparameters& h) {
    std::string text = to_string(h.optimizer) + ", " + to_string(h.schedule) + ", " + to_string(h.activation) + ", " + to_string(h.init) +
                       ", batch " + std::to_string(h.batch_size) + ", dropout " + std::to_string(h.dropout) + ", decay " +
                       std::to_string(h.weight_decay) + ", rate " + std::to_string(h.learning_rate) + (h.zero_output ? ", zero output" : "") + ", hidden";
    for (int32_t units : h.hidden) text += " " + std::to_string(units);
    return text;
}

inline void expect_losses(const Expected& expected, const TrialResult& got) {
    ASSERT_EQ(got.state == TrialState::diverged, expected.truth.state == TrialState::diverged);
    ASSERT_EQ(got.curve.size(), expected.truth.train_loss.size());
    for (size_t e = 0; e < got.curve.size(); ++e)
        for (bool valid : {false, true}) {
            const double want = valid ? expected.truth.valid_loss[e] : expected.truth.train_loss[e];
            const double have = valid ? got.curve[e].valid_loss : got.curve[e].train_loss;
            if (!std::isfinite(want)) {
                EXPECT_FALSE(std::isfinite(have));
                continue;
            }
            const double deviation = expected.loss_deviation(valid, e);
            EXPECT_NEAR(have, want, want * Expected::allowed(deviation)) << (valid ? "validation" : "training") << " loss of epoch " << e;
            if (deviation < 1e-5) { // well-conditioned: the design's promise holds
                EXPECT_NEAR(have, want, want * 1e-4);
            }
        }
}

inline void expect_weights(const Expected& expected, const Weights& weights, int best_epoch) {
    const size_t at = static_cast<size_t>(best_epoch + 1);
    const Net<double> got = net_of(weights);
    const auto &truth = expected.truth.nets[at], &nudged = expected.nudged.nets[at];
    const auto& rounded = expected.rounded.nets[at];
    ASSERT_EQ(got.size(), truth.size());
    for (size_t l = 0; l < truth.size(); ++l) {
        const auto allowed = [&](const auto& t, const auto& r, const auto& n) {
            return Expected::allowed(std::max(distance(doubles(r), t), distance(n, t)));
        };
        EXPECT_LE(distance(got[l].weights, truth[l].weights), allowed(truth[l].weights, rounded[l].weights, nudged[l].weights)) << "layer " << l;
        EXPECT_LE(distance(got[l].biases, truth[l].biases), allowed(truth[l].biases, rounded[l].biases, nudged[l].biases)) << "biases of layer " << l;
    }
}

} // namespace caviar::reference
