/// The grouped tier's own: when it is taken, how its lanes are fed, what becomes of it where memory is short or the device is lost.

#include "cuda/feeder.h"
#include "cuda/plan.h"
#include "cuda/series.h"
#include "devices.h"
#include "host/cpu/engine.h"
#include "simt_device.h"

#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <set>
#include <tuple>

namespace caviar::cuda {
namespace {

constexpr int64_t h200_shared_bytes = 232448;

Tier tier_of(std::vector<int32_t> hidden, int32_t inputs, int32_t batch, Tier forced = Tier::automatic) {
    Hyperparameters h;
    h.hidden = hidden;
    h.batch_size = batch;
    std::vector<int32_t> widths{inputs};
    widths.insert(widths.end(), hidden.begin(), hidden.end());
    widths.push_back(10);
    return make_plan(h, widths, 10'000, h200_shared_bytes, forced).tier;
}

TEST(GroupedPlan, IsTakenForWideNetsOnly) {
    EXPECT_EQ(tier_of({64, 64}, 64, 64), Tier::resident);
    EXPECT_EQ(tier_of({256}, 784, 128), Tier::streamed);
    EXPECT_EQ(tier_of({256, 256}, 64, 128), Tier::streamed);
    EXPECT_EQ(tier_of({1024, 1024}, 784, 128), Tier::grouped);
    EXPECT_EQ(tier_of({2048}, 784, 256), Tier::grouped);
    EXPECT_EQ(tier_of({64, 64}, 64, 64, Tier::grouped), Tier::grouped);
    EXPECT_EQ(tier_of({1024, 1024}, 784, 128, Tier::streamed), Tier::streamed);
    EXPECT_EQ(tier_from("grouped"), Tier::grouped);
}

/// Each product lies inside the lane's memory or the net, and no kernel but the last chunk's counts.
TEST(GroupedSeries, AMinibatchInPartsCountsOnce) {
    Hyperparameters h;
    h.hidden = {5, 7};
    const std::vector<int32_t> widths{3, 5, 7, 2};
    h.batch_size = 0; // all rows
    Job job{};
    lay_out(make_plan(h, widths, 10'000, h200_shared_bytes, Tier::grouped), h, widths, 10'000, job);
    ASSERT_GT(job.batch, job.workspace.rows);
    const Series series = minibatch_series(job, {}, job.batch);
    int64_t rows = 0;
    int counted = 0;
    for (const Operation& operation : series.operations) {
        const auto* stage = std::get_if<Stage>(&operation);
        if (!stage) continue;
        counted += stage->counts;
        if (stage->kind != Stage::Kind::judge) continue;
        EXPECT_EQ(stage->first, rows);
        EXPECT_EQ(stage->first % 8, 0) << "dropout decides eight rows at a time";
        EXPECT_LE(stage->rows, job.workspace.rows);
        rows += stage->rows;
    }
    EXPECT_EQ(rows, job.batch);
    EXPECT_EQ(counted, 1);
}

/// Beside the training kernel the library may have to load nothing.
TEST(GroupedFeeder, EveryProductIsKnownBeforeTheLanesBegin) {
    class Recorder final : public SimtDevice {
    public:
        int32_t prepare(int32_t lane, const Series& series) override {
            for (const Operation& operation : series.operations)
                if (const auto* p = std::get_if<Product>(&operation)) shapes.emplace(p->rows, p->columns, p->depth, p->transposed_a, p->transposed_b);
            ++series_of_lane[lane];
            return SimtDevice::prepare(lane, series);
        }
        void submit(int32_t, int32_t) override {}
        std::set<std::tuple<int32_t, int32_t, int32_t, bool, bool>> shapes;
        std::map<int32_t, int> series_of_lane;
    };
    const auto device = std::make_shared<Recorder>();
    constexpr int32_t count = 6;
    DeviceArray<GroupedTrial> places(device, count);
    std::vector<Feeder::Trial> trials;
    std::vector<LaneMemory> lanes;
    for (int32_t i = 0; i < count; ++i) {
        Hyperparameters h;
        h.hidden = {20 + i, 5};
        h.batch_size = 16 + 16 * (i % 2);
        const std::vector<int32_t> widths{7, 20 + i, 5, 3};
        Job job{};
        lay_out(make_plan(h, widths, 100, h200_shared_bytes, Tier::grouped), h, widths, 100, job);
        job.train.rows = 100;
        job.valid.rows = 50 + 1000 * (i % 2);
        job.epochs = 1;
        trials.push_back({job, static_cast<uint32_t>(i)});
        lanes.push_back({places.data() + i, nullptr, nullptr, nullptr});
    }
    device->open_lanes(count);
    Feeder feeder(device, {}, trials, lanes);
    feeder.load_products();
    const auto known = device->shapes;
    EXPECT_FALSE(known.empty());
    EXPECT_EQ(device->series_of_lane, (std::map<int32_t, int>{{0, 1}})) << "products of all trials together";
    EXPECT_TRUE(feeder.feed());
    EXPECT_EQ(device->series_of_lane.size(), static_cast<size_t>(count));
    EXPECT_EQ(device->shapes, known);
}

class Grouped : public testing::Test {
protected:
    static std::shared_ptr<SimtDevice> device_of(int64_t bytes) {
        DeviceKind kind = played_kind();
        kind.memory_bytes = bytes;
        return std::make_shared<SimtDevice>(kind);
    }

    static Dataset data_of(int rows, int valid = 10) {
        reference::Random random(12);
        reference::DataShape shape;
        shape.train = rows;
        shape.valid = valid;
        shape.features = 5;
        return reference::random_dataset(random, shape);
    }

    static Trial trial(TrialId id, std::vector<int32_t> hidden, int32_t batch = 15, int32_t epochs = 2) {
        Trial t;
        t.id = id;
        t.hyperparameters.hidden = std::move(hidden);
        t.hyperparameters.batch_size = batch;
        t.hyperparameters.epochs = epochs;
        t.hyperparameters.seed = static_cast<uint64_t>(id);
        return t;
    }

    std::unique_ptr<Population> populate(std::shared_ptr<Device> device, const std::vector<Trial>& trials, Tier tier = Tier::grouped) const {
        auto population = make_cuda_engine(std::move(device), {tier, Precision::fp32})->populate(data, options);
        population->admit(trials);
        return population;
    }

    static std::vector<std::vector<float>> all_of(Population& population, const std::vector<Trial>& trials) {
        std::vector<std::vector<float>> all;
        for (const Trial& t : trials) {
            std::vector<float> floats = population.weights(t.id).values;
            for (const EpochLosses& e : population.result(t.id).curve) floats.insert(floats.end(), {e.train_loss, e.valid_loss});
            all.push_back(std::move(floats));
        }
        return all;
    }

    static std::vector<Trial> eight() {
        std::vector<Trial> trials;
        for (int i = 0; i < 8; ++i) trials.push_back(trial(i, {30, 30}));
        return trials;
    }

    Dataset data = data_of(30);
    PopulationOptions options;
};

TEST_F(Grouped, AWideTrialKeepsItsBitsBesideSmallOnes) {
    const std::vector<Trial> trials{trial(0, {8}), trial(1, {1000, 1000}, 30, 1), trial(2, {20, 9})};
    ASSERT_EQ(make_plan(trials[1].hyperparameters, std::vector<int32_t>{5, 1000, 1000, 3}, 30, h200_shared_bytes).tier, Tier::grouped);
    DeviceKind kind = played_kind();
    kind.multiprocessors = 132; // so many that the wide one is worth spreading over them
    const auto device = std::make_shared<SimtDevice>(kind);
    const auto together = populate(device, trials, Tier::automatic);
    together->train(2, ids_of(trials));
    EXPECT_EQ(device->trained, (std::vector<uint32_t>{2})) << "the wide one is not the kernel's";
    EXPECT_EQ(device->lanes(), 1u);
    EXPECT_EQ(device->grids.at(0), 1) << "the others are left to the wide one, which has most of the operations";
    EXPECT_GT(device->prepared.at(0), 0) << "what the library loads does not wait for the kernel";
    const auto alone = populate(std::make_shared<SimtDevice>(kind), trials, Tier::automatic);
    for (const TrialId id : ids_of(trials)) alone->train(2, {&id, 1});
    EXPECT_EQ(all_of(*alone, trials), all_of(*together, trials));
}

TEST_F(Grouped, LanesAreForTheDearestAndFewWhereMemoryIsShort) {
    const auto trials = eight(); // 24 KB each with state and best weights, and a lane 420 KB
    const auto roomy = std::make_shared<SimtDevice>(), tight = device_of(1'000'000);
    const auto wanted = populate(roomy, trials), squeezed = populate(tight, trials);
    std::vector<std::string> notes;
    TrainControl control;
    control.on_note = [&](const std::string& note) { notes.push_back(note); };
    wanted->train(2, ids_of(trials));
    squeezed->train(2, ids_of(trials), control);
    EXPECT_EQ(roomy->lanes(), 8u);
    EXPECT_LT(tight->lanes(), 8u);
    EXPECT_LE(tight->most_taken, 1'000'000);
    EXPECT_EQ(all_of(*squeezed, trials), all_of(*wanted, trials));
    ASSERT_FALSE(notes.empty());
    EXPECT_THAT(notes[0], testing::HasSubstr("memory is short"));
}

TEST_F(Grouped, AnyAllocationMayFail) {
    auto trials = eight();
    trials.resize(3);
    const auto expected = populate(std::make_shared<SimtDevice>(), trials);
    expected->train(2, ids_of(trials));
    int refused = 0;
    for (int after = 0; after < 40; ++after) {
        const auto device = device_of(4'000'000);
        const auto population = populate(device, trials);
        device->refuse_after = after;
        try {
            population->train(2, ids_of(trials));
        } catch (const OutOfDeviceMemory&) { // where nothing less would do: the data, the words
        }
        const bool was = device->refuse_after < 0;
        refused += was;
        device->refuse_after = -1;
        population->train(2, ids_of(trials));
        EXPECT_EQ(all_of(*population, trials), all_of(*expected, trials)) << "refused after " << after;
        if (!was) break;
    }
    EXPECT_GT(refused, 5);
}

/// Each trial has four series made ready. Whichever is refused, its trial and those behind it go on in another wave.
TEST_F(Grouped, MemoryThatRunsOutInAWaveMakesItSmaller) {
    auto trials = eight();
    trials.resize(3);
    const auto expected = populate(std::make_shared<SimtDevice>(), trials);
    expected->train(2, ids_of(trials));
    for (const int after : {0, 5}) {
        const auto device = std::make_shared<SimtDevice>();
        const auto population = populate(device, trials);
        population->train(1, ids_of(trials));
        std::vector<std::string> notes;
        int finished = 0;
        TrainControl control;
        control.on_note = [&](const std::string& note) { notes.push_back(note); };
        control.on_finished = [&](const TrialResult&) { ++finished; };
        device->refuse_series_after = after;
        population->train(1, ids_of(trials), control);
        EXPECT_EQ(device->refuse_series_after, -1);
        EXPECT_EQ(finished, 3);
        EXPECT_EQ(all_of(*population, trials), all_of(*expected, trials)) << "refused after " << after;
        ASSERT_FALSE(notes.empty());
        EXPECT_THAT(notes[0], testing::HasSubstr("memory ran out on a played H200 while networks trained: " + std::to_string(3 - after / 4) + " go on"));
    }
}

/// Where no wave is small enough the device's own words come out, and the trials are as they were.
TEST_F(Grouped, MemoryThatNeverDoesIsAnError) {
    class Full final : public SimtDevice {
    public:
        int32_t prepare(int32_t lane, const Series& series) override {
            if (full) throw OutOfDeviceMemory("no memory at all (played)");
            return SimtDevice::prepare(lane, series);
        }
        bool full = true;
    };
    auto trials = eight();
    trials.resize(2);
    const auto device = std::make_shared<Full>();
    const auto population = populate(device, trials), expected = populate(std::make_shared<SimtDevice>(), trials);
    EXPECT_THROW(population->train(2, ids_of(trials)), OutOfDeviceMemory);
    device->full = false;
    population->train(2, ids_of(trials));
    expected->train(2, ids_of(trials));
    EXPECT_EQ(all_of(*population, trials), all_of(*expected, trials));
}

TEST_F(Grouped, ALostDeviceIsAnErrorAndNothingElse) {
    const std::vector<Trial> trials{trial(0, {9}, 15, 100'000), trial(1, {9}, 15, 100'000)};
    const auto device = std::make_shared<SimtDevice>();
    const auto population = populate(device, trials);
    population->train(1, ids_of(trials));
    TrainControl control;
    control.on_progress = [&](int64_t, int64_t) { device->lost = true; };
    EXPECT_THROW(population->train(100'000, ids_of(trials), control), DeviceError);
    EXPECT_EQ(population->result(0).curve.size(), 1u);
    device->lost = false; // as for a caller who tries again: what was cut off in mid-epoch is nobody's net
    EXPECT_THROW(population->weights(0), DeviceError);
    EXPECT_THROW(population->train(1, ids_of(trials)), DeviceError);
    EXPECT_EQ(population->result(0).curve.size(), 1u);
    population->retire(std::vector<TrialId>{0});
    population->admit(std::vector<Trial>{trials[0]});
    EXPECT_EQ(population->train(1, std::vector<TrialId>{0})[0].curve.size(), 1u);
}

/// Two minibatches, a chunk of validation and the end, each epoch; one series opens the trial.
TEST_F(Grouped, LittleIsSubmittedBeyondWhatATrialTrains) {
    std::vector<Trial> trials{trial(0, {9}, 15, 1000)};
    trials[0].hyperparameters.learning_rate = 1e-30f; // moves nothing: no epoch is better than the first
    trials[0].hyperparameters.patience = 2;
    const auto device = std::make_shared<SimtDevice>();
    const auto population = populate(device, trials);
    const auto epochs = static_cast<int>(population->train(1000, ids_of(trials))[0].curve.size());
    EXPECT_EQ(epochs, 3);
    EXPECT_GE(device->submitted, 1 + 4 * epochs);
    EXPECT_LE(device->submitted, 1 + 4 * epochs + 40);
    EXPECT_EQ(device->launches, 0);
}

TEST_F(Grouped, AFullBatchLargerThanTheWorkspaceTrainsAsOnTheCpu) {
    data = data_of(4400, 600);
    Trial t = trial(0, {6, 4}, 0, 1);
    t.hyperparameters.dropout = 0.2f;
    const std::vector<Trial> trials{t};
    const auto here = populate(std::make_shared<SimtDevice>(), trials);
    const auto there = cpu::make_cpu_engine(1, "")->populate(data, options);
    there->admit(trials);
    const auto ours = here->train(1, ids_of(trials)), theirs = there->train(1, ids_of(trials));
    EXPECT_NEAR(ours[0].curve[0].train_loss, theirs[0].curve[0].train_loss, 1e-4 * theirs[0].curve[0].train_loss); // what is promised
    EXPECT_NEAR(ours[0].curve[0].valid_loss, theirs[0].curve[0].valid_loss, 1e-4 * theirs[0].curve[0].valid_loss);
}

} // namespace
} // namespace caviar::cuda
