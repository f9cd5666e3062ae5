/// Runs a sampler on functions whose minimum is known and prints the best value of every seed as JSON.

#include "bench/search/functions.h"

#include "caviar/error.h"
#include "caviar/sampler.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <iostream>
#include <limits>

namespace {

using namespace caviar;
using json = nlohmann::ordered_json;

/// The unit cube in hyperparameters that always count.
SearchSpace cube(size_t dimensions) {
    constexpr std::array<std::pair<const char*, const char*>, 6> axes = {{{"weight_decay", "uniform(0,1)"},
                                                                          {"patience_factor", "uniform(0,1)"},
                                                                          {"warmup", "uniform(0,1)"},
                                                                          {"floor", "uniform(0,1)"},
                                                                          {"learning_rate", "uniform(1,2)"},
                                                                          {"init_scale", "uniform(1,2)"}}};
    SearchSpace space;
    for (size_t i = 0; i < dimensions; ++i) space.vary(axes.at(i).first, parse_distribution(axes.at(i).second));
    return space;
}

/// The least of all values seen; every round is asked whole.
double least(const bench::Function& f, const SamplerOptions& options) {
    const SearchSpace space = cube(f.dimensions);
    const auto sampler = make_sampler(space, options);
    double best = std::numeric_limits<double>::infinity();
    TrialId id = 0;
    for (int32_t round = 0; id < options.trials; ++round) {
        std::vector<Observation> seen;
        for (auto& asked : sampler->ask(options.trials - id)) {
            std::vector<double> unit;
            for (const Parameter& p : space.parameters()) {
                const auto value = std::find_if(asked.begin(), asked.end(), [&](const auto& setting) { return setting.first == p.name; });
                unit.push_back(p.distribution.unit(value->second));
            }
            const double y = f.value(unit);
            best = std::min(best, y);
            seen.push_back({id++, round, std::move(asked), {y, y}});
        }
        if (seen.empty()) break;
        sampler->tell(seen);
    }
    return best;
}

int run(const SamplerOptions& asked, const std::string& name, uint64_t first_seed, uint64_t seeds) {
    json document = {{"sampler", asked.name}, {"evaluations", asked.trials}, {"draw", asked.draw}, {"round_size", asked.round_size}, {"version", CAVIAR_VERSION}};
    for (const bench::Function& f : bench::functions()) {
        if (name != "all" && name != f.name) continue;
        const auto begin = std::chrono::steady_clock::now();
        std::vector<double> best;
        for (uint64_t seed = first_seed; seed < first_seed + seeds; ++seed) {
            SamplerOptions options = asked;
            options.seed = seed;
            best.push_back(least(f, options));
        }
        const auto n = static_cast<double>(best.size());
        double mean = 0, squares = 0;
        for (const double y : best) mean += y / n;
        for (const double y : best) squares += (y - mean) * (y - mean);
        document[f.name] = {{"minimum", f.minimum},
                            {"mean", mean},
                            {"deviation", n > 1 ? std::sqrt(squares / (n - 1)) : 0},
                            {"seconds_a_search", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count() / n},
                            {"best", best}};
    }
    std::cout << document.dump() << '\n';
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    CLI::App app{"The best of a number of evaluations, for each seed, as JSON"};
    SamplerOptions options;
    options.trials = 200;
    std::string function = "all";
    uint64_t first_seed = 1, seeds = 30;
    app.add_option("--sampler", options.name, "Any sampler of caviar")->capture_default_str();
    app.add_option("--draw", options.draw, "coarse-to-fine: sobol, random, tpe or gp")->capture_default_str();
    app.add_option("--function", function, "branin, hartmann6 or all")->capture_default_str();
    app.add_option("--evaluations", options.trials, "How many each search may make")->capture_default_str();
    app.add_option("--round-size", options.round_size, "tpe, gp: trials of a round; 1: one at a time, 0: the sampler's own choice")->capture_default_str();
    app.add_option("--first-seed", first_seed, "The first of the seeds")->capture_default_str();
    app.add_option("--seeds", seeds, "How many searches, each with a seed of its own")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        return run(options, function, first_seed, seeds);
    } catch (const UsageError& error) {
        std::cerr << "search_functions: " << error.what() << '\n';
        return 2;
    }
}
