// caviar.train: trials that the caller thought of, trained at once.

#include "host/python/bindings.h"

#include "caviar/error.h"
#include "host/cli/documents.h"
#include "host/cli/settings.h"
#include "host/python/attention.h"
#include "host/study/guarded_training.h"
#include "host/study/net_memory.h"
#include "host/study/trained_model.h"
#include "host/data/memory.h"

#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <memory>
#include <span>

namespace caviar::python {

namespace {

using Curve = nb::ndarray<nb::numpy, float, nb::shape<-1, 3>>;

/// What train needs and how it was understood.
struct Job {
    SweepSettings settings;
    EngineOptions engine;
    Prepared prepared;
    std::vector<Trial> trials;
    int64_t total_epochs = 0;
};

/// Settings as in a sweep; hyperparameters among them hold for all trials that do not say otherwise.
void hold(SweepSettings& settings, const std::vector<cli::SpaceEntry>& entries) {
    Configuration held;
    for (const cli::SpaceEntry& entry : entries) held.emplace_back(entry.name, entry.distribution.choices.front());
    settings.defaults = SearchSpace{}.resolve(held, settings.defaults);
}

/// Trial i is configs[i], with i as its seed unless it names one.
std::vector<Trial> trials_of(const SweepSettings& settings, const cli::Json& configs) {
    std::vector<Trial> trials;
    for (size_t i = 0; i < configs.size(); ++i) {
        Trial trial;
        trial.id = static_cast<TrialId>(i);
        const std::string where = "configs[" + std::to_string(i) + "]";
        for (const auto& [name, value] : configs[i].items()) trial.configuration.emplace_back(name, value_from(value, where + ": " + name));
        try {
            trial.hyperparameters = SearchSpace{}.resolve(trial.configuration, settings.defaults);
        } catch (const UsageError& error) {
            throw UsageError(where + ": " + error.what());
        }
        if (!configs[i].contains("seed")) trial.hyperparameters.seed = static_cast<uint64_t>(i);
        trials.push_back(std::move(trial));
    }
    return trials;
}

std::vector<Scaling> scalings_of(const std::vector<Trial>& trials) {
    std::vector<Scaling> scalings;
    for (const Trial& trial : trials) scalings.push_back(trial.hyperparameters.scaling);
    std::sort(scalings.begin(), scalings.end());
    scalings.erase(std::unique(scalings.begin(), scalings.end()), scalings.end());
    return scalings;
}

/// Without validation rows the latest weights are the ones kept.
void leave_out_validation(Dataset& data) {
    for (FeatureSet& set : data.features) set.valid = {0, set.valid.columns, {}};
    data.valid_targets.clear();
}

Job job_from(const std::string& request, const std::string& configs, const Tables& tables, bool validate) {
    const cli::Request asked = request_from(request, &tables);
    Job job{asked.settings, asked.engine, {}, {}, 0};
    SweepSettings& settings = job.settings;
    if (settings.cross_validates()) throw UsageError("cv: each config trains one network; fold says which part of the rows validates it, from 0");
    hold(settings, asked.space);
    job.trials = trials_of(settings, cli::Json::parse(configs));
    if (job.trials.empty()) throw UsageError("configs: none is given; a list of at least one is wanted");
    settings.prepare.scalings = scalings_of(job.trials);
    settings.prepare.test_share = 0;
    if (validate) {
        job.prepared = tables.prepare(settings);
    } else { // all rows train
        job.prepared = tables.labelled(load(settings, tables.rows, &tables.rows));
        leave_out_validation(job.prepared.dataset);
    }
    const Task task = job.prepared.dataset.task;
    if (!settings.loss) settings.loss = default_loss(task);
    if (!settings.metric) settings.metric = default_metric(task);
    for (const Trial& trial : job.trials) job.total_epochs += trial.hyperparameters.epochs;
    study::require_memory(job.trials, job.prepared.dataset, *settings.loss, data::free_memory());
    return job;
}

struct Trained {
    std::vector<TrialResult> results;
    std::vector<Model> models; ///< empty, or one each
};

Trained train(const Job& job, Engine& engine, Attention& attention, bool models) {
    const SweepSettings& settings = job.settings;
    const auto population = engine.populate(job.prepared.dataset, {settings.sampler.seed, *settings.loss, *settings.metric});
    Trained trained;
    int64_t done = 0, epochs = 0;
    for (auto rest = std::span(job.trials); !rest.empty() && !attention.stop().stop_requested();) {
        const auto now = rest.first(study::admitted_together(rest, job.prepared.dataset, *settings.loss));
        std::vector<TrialId> ids;
        int32_t most = 0;
        for (const Trial& trial : now) {
            ids.push_back(trial.id);
            most = std::max(most, trial.hyperparameters.epochs);
        }
        population->admit(now);
        TrainControl control;
        control.stop = attention.stop();
        control.on_progress = [&](int64_t trials, int64_t so_far) {
            attention.look([&] { return nb::make_tuple(done + trials, job.trials.size(), epochs + so_far, job.total_epochs); });
        };
        for (TrialResult& result : study::train_guarded(*population, most, ids, control, [] {})) {
            epochs += static_cast<int64_t>(result.curve.size());
            trained.results.push_back(std::move(result));
        }
        done += static_cast<int64_t>(now.size());
        attention.look([&] { return nb::make_tuple(done, job.trials.size(), epochs, job.total_epochs); }, true);
        if (models)
            for (const Trial& trial : now)
                trained.models.push_back(study::trained_model(settings, job.prepared.preprocessing, trial.hyperparameters, population->weights(trial.id),
                                                              "caviar.train, trial " + std::to_string(trial.id)));
        population->retire(ids);
        rest = rest.subspan(now.size());
    }
    return trained;
}

TrialRow row_of(const Trial& trial, const TrialResult& result, Metric metric) {
    TrialRow row{trial, result, score(result, metric), static_cast<int32_t>(result.curve.size())};
    if (result.best_epoch >= 0) row.metric = result.curve[static_cast<size_t>(result.best_epoch)].valid_metric;
    return row;
}

/// epochs x 3, owned by the array.
Curve curve_of(const TrialResult& result) {
    auto values = std::make_unique<std::vector<float>>();
    for (const EpochLosses& epoch : result.curve) values->insert(values->end(), {epoch.train_loss, epoch.valid_loss, epoch.valid_metric});
    float* data = values->data();
    const nb::capsule owner(values.release(), [](void* p) noexcept { delete static_cast<std::vector<float>*>(p); });
    return Curve(data, {result.curve.size(), 3}, owner);
}

} // namespace

void bind_train(nb::module_& m) {
    // (document, list of (trial document, curve, model or None)); the document as that of a sweep, as far as it applies
    m.def("train", [](const std::string& request, const std::string& configs, const Tables& tables, bool validate, bool models, nb::object callback) {
        Attention attention(std::move(callback));
        Job job;
        Trained trained;
        cli::Document document;
        {
            const nb::gil_scoped_release others_may_run;
            job = job_from(request, configs, tables, validate);
            const EngineChoice choice = make_engine(job.engine);
            trained = train(job, *choice.engine, attention, models);
            const Metric metric = *job.settings.metric;
            document = {{"metric", to_string(metric)},
                        {"higher_is_better", higher_is_better(metric)},
                        {"data", cli::data_document(job.prepared, job.settings)},
                        {"engine", cli::engine_document(choice.engine->capabilities())}};
        }
        attention.raise();
        nb::list list;
        for (size_t i = 0; i < trained.results.size(); ++i) {
            const cli::Document trial = cli::trial_document(row_of(job.trials[i], trained.results[i], *job.settings.metric), false);
            list.append(nb::make_tuple(trial.dump(), curve_of(trained.results[i]), models ? nb::cast(std::move(trained.models[i])) : nb::none()));
        }
        return nb::make_tuple(document.dump(-1, ' ', false, cli::Document::error_handler_t::replace), list);
    }, nb::arg("request"), nb::arg("configs"), nb::arg("tables"), nb::arg("validate"), nb::arg("models"), nb::arg("callback").none());
}

} // namespace caviar::python
