/// A real device: its memory, its errors, and ten thousand trials at once.

#include "caviar/error.h"
#include "cuda/runtime/open_device.h"
#include "tests/cuda_engine/devices.h"

#include <numeric>
#include <random>
#include <stop_token>

namespace caviar::cuda {

/// Never given back: at the program's end cuBLAS and the driver may have gone before a static's destructor asks them for something, and tests
/// that passed would end in a crash.
TestDevice test_device() {
    static const TestDevice* const there = [] {
        try {
            return new TestDevice{open_device(0), "", true};
        } catch (const DeviceError& e) {
            return new TestDevice{nullptr, e.what(), true};
        }
    }();
    return *there;
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

/// Copies, graphs and the kernel must not wait for each other. If the stop came through only when the kernel had ended, the small trials would
/// be complete, which takes each of them two million steps.
TEST_F(RealDevice, AStopReachesTheKernelWhileAllLanesAreBusy) {
    data = clouds(400, 150, 40);
    constexpr int wide = 8; // as many as there are lanes
    constexpr int32_t epochs = 5000;
    std::vector<Trial> trials;
    for (int i = 0; i < 64 + wide; ++i) {
        Trial t;
        t.id = i;
        t.hyperparameters.hidden = i < wide ? std::vector<int32_t>{1024, 1024} : std::vector<int32_t>{64, 64};
        t.hyperparameters.batch_size = i < wide ? 100 : 1;
        t.hyperparameters.epochs = epochs;
        t.hyperparameters.seed = static_cast<uint64_t>(i);
        trials.push_back(t);
    }
    const auto population = populate(trials);
    std::stop_source stop;
    TrainControl control;
    control.stop = stop.get_token();
    int64_t seen = 0;
    control.on_progress = [&](int64_t, int64_t trained) {
        seen = trained;
        if (trained >= 1000) stop.request_stop();
    };
    const auto results = population->train(epochs, ids_of(trials), control);
    EXPECT_GE(seen, 1000) << "progress was not seen while they trained";
    for (const TrialResult& r : results) {
        EXPECT_EQ(r.state, TrialState::waiting) << "trial " << r.id;
        EXPECT_LT(r.curve.size(), static_cast<size_t>(epochs)) << "trial " << r.id;
    }
    const auto trained = [&](int first, int last) {
        return std::any_of(results.begin() + first, results.begin() + last, [](const TrialResult& r) { return !r.curve.empty(); });
    };
    EXPECT_TRUE(trained(0, wide)) << "no lane got anywhere beside the kernel";
    EXPECT_TRUE(trained(wide, 64 + wide));
}

/// Small copies go by way of a pinned page, larger ones do not.
TEST_F(RealDevice, CopiesOfAnySizeArriveWhole) {
    for (const int64_t bytes : {1, 4, 65'535, 65'536, 65'537, 200'000}) {
        std::vector<unsigned char> there(static_cast<size_t>(bytes)), back(there.size());
        std::iota(there.begin(), there.end(), static_cast<unsigned char>(bytes));
        DeviceArray<unsigned char> array(device, bytes);
        array.upload(there);
        array.download(back);
        EXPECT_EQ(back, there) << bytes;
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
