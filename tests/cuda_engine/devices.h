#pragma once
/// The device that these tests run on: each program that they are linked into brings its own.

#include "caviar/engine.h"
#include "cuda/engine.h"
#include "tests/reference/random_trials.h"

#include <gtest/gtest.h>

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
