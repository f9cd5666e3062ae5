/// Trials that start from a saved net.
#include "caviar/error.h"
#include "data.h"
#include "host/cpu/engine.h"

#include <gmock/gmock.h>

namespace caviar::cpu {
namespace {

struct Initial : testing::Test {
    Dataset data = clouds(60, 30);
    std::unique_ptr<Engine> engine = make_cpu_engine(1, "");
    Weights first; ///< of a net 5-7-3 that was trained a little

    void SetUp() override {
        const auto population = engine->populate(data, {});
        population->admit(std::vector<Trial>{trial(9)});
        population->train(2, std::vector<TrialId>{9});
        first = population->weights(9);
    }
    std::unique_ptr<Population> populate() {
        PopulationOptions options;
        options.initial = &first;
        return engine->populate(data, options);
    }
};

TEST_F(Initial, EveryTrialStartsFromIt) {
    const auto population = populate();
    population->admit(std::vector<Trial>{trial(0), trial(1)});
    for (const TrialId id : {0, 1}) EXPECT_EQ(population->weights(id).values, first.values);
    population->train(1, std::vector<TrialId>{0, 1});
    EXPECT_NE(population->weights(0).values, first.values);
    EXPECT_NE(population->weights(0).values, population->weights(1).values) << "their seeds still deal out other minibatches";
}

/// With a rate so small that no weight moves, the curve is that of the saved net itself.
TEST_F(Initial, ItIsTheSavedNetThatTrains) {
    Trial still = trial(0);
    still.hyperparameters.optimizer = Optimizer::sgd;
    still.hyperparameters.learning_rate = 1e-30f;
    const auto population = populate();
    population->admit(std::vector<Trial>{still});
    const auto result = population->train(1, std::vector<TrialId>{0}).at(0);
    const auto outputs = engine->forward(first, still.hyperparameters.activation, data.features[0].valid);
    EXPECT_EQ(result.curve[0].valid_metric, static_cast<float>(evaluate(Metric::accuracy, Loss::softmax_cross_entropy, outputs, 3, data.valid_targets, 1)));
    EXPECT_EQ(population->weights(0).values, first.values);
}

TEST_F(Initial, ACheckpointCarriesOverWhateverCameFirst) {
    const auto one = populate(), other = populate();
    for (const auto& population : {one.get(), other.get()}) population->admit(std::vector<Trial>{trial(0)});
    one->train(4, std::vector<TrialId>{0});
    other->train(2, std::vector<TrialId>{0});
    const auto third = engine->populate(data, {});
    third->admit(std::vector<Trial>{trial(0)});
    third->restore(0, other->checkpoint(0));
    third->train(2, std::vector<TrialId>{0});
    EXPECT_EQ(third->weights(0).values, one->weights(0).values);
}

TEST_F(Initial, AnotherShapeIsRefused) {
    const auto population = populate();
    try {
        population->admit(std::vector<Trial>{trial(0), trial(1, {8})});
        ADD_FAILURE() << "a net 5-8-3 cannot start from one of 5-7-3";
    } catch (const UsageError& error) {
        EXPECT_THAT(error.what(), testing::AllOf(testing::HasSubstr("5-8-3"), testing::HasSubstr("5-7-3")));
    }
    EXPECT_THROW(population->result(0), UsageError) << "all or none";
}

} // namespace
} // namespace caviar::cpu
