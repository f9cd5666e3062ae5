/// The oracle's optimizers against numbers worked by hand from the published algorithms.
#include "update.h"

#include <gtest/gtest.h>

#include <vector>

namespace caviar::reference {
namespace {

Hyperparameters settings(Optimizer optimizer, float weight_decay = 0) {
    Hyperparameters h;
    h.optimizer = optimizer;
    h.momentum = 0.5f; // powers of two: exact in float and by hand
    h.beta2 = 0.75f;
    h.epsilon = 0x1p-20f;
    h.weight_decay = weight_decay;
    return h;
}

/// w after each of the gradients, from w = 1 with learning rate 1/4.
std::vector<double> path(const Hyperparameters& h, const std::vector<double>& gradients, bool decayed = true) {
    std::vector<double> ws;
    double w = 1;
    Moments<double> moments;
    int64_t t = 0;
    for (double g : gradients) {
        update(h, {0.25f, h.momentum}, ++t, decayed, w, g, moments);
        ws.push_back(w);
    }
    return ws;
}

void expect_path(const std::vector<double>& got, const std::vector<double>& want) {
    ASSERT_EQ(got.size(), want.size());
    for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], want[i], 1e-12) << "step " << i + 1;
}

TEST(Update, Sgd) { expect_path(path(settings(Optimizer::sgd), {1, -2}), {0.75, 1.25}); }

TEST(Update, L2DecaysWeightsAndNotBiases) {
    expect_path(path(settings(Optimizer::sgd, 0.5f), {1}), {1 - 0.25 * 1.5});
    expect_path(path(settings(Optimizer::sgd, 0.5f), {1}, false), {0.75});
}

// v = 1, then 0.5 * 1 + 2 = 2.5
TEST(Update, PolyakMomentum) { expect_path(path(settings(Optimizer::momentum), {1, 2}), {0.75, 0.75 - 0.625}); }

// v = 1: step 1 + 0.5 = 1.5; v = 2.5: step 2 + 1.25 = 3.25
TEST(Update, Nesterov) { expect_path(path(settings(Optimizer::nesterov), {1, 2}), {1 - 0.375, 1 - 0.375 - 0.8125}); }

// v = 0.25 * 4 = 1: step 2 / (1 + eps); v = 0.75 + 0.25 * 16 = 4.75
TEST(Update, RmsProp) {
    const double epsilon = 0x1p-20, first = 1 - 0.25 * 2 / (1 + epsilon);
    expect_path(path(settings(Optimizer::rmsprop), {2, 4}), {first, first - 0.25 * 4 / (std::sqrt(4.75) + epsilon)});
}

// Adam's first step is the rate times the gradient's sign, whatever its size (Kingma & Ba 2015, section 2.1), up to epsilon.
TEST(Update, AdamFirstStepIsTheRate) {
    for (double g : {1e-3, 1.0, -250.0})
        EXPECT_NEAR(path(settings(Optimizer::adam), {g})[0], 1 - 0.25 * g / (std::fabs(g) + 0x1p-20), 1e-12);
}

// m = 0.5, v = 0.25 (g = 1); then g = 3: m = 0.25 + 1.5 = 1.75, v = 0.1875 + 2.25 = 2.4375;
// corrections 1 - 1/4 and 1 - 9/16: m_hat = 7/3, v_hat = 39/7.
TEST(Update, AdamSecondStep) {
    const double epsilon = 0x1p-20, first = 1 - 0.25 / (1 + epsilon);
    expect_path(path(settings(Optimizer::adam), {1, 3}), {first, first - 0.25 * (7.0 / 3) / (std::sqrt(39.0 / 7) + epsilon)});
}

// The decay is apart from the moments: w loses 1/4 * 1/2 * w more, and Adam's L2 would have been swallowed by the normalisation.
TEST(Update, AdamWDecouplesTheDecay) {
    const double epsilon = 0x1p-20;
    expect_path(path(settings(Optimizer::adamw, 0.5f), {1}), {1 - 0.25 / (1 + epsilon) - 0.25 * 0.5});
    expect_path(path(settings(Optimizer::adamw, 0.5f), {1}, false), {1 - 0.25 / (1 + epsilon)});
    expect_path(path(settings(Optimizer::adam, 0.5f), {1}), {1 - 0.25 * 1.5 / (1.5 + epsilon)});
}

} // namespace
} // namespace caviar::reference
