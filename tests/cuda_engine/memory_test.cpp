/// Devices that are too small, too old, or lost.

#include "caviar/error.h"
#include "devices.h"
#include "simt_device.h"

#include <gmock/gmock.h>

#include <set>

namespace caviar::cuda {
namespace {

using testing::HasSubstr;

class SmallDevice : public testing::Test {
protected:
    static std::shared_ptr<SimtDevice> device_of(int64_t bytes, int32_t multiprocessors = 2) {
        DeviceKind kind = played_kind();
        kind.memory_bytes = bytes;
        kind.multiprocessors = multiprocessors;
        return std::make_shared<SimtDevice>(kind);
    }

    std::unique_ptr<Population> populate(std::shared_ptr<Device> device) const {
        auto population = make_cuda_engine(std::move(device))->populate(data, options);
        population->admit(trials);
        return population;
    }

    /// Curves and weights after all epochs, on a device where everything fits.
    std::vector<std::vector<float>> expected() const { return all_of(*populate(std::make_shared<SimtDevice>()), true); }

    std::vector<std::vector<float>> all_of(Population& population, bool train) const {
        if (train) population.train(1000, ids_of(trials));
        std::vector<std::vector<float>> all;
        for (const Trial& t : trials) {
            std::vector<float> floats = population.weights(t.id).values;
            for (const EpochLosses& e : population.result(t.id).curve) floats.insert(floats.end(), {e.train_loss, e.valid_loss});
            all.push_back(std::move(floats));
        }
        return all;
    }

    static Dataset small_data() {
        reference::Random random(12);
        reference::DataShape shape;
        shape.train = 30;
        shape.valid = 10;
        shape.features = 5;
        return reference::random_dataset(random, shape);
    }

    static std::vector<Trial> equal_trials(int count, std::vector<int32_t> hidden = {30, 30}) {
        std::vector<Trial> trials;
        for (int i = 0; i < count; ++i) {
            Trial t;
            t.id = i;
            t.hyperparameters.hidden = hidden;
            t.hyperparameters.batch_size = 15;
            t.hyperparameters.epochs = 2;
            t.hyperparameters.seed = static_cast<uint64_t>(i);
            trials.push_back(t);
        }
        return trials;
    }

