/// Plans on devices with less shared memory than the H200 that the other tests play. Dynamic shared memory of a block by compute
/// capability: CUDA C++ Programming Guide, "Technical Specifications per Compute Capability".

#include "cuda/plan.h"
#include "devices.h"
#include "host/cpu/engine.h"
#include "simt_device.h"

#include <gtest/gtest.h>

#include <array>

namespace caviar::cuda {
namespace {

constexpr int64_t kib = 1024;
struct Kind {
    int capability;
    int64_t shared_bytes;
};
constexpr Kind kinds[] = {{75, 64 * kib}, {80, 163 * kib}, {86, 99 * kib}, {89, 99 * kib}, {90, 227 * kib}, {100, 227 * kib}, {120, 99 * kib}};

Hyperparameters w1() {
    Hyperparameters h;
    h.hidden = {64, 64};
    h.batch_size = 64;
    h.optimizer = Optimizer::adam;
    return h;
}
constexpr std::array<int32_t, 4> w1_widths{64, 64, 64, 10};

/// It fits where it is to live.
void expect_valid(const Plan& plan, const Hyperparameters& h, std::span<const int32_t> widths, int64_t rows, int64_t shared_bytes) {
    EXPECT_GT(plan.rows, 0);
    if (plan.tier == Tier::streamed) {
        EXPECT_EQ(plan.team, streamed_class);
        EXPECT_LE(least_shared_bytes(), shared_bytes);
        return;
    }
    if (plan.tier == Tier::grouped) return; // no team, and no shared memory of its own
    ASSERT_GE(plan.team, 0);
    ASSERT_LT(plan.team, resident_classes);
    Job job{};
    lay_out(plan, h, widths, rows, job);
    const mlp::StateUse use = mlp::state_use(h.optimizer);
    const int64_t parameters = (job.parameter_floats + 15) / 16 * 16, state = plan.state_in_shared ? parameters * (use.first + use.second) : 0;
    const int64_t needed = static_cast<int64_t>(sizeof(TeamHead)) + 4 * (parameters + state + job.workspace.size);
    EXPECT_LE(needed, shared_bytes / team_class(plan.team).teams / 128 * 128);
}

TEST(Plan, W1HasOneOnEveryDevice) {
    for (const Kind& kind : kinds) {
        SCOPED_TRACE(kind.capability);
        DeviceKind device;
        device.name = "a device";
        device.major = kind.capability / 10;
        device.minor = kind.capability % 10;
        device.shared_bytes = kind.shared_bytes;
        EXPECT_NO_THROW(require_usable(device));
        const Plan plan = make_plan(w1(), w1_widths, 1078, kind.shared_bytes);
        expect_valid(plan, w1(), w1_widths, 1078, kind.shared_bytes);
        // Weights and activations of a minibatch do not fit 99 KB together.
        EXPECT_EQ(plan.tier, kind.shared_bytes > 99 * kib ? Tier::resident : Tier::streamed);
    }
}

TEST(Plan, TrialsOfEverySizeHaveOneOnEveryDevice) {
    reference::Random random(8);
    int tiers[4]{};
    for (int i = 0; i < 300; ++i) {
        Hyperparameters h = reference::random_hyperparameters(random, i, 500);
        if (i % 3 == 0) h.hidden.assign(h.hidden.size(), 40 + i); // the random ones are narrow
        std::vector<int32_t> widths{1 + i % 90};
        widths.insert(widths.end(), h.hidden.begin(), h.hidden.end());
        widths.push_back(1 + i % 12);
        for (const Kind& kind : kinds) {
            SCOPED_TRACE(std::to_string(i) + " on " + std::to_string(kind.capability));
            const Plan plan = make_plan(h, widths, 500, kind.shared_bytes);
            expect_valid(plan, h, widths, 500, kind.shared_bytes);
            ++tiers[static_cast<int>(plan.tier)];
        }
    }
    EXPECT_GT(tiers[static_cast<int>(Tier::resident)], 100);
    EXPECT_GT(tiers[static_cast<int>(Tier::streamed)], 100) << "all are looked at";
    EXPECT_GT(tiers[static_cast<int>(Tier::grouped)], 10);
}

TEST(Plan, W1TrainsInTheSmallestSharedMemory) {
    reference::Random random(5);
    reference::DataShape shape;
    shape.train = 64;
    shape.valid = 10;
    shape.features = 64;
    const Dataset data = reference::random_dataset(random, shape);
    Trial trial;
    trial.hyperparameters = w1();
    trial.hyperparameters.epochs = 1;
    DeviceKind kind = played_kind();
    kind.major = 7;
    kind.minor = 5;
    kind.shared_bytes = 64 * kib;
    const auto on_device = make_cuda_engine(std::make_shared<SimtDevice>(kind))->populate(data, {});
    const auto on_cpu = cpu::make_cpu_engine(1, "")->populate(data, {});
    float valid_loss[2];
    for (int i = 0; Population* population : {on_device.get(), on_cpu.get()}) {
        population->admit({&trial, 1});
        valid_loss[i++] = population->train(1, {&trial.id, 1}).at(0).curve.at(0).valid_loss;
    }
    // DESIGN.md section 5: within 1e-4 after one epoch.
    EXPECT_NEAR(valid_loss[0], valid_loss[1], 1e-4f * valid_loss[1]);
}

} // namespace
} // namespace caviar::cuda
