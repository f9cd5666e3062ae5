#include "host/exchange/optuna_file.h"
#include "host/report/json_lines.h"
#include "host/study/sqlite.h"

namespace caviar::exchange {

namespace {

using study::Database;
using study::Statement;
using study::Transaction;

constexpr const char* tables = R"(
CREATE TABLE studies(study_id INTEGER NOT NULL PRIMARY KEY, study_name VARCHAR(512) NOT NULL);
CREATE UNIQUE INDEX ix_studies_study_name ON studies(study_name);
CREATE TABLE version_info(version_info_id INTEGER NOT NULL PRIMARY KEY, schema_version INTEGER, library_version VARCHAR(256), CHECK(version_info_id = 1));
CREATE TABLE alembic_version(version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY(version_num));
CREATE TABLE study_directions(study_direction_id INTEGER NOT NULL PRIMARY KEY, direction VARCHAR(8) NOT NULL,
  study_id INTEGER NOT NULL REFERENCES studies(study_id), objective INTEGER NOT NULL, UNIQUE(study_id, objective));
CREATE TABLE study_user_attributes(study_user_attribute_id INTEGER NOT NULL PRIMARY KEY, study_id INTEGER REFERENCES studies(study_id),
  "key" VARCHAR(512), value_json TEXT, UNIQUE(study_id, "key"));
CREATE TABLE study_system_attributes(study_system_attribute_id INTEGER NOT NULL PRIMARY KEY, study_id INTEGER REFERENCES studies(study_id),
  "key" VARCHAR(512), value_json TEXT, UNIQUE(study_id, "key"));
CREATE TABLE trials(trial_id INTEGER NOT NULL PRIMARY KEY, number INTEGER, study_id INTEGER REFERENCES studies(study_id), state VARCHAR(8) NOT NULL,
  datetime_start DATETIME, datetime_complete DATETIME);
CREATE INDEX ix_trials_study_id ON trials(study_id);
CREATE TABLE trial_user_attributes(trial_user_attribute_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER REFERENCES trials(trial_id),
  "key" VARCHAR(512), value_json TEXT, UNIQUE(trial_id, "key"));
CREATE TABLE trial_system_attributes(trial_system_attribute_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER REFERENCES trials(trial_id),
  "key" VARCHAR(512), value_json TEXT, UNIQUE(trial_id, "key"));
CREATE TABLE trial_params(param_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER REFERENCES trials(trial_id), param_name VARCHAR(512),
  param_value FLOAT, distribution_json TEXT, UNIQUE(trial_id, param_name));
CREATE TABLE trial_values(trial_value_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER NOT NULL REFERENCES trials(trial_id),
  objective INTEGER NOT NULL, value FLOAT, value_type VARCHAR(7) NOT NULL, UNIQUE(trial_id, objective));
CREATE TABLE trial_intermediate_values(trial_intermediate_value_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER NOT NULL REFERENCES trials(trial_id),
  step INTEGER NOT NULL, intermediate_value FLOAT, intermediate_value_type VARCHAR(7) NOT NULL, UNIQUE(trial_id, step));
CREATE TABLE trial_heartbeats(trial_heartbeat_id INTEGER NOT NULL PRIMARY KEY, trial_id INTEGER NOT NULL REFERENCES trials(trial_id),
  heartbeat DATETIME NOT NULL, UNIQUE(trial_id));
INSERT INTO version_info VALUES(1, 12, '4.9.0');
INSERT INTO alembic_version VALUES('v3.2.0.a');
)";

const char* word(OptunaState state) {
    switch (state) {
    case OptunaState::complete: return "COMPLETE";
    case OptunaState::pruned: return "PRUNED";
    case OptunaState::fail: break;
    }
    return "FAIL";
}

class OptunaDatabase final : public OptunaFile {
public:
    OptunaDatabase(const std::string& path, const OptunaStudy& study) : db_(path, Database::Mode::create), transaction_(begun(db_), Transaction::Kind::write) {
        Statement(db_, "INSERT INTO studies VALUES(1, ?1)").bind(1, std::string_view(study.name)).run();
        Statement(db_, "INSERT INTO study_directions VALUES(1, ?1, 1, 0)").bind(1, std::string_view(study.maximise ? "MAXIMIZE" : "MINIMIZE")).run();
        Statement system(db_, "INSERT INTO study_system_attributes(study_id, key, value_json) VALUES(1, ?1, ?2)");
        for (const char* key : {"study:metric_names", "dashboard:objective_names"}) put(system, key, Json::array({study.metric}));
        Statement user(db_, "INSERT INTO study_user_attributes(study_id, key, value_json) VALUES(1, ?1, ?2)");
        for (const auto& [key, value] : study.attributes.items()) put(user, key, value);
    }

    void add(const OptunaTrial& trial) override {
        const int64_t number = next_++, id = number + 1;
        trial_.bind(1, id).bind(2, number).bind(3, std::string_view(word(trial.state)));
        if (trial.began.empty()) trial_.bind_null(4).bind_null(5).run();
        else trial_.bind(4, std::string_view(trial.began)).bind(5, std::string_view(trial.ended)).run();
        if (trial.value) value_.bind(1, id).bind(2, *trial.value).run();
        for (const OptunaParameter& p : trial.parameters)
            parameter_.bind(1, id).bind(2, std::string_view(p.name)).bind(3, p.value).bind(4, std::string_view(p.distribution)).run();
        for (const auto& [epoch, metric] : trial.intermediate) intermediate_.bind(1, id).bind(2, int64_t{epoch}).bind(3, metric).run();
        attribute_.bind(3, id);
        for (const auto& [key, value] : trial.attributes.items()) put(attribute_, key, value);
    }

    void finish() override { transaction_.commit(); }

private:
    /// It is a draft: there is nothing to roll back to, and it is synced when it is kept.
    static Database& begun(Database& db) {
        db.run("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF");
        db.run(tables);
        return db;
    }
    static void put(Statement& insert, const std::string& key, const Json& value) {
        const std::string text = report::dump(value);
        insert.bind(1, std::string_view(key)).bind(2, std::string_view(text)).run();
    }

    Database db_;
    Transaction transaction_;
    int64_t next_ = 0;
    Statement trial_{db_, "INSERT INTO trials(trial_id, number, study_id, state, datetime_start, datetime_complete) VALUES(?1, ?2, 1, ?3, ?4, ?5)"};
    Statement value_{db_, "INSERT INTO trial_values(trial_id, objective, value, value_type) VALUES(?1, 0, ?2, 'FINITE')"};
    Statement parameter_{db_, "INSERT INTO trial_params(trial_id, param_name, param_value, distribution_json) VALUES(?1, ?2, ?3, ?4)"};
    Statement intermediate_{db_, "INSERT INTO trial_intermediate_values(trial_id, step, intermediate_value, intermediate_value_type) VALUES(?1, ?2, ?3, 'FINITE')"};
    Statement attribute_{db_, "INSERT INTO trial_user_attributes(key, value_json, trial_id) VALUES(?1, ?2, ?3)"};
};

} // namespace

std::unique_ptr<OptunaFile> make_optuna_database(const std::string& path, const OptunaStudy& study) { return std::make_unique<OptunaDatabase>(path, study); }

} // namespace caviar::exchange
