/// Whole studies over the CUDA engine: trials train to the same bits again, and a device that is lost costs nothing but its rung.

#include "caviar/error.h"
#include "cuda/engine.h"
#include "simt_device.h"
#include "tests/study/fake_engine.h"

#include <gmock/gmock.h>

namespace caviar::cuda {
namespace {

using testing_study::everything;

SweepSettings settings() {
    SweepSettings s = testing_study::sweep_settings("random", 12);
    s.space.vary("units", parse_distribution("logint(2,16)"));
    s.defaults.epochs = 4;
    s.scheduler.name = "successive-halving";
    return s;
}

class SweepOnDevice : public testing::Test {
protected:
    SweepOutcome sweep(std::shared_ptr<Device> device) {
        const auto engine = make_cuda_engine(std::move(device));
        if (!study) study = Study::create(path, make_header(sets, data, *engine));
        return run_sweep(sets, data, *engine, *study);
    }

    testing_study::Folder folder;
    std::string path = folder.file("s");
    SweepSettings sets = settings();
    Prepared data = testing_study::small_data();
    std::unique_ptr<Study> study;
};

/// As `caviar verify --engine cuda` does it.
TEST_F(SweepOnDevice, TrialsTrainToTheSameBitsAlone) {
    sweep(std::make_shared<SimtDevice>());
    ASSERT_EQ(study->size(), 12);
    std::vector<TrialId> ids;
    for (TrialId id = 0; id < study->size(); id += 2) ids.push_back(id);
    DeviceKind larger = played_kind();
    ++larger.multiprocessors; // its name is another, and so is its build: only the same kind promises the same bits
    const auto same = make_cuda_engine(std::make_shared<SimtDevice>()), other = make_cuda_engine(std::make_shared<SimtDevice>(larger));
    EXPECT_TRUE(verify(sets, data, *same, *study, ids).empty());
    EXPECT_THROW(verify(sets, data, *other, *study, ids), RuntimeFailure);
}

/// Lost for good once a launch has trained and before its results are read.
class Dying final : public SimtDevice {
public:
    explicit Dying(int launch) : last_(launch) {}
    bool wait(std::chrono::milliseconds time) override {
        if (launches < last_) return SimtDevice::wait(time);
        while (!SimtDevice::wait(time)) {}
        lost = true;
        throw DeviceError("running a kernel: it is gone (played)");
    }

private:
    int last_;
};

TEST_F(SweepOnDevice, AStudyWhoseDeviceIsLostGoesOnToTheSameEnd) {
    sweep(std::make_shared<SimtDevice>());
    const std::string expected = everything(*study);
    for (const int launch : {1, 2}) {
        study.reset();
        path = folder.file("lost" + std::to_string(launch));
        try {
            sweep(std::make_shared<Dying>(launch));
            ADD_FAILURE() << "there was no launch " << launch;
        } catch (const DeviceError& e) {
            EXPECT_EQ(static_cast<int>(e.code()), 4);
            EXPECT_THAT(e.what(), testing::HasSubstr("it is gone"));
        }
        study.reset();
        study = Study::open(path); // as another process would
        EXPECT_EQ(study->counts().finished() > 0, launch > 1) << "the first rung's are recorded";
        EXPECT_LT(study->counts().finished(), 12);
        sweep(std::make_shared<SimtDevice>());
        EXPECT_EQ(everything(*study), expected) << "lost in launch " << launch;
    }
}

} // namespace
} // namespace caviar::cuda
