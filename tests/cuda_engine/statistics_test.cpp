/// What the engine says of how it trained.

#include "devices.h"
#include "host/core/cost.h"
#include "simt_device.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace caviar::cuda {
namespace {

using testing::HasSubstr;

class Statistics : public testing::Test {
protected:
    std::unique_ptr<Population> populate(Tier tier = Tier::automatic) {
        auto population = make_cuda_engine(device, {tier})->populate(data, {});
        population->admit(trials);
        return population;
    }
    /// Operations of so many epochs of all trials.
    double flops(int epochs) const {
        double sum = 0;
        for (const Trial& t : trials) {
            std::vector<int32_t> widths{data.inputs(t.hyperparameters)};
            widths.insert(widths.end(), t.hyperparameters.hidden.begin(), t.hyperparameters.hidden.end());
            widths.push_back(3);
            sum += training_flops(widths) * static_cast<double>(data.rows(Part::train)) * epochs;
        }
        return sum;
    }

    static Dataset small() {
        reference::Random random(3);
        reference::DataShape shape;
        shape.train = 40;
        shape.valid = 21;
        shape.features = 6;
        return reference::random_dataset(random, shape);
    }
    static std::vector<Trial> some() {
        std::vector<Trial> list;
        for (int i = 0; i < 5; ++i) {
            Trial t;
            t.id = i;
            t.hyperparameters.hidden = {4 + 9 * i};
            t.hyperparameters.batch_size = 10;
            t.hyperparameters.epochs = 3;
            list.push_back(t);
        }
        return list;
    }

    std::shared_ptr<SimtDevice> device = std::make_shared<SimtDevice>();
    Dataset data = small();
    std::vector<Trial> trials = some();
};

TEST_F(Statistics, NothingIsSaidBeforeAnythingIsTrained) { EXPECT_TRUE(populate()->statistics().empty()); }

TEST_F(Statistics, LaunchesTrialsAndOperationsAddUp) {
    for (const Tier tier : {Tier::resident, Tier::streamed}) {
        const auto population = populate(tier);
        population->train(1, ids_of(trials));
        population->train(2, ids_of(trials));
        population->train(2, ids_of(trials)); // all have ended: nothing is launched
        const auto all = population->statistics();
        ASSERT_EQ(all.size(), 1u);
        const TierStatistics& done = all[0];
        EXPECT_EQ(done.tier, to_string(tier));
        EXPECT_EQ(done.launches, 2);
        EXPECT_EQ(done.trials, 10);
        EXPECT_DOUBLE_EQ(done.flops, flops(3));
        EXPECT_GT(done.seconds, 0);
        EXPECT_GT(done.busy_seconds, 0);
        EXPECT_LE(done.busy_seconds, done.seconds);
        EXPECT_NEAR(done.occupied_seconds, done.busy_seconds / 4, 1e-12) << "16 warps of 64; to rounding";
    }
}

TEST_F(Statistics, TiersOfOneLaunchShareItsTime) {
    trials.back().hyperparameters.hidden = {200, 200}; // 45,000 weights do not fit
    const auto population = populate();
    population->train(1, ids_of(trials));
    population->weights(4);
    population->checkpoint(0);
    const auto all = population->statistics();
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(device->launches, 1);
    EXPECT_EQ(all[0].trials, 4);
    EXPECT_EQ(all[1].trials, 1);
    EXPECT_DOUBLE_EQ(all[0].flops + all[1].flops, flops(1));
    EXPECT_EQ(all[0].seconds, all[1].seconds);
    EXPECT_GT(std::min(all[0].busy_seconds, all[1].busy_seconds), 0);
    EXPECT_LE(all[0].busy_seconds + all[1].busy_seconds, all[0].seconds);
    EXPECT_GT(all[0].bytes_read_back, 0);
    EXPECT_EQ(all[0].bytes_read_back + all[1].bytes_read_back, device->bytes_read_back()) << "every byte is some tier's";
}

TEST_F(Statistics, NetsThatMoveOutAreReadBack) {
    const auto population = populate();
    population->train(1, ids_of(trials));
    population->clone(0, 0);
    population->restore(1, population->checkpoint(1));
    EXPECT_EQ(population->statistics().at(0).bytes_read_back, device->bytes_read_back());
}

TEST_F(Statistics, ACloneOnTheDeviceIsNotReadBackAndHasTheSameBits) {
    trials[3].hyperparameters.hidden = trials[2].hyperparameters.hidden;
    trials[3].hyperparameters.learning_rate *= 2;
    const auto there = populate(), through_host = populate();
    for (const auto& population : {there.get(), through_host.get()}) population->train(1, ids_of(trials));
    const int64_t before = device->bytes_read_back();
    there->clone(2, 3);
    EXPECT_EQ(device->bytes_read_back(), before);
    for (const TrialId id : {2, 3}) through_host->restore(id, through_host->checkpoint(id));
    through_host->clone(2, 3);
    for (const auto& population : {there.get(), through_host.get()}) {
        EXPECT_EQ(population->result(3).best_epoch, -1);
        population->train(2, ids_of(trials));
    }
    EXPECT_EQ(there->weights(3).values, through_host->weights(3).values);
    for (size_t e = 0; e < 3; ++e) EXPECT_EQ(there->result(3).curve.at(e).train_loss, through_host->result(3).curve.at(e).train_loss) << "epoch " << e;
    EXPECT_NE(there->weights(3).values, there->weights(2).values) << "they learn at different rates";
}

TEST_F(Statistics, ThePeakIsTheoreticalAndSaysSo) {
    const PeakRate peak = make_cuda_engine(device)->peak();
    EXPECT_DOUBLE_EQ(peak.flops, 2.0 * 2 * 128 * 1.5e9) << "2 multiprocessors of 128 lanes at 1.5 GHz";
    EXPECT_THAT(peak.basis, HasSubstr("theoretical: 2 multiprocessors x 128"));
    const PeakRate matrix = make_cuda_engine(device, {Tier::automatic, Precision::bf16})->peak();
    EXPECT_EQ(matrix.flops, 0);
    EXPECT_THAT(matrix.basis, HasSubstr("bf16"));
    DeviceKind kind = played_kind();
    kind.major = 8; // 8.0 has half the lanes of 8.6
    EXPECT_DOUBLE_EQ(theoretical_peak(kind).flops, 2.0 * 2 * 64 * 1.5e9);
    kind.minor = 6;
    EXPECT_DOUBLE_EQ(theoretical_peak(kind).flops, 2.0 * 2 * 128 * 1.5e9);
    kind.clock_hz = 0;
    EXPECT_EQ(theoretical_peak(kind).flops, 0);
}

} // namespace
} // namespace caviar::cuda
