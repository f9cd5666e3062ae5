/// workload.json:
///   {"workload": "W1", "description": .., "study_seed": 1, "inputs": 64, "outputs": 10, "rungs": [{"trials": .., "epochs": ..}],
///    "engine": {"name": "cpu", "device": .., "instruction_set": .., "threads": 2}, "version": .., "compiler": ..,
///    "machine": {"processor": .., "cores": .., "usable": .., "system": ..}, "steps": .., "flops": ..,
///    "trials": [{"id", "seed", "hidden", "batch_size", "optimizer", "learning_rate", "momentum", "beta2", "epsilon",
///                "activation", "init", "init_scale"}],
///    "results": [{"id", "state", "epochs", "train_losses": [after each epoch], "valid_losses": [..]}],      null: not finite
///    "check": [{"id", "weights": [digest of each layer's first weights], "orders": [digest of the rows of epochs 0 and 1]}]}

#include "bench/peers/workload_file.h"

#include "caviar/error.h"
#include "caviar/mlp/init.h"
#include "caviar/mlp/shuffle.h"
#include "host/cli/machine.h"
#include "host/cli/workloads.h"
#include "host/cpu/cost.h"
#include "host/model/npy.h"
#include "host/report/json_lines.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <unordered_map>
#include <unordered_set>

