/// A real device: its memory, its errors, and ten thousand trials at once.

#include "caviar/error.h"
#include "cuda/runtime/open_device.h"
#include "tests/cuda_engine/devices.h"

#include <numeric>
#include <random>

namespace caviar::cuda {

TestDevice test_device() {
    static const TestDevice there = []() -> TestDevice {
        try {
            return {open_device(0), "", true};
        } catch (const DeviceError& e) {
            return {nullptr, e.what(), true};
        }
    }();
    return there;
}

namespace {

using RealDevice = DeviceTest;

TEST_F(RealDevice, CopiesThereAndBack) {
    std::vector<float> there(100'003), back(there.size());
    std::iota(there.begin(), there.end(), 1.0f);
    DeviceArray<float> array(device, static_cast<int64_t>(there.size()));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(array.data()) % 256, 0u);
    array.upload(there);
    array.download(back);
    EXPECT_EQ(back, there);
}

TEST_F(RealDevice, MoreMemoryThanThereIsIsRefusedAndTheDeviceGoesOn) {
    EXPECT_THROW(device->allocate(int64_t{1} << 50), OutOfDeviceMemory);
    const int64_t free = device->free_bytes();
    EXPECT_GT(free, 0);
    EXPECT_LE(free, device->kind().memory_bytes);
    DeviceArray<float> array(device, 1000);
    EXPECT_NE(array.data(), nullptr);
}

TEST_F(RealDevice, AGpuThatIsNotThereIsAnErrorWithTheList) {
    try {
        open_device(1000);
        FAIL();
    } catch (const DeviceError& e) {
        EXPECT_NE(std::string(e.what()).find(device->kind().name), std::string::npos) << e.what();
    }
}

TEST_F(RealDevice, TenThousandMixedTrialsHaveTheBitsOfAFewAlone) {
    const auto trials = mixed_trials(71, 10'000, 40);
    std::vector<TrialId> ids = ids_of(trials);
    const auto all = populate(trials);
    all->train(2, ids);
    std::shuffle(ids.begin(), ids.end(), std::mt19937(5));
    ids.resize(200);
    const auto few = populate(trials);
    for (TrialId id : ids) {
        few->train(2, {&id, 1});
        EXPECT_EQ(few->checkpoint(id).size(), all->checkpoint(id).size());
        EXPECT_EQ(few->weights(id).values, all->weights(id).values) << "trial " << id;
    }
}

/// Wide enough for the grouped tier, of several shapes: more of them than lanes.
TEST_F(RealDevice, WideTrialsSideBySideHaveTheBitsOfOneAlone) {
    data = clouds(400, 150, 40);
    std::vector<Trial> trials;
    for (int i = 0; i < 20; ++i) {
        Trial t;
        t.id = i;
        t.hyperparameters.hidden = {1024 + 64 * (i % 3), 900 + i};
        t.hyperparameters.batch_size = 100 + i % 2 * 28;
        t.hyperparameters.epochs = 3;
        t.hyperparameters.dropout = i % 4 == 0 ? 0.2f : 0.0f;
        t.hyperparameters.seed = static_cast<uint64_t>(i);
        trials.push_back(t);
    }
    engine = make_cuda_engine(device, {Tier::grouped, Precision::fp32});
    const auto all = populate(trials), alone = populate(trials);
    all->train(3, ids_of(trials));
    for (const TrialId id : ids_of(trials)) {
        alone->train(3, {&id, 1});
        EXPECT_EQ(alone->weights(id).values, all->weights(id).values) << "trial " << id;
        EXPECT_EQ(alone->result(id).curve.back().train_loss, all->result(id).curve.back().train_loss);
    }
}

} // namespace
} // namespace caviar::cuda
