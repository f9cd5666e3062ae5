// caviar.sweep and caviar.resume.

#include "host/python/bindings.h"

#include "host/cli/data_place.h"
#include "host/cli/documents.h"
#include "host/cli/sweep_run.h"
#include "host/python/attention.h"
#include "host/study/candidate.h"
#include "host/study/same_study.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

namespace caviar::python {

namespace {

constexpr size_t top_shown = 10;

/// Runs the study; the document of `caviar sweep --json`, with `notes` of how it was resolved.
std::string run(const cli::Resolved& resolved, Engine& engine, Study& study, Attention& attention, double seconds, std::optional<double> target) {
    const bool finished = study::is_finished(study, study::budget_of(resolved.settings, study));
    study::require_same_data(study, resolved.prepared, engine);
    const bool one_for_all = !resolved.settings.cross_validates(); // else each fold's nets have their own
    if (one_for_all && !finished && !study.note(study::preprocessing_note)) study.note(study::preprocessing_note, to_json(resolved.prepared.preprocessing));
    SweepControl control;
    control.stop = attention.stop();
    control.most_seconds = seconds;
    control.target = target;
    control.on_progress = [&](const SweepProgress& p) {
        attention.look([&] {
            return nb::make_tuple(p.trials_done, p.trials_in_all, p.epochs_done, p.best ? nb::cast(p.best->metric) : nb::none(), p.message);
        }, true);
    };
    const SweepOutcome outcome = run_sweep(resolved.settings, resolved.prepared, engine, study, control);
    const auto top = study::ranking(study, resolved.settings, top_shown);
    cli::Document document = cli::sweep_document(resolved.settings, resolved.prepared, engine.capabilities(), study, outcome, top);
    document["notes"] = resolved.notes;
    return document.dump(-1, ' ', false, cli::Document::error_handler_t::replace);
}

std::string sweep(const std::string& request, const Tables* tables, const std::string& path, double seconds, std::optional<double> target, Attention& attention) {
    cli::Request asked = request_from(request, tables);
    if (!tables) cli::require_data(asked.settings.data);
    cli::Resolved resolved = tables ? cli::resolve(asked, [&](const SweepSettings& s) { return tables->prepare(s); }) : cli::resolve(asked);
    EngineChoice choice = make_engine(resolved.engine);
    if (!choice.note.empty()) resolved.notes.push_back(choice.note);
    bool created = false;
    SweepSettings settings = resolved.settings;
    auto study = cli::open_or_create(path, resolved, settings, *choice.engine, created);
    resolved.settings = std::move(settings);
    try {
        return run(resolved, *choice.engine, *study, attention, seconds, target);
    } catch (...) {
        if (created && !attention.stop().stop_requested() && study->size() == 0) cli::remove_study(std::move(study)); // it would only be in the way
        throw;
    }
}

std::string resume(const std::string& request, const Tables* tables, const std::string& path, const std::string& elsewhere, double seconds,
                   std::optional<double> target, Attention& attention) {
    const auto study = Study::open(path);
    if (study::is_panda(*study)) throw UsageError(path + " is the study of one babysat model. To go on with it: caviar panda " + path);
    cli::Resolved resolved;
    resolved.settings = settings_from_json(study->header().settings);
    resolved.engine = engine_from(request);
    if (tables) {
        resolved.settings.initial.model = study->header().initial;
        resolved.prepared = tables->prepare(resolved.settings);
    } else {
        resolved.prepared = cli::load_again(*study, resolved.settings, elsewhere);
    }
    EngineChoice choice = make_engine(resolved.engine);
    if (!choice.note.empty()) resolved.notes.push_back(choice.note);
    return run(resolved, *choice.engine, *study, attention, seconds, target);
}

/// Without the interpreter's lock; then raises what a signal or the callback raised meanwhile.
template <class Work> std::string attentively(nb::object callback, const Work& work) {
    Attention attention(std::move(callback));
    std::string document;
    {
        const nb::gil_scoped_release others_may_run;
        document = work(attention);
    }
    attention.raise();
    return document;
}

} // namespace

void bind_sweep(nb::module_& m) {
    m.def("sweep", [](const std::string& request, const Tables* tables, const std::string& path, double seconds, std::optional<double> target, nb::object callback) {
        return attentively(std::move(callback), [&](Attention& attention) { return sweep(request, tables, path, seconds, target, attention); });
    }, nb::arg("request"), nb::arg("tables").none(), nb::arg("path"), nb::arg("seconds"), nb::arg("target").none(), nb::arg("callback").none());
    m.def("resume", [](const std::string& request, const Tables* tables, const std::string& path, const std::string& elsewhere, double seconds,
                       std::optional<double> target, nb::object callback) {
        return attentively(std::move(callback), [&](Attention& attention) { return resume(request, tables, path, elsewhere, seconds, target, attention); });
    }, nb::arg("request"), nb::arg("tables").none(), nb::arg("path"), nb::arg("elsewhere"), nb::arg("seconds"), nb::arg("target").none(),
       nb::arg("callback").none());
}

} // namespace caviar::python
