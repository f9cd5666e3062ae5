// What is in a study's file. Nothing is kept open between two calls, so a study may be trained, moved or removed meanwhile.

#include "host/python/bindings.h"

#include "caviar/error.h"
#include "host/cli/chosen_trial.h"
#include "host/cli/data_place.h"
#include "host/cli/documents.h"
#include "host/study/population_options.h"
#include "host/study/replay.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace caviar::python {

namespace {

std::string dump(const cli::Document& document) { return document.dump(-1, ' ', false, cli::Document::error_handler_t::replace); }

std::string trials(const std::string& path, int64_t top, const std::string& sort, bool descending, const std::string& filter, std::vector<TrialId> ids, bool curves) {
    const nb::gil_scoped_release others_may_run;
    const auto study = Study::read(path);
    TrialQuery query;
    query.top = top;
    query.sort = sort;
    query.descending = descending;
    query.filter = filter;
    query.ids = std::move(ids);
    query.curves = curves;
    return dump(cli::trials_document(*study, study->trials(query), curves));
}

/// Header, notes and the winner: what is known without reading the trials.
std::string facts(const std::string& path) {
    const nb::gil_scoped_release others_may_run;
    const auto study = Study::read(path);
    const StudyHeader header = study->header();
    const auto note = [&](const char* key) { const auto text = study->note(key); return text ? cli::Document::parse(*text) : cli::Document(); };
    const auto best = study->best();
    return dump({{"metric", to_string(header.metric)},
                 {"higher_is_better", higher_is_better(header.metric)},
                 {"build", header.build},
                 {"fingerprint", header.fingerprint},
                 {"settings", cli::Document::parse(header.settings)},
                 {"counts", cli::counts_document(study->counts())},
                 {"best", best ? cli::trial_document(*best, false) : cli::Document()},
                 {"test", note("test")},
                 {"winner", note("winner")},
                 {"warnings", note("warnings")},
                 {"finished", !note("finished").is_null()}});
}

/// The study's data: the arrays, or the file where it says, or `elsewhere`.
Prepared data_of(const Study& study, SweepSettings& settings, const Tables* tables, const std::string& elsewhere) {
    settings.initial.model = study.header().initial;
    Prepared prepared = tables ? tables->prepare(settings) : cli::load_again(study, settings, elsewhere);
    if (prepared.dataset.fingerprint != study.header().fingerprint)
        throw DataError(std::string(tables ? "these arrays are" : settings.data + " is") + " not the data that " + study.path() + " was made from (fingerprint " +
                        prepared.dataset.fingerprint + ", the study's is " + study.header().fingerprint + ")");
    return prepared;
}

/// A trial's net. The data are needed only where its weights were not kept, or the study was not made in Python.
Model model(const std::string& path, const std::string& trial, const Tables* tables, const std::string& elsewhere) {
    const nb::gil_scoped_release others_may_run;
    const auto study = Study::read(path);
    const TrialRow row = cli::chosen_trial(*study, trial);
    if (row.result.state == TrialState::diverged) throw RuntimeFailure("trial " + std::to_string(row.trial.id) + " of " + path + " diverged, so it has no model");
    SweepSettings settings = settings_from_json(study->header().settings);
    auto kept = study->weights(row.trial.id);
    const auto fitted = study->note(preprocessing_note);
    Model model;
    if (kept && fitted) {
        model.weights = std::move(*kept);
        model.preprocessing = preprocessing_from_json(*fitted);
    } else {
        if (!tables && settings.data == in_memory)
            throw UsageError(path + ": the weights of trial " + std::to_string(row.trial.id) + " were not kept, so it has to train again: give X and y, too");
        Prepared prepared = data_of(*study, settings, tables, elsewhere);
        if (!kept) {
            const EngineChoice choice = make_engine({});
            const auto population = choice.engine->populate(prepared.dataset, study::population_options(settings, prepared.dataset, *study));
            (void)study::train_again(*study, row, *population);
            kept = population->weights(row.trial.id);
        }
        model.weights = std::move(*kept);
        model.preprocessing = std::move(prepared.preprocessing);
    }
    model.activation = row.trial.hyperparameters.activation;
    model.loss = settings.loss.value_or(default_loss(model.preprocessing.task));
    model.scaling = row.trial.hyperparameters.scaling;
    model.missing = settings.read.missing;
    model.note = "study " + path.substr(path.find_last_of('/') + 1) + ", trial " + std::to_string(row.trial.id);
    return model;
}

} // namespace

void bind_study(nb::module_& m) {
    m.def("trials", &trials, nb::arg("path"), nb::arg("top"), nb::arg("sort"), nb::arg("descending"), nb::arg("filter"), nb::arg("ids"), nb::arg("curves"));
    m.def("facts", &facts, nb::arg("path"));
    m.def("model", &model, nb::arg("path"), nb::arg("trial"), nb::arg("tables").none(), nb::arg("elsewhere"));
}

} // namespace caviar::python
