#include "host/study/test_report.h"

#include "caviar/error.h"
#include "host/study/refit.h"
#include "host/study/settings.h"

#include <cmath>

namespace caviar {

namespace study {

namespace {

// JSON has no NaN and no infinity: they are null, and read as NaN.
Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double number_from(const Json& json, const std::string& where) {
    if (json.is_null()) return std::numeric_limits<double>::quiet_NaN();
    double value = 0;
    decode(json, value, where);
    return value;
}

// In the order of the enumeration.
std::vector<Metric> metrics_for(Task task) {
    std::vector<Metric> fitting;
    for (size_t i = 0; i < core::metric_names.size(); ++i)
        if (fits(static_cast<Metric>(i), task)) fitting.push_back(static_cast<Metric>(i));
    return fitting;
}

} // namespace

std::optional<TestReport> evaluate_test(const SweepSettings& settings, const Prepared& prepared, Engine& engine, const Study& study,
                                        const TrialRow& best) {
    const Dataset& data = prepared.dataset;
    const Hyperparameters& h = best.trial.hyperparameters;
    const Matrix& rows = data.with(h.scaling).test;
    if (rows.rows == 0) return {};
    TestReport report;
    report.trial = best.trial.id;
    report.metric = study.header().metric;
    report.valid = best.metric;
    std::optional<Weights> weights;
    if (settings.cross_validates()) {
        const Candidate winner = ranking(study, settings, 1).at(0);
        Refit again = refit(settings, prepared, engine, study, winner);
        report.refit_epochs = static_cast<int32_t>(again.result.curve.size());
        report.valid = winner.metric;
        weights = std::move(again.weights);
    } else {
        weights = study.weights(best.trial.id);
    }
    if (!weights) throw RuntimeFailure(study.path() + ": the weights of its best trial, " + std::to_string(best.trial.id) + ", are missing");
    const Loss loss = settings.loss.value_or(default_loss(data.task));
    const auto outputs = engine.forward(*weights, h.activation, rows);
    const auto classes = data.task == Task::regression ? 0 : static_cast<int32_t>(data.classes.size());
    const auto on_test = [&](Metric metric) { return evaluate(metric, loss, outputs, data.outputs(loss), data.test_targets, data.target_scale); };
    const auto trivial = [&](const Dataset& d, const std::vector<float>& targets) {
        return trivial_baseline(report.metric, d.train_targets, targets, classes, d.target_scale);
    };

    report.test = on_test(report.metric);
    report.test_baseline = trivial(data, data.test_targets);
    if (prepared.folds.empty()) report.valid_baseline = trivial(data, data.valid_targets);
    for (const Prepared& fold : prepared.folds)
        report.valid_baseline += trivial(fold.dataset, fold.dataset.valid_targets) / static_cast<double>(prepared.folds.size());
    for (const Metric metric : metrics_for(data.task))
        if (metric != report.metric) report.others.emplace_back(metric, on_test(metric));
    return report;
}

} // namespace study

std::string to_json(const TestReport& report) {
    using study::Json, study::number_or_null;
    Json json = {{"trial", report.trial},
                 {"metric", to_string(report.metric)},
                 {"valid", number_or_null(report.valid)},
                 {"test", number_or_null(report.test)},
                 {"valid_baseline", number_or_null(report.valid_baseline)},
                 {"test_baseline", number_or_null(report.test_baseline)},
                 {"others", Json::object()}};
    if (report.refit_epochs) json["refit_epochs"] = *report.refit_epochs;
    for (const auto& [metric, value] : report.others) json["others"][to_string(metric)] = number_or_null(value);
    return json.dump();
}

TestReport test_report_from_json(const std::string& text) {
    using namespace study;
    const std::string where = "the test report";
    try {
        const Json json = Json::parse(text);
        if (!json.is_object()) bad_json(where, "is not an object");
        TestReport report;
        decode(json.at("trial"), report.trial, where + ".trial");
        if (json.contains("refit_epochs")) decode(json.at("refit_epochs"), report.refit_epochs, where + ".refit_epochs");
        decode(json.at("metric"), report.metric, where + ".metric");
        report.valid = number_from(json.at("valid"), where + ".valid");
        report.test = number_from(json.at("test"), where + ".test");
        report.valid_baseline = number_from(json.at("valid_baseline"), where + ".valid_baseline");
        report.test_baseline = number_from(json.at("test_baseline"), where + ".test_baseline");
        for (const auto& [name, value] : json.at("others").items())
            report.others.emplace_back(metric_from(name), number_from(value, where + ".others." + name));
        return report;
    } catch (const Json::exception& error) {
        bad_json(where, error.what());
    } catch (const UsageError& error) {
        bad_json(where, error.what());
    }
}

} // namespace caviar
