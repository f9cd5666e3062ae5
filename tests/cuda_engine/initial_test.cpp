/// Trials on a device that start from a saved net.

#include "caviar/error.h"
#include "devices.h"
#include "host/cpu/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace caviar::cuda {
namespace {

class Initial : public DeviceTest, public testing::WithParamInterface<Tier> {
protected:
    Tier tier() const override { return GetParam(); }

    static Trial small(TrialId id, std::vector<int32_t> hidden = {7}) {
        Trial t;
        t.id = id;
        t.hyperparameters.hidden = std::move(hidden);
        t.hyperparameters.epochs = 4;
        t.hyperparameters.batch_size = 16;
        t.hyperparameters.learning_rate = 0.01f;
        t.hyperparameters.seed = static_cast<uint64_t>(id);
        return t;
    }
    Weights trained() {
        const auto population = populate({small(9)});
        population->train(2, std::vector<TrialId>{9});
        return population->weights(9);
    }
};
INSTANTIATE_TEST_SUITE_P(Tiers, Initial, testing::Values(Tier::resident, Tier::streamed, Tier::grouped),
                         [](const auto& tier) { return to_string(tier.param); });

TEST_P(Initial, EveryTrialStartsFromItAsOnTheCpu) {
    const Weights first = trained();
    PopulationOptions options;
    options.initial = &first;
    const auto population = populate({small(0), small(1)}, options);
    for (const TrialId id : {0, 1}) EXPECT_EQ(population->weights(id).values, first.values);
    const auto cpu = cpu::make_cpu_engine(1, "")->populate(data, options);
    cpu->admit(std::vector<Trial>{small(0)});
    const auto here = population->train(2, std::vector<TrialId>{0, 1}).at(0), there = cpu->train(2, std::vector<TrialId>{0}).at(0);
    ASSERT_EQ(here.curve.size(), there.curve.size());
    // The two engines agree to rounding: as in the other tests of parity.
    for (size_t e = 0; e < here.curve.size(); ++e)
        EXPECT_NEAR(here.curve[e].valid_loss, there.curve[e].valid_loss, 1e-4 * std::max(1.0f, std::abs(there.curve[e].valid_loss)));
    EXPECT_NE(population->weights(0).values, first.values);
}

TEST_P(Initial, GoesOnAfterACheckpoint) {
    const Weights first = trained();
    PopulationOptions options;
    options.initial = &first;
    const auto whole = populate({small(0)}, options), half = populate({small(0)}, options), rest = populate({small(0)}, options);
    whole->train(4, std::vector<TrialId>{0});
    half->train(2, std::vector<TrialId>{0});
    rest->restore(0, half->checkpoint(0));
    rest->train(2, std::vector<TrialId>{0});
    EXPECT_EQ(rest->weights(0).values, whole->weights(0).values);
}

TEST_P(Initial, AnotherShapeIsRefused) {
    const Weights first = trained();
    PopulationOptions options;
    options.initial = &first;
    const auto population = engine->populate(data, options);
    EXPECT_THROW(population->admit(std::vector<Trial>{small(0, {8})}), UsageError);
}

} // namespace
} // namespace caviar::cuda
