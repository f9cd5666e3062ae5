// caviar as a library: 16 networks on handwritten digits, drawn at random and trained at once; the best one is saved.

#include <caviar/engine.h>
#include <caviar/error.h>
#include <caviar/model.h>
#include <caviar/preprocessing.h>
#include <caviar/sampler.h>

#include <iostream>

int main() try {
    const caviar::Prepared data = caviar::builtin("digits", {caviar::Scaling::standardize});
    const auto engine = caviar::make_engine({}).engine;
    const auto population = engine->populate(data.dataset, {});

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
    return accuracy(*best) > 0.5 ? 0 : 1;
} catch (const caviar::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.code());
}
