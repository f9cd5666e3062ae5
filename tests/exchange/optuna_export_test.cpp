// Our trials as Optuna says them, and both of its kinds of file. That Optuna itself reads them: tests/python/read_optuna.py.

#include "support.h"

#include "caviar/error.h"
#include "host/exchange/optuna_export.h"
#include "host/exchange/optuna_trial.h"
#include "host/report/dates.h"
#include "host/study/sqlite.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace caviar::exchange {
namespace {

using namespace testing_exchange;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<OptunaTrial> translated(const Study& study) {
    std::vector<OptunaTrial> trials;
    const OptunaTranslation translate(study);
    each_selected(study, {}, [&](const TrialRow& row) { trials.push_back(translate(row)); });
    return trials;
}

const OptunaParameter& parameter(const OptunaTrial& trial, const std::string& name) {
    for (const OptunaParameter& p : trial.parameters)
        if (p.name == name) return p;
    throw std::out_of_range(name);
}

TEST(OptunaTranslation, SaysEachDistributionInOptunasWords) {
    const Folder folder;
    const auto trials = translated(*some_study(folder));
    const auto text = [&](const std::string& name) { return parameter(trials.at(0), name).distribution; };
    EXPECT_EQ(text("learning_rate"), R"({"name":"FloatDistribution","attributes":{"step":null,"low":0.0001,"high":1.0,"log":true}})");
    EXPECT_EQ(text("one_minus_momentum"), R"({"name":"FloatDistribution","attributes":{"step":null,"low":0.001,"high":0.1,"log":true}})");
    EXPECT_EQ(text("dropout"), R"({"name":"FloatDistribution","attributes":{"step":null,"low":0.0,"high":0.5,"log":false}})");
    EXPECT_EQ(text("batch_size"), R"({"name":"IntDistribution","attributes":{"log":true,"step":1,"low":8,"high":128}})");
    EXPECT_EQ(text("units"), R"({"name":"IntDistribution","attributes":{"log":true,"step":1,"low":2,"high":64}})");
    EXPECT_EQ(text("layers"), R"({"name":"IntDistribution","attributes":{"log":false,"step":1,"low":1,"high":3}})");
    EXPECT_EQ(text("optimizer"), R"({"name":"CategoricalDistribution","attributes":{"choices":["sgd","momentum"]}})") << "each choice once";
    EXPECT_THROW((void)text("activation"), std::out_of_range) << "the same in every trial";

    EXPECT_EQ(parameter(trials[0], "optimizer").value, 1);
    EXPECT_EQ(parameter(trials[1], "optimizer").value, 0);
    EXPECT_EQ(parameter(trials[0], "learning_rate").value, 0.001);
    EXPECT_EQ(parameter(trials[0], "one_minus_momentum").value, 0.01);
    EXPECT_EQ(trials[0].attributes["momentum"], 0.99);
    EXPECT_THROW((void)parameter(trials[1], "one_minus_momentum"), std::out_of_range) << "without an effect under sgd";
}

TEST(OptunaTranslation, StatesValuesAndCurves) {
    const Folder folder;
    const auto trials = translated(*some_study(folder));
    ASSERT_EQ(trials.size(), 4u) << "without the one that waits";
    EXPECT_EQ(trials[0].state, OptunaState::complete);
    EXPECT_EQ(trials[0].value, 0.75);
    EXPECT_THAT(trials[0].intermediate, ElementsAre(Pair(0, 0.5), Pair(1, 0.75), Pair(2, 0.7))) << "the shortest digits of the floats";
    EXPECT_EQ(trials[1].state, OptunaState::pruned);
    EXPECT_EQ(trials[1].value, 0.3) << "the last, not the best";
    EXPECT_EQ(trials[1].attributes["best_metric"], 0.4);
    EXPECT_EQ(trials[2].state, OptunaState::fail);
    EXPECT_EQ(trials[2].value, std::nullopt);
    EXPECT_TRUE(trials[2].intermediate.empty());
    EXPECT_EQ(trials[2].attributes["state"], "diverged");
    EXPECT_EQ(trials[3].attributes["winner"], true);
    EXPECT_EQ(trials[3].attributes["caviar_trial"], 3);
    EXPECT_EQ(trials[3].attributes["best_epoch"], 2);
    EXPECT_FALSE(trials[0].attributes.contains("winner"));
}

TEST(OptunaTranslation, DatesAreLocalTimeWhereTheyAreKnown) {
    const Folder folder;
    const auto trials = translated(*some_study(folder));
    EXPECT_EQ(trials[0].began, report::local_date(some_day));
    EXPECT_EQ(trials[0].ended, report::local_date(some_day + 1));
    EXPECT_EQ(trials[1].began + trials[1].ended, "");
    std::vector<OptunaTrial> settings;
    const auto study = cross_validated_study(folder);
    const OptunaTranslation translate(*study);
    each_selected_setting(*study, settings_from_json(study->header().settings), {}, [&](auto folds) { settings.push_back(translate(folds)); });
    EXPECT_EQ(settings[0].began, report::local_date(some_day)) << "the first fold's";
    EXPECT_EQ(settings[0].ended, report::local_date(some_day + 105)) << "the second's";
    EXPECT_EQ(settings[1].began + settings[1].ended, "") << "of one fold it is not known";
}

TEST(OptunaTranslation, OfFoldsSaysTheMeanOfASetting) {
    const Folder folder;
    const auto study = cross_validated_study(folder);
    std::vector<OptunaTrial> trials;
    const OptunaTranslation translate(*study);
    EXPECT_EQ(each_selected_setting(*study, settings_from_json(study->header().settings), {}, [&](auto folds) { trials.push_back(translate(folds)); }), 4);
    ASSERT_EQ(trials.size(), 4u) << "without the one with a fold that waits";
    EXPECT_EQ(trials[0].state, OptunaState::complete);
    EXPECT_EQ(trials[0].value, (0.875 + 0.25) / 2);
    EXPECT_THAT(trials[0].intermediate, ElementsAre(Pair(0, 0.375), Pair(1, 0.5))) << "as far as both came";
    EXPECT_EQ(trials[0].attributes["caviar_trials"], Json::array({0, 1}));
    EXPECT_EQ(trials[0].attributes["fold_metrics"], Json::array({0.875, 0.25}));
    EXPECT_EQ(trials[0].attributes["epochs"], 5);
    EXPECT_EQ(trials[0].attributes["seconds"], 1.5);
    EXPECT_EQ(trials[0].parameters.size(), 7u);
    EXPECT_EQ(trials[1].value, 0.6875);
    EXPECT_EQ(parameter(trials[1], "learning_rate").value, 0.002);
    EXPECT_EQ(trials[2].state, OptunaState::fail) << "whatever the other fold scored";
    EXPECT_EQ(trials[2].value, std::nullopt);
    EXPECT_EQ(trials[2].attributes["fold_metrics"], Json::array({nullptr, 1.0}));
    EXPECT_EQ(trials[3].state, OptunaState::pruned);
    EXPECT_EQ(trials[3].value, 0.375) << "after the last epoch that both had";
    for (const OptunaTrial& trial : trials) {
        EXPECT_EQ(trial.attributes.contains("winner"), &trial == &trials[1]);
        EXPECT_FALSE(trial.attributes.contains("test_accuracy")) << "it is the test of another net";
    }
    EXPECT_EQ(optuna_study(*study).attributes["test"]["test"], 0.5);
}

TEST(OptunaExport, SelectsSettingsOfFolds) {
    const Folder folder;
    const auto study = cross_validated_study(folder);
    const auto ids = [&](const std::string& name, const Selection& selection) {
        export_optuna(*study, selection, folder.file(name));
        std::vector<Json> all;
        std::istringstream text(slurp(folder.file(name)));
        for (std::string line; std::getline(text, line);)
            if (const Json json = Json::parse(line); json["op_code"] == 4) all.push_back(json["user_attrs"]["caviar_trials"]);
        return all;
    };
    const auto pair = [](int first) { return Json::array({first, first + 1}); };
    EXPECT_THAT(ids("all.log", {}), ElementsAre(pair(0), pair(2), pair(4), pair(6)));
    EXPECT_THAT(ids("best.log", {Selection::Kind::top, 1}), ElementsAre(pair(2))) << "by its mean: trial 5 is the best of all, and its setting diverged";
    EXPECT_THAT(ids("two.log", {Selection::Kind::top, 2}), ElementsAre(pair(0), pair(2)));
    EXPECT_THAT(ids("some.log", {Selection::Kind::sample, 2}), ElementsAre(pair(0), pair(2)));
    EXPECT_EQ(ids("every.log", {Selection::Kind::sample, 9}).size(), 4u);
}

TEST(OptunaTranslation, LongCurvesAreThinnedEvenlyOnALogScale) {
    EXPECT_EQ(thinned(50, 7).size(), 50u);
    EXPECT_TRUE(thinned(0, -1).empty());
    const auto epochs = thinned(100'000, 77'777);
    EXPECT_LE(epochs.size(), 51u);
    EXPECT_EQ(epochs.front(), 0);
    EXPECT_EQ(epochs.back(), 99'999);
    EXPECT_THAT(epochs, ::testing::Contains(77'777));
    EXPECT_TRUE(std::is_sorted(epochs.begin(), epochs.end()));
    EXPECT_GT(std::count_if(epochs.begin(), epochs.end(), [](int32_t e) { return e < 1000; }), 20); // three of five decades
}

TEST(OptunaExport, TheDatabaseHoldsWhatTheJournalDoes) {
    const Folder folder;
    const auto ours = some_study(folder);
    EXPECT_EQ(export_optuna(*ours, {}, folder.file("o.db")), 4);
    EXPECT_EQ(export_optuna(*ours, {}, folder.file("o.log")), 4);

    std::vector<Json> lines;
    std::istringstream text(slurp(folder.file("o.log")));
    for (std::string line; std::getline(text, line);) lines.push_back(Json::parse(line));
    EXPECT_EQ(lines.at(0), Json::parse(R"({"op_code":0,"worker_id":"caviar","study_name":"flowers","directions":[2]})"));
    EXPECT_EQ(lines.at(1)["system_attr"]["study:metric_names"], Json::array({"valid_accuracy"}));
    std::erase_if(lines, [](const Json& line) { return line["op_code"] != 4; });
    ASSERT_EQ(lines.size(), 4u);

    const study::Database db(folder.file("o.db"), study::Database::Mode::read);
    study::Statement list(db, "SELECT t.trial_id, t.number, t.state, v.value, t.datetime_start, t.datetime_complete, "
                              "(SELECT json_group_object(key, json(value_json)) FROM trial_user_attributes a WHERE a.trial_id = t.trial_id), "
                              "(SELECT json_group_object(step, intermediate_value) FROM trial_intermediate_values i WHERE i.trial_id = t.trial_id) "
                              "FROM trials t LEFT JOIN trial_values v ON v.trial_id = t.trial_id ORDER BY t.trial_id");
    study::Statement parameters(db, "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ?1 ORDER BY param_id");
    const char* words[] = {"RUNNING", "COMPLETE", "PRUNED", "FAIL"}; // by the numbers of TrialState
    for (int64_t i = 0; i < 4; ++i) {
        const Json& line = lines[static_cast<size_t>(i)];
        ASSERT_TRUE(list.step());
        EXPECT_EQ(list.integer(0), i + 1) << "ids count from 1";
        EXPECT_EQ(list.integer(1), i);
        EXPECT_EQ(list.text(2), words[line["state"].get<int>()]);
        EXPECT_EQ(list.is_null(3), line["value"].is_null());
        if (!line["value"].is_null()) { EXPECT_EQ(list.real(3), line["value"].get<double>()); }
        EXPECT_EQ(list.is_null(4), line["datetime_start"].is_null());
        EXPECT_EQ(list.is_null(5), !line.contains("datetime_complete"));
        if (!list.is_null(4)) { EXPECT_EQ(list.text(4) + list.text(5), line["datetime_start"].get<std::string>() + line["datetime_complete"].get<std::string>()); }
        Json values = Json::object(), distributions = Json::object();
        for (parameters.bind(1, i + 1); parameters.step(); distributions[parameters.text(0)] = parameters.text(2)) values[parameters.text(0)] = parameters.real(1);
        EXPECT_EQ(values, line["params"]);
        EXPECT_EQ(distributions, line["distributions"]);
        EXPECT_EQ(nlohmann::json::parse(list.text(6)), nlohmann::json(line["user_attrs"])) << "whatever their order";
        EXPECT_EQ(nlohmann::json::parse(list.text(7)), nlohmann::json(line["intermediate_values"]));
    }
    EXPECT_FALSE(list.step());
}

TEST(OptunaExport, NeverReplacesAFileAndLeavesNoDraft) {
    const Folder folder;
    const auto ours = some_study(folder);
    std::ofstream(folder.file("theirs.db")) << "precious";
    EXPECT_THAT(testing_study::message<RuntimeFailure>([&] { export_optuna(*ours, {}, folder.file("theirs.db")); }), HasSubstr("exists already"));
    EXPECT_EQ(slurp(folder.file("theirs.db")), "precious");
    EXPECT_THAT(testing_study::message<UsageError>([&] { export_optuna(*ours, {}, folder.file("o.csv")); }), HasSubstr("NAME.log"));
    EXPECT_NE(testing_study::message<RuntimeFailure>([&] { export_optuna(*ours, {}, folder.file("no/such/o.db")); }), "");
    EXPECT_NE(testing_study::message<RuntimeFailure>([&] { export_optuna(*ours, {}, folder.file("no/such/o.log")); }), "");
    for (const auto& entry : std::filesystem::directory_iterator(folder.path())) EXPECT_THAT(entry.path().string(), ::testing::Not(HasSubstr(".part"))) << entry.path();
}

} // namespace
} // namespace caviar::exchange
