// Sorting and filtering against the same done by hand in memory.

#include "support.h"

#include "caviar/error.h"
#include "host/study/filter.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace caviar::testing_study {
namespace {

using ::testing::HasSubstr;

class Query : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        folder = new Folder;
        SweepSettings settings = some_settings();
        study = Study::create(folder->file("q"), some_header(settings)).release();
        std::mt19937_64 random(17);
        for (int32_t round = 0; round < 3; ++round)
            study->add({round, "", ""}, some_trials(settings, round * 100, 100, round, random));
        std::vector<TrialResult> results;
        for (TrialId id = 0; id < 270; ++id)
            if (id % 9 != 4) results.push_back(some_result(id, random));
        study->record(results, std::vector<const Weights*>(results.size()));
        TrialQuery query;
        query.sort = "id";
        all = study->trials(query);
    }
    static void TearDownTestSuite() {
        delete study;
        delete folder;
    }

    using Test = std::function<bool(const TrialRow&)>;
    static std::vector<TrialId> ids(const std::vector<TrialRow>& rows) {
        std::vector<TrialId> list;
        for (const auto& row : rows) list.push_back(row.trial.id);
        return list;
    }
    static std::vector<TrialId> found(const TrialQuery& query) { return ids(study->trials(query)); }
    static std::vector<TrialId> filtered(const std::string& filter) {
        TrialQuery query;
        query.sort = "id";
        query.filter = filter;
        return found(query);
    }
    static std::vector<TrialId> by_hand(const Test& test) {
        auto rows = all;
        std::erase_if(rows, [&](const TrialRow& row) { return !test(row); });
        return ids(rows);
    }
    static const Value* value(const TrialRow& row, const std::string& name) {
        for (const auto& [key, v] : row.trial.configuration)
            if (key == name) return &v;
        return nullptr;
    }
    static double number(const TrialRow& row, const std::string& name) {
        const Value* v = value(row, name);
        if (!v) return std::numeric_limits<double>::quiet_NaN();
        return std::holds_alternative<double>(*v) ? std::get<double>(*v) : static_cast<double>(std::get<int64_t>(*v));
    }
    static bool finished(const TrialRow& row) { return row.result.state != TrialState::waiting; }

    static Folder* folder;
    static Study* study;
    static std::vector<TrialRow> all;
};
Folder* Query::folder = nullptr;
Study* Query::study = nullptr;
std::vector<TrialRow> Query::all;

TEST_F(Query, RowsComeOneByOneAndTheStudyCanBeReadMeanwhile) {
    for (const char* sort : {"score", "id", "learning_rate"}) {
        TrialQuery query;
        query.sort = sort;
        std::vector<TrialId> ids;
        study->each_trial(query, [&](const TrialRow& row) {
            EXPECT_EQ(study->counts().trials, 300);
            ids.push_back(row.trial.id);
        });
        EXPECT_EQ(ids, found(query)) << sort;
    }
    int taken = 0;
    EXPECT_THROW(study->each_trial({}, [&](const TrialRow&) { if (++taken == 3) throw UsageError("enough"); }), UsageError);
    EXPECT_EQ(taken, 3);
    EXPECT_EQ(found({}).size(), 300u) << "and the next one is asked as ever";
}

TEST_F(Query, Filters) {
    ASSERT_EQ(all.size(), 300u);
    const std::vector<std::pair<std::string, Test>> cases = {
        {"", [](auto&) { return true; }},
        {"learning_rate<0.01", [](auto& r) { return number(r, "learning_rate") < 0.01; }},
        {"learning_rate >= 1e-2 and optimizer=adam", [](auto& r) { return number(r, "learning_rate") >= 0.01 && *value(r, "optimizer") == Value("adam"); }},
        {"  optimizer != 'sgd'  AND batch_size==32 ", [](auto& r) { return *value(r, "optimizer") != Value("sgd") && number(r, "batch_size") == 32; }},
        {"momentum>0.8", [](auto& r) { return number(r, "momentum") > 0.8; }},  // not active under sgd: never met
        {"momentum<=0.8", [](auto& r) { return number(r, "momentum") <= 0.8; }},
        {"state=waiting", [](auto& r) { return !finished(r); }},
        {"state!=waiting", [](auto& r) { return finished(r); }},
        {"state=\"diverged\"", [](auto& r) { return r.result.state == TrialState::diverged; }},
        {"metric>=0.5", [](auto& r) { return r.metric >= 0.5; }},
        {"accuracy>=0.5", [](auto& r) { return r.metric >= 0.5; }},
        {"badness<-0.5 and loss<0.5", [](auto& r) { return finished(r) && r.score.badness < -0.5 && r.score.loss < 0.5; }},
        {"round=1 and id>=150", [](auto& r) { return r.trial.round == 1 && r.trial.id >= 150; }},
        {"epochs=3", [](auto& r) { return r.epochs == 3; }},
        {"best_epoch=0", [](auto& r) { return finished(r) && r.result.best_epoch == 0; }},
        {"seconds<1", [](auto& r) { return finished(r) && r.result.seconds < 1; }},
        {"seed<10", [](auto& r) { return r.trial.id < 10; }},             // the id, where the space sets none
        {"activation=relu", [](auto&) { return true; }},                   // the same in every trial
        {"activation=tanh", [](auto&) { return false; }},
        {"weight_decay=0", [](auto&) { return true; }},
        {"settings.units<8", [](auto& r) { return number(r, "units") < 8; }},
        {"units<8", [](auto& r) { return number(r, "units") < 8; }},
    };
    for (const auto& [filter, test] : cases) {
        EXPECT_EQ(filtered(filter), by_hand(test)) << filter;
        const auto n = by_hand(test).size();
        if (!filter.empty() && filter.find("activation") == std::string::npos && filter.find("weight_decay") == std::string::npos) {
            EXPECT_GT(n, 0u) << filter;
            EXPECT_LT(n, all.size()) << filter;
        }
    }
}

