#include "cuda/homes.h"
#include "simt_device.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace caviar::cuda {
namespace {

std::shared_ptr<SimtDevice> device_of(int64_t bytes) {
    DeviceKind kind = played_kind();
    kind.memory_bytes = bytes;
    return std::make_shared<SimtDevice>(kind);
}

TEST(Homes, NoTwoOverlapAndWhatIsGivenBackIsFoundAgain) {
    const auto device = device_of(1 << 20);
    Homes homes(device);
    std::mt19937 random(4);
    std::map<float*, int64_t> taken;
    int refused = 0;
    for (int round = 0; round < 4000; ++round) {
        if (random() % 5 < 3) {
            const int64_t floats = 1 + static_cast<int64_t>(random() % 9000);
            float* const place = homes.take(floats);
            if (!place) {
                ++refused;
                continue;
            }
            EXPECT_EQ(reinterpret_cast<uintptr_t>(place) % 256, 0u);
            const auto after = taken.lower_bound(place);
            ASSERT_TRUE(after == taken.end() || place + floats <= after->first);
            ASSERT_TRUE(after == taken.begin() || std::prev(after)->first + std::prev(after)->second <= place);
            std::fill_n(place, floats, 1.0f); // the address sanitizer sees what lies outside
            taken.emplace(place, floats);
        } else if (!taken.empty()) {
            auto one = taken.begin();
            std::advance(one, random() % taken.size());
            homes.give_back(one->first, one->second);
            taken.erase(one);
        }
    }
    EXPECT_GT(refused, 0) << "it was never full";
    for (const auto& [place, floats] : taken) homes.give_back(place, floats);
    float* const most = homes.take(homes.room());
    EXPECT_NE(most, nullptr) << "all gaps have grown together";
    homes.give_back(most, homes.room());
    homes.trim();
    EXPECT_EQ(device->free_bytes(), 1 << 20);
}

TEST(Homes, MoreThanThereIsIsRefused) {
    const auto device = device_of(1 << 20);
    Homes homes(device);
    EXPECT_EQ(homes.take(1 << 20), nullptr);
    EXPECT_NE(homes.take(1000), nullptr);
    device->refuse_after = 0; // another program was quicker
    EXPECT_EQ(homes.take(homes.room()), nullptr);
}

} // namespace
} // namespace caviar::cuda
