// What a launch leaves is ranked and put end to end on the device.

#include "cuda/launch_results.h"
#include "devices.h"

#include <gmock/gmock.h>

#include <cstring>
#include <limits>
#include <numeric>
#include <random>

namespace caviar::cuda {
namespace {

constexpr float infinite = std::numeric_limits<float>::infinity(), not_a_number = std::numeric_limits<float>::quiet_NaN();

class LaunchEnd : public DeviceTest {
protected:
    void SetUp() override {
        DeviceTest::SetUp();
        if (device) results = std::make_unique<LaunchResults>(device);
    }

    /// A trial with these training losses, of `epochs` that there is room for.
    void add(std::vector<float> losses, int32_t epochs, bool validates = true) {
        Job job{};
        job.epochs = epochs;
        job.valid.rows = validates ? 1 : 0;
        job.progress.trained = static_cast<int32_t>(losses.size());
        job.progress.epochs = 100 + static_cast<int32_t>(jobs.size());
        curve_at.push_back(static_cast<int64_t>(room.size()));
        room.resize(room.size() + static_cast<size_t>(epochs), {-1, -1, -1});
        for (size_t e = 0; e < losses.size(); ++e)
            room[static_cast<size_t>(curve_at.back()) + e] = {losses[e], validates ? losses[e] : -infinite, static_cast<float>(jobs.size())};
        jobs.push_back(job);
    }

    /// As if these had ended, in this order.
    void put_on_device(const std::vector<uint32_t>& order) {
        results->reserve(static_cast<int64_t>(jobs.size()), static_cast<int64_t>(room.size()));
        results->clear(jobs.size());
        for (size_t i = 0; i < jobs.size(); ++i) jobs[i].curve = results->curves() + curve_at[i];
        on_device = DeviceArray<Job>(device, static_cast<int64_t>(jobs.size()));
        on_device.upload(jobs);
        device->upload(results->curves(), room.data(), static_cast<int64_t>(room.size() * sizeof(EpochRecord)));
        std::vector<uint32_t> ended{static_cast<uint32_t>(order.size())};
        for (uint32_t job : order) ended.push_back(job + 1);
        device->upload(results->ended(), ended.data(), static_cast<int64_t>(ended.size() * sizeof(uint32_t)));
    }

    void expect_whole(const LaunchResults::One& one) const {
        EXPECT_EQ(one.progress.epochs, 100 + static_cast<int32_t>(one.job));
        ASSERT_EQ(static_cast<int32_t>(one.curve.size()), jobs[one.job].progress.trained);
        for (size_t e = 0; e < one.curve.size(); ++e) {
            const EpochRecord& wanted = room[static_cast<size_t>(curve_at[one.job]) + e];
            EXPECT_EQ(std::memcmp(&one.curve[e], &wanted, sizeof wanted), 0) << "trial " << one.job << ", epoch " << e;
        }
    }

    static std::vector<uint32_t> order_of(const std::vector<LaunchResults::One>& all) {
        std::vector<uint32_t> order;
        for (const auto& one : all) order.push_back(one.job);
        return order;
    }

