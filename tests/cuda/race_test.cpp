/// Training steps under ThreadSanitizer, where every lane is a thread: few and small ones.

#include "fleet.h"

#include "tests/reference/random_trials.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ostream>

namespace caviar::cuda {
namespace {

struct Scene {
    const char* name;
    std::vector<int32_t> hidden;
    int32_t batch;
    Tier tier;
    Precision precision;
    int64_t shared_bytes;
    int32_t team; ///< class of the team that is expected
    Metric metric = Metric::accuracy;
    bool watched = false; ///< as in FleetOptions
};
void PrintTo(const Scene& c, std::ostream* out) { *out << c.name; }

Fleet fleet_of(const Scene& c) {
    reference::Random random(2);
    reference::DataShape shape;
    shape.train = 75;
    shape.valid = 9;
    shape.features = 5;
    const Dataset data = reference::random_dataset(random, shape);
    Hyperparameters h;
    h.hidden = c.hidden;
    h.batch_size = c.batch;
    h.dropout = 0.2f;
    h.epochs = 2;
    FleetOptions options;
    options.population.metric = c.metric;
    options.tier = c.tier;
    options.precision = c.precision;
    options.shared_bytes = c.shared_bytes;
    options.watched = c.watched;
    return Fleet(data, options, {h, h}); // the second by the same team, or by its neighbour
}

class Race : public testing::TestWithParam<Scene> {};

TEST_P(Race, LanesOfAStepMeetBeforeTheyReadWhatOthersWrote) {
    if (!simt::under_tsan) GTEST_SKIP() << "needs -fsanitize=thread";
    const Scene& c = GetParam();
    Fleet fleet = fleet_of(c);
    EXPECT_EQ(fleet.plans[0].team, c.team);
    EXPECT_EQ(c.batch > fleet.plans[0].rows, std::string(c.name).ends_with("InParts"));
    fleet.train(2);
    EXPECT_EQ(fleet.curves[0].size(), 2u);
}

constexpr int64_t h200 = 232448;
const Scene in_parts{"InParts", {33}, 70, Tier::automatic, Precision::fp32, 20000, 0};
const Scene matrix_units_in_parts{"MatrixUnitsInParts", {33}, 70, Tier::automatic, Precision::tf32, 20000, 0};
const Scene four_warps{"FourWarps", {40, 40}, 20, Tier::automatic, Precision::fp32, h200, 1};
const Scene watched{"Watched", {40, 40}, 20, Tier::automatic, Precision::fp32, h200, 1, Metric::accuracy, true};

INSTANTIATE_TEST_SUITE_P(Kinds, Race,
                         testing::Values(Scene{"OneWarp", {6}, 16, Tier::automatic, Precision::fp32, h200, 4},
                                         Scene{"TwoWarps", {40}, 20, Tier::automatic, Precision::fp32, h200, 3, Metric::auc}, four_warps,
                                         Scene{"FourTeamsOfFourWarps", {24, 24}, 20, Tier::automatic, Precision::fp32, h200, 2, Metric::f1},
                                         in_parts, Scene{"MatrixUnits", {40, 40}, 20, Tier::automatic, Precision::tf32, h200, 1},
                                         matrix_units_in_parts, Scene{"Streamed", {20}, 40, Tier::streamed, Precision::fp32, h200, streamed_class},
                                         Scene{"Grouped", {20, 9}, 40, Tier::grouped, Precision::fp32, h200, -1, Metric::auc}, watched),
                         [](const auto& c) { return c.param.name; });

/// Ends in ThreadSanitizer's report: leaves out the barrier that one scene has and the other has not.
[[noreturn]] void train_without_barrier(const Scene& with, const Scene& without) {
    Fleet whole = fleet_of(with), other = fleet_of(without), lacking = fleet_of(with);
    whole.train(2);
    other.train(2);
    std::erase_if(whole.sites, [&](const simt::Site& s) { return std::find(other.sites.begin(), other.sites.end(), s) != other.sites.end(); });
    if (whole.sites.size() != 1) std::exit(1);
    simt::Schedule schedule;
    schedule.drop = whole.sites[0];
    lacking.train(2, schedule);
    std::exit(0);
}

/// Barriers that EveryBarrierIsNeeded cannot show, as nothing that the lanes compute hangs on them. That there is no report with them, the
/// scenes have shown.
class RaceWithout : public testing::Test {
    void SetUp() override {
        if (!simt::under_tsan) GTEST_SKIP() << "needs -fsanitize=thread";
        GTEST_FLAG_SET(death_test_style, "threadsafe");
    }
};
const testing::ExitedWithCode reported(66); // ThreadSanitizer's exit code

/// Matrix products and shuffles keep a warp's lanes together, so that in no order does one of them write too early; but they order no
/// memory (CUDA C++ Programming Guide, "Warp Shuffle Functions").
TEST_F(RaceWithout, TheBarrierOfATileThatIsAddedToInItsPlace) {
    EXPECT_EXIT(train_without_barrier(matrix_units_in_parts, in_parts), reported, "ThreadSanitizer: data race");
}

/// Every order of lanes lets the others go first before lane 0 says so: the atomic by which it does is a meeting.
TEST_F(RaceWithout, TheBarrierBeforeATrialIsSaidToHaveEnded) {
    EXPECT_EXIT(train_without_barrier(watched, four_warps), reported, "ThreadSanitizer: data race");
}

} // namespace
} // namespace caviar::cuda
