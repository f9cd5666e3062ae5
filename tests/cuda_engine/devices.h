#pragma once
/// The device that these tests run on: each program that they are linked into brings its own.

#include "caviar/engine.h"
#include "cuda/engine.h"
#include "tests/reference/random_trials.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace caviar::cuda {

struct TestDevice {
    std::shared_ptr<Device> device; ///< nullptr: there is none
    std::string why;                ///< there is none
    bool real = false;              ///< fast enough for larger tests
};
TestDevice test_device();

inline std::vector<TrialId> ids_of(const std::vector<Trial>& trials) {
    std::vector<TrialId> ids;
    for (const Trial& t : trials) ids.push_back(t.id);
    return ids;
}

/// Trials with every optimizer, activation, schedule and kind of first weights.
inline std::vector<Trial> mixed_trials(unsigned seed, int count, int rows, int first = 0) {
    reference::Random random(seed);
    std::vector<Trial> trials;
    for (int i = 0; i < count; ++i) {
        Trial t;
        t.id = 10 + i;
        t.hyperparameters = reference::random_hyperparameters(random, first + i, rows);
        t.hyperparameters.epochs = 2 + i % 3;
        if (t.hyperparameters.batch_size == 1) t.hyperparameters.batch_size = 5; // one row a step is slow to play
        trials.push_back(t);
    }
    return trials;
}

/// How far apart trials are that were trained in two ways, with sums in other orders and functions an ulp or two apart. 1e-4 after one
/// epoch is what is promised of trials that converge. Training amplifies rounding in some: adaptive optimizers take a full step whatever
/// the gradient's size, so that where it is nearly zero its sign may hang on the rounding (of 600 such trials trained on the CPU with
/// its plain and its AVX-512 instructions four ended more than 1e-4 apart), and some are about to diverge. Hence all but one in
/// `exceptions` must be within the tolerance, and half within a tenth of it. Of few trials none is excepted.
class Rounding {
public:
    explicit Rounding(double tolerance = 1e-4, size_t exceptions = 40) : tolerance_(tolerance), exceptions_(exceptions) {}

    /// Relative to numbers above 1; two that are no numbers are equal. True: within the tolerance.
    bool see(double a, double b, const std::string& name) {
        double apart = std::isnan(a) && std::isnan(b) ? 0 : std::abs(a - b) / std::max(1.0, std::abs(b));
        if (std::isnan(apart)) apart = INFINITY;
        distances_.push_back(apart);
        if (apart > tolerance_) beyond_ += "\n" + name + ": " + std::to_string(a) + " and " + std::to_string(b);
        return apart <= tolerance_;
    }

    /// All losses of a trial, each for itself.
    bool see(const TrialResult& a, const TrialResult& b, const std::string& name) {
        EXPECT_EQ(a.state, b.state) << name;
        EXPECT_EQ(a.curve.size(), b.curve.size()) << name;
        if (a.curve.size() != b.curve.size()) return false;
        bool near = true;
        for (size_t e = 0; e < a.curve.size(); ++e) {
            near = see(a.curve[e].train_loss, b.curve[e].train_loss, name) && near;
            near = see(a.curve[e].valid_loss, b.curve[e].valid_loss, name) && near;
        }
        return near;
    }

    ~Rounding() {
        if (distances_.empty()) return;
        std::sort(distances_.begin(), distances_.end());
        const auto beyond = std::count_if(distances_.begin(), distances_.end(), [&](double d) { return d > tolerance_; });
        EXPECT_LE(static_cast<size_t>(beyond), distances_.size() / exceptions_) << "of " << distances_.size() << " too far apart:" << beyond_;
        EXPECT_LE(distances_[distances_.size() / 2], 0.1 * tolerance_) << "the median";
    }

private:
    double tolerance_;
    size_t exceptions_;
    std::vector<double> distances_;
    std::string beyond_;
};

class DeviceTest : public testing::Test {
protected:
    virtual Tier tier() const { return Tier::automatic; }

    void SetUp() override {
        const TestDevice there = test_device();
        if (!there.device) GTEST_SKIP() << there.why;
        real = there.real;
        device = there.device;
        engine = make_cuda_engine(device, {tier(), Precision::fp32});
    }

    std::unique_ptr<Population> populate(const std::vector<Trial>& trials, const PopulationOptions& options = {}) {
        auto population = engine->populate(data, options);
        population->admit(trials);
        return population;
    }

    Dataset clouds(int train = 40, int valid = 21, int features = 6) {
        reference::Random random(3);
        reference::DataShape shape;
        shape.train = train;
        shape.valid = valid;
        shape.features = features;
        return reference::random_dataset(random, shape);
    }

    bool real = false;
    std::shared_ptr<Device> device;
    std::unique_ptr<Engine> engine;
    Dataset data = clouds();
};

} // namespace caviar::cuda