TEST_F(Query, Sorts) {
    for (const std::string sort : {"score", "id", "learning_rate", "momentum", "metric", "units", "seed", "activation", "round"})
        for (const bool descending : {false, true})
            for (const int64_t top : {-1, 0, 7, 250, 1000}) {
                using Key = std::tuple<bool, double, double, double>; // absent, value, second value, id
                const auto key = [&](const TrialRow& row) -> Key {
                    const double sign = descending ? -1 : 1, id = static_cast<double>(row.trial.id);
                    if (sort == "score") return {!finished(row), finished(row) ? sign * row.score.badness : 0, finished(row) ? sign * row.score.loss : 0, sign * id};
                    if (sort == "id" || sort == "seed") return {false, sign * id, 0, 0};
                    if (sort == "activation") return {false, 0, 0, id};
                    const double v = sort == "metric" ? row.metric : sort == "round" ? row.trial.round : number(row, sort);
                    return {std::isnan(v), std::isnan(v) ? 0 : sign * v, 0, id};
                };
                auto rows = all;
                std::sort(rows.begin(), rows.end(), [&](const TrialRow& a, const TrialRow& b) { return key(a) < key(b); });
                if (top >= 0 && rows.size() > static_cast<size_t>(top)) rows.resize(static_cast<size_t>(top));
                TrialQuery query;
                query.sort = sort;
                query.descending = descending;
                query.top = top;
                EXPECT_EQ(found(query), ids(rows)) << sort << (descending ? " descending" : "") << " top " << top;
            }
}

TEST_F(Query, StateAndIds) {
    TrialQuery query;
    query.sort = "id";
    query.ids = {299, 4, 17, 17, 1'000'000};
    EXPECT_EQ(found(query), (std::vector<TrialId>{4, 17, 299}));
    query.state = TrialState::waiting;
    EXPECT_EQ(found(query), (std::vector<TrialId>{4, 299}));
    query.sort = "score";
    EXPECT_EQ(found(query), (std::vector<TrialId>{4, 299}));
    query.ids.clear();
    for (TrialId id = 0; id < 100'000; ++id) query.ids.push_back(id);
    query.state = TrialState::diverged;
    query.sort = "id";
    EXPECT_EQ(found(query), by_hand([](auto& r) { return r.result.state == TrialState::diverged; }));
}

TEST_F(Query, CurvesOnlyWhenAsked) {
    TrialQuery query;
    query.top = 5;
    for (const auto& row : study->trials(query)) EXPECT_TRUE(row.result.curve.empty());
    query.curves = true;
    for (const auto& row : study->trials(query)) EXPECT_EQ(static_cast<int32_t>(row.result.curve.size()), row.epochs);
}

TEST_F(Query, ErrorsSayWhereAndWhat) {
    const auto said = [&](const std::string& filter) { return message<UsageError>([&] { (void)filtered(filter); }); };
    EXPECT_THAT(said("learning_rat<1"), HasSubstr("learning_rate"));
    EXPECT_THAT(said("learning_rat<1"), HasSubstr("did you mean"));
    EXPECT_THAT(said("id=1 and optimizer=adm"), HasSubstr("adam"));
    EXPECT_THAT(said("id=1 and optimizer=adm"), HasSubstr("at character 10"));
    EXPECT_THAT(said("optimizer<adam"), HasSubstr("only = and !="));
    EXPECT_THAT(said("state=finished"), HasSubstr("complete"));
    EXPECT_THAT(said("learning_rate<fast"), HasSubstr("\"fast\" is none"));
    EXPECT_THAT(said("learning_rate"), HasSubstr("expected one of <"));
    EXPECT_THAT(said("learning_rate<"), HasSubstr("expected a value"));
    EXPECT_THAT(said("<1"), HasSubstr("expected a name"));
    EXPECT_THAT(said("id<1 or id>2"), HasSubstr("expected `and`"));
    EXPECT_THAT(said("id<1 and"), HasSubstr("expected a name"));
    EXPECT_THAT(said("id<>=1"), HasSubstr("expected one of <"));
    EXPECT_THAT(said("state='complete"), HasSubstr("not closed"));
    EXPECT_THAT(said("units_2=3"), HasSubstr("units; use these"));
    EXPECT_THAT(said(std::string(20'000, 'a')), HasSubstr("longer than"));
    EXPECT_THAT(said("settings.rounds=1"), HasSubstr("character 1: unknown name \"settings.rounds\""));
    EXPECT_THAT(said("id=1;DROP"), HasSubstr("\"1;DROP\" is none"));
    TrialQuery query;
    query.sort = "metrik";
    EXPECT_THAT(message<UsageError>([&] { (void)study->trials(query); }), HasSubstr("did you mean \"metric\""));
}

TEST(Filter, AnyTextIsReadOrRefused) {
    const std::vector<std::string> words = {"id", "learning_rate", "<", ">=", "=", "!=", " and ", " ", "1e-3", "'", "\"", "adam", ";", "--", "(", "\xff", "AND", "0x1"};
    std::mt19937_64 random(23);
    int read = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto n = random() % 8; n > 0; --n) text += words[random() % words.size()];
        try {
            read += static_cast<int>(study::parse_filter(text).size());
        } catch (const UsageError&) {
        }
    }
    EXPECT_GT(read, 100);
}

} // namespace
} // namespace caviar::testing_study
