// Databases of Optuna's as a search takes them over.

#include "support.h"

#include "caviar/error.h"
#include "host/exchange/optuna_export.h"
#include "host/exchange/optuna_file.h"
#include "host/exchange/optuna_precedent.h"
#include "host/exchange/parameter_names.h"
#include "host/study/sqlite.h"

#include <gmock/gmock.h>

#include <set>

namespace caviar::exchange {
namespace {

using namespace testing_exchange;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;

constexpr const char* real = R"({"name":"FloatDistribution","attributes":{"step":null,"low":1e-05,"high":1.0,"log":true}})";
constexpr const char* whole = R"({"name":"IntDistribution","attributes":{"log":false,"step":1,"low":1,"high":512}})";
constexpr const char* optimizers = R"({"name":"CategoricalDistribution","attributes":{"choices":["Adam","SGD","Adagrad"]}})";

OptunaTrial complete(double value, std::vector<OptunaParameter> parameters) { return {OptunaState::complete, value, std::move(parameters), {}, Json::object()}; }

class OptunaPrecedents : public ::testing::Test {
protected:
    std::string database(const std::vector<OptunaTrial>& trials, bool maximise = false) {
        const std::string path = folder.file("optuna" + std::to_string(files++) + ".db");
        const auto file = make_optuna_database(path, {"theirs", maximise, "loss", Json::object()});
        for (const OptunaTrial& trial : trials) file->add(trial);
        file->finish();
        return path;
    }
    OptunaPrecedent read(const std::string& text, const std::vector<std::string>& map = {}) const {
        OptunaPlace place;
        if (!is_optuna(text, place)) throw std::invalid_argument("not Optuna's");
        return optuna_precedent(place, space, {}, 1, map);
    }
    static const Value& value(const Trial& trial, const std::string& name) {
        for (const auto& [key, v] : trial.configuration)
            if (key == name) return v;
        throw std::out_of_range(name);
    }

