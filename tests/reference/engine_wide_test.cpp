/// Nets wide enough for every path of the blocked products: several tiles and ragged ones both ways, strides that are padded, minibatches
/// that go through in chunks.
#include "engines.h"
#include "expected.h"
#include "random_trials.h"

namespace caviar::reference {
namespace {

class Wide : public EachEngine {};

struct Case {
    Dataset data;
    PopulationOptions options{77, Loss::softmax_cross_entropy, Metric::accuracy};
    std::vector<Trial> trials;
    std::vector<Expected> expected;
};

const Case& the_case() {
    static const Case made = [] {
        Case c;
        Random e(5);
        c.data = random_dataset(e, {Task::multiclass, 128, 37, 331, 70, 1});
        std::vector<Hyperparameters> settings;
        const std::vector<std::vector<int32_t>> nets{{128}, {256}, {200, 65}, {64, 64, 64}, {31, 129}, {1, 160}};
        for (size_t k = 0; k < nets.size(); ++k) {
            Hyperparameters h;
            h.hidden = nets[k];
            h.optimizer = optimizers[k];
            h.activation = activations[k];
            h.learning_rate = k >= 3 ? 0.002f : 0.02f;
            h.momentum = 0.8f;
            h.weight_decay = 1e-3f;
            h.dropout = k % 2 ? 0.2f : 0.0f;
            h.batch_size = k % 3 == 0 ? 0 : k % 3 == 1 ? 129 : 64;
            h.epochs = 2;
            h.seed = k;
            settings.push_back(h);
        }
        c.trials = trials_of(settings);
        for (const Trial& t : c.trials) c.expected.emplace_back(c.data, c.options, t.hyperparameters, 1);
        return c;
    }();
    return made;
}

TEST_P(Wide, LossesAndWeightsAreTheOracles) {
    const Case& c = the_case();
    const auto engine = cpu_engine(GetParam());
    const auto population = engine->populate(c.data, c.options);
    population->admit(c.trials);
    for (const TrialResult& r : population->train(1, ids_of(c.trials))) {
        const size_t k = static_cast<size_t>(r.id);
        SCOPED_TRACE(describe(c.trials[k].hyperparameters));
        expect_losses(c.expected[k], r);
        expect_weights(c.expected[k], population->weights(r.id), r.best_epoch);
    }
}

// A full batch of 20,000 rows through a linear model and a small net: the oracle is cheap enough.
TEST_P(Wide, AFullBatchOfManyRows) {
    Random e(6);
    const Dataset data = random_dataset(e, {Task::binary, 5, 2, 20000, 50, 1});
    const PopulationOptions options{1, Loss::binary_cross_entropy, Metric::auc};
    std::vector<Hyperparameters> settings(2);
    for (Hyperparameters& h : settings) {
        h.batch_size = 0;
        h.optimizer = Optimizer::momentum;
        h.learning_rate = 0.1f;
        h.epochs = 2;
    }
    settings[0].hidden = {};
    settings[1].hidden = {3};
    settings[1].dropout = 0.1f;
    settings[1].activation = Activation::tanh;
    const auto trials = trials_of(settings);
    const auto population = cpu_engine(GetParam())->populate(data, options);
    population->admit(trials);
    for (const TrialResult& r : population->train(2, ids_of(trials))) {
        const Expected expected(data, options, settings[static_cast<size_t>(r.id)], 2);
        expect_losses(expected, r);
        expect_weights(expected, population->weights(r.id), r.best_epoch);
    }
}

INSTANTIATE_TEST_SUITE_P(Cpu, Wide, testing::ValuesIn(instruction_sets()), name_of);

} // namespace
} // namespace caviar::reference