    Dataset data = small_data();
    PopulationOptions options;
    std::vector<Trial> trials = equal_trials(8); // 5-30-30-3: 24 KB each with state and best weights
};

TEST_F(SmallDevice, TrialsGoThroughInWavesWithTheSameBits) {
    const auto device = device_of(120'000);
    const auto population = populate(device);
    std::vector<std::string> notes;
    TrainControl control;
    control.on_note = [&](const std::string& note) { notes.push_back(note); };
    int finished = 0;
    control.on_finished = [&](TrialResult r) {
        ++finished;
        EXPECT_EQ(r.state, TrialState::complete);
    };
    population->train(1, ids_of(trials));
    population->train(1000, ids_of(trials), control);
    EXPECT_EQ(finished, 8);
    EXPECT_GT(device->launches, 2) << "all went at once: the test shows nothing";
    EXPECT_LE(device->most_taken, 120'000);
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_THAT(notes[0], HasSubstr("of 8 networks fit the memory of a played H200 at once: training in waves"));
    EXPECT_EQ(all_of(*population, false), expected());
}

TEST_F(SmallDevice, ResultsAreToldThoughTheNextLaunchFindsTheDeviceLost) {
    struct Dying : SimtDevice {
        using SimtDevice::SimtDevice;
        void start(const Launch& launch, bool matrix, int32_t blocks) override {
            lost = launches == 1;
            SimtDevice::start(launch, matrix, blocks);
        }
    };
    DeviceKind kind = played_kind();
    kind.memory_bytes = 120'000;
    const auto device = std::make_shared<Dying>(kind);
    const auto population = populate(device);
    std::set<TrialId> told;
    TrainControl control;
    control.on_finished = [&](const TrialResult& result) {
        EXPECT_EQ(result.state, TrialState::complete);
        EXPECT_TRUE(told.insert(result.id).second);
        EXPECT_FALSE(population->weights(result.id).values.empty()) << "the device must still be there";
    };
    EXPECT_THROW(population->train(1000, ids_of(trials), control), DeviceError);
    ASSERT_EQ(device->trained.size(), 1u);
    EXPECT_EQ(told.size(), device->trained[0]);
}

TEST_F(SmallDevice, MoreMultiprocessorsGiveTheSameBits) {
    for (int multiprocessors : {1, 5}) EXPECT_EQ(all_of(*populate(device_of(1 << 24, multiprocessors)), true), expected());
}

TEST_F(SmallDevice, AnyAllocationMayFail) {
    const auto wanted = expected();
    int refused = 0;
    for (int after = 0; after < 40; ++after) {
        const auto device = device_of(200'000);
        const auto population = populate(device);
        device->refuse_after = after;
        try {
            population->train(1000, ids_of(trials));
        } catch (const OutOfDeviceMemory&) { // where nothing less would do: the data, the words
        }
        const bool was = device->refuse_after < 0;
        refused += was;
        device->refuse_after = -1;
        EXPECT_EQ(all_of(*population, true), wanted) << "refused after " << after;
        if (!was) break;
    }
    EXPECT_GT(refused, 5);
}

TEST_F(SmallDevice, AKernelThatIsRefusedForMemoryStartsInASmallerWave) {
    const auto device = std::make_shared<SimtDevice>();
    const auto population = populate(device);
    device->refuse_start = true;
    EXPECT_EQ(all_of(*population, true), expected());
    EXPECT_FALSE(device->refuse_start);
}

/// As where a display hangs on the device: no launch goes on for long.
TEST_F(SmallDevice, ALimitToKernelsGivesMoreLaunchesAndTheSameBits) {
    for (Trial& t : trials) t.hyperparameters.epochs = 20 + static_cast<int32_t>(t.id);
    const auto wanted = expected();
    DeviceKind kind = played_kind();
    kind.kernel_limit = std::chrono::milliseconds(50); // enough for the played kernel to begin
    const auto device = std::make_shared<SimtDevice>(kind);
    const auto population = populate(device);
    std::multiset<TrialId> finished;
    int64_t epochs = 0;
    TrainControl control;
    control.on_finished = [&](const TrialResult& r) {
        finished.insert(r.id);
        EXPECT_EQ(r.curve.size(), static_cast<size_t>(20 + r.id));
    };
    control.on_progress = [&](int64_t, int64_t e) {
        EXPECT_GE(e, epochs);
        epochs = e;
    };
    population->train(1000, ids_of(trials), control);
    EXPECT_GT(device->launches, 1) << "one launch did it: the test shows nothing";
    EXPECT_EQ(finished.size(), 8u);
    EXPECT_EQ(std::set<TrialId>(finished.begin(), finished.end()).size(), 8u);
    EXPECT_EQ(epochs, 8 * 20 + 28);
    EXPECT_EQ(all_of(*population, false), wanted);
    EXPECT_THAT(make_cuda_engine(device)->capabilities().device, HasSubstr("kernels are kept short"));
}

TEST_F(SmallDevice, WhereScratchIsShortFewerBlocksTrain) {
    options.metric = Metric::auc;
    const auto device = device_of(160'000, 64); // scores of 64 blocks with 8 teams each: 64 * 8 * 5 * 10 * 4 = 102 KB
    const auto population = populate(device);
    std::vector<std::string> notes;
    TrainControl control;
    control.on_note = [&](const std::string& note) { notes.push_back(note); };
    trials.resize(1);
    population->train(1, ids_of(trials), control);
    const auto full = populate(device_of(1 << 24, 2));
    full->train(1, ids_of(trials));
    EXPECT_EQ(population->weights(0).values, full->weights(0).values);
    const auto tight = device_of(60'200, 64);
    const auto squeezed = populate(tight);
    squeezed->train(1, ids_of(trials), control);
    EXPECT_EQ(squeezed->weights(0).values, full->weights(0).values);
    ASSERT_EQ(notes.size(), 1u);
    EXPECT_THAT(notes[0], HasSubstr("memory is short"));
}

TEST_F(SmallDevice, ANetThatDoesNotFitIsRefusedWithTheNumbers) {
    trials.push_back(equal_trials(9, {300, 300}).back());
    const auto population = populate(device_of(300'000));
    try {
        population->train(1, ids_of(trials));
        FAIL() << "1.5 MB in 0.3 MB";
    } catch (const DeviceError& e) {
        EXPECT_THAT(e.what(), HasSubstr("trial 8: its network 5-300-300-3"));
        EXPECT_THAT(e.what(), HasSubstr("are free on a played H200"));
        EXPECT_EQ(e.code(), ExitCode::no_device);
    }
    population->retire(std::vector<TrialId>{8});
    trials.pop_back();
    EXPECT_EQ(all_of(*population, true), expected()) << "the others go on";
}

TEST_F(SmallDevice, DataThatDoNotFitAreRefusedWithTheNumbers) {
    const auto population = populate(device_of(1400));
    try {
        population->train(1, ids_of(trials));
        FAIL() << "1440 bytes of data in 1400";
    } catch (const DeviceError& e) {
        EXPECT_THAT(e.what(), HasSubstr("the data random take"));
        EXPECT_THAT(e.what(), HasSubstr("--engine cpu"));
    }
}

TEST_F(SmallDevice, ARungReadsBackCountersAndCurvesOnly) {
    const auto device = std::make_shared<SimtDevice>();
    const auto population = populate(device);
    population->train(1, ids_of(trials));
    const int64_t before = device->bytes_read_back();
    population->train(1, ids_of(trials));
    const int64_t downloaded = device->bytes_read_back() - before;
    const auto once = static_cast<int64_t>(trials.size() * (sizeof(Progress) + sizeof(EpochRecord) + sizeof(uint32_t)) + sizeof(int32_t) + sizeof(Tally));
    EXPECT_GE(downloaded, once);
    int64_t nets = 0;
    for (const Trial& trial : trials) nets += static_cast<int64_t>(population->weights(trial.id).values.size() * sizeof(float));
    EXPECT_LT(downloaded, nets) << "trials that end early are read alone, so how much more than once it is hangs on the machine's load";
    EXPECT_EQ(device->trained, (std::vector<uint32_t>{8, 8})) << "one launch each";
}

TEST_F(SmallDevice, ALostDeviceIsAnErrorAndNothingElse) {
    const auto device = std::make_shared<SimtDevice>();
    const auto population = populate(device);
    population->train(1, ids_of(trials));
    device->lost = true;
    EXPECT_THROW(population->train(1, ids_of(trials)), DeviceError);
    EXPECT_THROW(population->weights(0), DeviceError);
    EXPECT_EQ(population->result(0).curve.size(), 1u);
}

TEST_F(SmallDevice, OldDevicesAreRefused) {
    DeviceKind kind = played_kind();
    kind.major = 7;
    kind.minor = 0;
    try {
        make_cuda_engine(std::make_shared<SimtDevice>(kind));
        FAIL();
    } catch (const DeviceError& e) {
        EXPECT_THAT(e.what(), HasSubstr("compute capability 7.0"));
        EXPECT_THAT(e.what(), HasSubstr("--engine cpu"));
    }
    kind.minor = 5;
    kind.shared_bytes = 65536;
    const auto turing = make_cuda_engine(std::make_shared<SimtDevice>(kind));
    EXPECT_EQ(turing->capabilities().instruction_set.substr(0, 6), "sm_75x");
    EXPECT_THROW(make_cuda_engine(std::make_shared<SimtDevice>(kind), {Tier::automatic, Precision::tf32}), DeviceError);
    kind.shared_bytes = 16384;
    EXPECT_THROW(make_cuda_engine(std::make_shared<SimtDevice>(kind)), DeviceError);
}

} // namespace
} // namespace caviar::cuda
