/// The device trains as the CPU does: same first weights, same batches, losses equal to rounding.

#include "devices.h"
#include "host/cpu/engine.h"

#include <cmath>

namespace caviar::cuda {
namespace {

struct Kind {
    Task task;
    Loss loss;
    Metric metric;
    int classes;
};

std::ostream& operator<<(std::ostream& out, const Kind& k) {
    return out << to_string(k.task) << " " << to_string(k.loss) << " " << to_string(k.metric);
}

class Parity : public DeviceTest, public testing::WithParamInterface<std::tuple<Tier, Kind>> {
protected:
    Tier tier() const override { return std::get<0>(GetParam()); }
    const Kind& kind() const { return std::get<1>(GetParam()); }

    void SetUp() override {
        DeviceTest::SetUp();
        reference::Random random(17);
        reference::DataShape shape;
        shape.task = kind().task;
        shape.classes = kind().classes;
        shape.features = 7;
        shape.train = real ? 301 : 37;
        shape.valid = real ? 150 : 19;
        data = reference::random_dataset(random, shape);
        options.study_seed = 99;
        options.loss = kind().loss;
        options.metric = kind().metric;
    }

    PopulationOptions options;
    std::unique_ptr<Engine> cpu = cpu::make_cpu_engine(2, "");
};

std::string name(const Trial& t) {
    const Hyperparameters& h = t.hyperparameters;
    std::string text = "trial " + std::to_string(t.id) + ": " + to_string(h.optimizer) + " " + to_string(h.activation) + " " +
                       to_string(h.schedule) + " batch " + std::to_string(h.batch_size) + " hidden";
    for (int32_t w : h.hidden) text += " " + std::to_string(w);
    return text;
}

TEST_P(Parity, LossesAndMetricsAfterAnEpoch) {
    const auto trials = mixed_trials(5, real ? 144 : 6, static_cast<int>(data.train_targets.size()), static_cast<int>(kind().metric) * 7);
    const auto ids = ids_of(trials);
    const auto here = populate(trials, options);
    const auto there = cpu->populate(data, options);
    there->admit(trials);
    for (const Trial& t : trials) EXPECT_EQ(here->weights(t.id).values, there->weights(t.id).values) << "first weights of " << name(t);
    const auto ours = here->train(1, ids), theirs = there->train(1, ids);
    // A class or a rank turns over where two outputs are nearly equal: one row's worth then, or many where a narrow layer has died and all
    // rows' outputs are the same but for rounding.
    const bool ranks = options.metric == Metric::accuracy || options.metric == Metric::f1 || options.metric == Metric::auc;
    Rounding losses, metrics(ranks ? 1.01 / static_cast<double>(data.valid_targets.size()) : 2e-4, 24);
    for (size_t i = 0; i < ids.size(); ++i) {
        ASSERT_EQ(ours[i].curve.size(), 1u) << name(trials[i]);
        EXPECT_EQ(ours[i].best_epoch, theirs[i].best_epoch);
        EXPECT_GT(ours[i].seconds, 0);
        if (losses.see(ours[i], theirs[i], name(trials[i]))) metrics.see(ours[i].curve[0].valid_metric, theirs[i].curve[0].valid_metric, name(trials[i]));
    }
}

INSTANTIATE_TEST_SUITE_P(Kinds, Parity,
                         testing::Combine(testing::Values(Tier::automatic, Tier::streamed, Tier::grouped),
                                          testing::Values(Kind{Task::multiclass, Loss::softmax_cross_entropy, Metric::accuracy, 3},
                                                          Kind{Task::multiclass, Loss::softmax_cross_entropy, Metric::auc, 4},
                                                          Kind{Task::multiclass, Loss::softmax_cross_entropy, Metric::f1, 5},
                                                          Kind{Task::binary, Loss::binary_cross_entropy, Metric::log_loss, 2},
                                                          Kind{Task::binary, Loss::binary_cross_entropy, Metric::auc, 2},
                                                          Kind{Task::binary, Loss::softmax_cross_entropy, Metric::f1, 2},
                                                          Kind{Task::regression, Loss::mean_squared_error, Metric::rmse, 1},
                                                          Kind{Task::regression, Loss::mean_squared_error, Metric::mae, 1},
                                                          Kind{Task::regression, Loss::mean_squared_error, Metric::r2, 1})));

} // namespace
} // namespace caviar::cuda
