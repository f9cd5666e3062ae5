#include "caviar/error.h"
#include "host/exchange/optuna_file.h"
#include "host/report/json_lines.h"

#include <fstream>

namespace caviar::exchange {

namespace {

// Of optuna.storages.journal._storage.JournalOperation.
enum Operation : int { create_study = 0, set_study_user_attribute = 2, set_study_system_attribute = 3, create_trial = 4 };

class Journal final : public OptunaFile {
public:
    Journal(const std::string& path, const OptunaStudy& study) : path_(path), out_(path, std::ios::binary), lines_(out_) {
        put(create_study, {{"study_name", study.name}, {"directions", {study.maximise ? 2 : 1}}}); // optuna.study.StudyDirection
        put(set_study_system_attribute, {{"study_id", 0}, {"system_attr", {{"study:metric_names", {study.metric}}}}});
        for (const auto& [key, value] : study.attributes.items()) put(set_study_user_attribute, {{"study_id", 0}, {"user_attr", {{key, value}}}});
    }

    void add(const OptunaTrial& trial) override {
        Json parameters = Json::object(), distributions = Json::object(), intermediate = Json::object();
        for (const OptunaParameter& p : trial.parameters) parameters[p.name] = p.value, distributions[p.name] = p.distribution;
        for (const auto& [epoch, metric] : trial.intermediate) intermediate[std::to_string(epoch)] = metric;
        Json line{{"study_id", 0},
                  {"datetime_start", trial.began.empty() ? Json() : Json(trial.began)},
                  {"state", static_cast<int>(trial.state)},
                  {"value", trial.value ? Json(*trial.value) : Json()},
                  {"values", nullptr},
                  {"distributions", std::move(distributions)},
                  {"params", std::move(parameters)},
                  {"user_attrs", trial.attributes},
                  {"system_attrs", Json::object()},
                  {"intermediate_values", std::move(intermediate)}};
        if (!trial.ended.empty()) line["datetime_complete"] = trial.ended; // null is none that Optuna reads
        put(create_trial, line);
    }

    void finish() override {
        out_.close();
        require();
    }

private:
    void put(Operation operation, const Json& what) {
        Json line{{"op_code", static_cast<int>(operation)}, {"worker_id", "caviar"}};
        line.update(what);
        lines_.write(line);
        require();
    }
    void require() const {
        if (!out_) throw RuntimeFailure(path_ + ": cannot be written; check that its folder is there and can be written, and the disk's space");
    }

    std::string path_;
    std::ofstream out_;
    report::JsonLinesWriter lines_;
};

} // namespace

std::unique_ptr<OptunaFile> make_optuna_journal(const std::string& path, const OptunaStudy& study) { return std::make_unique<Journal>(path, study); }

} // namespace caviar::exchange