namespace caviar::bench {

using Json = nlohmann::ordered_json;

namespace {

constexpr Loss loss = Loss::softmax_cross_entropy;

std::vector<int32_t> widths_of(const Dataset& data, const Hyperparameters& h) {
    std::vector<int32_t> widths{data.inputs(h)};
    widths.insert(widths.end(), h.hidden.begin(), h.hidden.end());
    widths.push_back(data.outputs(loss));
    return widths;
}

/// Lower validation loss first; a loss that is not finite last; of equals the lower id.
std::vector<TrialId> best(const std::vector<TrialResult>& results, int64_t count) {
    std::vector<std::pair<float, TrialId>> ranked;
    for (const TrialResult& r : results) {
        const float last = r.curve.empty() ? std::numeric_limits<float>::quiet_NaN() : r.curve.back().valid_loss;
        ranked.emplace_back(std::isfinite(last) ? last : std::numeric_limits<float>::infinity(), r.id);
    }
    std::sort(ranked.begin(), ranked.end());
    ranked.resize(std::min(ranked.size(), static_cast<size_t>(count)));
    std::vector<TrialId> ids;
    for (const auto& [value, id] : ranked) ids.push_back(id);
    return ids;
}

/// Sum of (2 i + 1) * word i modulo 2^64; caviar_random.py has the same.
class Digest {
public:
    void add(uint32_t word) { sum_ += (2 * count_++ + 1) * uint64_t{word}; }
    uint64_t value() const { return sum_; }

private:
    uint64_t sum_ = 0, count_ = 0;
};

uint64_t weights_digest(const Job& job, const Hyperparameters& h, uint32_t layer, uint32_t in, uint32_t out, bool last) {
    Digest digest;
    const mlp::LayerInit init = mlp::layer_init(job.study_seed, h.seed, layer, in, out, last, h.init, h.init_scale, h.zero_output);
    for (uint32_t i = 0; i < in; ++i)
        for (uint32_t o = 0; o < out; ++o) digest.add(mlp::bits_of(mlp::first_weight(init, i, o)));
    return digest.value();
}

uint64_t order_digest(const Job& job, const Hyperparameters& h, uint32_t epoch) {
    Digest digest;
    const auto n = static_cast<uint32_t>(job.data->rows(Part::train));
    const mlp::Shuffle shuffle = mlp::make_shuffle(job.study_seed, h.seed, epoch, n);
    for (uint32_t i = 0; i < n; ++i) digest.add(mlp::row_at(shuffle, i));
    return digest.value();
}

Json check_of(const Job& job, const Trial& trial) {
    const Hyperparameters& h = trial.hyperparameters;
    Json weights = Json::array();
    const std::vector<int32_t> widths = widths_of(*job.data, h);
    for (size_t l = 0; l + 1 < widths.size(); ++l)
        weights.push_back(weights_digest(job, h, static_cast<uint32_t>(l), static_cast<uint32_t>(widths[l]),
                                         static_cast<uint32_t>(widths[l + 1]), l + 2 == widths.size()));
    return {{"id", trial.id}, {"weights", weights}, {"orders", {order_digest(job, h, 0), order_digest(job, h, 1)}}};
}

Json trial_json(const Trial& trial) {
    const Hyperparameters& h = trial.hyperparameters;
    return {{"id", trial.id},
            {"seed", h.seed},
            {"hidden", h.hidden},
            {"batch_size", h.batch_size},
            {"optimizer", to_string(h.optimizer)},
            {"learning_rate", report::json_number(h.learning_rate)},
            {"momentum", report::json_number(h.momentum)},
            {"beta2", report::json_number(h.beta2)},
            {"epsilon", report::json_number(h.epsilon)},
            {"activation", to_string(h.activation)},
            {"init", to_string(h.init)},
            {"init_scale", report::json_number(h.init_scale)}};
}

Json result_json(const TrialResult& r) {
    Json train = Json::array(), valid = Json::array();
    for (const EpochLosses& epoch : r.curve) {
        train.push_back(report::json_number(epoch.train_loss));
        valid.push_back(report::json_number(epoch.valid_loss));
    }
    return {{"id", r.id}, {"state", to_string(r.state)}, {"epochs", r.curve.size()}, {"train_losses", train}, {"valid_losses", valid}};
}

void write_file(const std::filesystem::path& path, const std::string& bytes) {
    std::ofstream file(path, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) throw RuntimeFailure("cannot write " + path.string());
}

void write_part(const std::filesystem::path& directory, const Dataset& data, Part part, const std::string& name) {
    const Matrix& features = data.with(Scaling::standardize).part(part);
    const std::vector<float>& targets = data.targets(part);
    write_file(directory / (name + "_features.npy"), model::npy_floats(features.values, {features.rows, features.columns}));
    write_file(directory / (name + "_targets.npy"), model::npy_floats(targets, {static_cast<int64_t>(targets.size())}));
}

} // namespace

Outcome run(Engine& engine, const Job& job) {
    Outcome outcome;
    std::unordered_map<TrialId, TrialResult> latest;
    PopulationOptions options;
    options.study_seed = job.study_seed;
    options.loss = loss;
    const auto start = std::chrono::steady_clock::now();
    const auto population = engine.populate(*job.data, options);
    population->admit(job.trials);
    std::vector<TrialId> ids;
    for (const Trial& trial : job.trials) ids.push_back(trial.id);
    for (const Rung& rung : job.rungs) {
        if (rung.trials < static_cast<int64_t>(ids.size())) {
            std::vector<TrialResult> last;
            for (const TrialId id : ids) last.push_back(latest.at(id));
            const std::vector<TrialId> kept = best(last, rung.trials);
            const std::unordered_set<TrialId> staying(kept.begin(), kept.end());
            std::vector<TrialId> retired;
            for (const TrialId id : ids)
                if (!staying.contains(id)) retired.push_back(id);
            population->retire(retired);
            ids = kept;
        }
        for (TrialResult& r : population->train(rung.epochs, ids)) latest[r.id] = std::move(r);
    }
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    // Tiers of one launch each have the whole of its time
    for (const TierStatistics& tier : population->statistics()) outcome.device_seconds = std::max(outcome.device_seconds, tier.seconds);
    const int64_t rows = job.data->rows(Part::train);
    for (const Trial& trial : job.trials) {
        const Hyperparameters& h = trial.hyperparameters;
        const TrialResult& r = latest.at(trial.id);
        const auto epochs = static_cast<double>(r.curve.size());
        const int64_t batch = h.batch_size > 0 ? std::min<int64_t>(h.batch_size, rows) : rows;
        outcome.steps += epochs * static_cast<double>((rows + batch - 1) / batch);
        outcome.flops += epochs * static_cast<double>(rows) * cpu::training_flops(widths_of(*job.data, h));
        outcome.results.push_back(r);
    }
    return outcome;
}

Job timed(const Job& job) {
    Job steps = job;
    if (job.rungs.size() == 1) steps.data = cli::without_validation(*job.data);
    return steps;
}

void write_workload(const std::string& directory, const Job& job, const Outcome& outcome, const Capabilities& c) {
    std::filesystem::create_directories(directory);
    Json trials = Json::array(), results = Json::array(), rungs = Json::array(), check = Json::array();
    for (const Trial& trial : job.trials) trials.push_back(trial_json(trial));
    for (const TrialResult& r : outcome.results) results.push_back(result_json(r));
    for (const Rung& rung : job.rungs) rungs.push_back({{"trials", rung.trials}, {"epochs", rung.epochs}});
    check.push_back(check_of(job, job.trials.front()));
    check.push_back(check_of(job, job.trials.back()));
    const cli::Machine machine = cli::this_machine();
    const Json document = {
        {"workload", job.name},
        {"description", job.description},
        {"study_seed", job.study_seed},
        {"inputs", job.data->with(Scaling::standardize).train.columns},
        {"outputs", job.data->outputs(loss)},
        {"rungs", rungs},
        {"engine", {{"name", c.engine}, {"device", c.device}, {"instruction_set", c.instruction_set}, {"threads", c.threads}}},
        {"version", CAVIAR_VERSION},
        {"compiler", machine.compiler},
        {"machine", {{"processor", machine.processor}, {"cores", machine.cores}, {"usable", machine.usable}, {"system", machine.system}}},
        {"steps", outcome.steps},
        {"flops", outcome.flops},
        {"trials", trials},
        {"results", results},
        {"check", check}};
    const std::filesystem::path path(directory);
    write_file(path / "workload.json", report::dump(document) + "\n");
    write_part(path, *job.data, Part::train, "train");
    write_part(path, *job.data, Part::valid, "valid");
}

} // namespace caviar::bench
