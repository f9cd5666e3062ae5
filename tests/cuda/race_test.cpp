/// Training steps under ThreadSanitizer, where every lane is a thread: few and small ones.

#include "fleet.h"

#include "tests/reference/random_trials.h"

#include <gtest/gtest.h>

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
};

class Race : public testing::TestWithParam<Scene> {};

TEST_P(Race, LanesOfAStepMeetBeforeTheyReadWhatOthersWrote) {
    if (!simt::under_tsan) GTEST_SKIP() << "needs -fsanitize=thread";
    const Scene& c = GetParam();
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
    options.tier = c.tier;
    options.precision = c.precision;
    options.shared_bytes = c.shared_bytes;
    Fleet fleet(data, options, {h, h}); // the second by the same team, or by its neighbour
    EXPECT_EQ(fleet.plans[0].team, c.team);
    EXPECT_EQ(c.batch > fleet.plans[0].rows, std::string(c.name).ends_with("InParts"));
    fleet.train(2);
    EXPECT_EQ(fleet.curves[0].size(), 2u);
}

constexpr int64_t h200 = 232448;
INSTANTIATE_TEST_SUITE_P(Kinds, Race,
                         testing::Values(Scene{"OneWarp", {6}, 16, Tier::automatic, Precision::fp32, h200, 4},
                                         Scene{"FourWarps", {40, 40}, 20, Tier::automatic, Precision::fp32, h200, 1},
                                         Scene{"InParts", {33}, 70, Tier::automatic, Precision::fp32, 20000, 0},
                                         Scene{"MatrixUnits", {40, 40}, 20, Tier::automatic, Precision::tf32, h200, 1},
                                         Scene{"MatrixUnitsInParts", {33}, 70, Tier::automatic, Precision::tf32, 20000, 0},
                                         Scene{"Streamed", {20}, 40, Tier::streamed, Precision::fp32, h200, streamed_class}),
                         [](const auto& c) { return c.param.name; });

} // namespace
} // namespace caviar::cuda
