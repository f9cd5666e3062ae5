#include "bench/gpu/evidence.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

namespace caviar::bench {
namespace {

using Bits = std::unordered_map<TrialId, uint64_t>;

/// FNV-1a over the words of a trial's curve and weights (Fowler, Noll and Vo).
uint64_t bits_of(const Population& population, TrialId id) {
    uint64_t hash = 0xcbf29ce484222325u;
    const auto add = [&hash](float value) { hash = (hash ^ std::bit_cast<uint32_t>(value)) * 0x100000001b3u; };
    for (const EpochLosses& e : population.result(id).curve) {
        add(e.train_loss);
        add(e.valid_loss);
        add(e.valid_metric);
    }
    for (const float w : population.weights(id).values) add(w);
    return hash;
}

class Runs {
public:
    Runs(Engine& engine, const Job& job) : engine_(engine), job_(job) { options_.study_seed = job.study_seed; }

    std::unique_ptr<Population> populate(const std::vector<Trial>& trials) const {
        auto population = engine_.populate(*job_.data, options_);
        population->admit(trials);
        return population;
    }

    Bits together(const std::vector<Trial>& trials) const {
        const auto population = populate(trials);
        population->train(2, ids(trials));
        return read(*population, trials);
    }

    Bits alone(const std::vector<Trial>& trials) const {
        Bits all;
        for (const Trial& t : trials) all.merge(together({t}));
        return all;
    }

    /// Half of them leave after the first epoch.
    Bits halved(const std::vector<Trial>& trials) const {
        const auto population = populate(trials);
        population->train(1, ids(trials));
        std::vector<Trial> stay, leave;
        for (const Trial& t : trials) (t.id % 2 == 0 ? stay : leave).push_back(t);
        population->retire(ids(leave));
        population->train(1, ids(stay));
        return read(*population, stay);
    }

    /// One epoch here, one in a new population from the checkpoints.
    Bits restored(const std::vector<Trial>& trials) const {
        const auto first = populate(trials), second = populate(trials);
        first->train(1, ids(trials));
        for (const Trial& t : trials) second->restore(t.id, first->checkpoint(t.id));
        second->train(1, ids(trials));
        return read(*second, trials);
    }

private:
    static std::vector<TrialId> ids(const std::vector<Trial>& trials) {
        std::vector<TrialId> all;
        for (const Trial& t : trials) all.push_back(t.id);
        return all;
    }
    static Bits read(const Population& population, const std::vector<Trial>& trials) {
        Bits bits;
        for (const Trial& t : trials) bits[t.id] = bits_of(population, t.id);
        return bits;
    }

    Engine& engine_;
    const Job& job_;
    PopulationOptions options_;
};

std::vector<Trial> every(const std::vector<Trial>& trials, size_t wanted) {
    std::vector<Trial> some;
    const size_t step = std::max<size_t>(1, trials.size() / wanted);
    for (size_t i = 0; i < trials.size(); i += step) some.push_back(trials[i]);
    return some;
}

Json compare(const std::string& how, const Bits& wanted, const Bits& got) {
    Json differ = Json::array();
    size_t count = 0;
    for (const auto& [id, bits] : got)
        if (wanted.at(id) != bits && ++count <= 10) differ.push_back(id);
    return {{"ok", count == 0 && !got.empty()}, {"how", how}, {"trials", got.size()}, {"differ", count}, {"first_ids", differ}};
}

} // namespace

Json invariance(Engine& engine, int64_t trials) {
    const Job job = make_job("W3", trials, 2);
    const Runs runs(engine, job);
    const Bits wanted = runs.together(job.trials);
    std::vector<Trial> reversed(job.trials.rbegin(), job.trials.rend());
    Json all = Json::array();
    all.push_back(compare("all together, in reverse", wanted, runs.together(reversed)));
    all.push_back(compare("alone", wanted, runs.alone(every(job.trials, 200))));
    all.push_back(compare("half retired after an epoch", wanted, runs.halved(job.trials)));
    all.push_back(compare("from a checkpoint, in a new population", wanted, runs.restored(every(job.trials, 500))));
    const bool fine = std::all_of(all.begin(), all.end(), [](const Json& j) { return j["ok"].get<bool>(); });
    return {{"ok", fine}, {"trials", trials}, {"runs", all}};
}

} // namespace caviar::bench
