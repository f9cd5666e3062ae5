#include "cuda/plan.h"

#include "caviar/error.h"
#include "caviar/mlp/forward.h"
#include "cuda/step_cost.h"

#include <algorithm>

namespace caviar::cuda {
namespace {

/// A validation pass in fewer rows than this leaves lanes without work.
constexpr int32_t enough_rows = 64;
/// The grouped tier is taken where its step is predicted to be so many times as short as the streamed tier's: it has a few trials under way
/// at once where that one has as many as there are SMs, so that a smaller gain would be lost again where there are trials for all of them.
constexpr double clearly = 4;
constexpr int32_t most_resident_rows = 256, most_streamed_rows = 512, least_grouped_rows = 512, most_grouped_rows = 4096;

int32_t round_up(int64_t n, int32_t to) { return static_cast<int32_t>((n + to - 1) / to * to); }

struct Needs {
    int64_t parameters, state, workspace; ///< bytes
};

Needs needs(const Hyperparameters& h, std::span<const int32_t> widths, int32_t rows, bool gradient) {
    mlp::Layer layer[max_layers + 1];
    const int32_t layers = static_cast<int32_t>(widths.size()) - 1;
    const mlp::Sizes sizes = mlp::lay_out(widths.data(), layers, row_length, layer);
    const mlp::Workspace w = mlp::lay_out_workspace(layer, layers, sizes, rows, mlp::keeps_slopes(h.activation, h.dropout), gradient);
    const mlp::StateUse use = mlp::state_use(h.optimizer);
    const int64_t parameters = (sizes.parameters + 15) / 16 * 64;
    return {parameters, parameters * (int64_t{use.first} + int64_t{use.second}), w.size * 4};
}

class Planner {
public:
    Planner(const Hyperparameters& h, std::span<const int32_t> widths, int64_t train_rows, int64_t shared_bytes)
        : h_(h), widths_(widths), batch_(minibatch_rows(h, train_rows)), shared_bytes_(shared_bytes) {}

    /// The smallest share that holds the whole trial. A trial that would have an SM to itself if its optimizer state were to be on
    /// the chip leaves the state outside where two of them then share the SM: each covers the other's waiting.
    bool resident(int32_t rows, Plan& plan) const {
        for (int32_t team = resident_classes - 1; team >= 0; --team) {
            const Needs n = needs(h_, widths_, rows, batch_ > rows);
            const int64_t share = share_of(team), bare = head + n.parameters + n.workspace;
            const bool whole = bare + n.state <= share;
            if (!whole && (team > 1 || bare > share)) continue;
            plan = {Tier::resident, team, whole, rows, bare + (whole ? n.state : 0)};
            grow(plan);
            return true;
        }
        return false;
    }

    Plan streamed() const {
        const int32_t rows = std::min(std::max(round_up(batch_, 16), 2 * enough_rows), most_streamed_rows);
        return {Tier::streamed, streamed_class, false, rows, least_shared_bytes()};
    }

    Plan grouped() const {
        const int32_t rows = std::min(std::max(round_up(batch_, 16), least_grouped_rows), most_grouped_rows);
        return {Tier::grouped, -1, false, rows, 0};
    }

    /// Whole minibatches before parts of them.
    bool resident(Plan& plan) const {
        if (batch_ <= most_resident_rows && resident(round_up(batch_, 16), plan)) return true;
        for (int32_t rows = 128; rows >= 32; rows /= 2)
            if (rows < batch_ && resident(rows, plan)) return true;
        return false;
    }

private:
    static constexpr int64_t head = sizeof(TeamHead);

    int64_t share_of(int32_t team) const { return shared_bytes_ / team_class(team).teams / 128 * 128; }

    /// More rows where they fit the same share: validation goes in larger parts.
    void grow(Plan& plan) const {
        if (batch_ > plan.rows) return;
        for (int32_t rows = enough_rows; rows > plan.rows; rows -= 16) {
            const Needs n = needs(h_, widths_, rows, false);
            const int64_t bytes = head + n.parameters + n.workspace + (plan.state_in_shared ? n.state : 0);
            if (bytes > share_of(plan.team)) continue;
            plan.rows = rows;
            plan.shared_bytes = bytes;
            return;
        }
    }

    const Hyperparameters& h_;
    std::span<const int32_t> widths_;
    int32_t batch_;
    int64_t shared_bytes_;
};

} // namespace

std::string to_string(Tier t) {
    switch (t) {
    case Tier::automatic: return "auto";
    case Tier::resident: return "resident";
    case Tier::streamed: return "streamed";
    case Tier::grouped: return "grouped";
    }
    return "?";
}

Tier tier_from(const std::string& text) {
    for (Tier t : {Tier::automatic, Tier::resident, Tier::streamed, Tier::grouped})
        if (text == to_string(t)) return t;
    throw UsageError("tier '" + text + "' is unknown; allowed are auto, resident, streamed, grouped");
}

int32_t minibatch_rows(const Hyperparameters& h, int64_t train_rows) {
    return static_cast<int32_t>(h.batch_size > 0 ? std::min<int64_t>(h.batch_size, train_rows) : train_rows);
}

int64_t least_shared_bytes() { return static_cast<int64_t>(sizeof(TeamHead)) + stage_floats * 4; }

Plan make_plan(const Hyperparameters& h, std::span<const int32_t> widths, int64_t train_rows, int64_t shared_bytes, Tier forced,
               int32_t multiprocessors) {
    const Planner planner(h, widths, train_rows, shared_bytes);
    Plan plan{};
    if (forced == Tier::grouped) return planner.grouped();
    if (forced != Tier::streamed && planner.resident(plan)) return plan;
    if (forced == Tier::resident)
        throw DeviceError("a net of " + std::to_string(weight_count(widths)) + " weights does not fit into the " + std::to_string(shared_bytes) +
                          " bytes of an SM's shared memory; take a smaller net or batch, or --tier auto");
    if (forced == Tier::streamed) return planner.streamed();
    const StepClocks clocks = predict_step(h, widths, minibatch_rows(h, train_rows), multiprocessors);
    return clocks.grouped * clearly <= clocks.streamed ? planner.grouped() : planner.streamed();
}

double predict_clocks(const Plan& plan, const Hyperparameters& h, std::span<const int32_t> widths, int64_t train_rows, int32_t multiprocessors) {
    const int32_t batch = minibatch_rows(h, train_rows);
    if (plan.tier == Tier::resident) return predict_resident_step(widths, batch, team_class(plan.team));
    const StepClocks clocks = predict_step(h, widths, batch, multiprocessors);
    return plan.tier == Tier::grouped ? clocks.grouped : clocks.streamed;
}

void lay_out(const Plan& plan, const Hyperparameters& h, std::span<const int32_t> widths, int64_t train_rows, Job& job) {
    job.layers = static_cast<int32_t>(widths.size()) - 1;
    const mlp::Sizes sizes = mlp::lay_out(widths.data(), job.layers, row_length, job.layer);
    job.input_ld = sizes.input_ld;
    job.parameter_floats = sizes.parameters;
    job.batch = minibatch_rows(h, train_rows);
    job.workspace = mlp::lay_out_workspace(job.layer, job.layers, sizes, plan.rows, mlp::keeps_slopes(h.activation, h.dropout), job.batch > plan.rows);
    job.state_in_shared = plan.state_in_shared;
}

} // namespace caviar::cuda
