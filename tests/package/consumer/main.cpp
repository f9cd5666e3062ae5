// caviar as a library, on handwritten digits: 16 networks, drawn at random and trained at once, the best of which is saved; and a whole sweep.

#include <caviar/engine.h>
#include <caviar/error.h>
#include <caviar/model.h>
#include <caviar/preprocessing.h>
#include <caviar/sampler.h>
#include <caviar/study.h>
#include <caviar/sweep.h>

#include <iostream>

namespace {

/// Asks, trains and chooses for itself. Is the best any good?
bool trains_a_batch(caviar::Engine& engine) {
    const caviar::Prepared data = caviar::builtin("digits", {caviar::Scaling::standardize});
    const auto population = engine.populate(data.dataset, {});

    caviar::SearchSpace space;
    space.vary("learning_rate", caviar::parse_distribution("log(1e-4,1)"));
    space.vary("units", caviar::parse_distribution("logint(8,64)"));
    const auto sampler = caviar::make_sampler(space, {.name = "random", .seed = 1});
    caviar::Hyperparameters defaults;
    defaults.epochs = 3;

    std::vector<caviar::Trial> trials;
    std::vector<caviar::TrialId> ids;
    for (const caviar::Configuration& configuration : sampler->ask(16)) {
        const auto id = static_cast<caviar::TrialId>(trials.size());
        trials.push_back({id, 0, configuration, space.resolve(configuration, defaults)});
        ids.push_back(id);
    }
    population->admit(trials);
    const caviar::TrialResult* best = nullptr;
    const auto accuracy = [](const caviar::TrialResult& r) { return r.best_epoch < 0 ? 0 : r.curve[static_cast<size_t>(r.best_epoch)].valid_metric; };
    const auto results = population->train(defaults.epochs, ids);
    for (const caviar::TrialResult& result : results)
        if (!best || accuracy(result) > accuracy(*best)) best = &result;

    caviar::Model model;
    model.weights = population->weights(best->id);
    model.preprocessing = data.preprocessing;
    caviar::save_model(model, "digits.safetensors");
    std::cout << "trial " << best->id << ": validation accuracy " << accuracy(*best) << '\n';
    return accuracy(*best) > 0.5;
}

/// Leaves that to run_sweep, which keeps every trial in the study's file; called again with the same, it goes on where it was.
bool sweeps(caviar::Engine& engine) {
    caviar::SweepSettings settings;
    settings.data = "digits";
    settings.space.vary("learning_rate", caviar::parse_distribution("log(1e-3,1e-1)"));
    settings.defaults.epochs = 2;
    settings.sampler = {.name = "random", .seed = 1, .trials = 8};
    const caviar::Prepared data = caviar::load(settings);
    const auto study = caviar::Study::create("digits.db", caviar::make_header(settings, data, engine));
    const caviar::SweepOutcome outcome = caviar::run_sweep(settings, data, engine, *study);
    if (outcome.test) std::cout << "sweep of " << outcome.trials << " trials: test accuracy of the best " << outcome.test->test << '\n';
    return outcome.trials == 8 && outcome.test && outcome.test->test > 0.5;
}

} // namespace

int main() try {
    const auto engine = caviar::make_engine({}).engine;
    return trains_a_batch(*engine) && sweeps(*engine) ? 0 : 1;
} catch (const caviar::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.code());
}