    std::unique_ptr<LaunchResults> results;
    std::vector<Job> jobs;
    std::vector<int64_t> curve_at;
    std::vector<EpochRecord> room;
    DeviceArray<Job> on_device;
};

TEST_F(LaunchEnd, TheLowestLastLossComesFirst) {
    add({3, 2, 1}, 3);
    add({0.1f, 5}, 4);
    add({not_a_number}, 1);
    add({}, 2);
    add({0.5f}, 1, false); // has no valid rows: its training loss counts
    add({7, 1}, 9);
    add({-2}, 1);
    add({0.01f}, 1);
    jobs.back().progress.diverged = true;
    put_on_device({7, 5, 0, 3, 2, 4, 1, 6});
    const auto all = results->rest(on_device.data());
    EXPECT_EQ(order_of(all), (std::vector<uint32_t>{6, 4, 0, 5, 1, 2, 3, 7})) << "equal ones by index; those without a loss last";
    for (const auto& one : all) expect_whole(one);
    EXPECT_TRUE(results->rest(on_device.data()).empty()) << "all are read";
}

TEST_F(LaunchEnd, WhatWasReadBeforeAndWhatWasNotTrainedIsNotCopied) {
    for (int i = 0; i < 6; ++i) add({1.0f - 0.1f * static_cast<float>(i)}, 1000);
    put_on_device({3, 0, 5, 1, 2, 4});
    std::vector<uint32_t> two{2, 4, 1}; // of the six, two have ended so far, and it is known which
    device->upload(results->ended(), two.data(), 12);
    const auto early = results->some(on_device.data(), curve_at);
    EXPECT_EQ(order_of(early), (std::vector<uint32_t>{3, 0}));
    EXPECT_FALSE(results->behind());
    for (const auto& one : early) expect_whole(one);
    const uint32_t six = 6;
    device->upload(results->ended(), &six, 4);
    const int64_t before = device->bytes_read_back();
    const auto rest = results->rest(on_device.data());
    EXPECT_EQ(order_of(rest), (std::vector<uint32_t>{5, 4, 2, 1}));
    for (const auto& one : rest) expect_whole(one);
    EXPECT_EQ(device->bytes_read_back() - before,
              static_cast<int64_t>(sizeof(uint32_t) + 4 * (sizeof(uint32_t) + sizeof(Progress) + sizeof(EpochRecord))));
}

TEST_F(LaunchEnd, OneThatIsCountedAndNotYetNamedIsReadLater) {
    for (int i = 0; i < 3; ++i) add({1}, 2);
    put_on_device({2, 1, 0});
    const uint32_t nobody = 0;
    device->upload(results->ended() + 2, &nobody, 4);
    EXPECT_EQ(order_of(results->some(on_device.data(), curve_at)), (std::vector<uint32_t>{2}));
    EXPECT_TRUE(results->behind());
    const uint32_t second = 1 + 1;
    device->upload(results->ended() + 2, &second, 4);
    EXPECT_EQ(order_of(results->some(on_device.data(), curve_at)), (std::vector<uint32_t>{1, 0}));
    EXPECT_FALSE(results->behind());
}

/// Enough for several pieces of curves, and for more than are read at a time while others train.
TEST_F(LaunchEnd, ManyOfAnyLengthInAnyOrder) {
    std::mt19937 random(17);
    for (int i = 0; i < 3000; ++i) {
        std::vector<float> losses(random() % 300);
        for (float& loss : losses) loss = static_cast<float>(random() % 50) - 10; // many are equal
        add(losses, static_cast<int32_t>(losses.size()) + static_cast<int32_t>(random() % 20));
    }
    std::vector<uint32_t> order(jobs.size()), wanted;
    std::iota(order.begin(), order.end(), 0u);
    std::shuffle(order.begin(), order.end(), random);
    put_on_device(order);
    const auto early = results->some(on_device.data(), curve_at);
    ASSERT_LT(early.size(), jobs.size());
    EXPECT_TRUE(results->behind());
    EXPECT_THAT(order, testing::IsSupersetOf(order_of(early)));
    wanted.assign(order.begin() + static_cast<std::ptrdiff_t>(early.size()), order.end());
    const auto loss = [&](uint32_t job) {
        return jobs[job].progress.trained ? room[static_cast<size_t>(curve_at[job] + jobs[job].progress.trained - 1)].valid_loss : infinite;
    };
    std::sort(wanted.begin(), wanted.end(), [&](uint32_t a, uint32_t b) { return std::pair(loss(a), a) < std::pair(loss(b), b); });
    const auto rest = results->rest(on_device.data());
    EXPECT_EQ(order_of(rest), wanted);
    int64_t records = 0;
    for (const auto& one : rest) {
        expect_whole(one);
        records += one.progress.trained;
    }
    EXPECT_GT(records, 1 << 18) << "one piece did it";
}

} // namespace
} // namespace caviar::cuda
