/// The CPU engine against the oracle: every optimizer, schedule, activation, init and loss, on ragged shapes.
#include "engines.h"
#include "expected.h"
#include "random_trials.h"

namespace caviar::reference {
namespace {

class AgainstOracle : public EachEngine {};
constexpr int epochs = 2;

struct Group {
    DataShape shape;
    Loss loss;
    Metric metric;
};

const Group groups[] = {
    {{Task::multiclass, 17, 10, 61, 20, 5}, Loss::softmax_cross_entropy, Metric::accuracy},
    {{Task::multiclass, 100, 3, 37, 17, 5}, Loss::softmax_cross_entropy, Metric::log_loss},
    {{Task::binary, 3, 2, 130, 33, 5}, Loss::binary_cross_entropy, Metric::auc},
    {{Task::regression, 1, 0, 40, 20, 5}, Loss::mean_squared_error, Metric::rmse},
    {{Task::regression, 17, 0, 23, 9, 5}, Loss::mean_squared_error, Metric::r2},
    {{Task::binary, 17, 2, 64, 16, 5}, Loss::softmax_cross_entropy, Metric::f1},
    {{Task::regression, 3, 0, 1, 1, 1}, Loss::mean_squared_error, Metric::mae},
};
constexpr int group_count = 7, trials_a_group = 48; // 336 trials: the 48 pairs of optimizer and schedule and the 54 of activation and init, six times

/// The trials of a group and what the oracle says of them: worked out once, held against each engine.
struct Case {
    Dataset data;
    PopulationOptions options;
    std::vector<Trial> trials;
    std::vector<Expected> expected;

    explicit Case(int g) {
        Random e(static_cast<uint32_t>(g) + 1);
        data = random_dataset(e, groups[g].shape);
        options = {0x1234567890abcdefu, groups[g].loss, groups[g].metric};
        std::vector<Hyperparameters> settings;
        for (int k = 0; k < trials_a_group; ++k) settings.push_back(random_hyperparameters(e, k * group_count + g, groups[g].shape.train));
        trials = trials_of(settings);
        for (const Trial& t : trials) expected.emplace_back(data, options, t.hyperparameters, epochs);
    }
};

const Case& case_of(int g) {
    static const std::vector<Case> cases = [] {
        std::vector<Case> all;
        for (int k = 0; k < group_count; ++k) all.emplace_back(k);
        return all;
    }();
    return cases[static_cast<size_t>(g)];
}

TEST_P(AgainstOracle, FirstWeightsHaveTheBitsOfTheHeader) {
    const auto engine = cpu_engine(GetParam());
    for (int g = 0; g < group_count; ++g) {
        const Case& c = case_of(g);
        const auto population = engine->populate(c.data, c.options);
        population->admit(c.trials);
        population->train(0, ids_of(c.trials));
        for (const Trial& t : c.trials) {
            SCOPED_TRACE(describe(t.hyperparameters));
            const Weights w = population->weights(t.id);
            const std::vector<int> shape = widths(c.data, t.hyperparameters, c.options.loss);
            EXPECT_EQ(std::vector<int>(w.widths.begin(), w.widths.end()), shape);
            const Net<float> want = first_net<float>(shape, t.hyperparameters, c.options.study_seed);
            std::vector<float> values;
            for (const auto& layer : want) {
                values.insert(values.end(), layer.weights.begin(), layer.weights.end());
                values.insert(values.end(), layer.biases.begin(), layer.biases.end());
            }
            EXPECT_EQ(w.values, values);
        }
    }
}

TEST_P(AgainstOracle, LossesAndWeightsAreTheOracles) {
    const auto engine = cpu_engine(GetParam());
    for (int g = 0; g < group_count; ++g) {
        const Case& c = case_of(g);
        const auto population = engine->populate(c.data, c.options);
        population->admit(c.trials);
        const auto results = population->train(epochs, ids_of(c.trials));
        ASSERT_EQ(results.size(), c.trials.size());
        for (size_t k = 0; k < results.size(); ++k) {
            SCOPED_TRACE("group " + std::to_string(g) + ", trial " + std::to_string(k) + ": " + describe(c.trials[k].hyperparameters));
            expect_losses(c.expected[k], results[k]);
            if (results[k].best_epoch >= 0) expect_weights(c.expected[k], population->weights(results[k].id), results[k].best_epoch);
        }
    }
}

/// The tolerance means something only where rounding does little: nearly all trials.
TEST(Expectation, FewTrialsAreIllConditioned) {
    int ill = 0, all = 0;
    for (int g = 0; g < group_count; ++g)
        for (const Expected& e : case_of(g).expected)
            for (size_t epoch = 0; epoch < e.truth.valid_loss.size(); ++epoch, ++all) ill += !(e.loss_deviation(true, epoch) < 1e-5);
    EXPECT_LT(ill, all / 20);
}

INSTANTIATE_TEST_SUITE_P(Cpu, AgainstOracle, testing::ValuesIn(instruction_sets()), name_of);

} // namespace
} // namespace caviar::reference
