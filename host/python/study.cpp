// What is in a study's file. Nothing is kept open between two calls, so a study may be trained, moved or removed meanwhile.

#include "host/python/bindings.h"

#include "caviar/error.h"
#include "host/cli/chosen_trial.h"
#include "host/cli/data_place.h"
#include "host/cli/documents.h"
#include "host/study/folds.h"
#include "host/study/in_memory.h"
#include "host/study/population_options.h"
#include "host/study/refit.h"
#include "host/study/replay.h"
#include "host/study/trained_model.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <filesystem>

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

std::string file_name(const Study& study) { return "study " + std::filesystem::path(study.path()).filename().string(); }

/// Of a study that cross-validated: the best settings, trained on all rows but the test rows.
Model refit(const Study& study, const SweepSettings& settings, const Prepared& prepared, Engine& engine) {
    const auto winner = study::ranking(study, settings, 1).at(0); // there is a best trial, so there is one
    if (!winner.sound())
        throw RuntimeFailure(study.path() + ": no setting has come to its end on every fold yet, so none is the best; resume it, or give a trial's id for the net of one fold");
    auto again = study::refit(settings, prepared, engine, study, winner);
    if (again.result.state == TrialState::diverged)
        throw RuntimeFailure("the best settings of " + study.path() + " diverged on all rows together; a trial's id gives the net of one fold");
    const std::string origin = file_name(study) + ", trial " + std::to_string(winner.leader) + "'s settings, trained on all rows but the test rows for " +
                               std::to_string(study::refit_epochs(winner)) + " epochs";
    return study::trained_model(settings, prepared.preprocessing, winner.trials.front().trial.hyperparameters, std::move(again.weights), origin);
}

Weights trained_again(const Study& study, const SweepSettings& settings, const Dataset& data, const TrialRow& row, Engine& engine) {
    const auto population = engine.populate(data, study::population_options(settings, data, study));
    (void)study::train_again(study, row, *population);
    return population->weights(row.trial.id);
}

/// The net to use, or a trial's. The data are needed only where its weights were not kept, the study was not made in Python, or it cross-validated:
/// then each fold has a preprocessing of its own, and the net to use is no trial's.
Model model(const std::string& path, const std::string& trial, const Tables* tables, const std::string& elsewhere) {
    const nb::gil_scoped_release others_may_run;
    const auto study = Study::read(path);
    const TrialRow row = cli::chosen_trial(*study, trial);
    const std::string id = std::to_string(row.trial.id);
    if (row.result.state == TrialState::diverged) throw RuntimeFailure("trial " + id + " of " + path + " diverged, so it has no model");
    SweepSettings settings = settings_from_json(study->header().settings);
    const Hyperparameters& h = row.trial.hyperparameters;
    const std::string origin = file_name(*study) + ", trial " + id;
    const bool folds = settings.cross_validates();
    auto kept = study->weights(row.trial.id);
    if (auto fitted = study::kept_preprocessing(*study, settings); kept && fitted)
        return study::trained_model(settings, std::move(*fitted), h, std::move(*kept), origin);

    if (!tables && study::is_in_memory(settings))
        throw UsageError(path + (folds ? ": it cross-validated, and its networks were fitted to their own part of the rows each"
                                       : ": the weights of trial " + id + " were not kept, so it has to train again") + ": give X and y, too");
    const Prepared prepared = data_of(*study, settings, tables, elsewhere);
    const EngineChoice choice = make_engine({});
    if (folds && trial == "best") return refit(*study, settings, prepared, *choice.engine);
    const Prepared& seen = study::seen_by(row.trial.id, prepared);
    if (!kept) kept = trained_again(*study, settings, seen.dataset, row, *choice.engine);
    const std::string fold = " (fold " + std::to_string(row.trial.id % settings.nets_for_each()) + " of " + std::to_string(settings.nets_for_each()) + ", from 0)";
    return study::trained_model(settings, seen.preprocessing, h, std::move(*kept), origin + (folds ? fold : ""));
}

} // namespace

void bind_study(nb::module_& m) {
    m.def("trials", &trials, nb::arg("path"), nb::arg("top"), nb::arg("sort"), nb::arg("descending"), nb::arg("filter"), nb::arg("ids"), nb::arg("curves"));
    m.def("facts", &facts, nb::arg("path"));
    m.def("model", &model, nb::arg("path"), nb::arg("trial"), nb::arg("tables").none(), nb::arg("elsewhere"));
}

} // namespace caviar::python
