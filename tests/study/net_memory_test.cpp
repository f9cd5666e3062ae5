// What a net takes while it trains, and when it is refused.

#include "host/study/net_memory.h"

#include "fake_engine.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

namespace caviar::testing_study {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(NetMemory, CountsWhatTheOptimizerKeeps) {
    const std::vector<int32_t> widths{3, 4, 2}; // (3 + 1) 4 + (4 + 1) 2 = 26 weights of 4 bytes
    EXPECT_EQ(study::training_bytes(widths, Optimizer::sgd), 104 * 3);
    EXPECT_EQ(study::training_bytes(widths, Optimizer::momentum), 104 * 5);
    EXPECT_EQ(study::training_bytes(widths, Optimizer::adamw), 104 * 7);
}

TEST(NetMemory, RefusesTheFirstThatDoesNotFit) {
    const Prepared data = small_data();
    std::vector<Trial> trials(3);
    for (TrialId id = 0; id < 3; ++id) {
        trials[static_cast<size_t>(id)].id = id;
        trials[static_cast<size_t>(id)].hyperparameters.hidden = {id == 1 ? 8192 : 4, 8192};
    }
    const int64_t free = study::training_bytes(std::vector<int32_t>{3, 4, 8192, 1}, Optimizer::adam);
    const auto refused = [&](int64_t bytes) {
        return message<DeviceError>([&] { study::require_memory(trials, data.dataset, Loss::binary_cross_entropy, bytes); });
    };
    EXPECT_THAT(refused(free), AllOf(HasSubstr("trial 1"), HasSubstr("3-8192-8192-1"), HasSubstr("1.8 GB"), HasSubstr("adam")));
    EXPECT_THAT(refused(free - 1), HasSubstr("trial 0"));
    EXPECT_EQ(refused(int64_t{2'000'000'000}), "");
}

} // namespace
} // namespace caviar::testing_study