    Folder folder;
    SearchSpace space = [] {
        SearchSpace s;
        s.vary("optimizer", parse_distribution("choice(sgd,adam)"));
        s.vary("learning_rate", parse_distribution("log(1e-4,1)"));
        s.vary("layers", parse_distribution("int(1,3)"));
        s.vary("units", parse_distribution("logint(4,256)"));
        s.vary("dropout", parse_distribution("uniform(0,0.5)"));
        return s;
    }();
    int files = 0;
};

TEST_F(OptunaPrecedents, ReadsParametersUnderTheirUsualNames) {
    const auto found = read(database({complete(0.5, {{"lr", 0.01, real}, {"n_layers", 2, whole}, {"n_units_l0", 30, whole}, {"n_units_l1", 12, whole}, {"optimizer", 1, optimizers}, {"kernel", 3, whole}, {"bs", 32, whole}}),
                                      complete(0.25, {{"lr", 0.1, real}, {"n_layers", 1, whole}, {"n_units_l0", 99, whole}, {"optimizer", 0, optimizers}}),
                                      complete(0.1, {{"lr", 0.1, real}, {"optimizer", 2, optimizers}}),
                                      {OptunaState::fail, {}, {{"lr", 1, real}}, {}, Json::object()}}));
    ASSERT_EQ(found.precedent.trials.size(), 2u) << "Adagrad is left out";
    const Trial& best = found.precedent.trials[0];
    EXPECT_EQ(value(best, "learning_rate"), Value(0.1)) << "the lower value first";
    EXPECT_EQ(value(best, "optimizer"), Value(std::string("adam")));
    EXPECT_EQ(value(best, "units"), Value(int64_t{99})) << "the first layer's";
    const Trial& second = found.precedent.trials[1];
    EXPECT_EQ(second.hyperparameters.hidden, (std::vector<int32_t>{30, 12}));
    EXPECT_EQ(second.hyperparameters.optimizer, Optimizer::sgd);
    EXPECT_EQ(second.hyperparameters.batch_size, 32);
    EXPECT_THAT(found.notes, Contains(AllOf(HasSubstr("no such hyperparameter: kernel"), HasSubstr("--warm-map kernel="))));
    EXPECT_THAT(found.notes, Contains(AllOf(HasSubstr("does not vary it: bs"))));
    EXPECT_THAT(found.notes, Contains(AllOf(HasSubstr("1 trial left out"), HasSubstr("Adagrad"))));
}

TEST_F(OptunaPrecedents, WhatIsNotKnownIsSpreadOverItsRange) {
    std::vector<OptunaTrial> trials;
    for (int i = 0; i < 8; ++i) trials.push_back(complete(i, {{"lr", 0.01, real}}));
    std::set<int> eighths;
    for (const Trial& trial : read(database(trials)).precedent.trials) eighths.insert(static_cast<int>(std::get<double>(value(trial, "dropout")) / 0.5 * 8));
    EXPECT_EQ(eighths.size(), 8u) << "a block of a Sobol sequence has one point in each";
}

TEST_F(OptunaPrecedents, TheMapGoesBeforeTheTableAndLeavesOut) {
    const std::string file = database({complete(1, {{"lr", 0.5, real}, {"rate", 0.01, real}, {"width", 77, whole}})}, true);
    const Trial trial = read(file, {"rate=learning_rate", "lr=none"}).precedent.trials.at(0);
    EXPECT_EQ(value(trial, "learning_rate"), Value(0.01));
    EXPECT_EQ(value(trial, "units"), Value(int64_t{77}));
    EXPECT_THAT(testing_study::message<UsageError>([&] { read(file, {"rate=learning_rate"}); }), HasSubstr("two parameters"));
    EXPECT_THAT(testing_study::message<UsageError>([&] { read(file, {"rate=learning_rte"}); }), HasSubstr("learning_rate"));
    EXPECT_THAT(testing_study::message<UsageError>([&] { read(file, {"rate"}); }), HasSubstr("THEIRS=OURS"));
}

TEST_F(OptunaPrecedents, ReadsBackWhatWasExported) {
    const auto ours = some_study(folder);
    export_optuna(*ours, {}, folder.file("back.db"));
    space = settings().space;
    const auto found = read(folder.file("back.db"));
    ASSERT_EQ(found.precedent.trials.size(), 2u) << "the complete ones";
    const Trial& best = found.precedent.trials[0];
    TrialQuery query;
    query.ids = {3};
    const Trial expected = ours->trials(query).at(0).trial;
    ASSERT_EQ(best.configuration.size(), expected.configuration.size());
    for (size_t i = 0; i < expected.configuration.size(); ++i) {
        EXPECT_EQ(best.configuration[i].first, expected.configuration[i].first);
        if (best.configuration[i].first == "momentum") EXPECT_NEAR(std::get<double>(best.configuration[i].second), 0.99, 1e-15); // 1 - (1 - x)
        else EXPECT_EQ(best.configuration[i].second, expected.configuration[i].second) << best.configuration[i].first;
    }
    EXPECT_TRUE(found.parameters.contains("one_minus_momentum"));
}

TEST_F(OptunaPrecedents, SaysWhyNothingCanBeTakenOver) {
    const auto failure = [&](const std::string& file) { return testing_study::message<RuntimeFailure>([&] { read(file); }); };
    EXPECT_THAT(failure(database({})), HasSubstr("no complete trial"));
    EXPECT_THAT(failure(database({complete(1, {{"kernel", 3, whole}, {"bs", 8, whole}})})), AllOf(HasSubstr("bs, kernel"), HasSubstr("--warm-map")));
    EXPECT_THAT(failure(database({complete(1, {{"lr", 0.1, real}, {"optimizer", 2, optimizers}})})), AllOf(HasSubstr("no trial that can be taken over"), HasSubstr("Adagrad")));

    const std::string two = database({complete(1, {{"lr", 0.1, real}})});
    {
        study::Database db(two, study::Database::Mode::write);
        db.run("INSERT INTO studies VALUES(2, 'second'); INSERT INTO study_directions VALUES(2, 'MINIMIZE', 2, 0), (3, 'MAXIMIZE', 2, 1)");
    }
    EXPECT_THAT(testing_study::message<UsageError>([&] { read(two); }), AllOf(HasSubstr("several studies"), HasSubstr("#theirs"), HasSubstr("second")));
    EXPECT_EQ(read(two + "#theirs").precedent.trials.size(), 1u);
    EXPECT_THAT(failure(two + "#second"), HasSubstr("2 objectives"));
    EXPECT_THAT(testing_study::message<UsageError>([&] { read(two + "#third"); }), HasSubstr("no study 'third'"));
}

TEST_F(OptunaPrecedents, OtherFilesAreNotOptunas) {
    OptunaPlace place;
    EXPECT_FALSE(is_optuna(folder.file("none.db"), place));
    EXPECT_FALSE(is_optuna(folder.path().string(), place));
    std::ofstream(folder.file("text.db")) << "SQLite format 3? No.";
    EXPECT_FALSE(is_optuna(folder.file("text.db"), place));
    const auto ours = some_study(folder);
    EXPECT_FALSE(is_optuna(ours->path(), place));
    export_optuna(*ours, {}, folder.file("o.log"));
    EXPECT_THAT(testing_study::message<UsageError>([&] { is_optuna(folder.file("o.log"), place); }), HasSubstr("copy_study"));
}

TEST(ParameterNames, EveryAliasIsANameOfOursOnce) {
    std::set<std::string_view> theirs;
    for (const auto& [name, ours] : aliases()) {
        EXPECT_NO_THROW((void)field(ours)) << name;
        EXPECT_TRUE(theirs.insert(name).second) << name;
        EXPECT_THROW((void)field(name), UsageError) << name << " is a name of our own, which goes before an alias";
    }
    EXPECT_EQ(value_from_elsewhere(field("activation"), std::string("LeakyReLU")), Value(std::string("leaky_relu")));
    EXPECT_EQ(value_from_elsewhere(field("optimizer"), std::string("RMSprop")), Value(std::string("rmsprop")));
    EXPECT_EQ(ParameterNames({}).find("n_units_l0")->ours, "units_1");
    EXPECT_FALSE(ParameterNames({}).find("n_units_l99"));
    EXPECT_FALSE(ParameterNames({}).find("n_units_lx"));
    EXPECT_TRUE(ParameterNames({}).find("one_minus_beta1")->complement);
}

} // namespace
} // namespace caviar::exchange
