// The store: what goes in comes out, all or nothing, and the kept weights do not depend on the order of finishing.

#include "support.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace caviar::testing_study {
namespace {

using ::testing::HasSubstr;

struct Filled {
    Folder folder;
    SweepSettings settings = some_settings();
    std::unique_ptr<Study> study = Study::create(folder.file("s.caviar"), some_header(settings));
    std::mt19937_64 random{3};

    std::vector<Trial> add(int64_t count) {
        const auto round = static_cast<int32_t>(study->rounds().size());
        const auto trials = some_trials(settings, study->size(), count, round, random);
        study->add({round, "{\"round\":" + std::to_string(round) + "}", "why"}, trials);
        return trials;
    }
    // As a sweep does it: weights only where the study would keep them.
    void record(const TrialResult& result) {
        const Weights weights = some_weights(result.id);
        const bool keep = result.state == TrialState::complete && study->keeps(score(result, Metric::accuracy), result.id);
        const Weights* pointer = keep ? &weights : nullptr;
        study->record(std::span(&result, 1), std::span(&pointer, 1));
    }
};

TEST(Store, GivesBackWhatWasStored) {
    Filled f;
    auto trials = f.add(40);
    const auto more = f.add(25);
    trials.insert(trials.end(), more.begin(), more.end());
    std::vector<TrialResult> results;
    for (TrialId id = 0; id < 60; ++id) {
        results.push_back(some_result(id, f.random));
        f.record(results.back());
    }
    f.study->note("test", "{\"a\":1}");
    f.study->note("test", "{\"a\":2}");
    const std::string before = everything(*f.study);
    f.study.reset();

    for (const auto& study : {Study::read(f.folder.file("s.caviar")), Study::open(f.folder.file("s.caviar"))}) {
        EXPECT_EQ(everything(*study), before);
        EXPECT_EQ(study->size(), 65);
        EXPECT_EQ(study->note("test"), "{\"a\":2}");
        EXPECT_EQ(study->note("other"), std::nullopt);
        ASSERT_EQ(study->rounds().size(), 2u);
        EXPECT_EQ(study->rounds()[1].state, "{\"round\":1}");
        TrialQuery query;
        query.sort = "id";
        query.curves = true;
        const auto rows = study->trials(query);
        ASSERT_EQ(rows.size(), trials.size());
        for (size_t i = 0; i < rows.size(); ++i) {
            EXPECT_EQ(rows[i].trial.id, trials[i].id);
            EXPECT_EQ(rows[i].trial.round, trials[i].round);
            EXPECT_EQ(rows[i].trial.configuration, trials[i].configuration);
            EXPECT_EQ(rows[i].trial.hyperparameters, trials[i].hyperparameters);
            if (i >= results.size()) {
                EXPECT_EQ(rows[i].result.state, TrialState::waiting);
                continue;
            }
            EXPECT_EQ(rows[i].result.state, results[i].state);
            EXPECT_EQ(rows[i].result.best_epoch, results[i].best_epoch);
            EXPECT_EQ(rows[i].result.seconds, results[i].seconds);
            EXPECT_EQ(hex(rows[i].result.curve), hex(results[i].curve));
            EXPECT_EQ(rows[i].score, score(results[i], Metric::accuracy));
            EXPECT_EQ(rows[i].epochs, static_cast<int32_t>(results[i].curve.size()));
        }
        const StudyCounts counts = study->counts();
        EXPECT_EQ(counts.trials, 65);
        EXPECT_EQ(counts.waiting, 5);
        EXPECT_EQ(counts.diverged, std::count_if(results.begin(), results.end(), [](auto& r) { return r.state == TrialState::diverged; }));
        EXPECT_EQ(counts.complete + counts.diverged, 60);
        int64_t epochs = 0;
        for (const auto& r : results) epochs += static_cast<int64_t>(r.curve.size());
        EXPECT_EQ(counts.epochs, epochs);
    }
}

TEST(Store, BestIsTheLowestScoreThenTheLowestId) {
    Filled f;
    f.add(5);
    EXPECT_FALSE(f.study->best());
    const auto finish = [&](TrialId id, TrialState state, float metric, float loss) {
        f.record({id, state, state == TrialState::diverged ? -1 : 0, {{1, loss, metric}}, 0});
    };
    finish(4, TrialState::diverged, 1, 0);
    EXPECT_FALSE(f.study->best());
    finish(3, TrialState::complete, 0.5f, 0.1f);
    finish(2, TrialState::complete, 0.75f, 0.3f);
    finish(1, TrialState::complete, 0.75f, 0.2f);
    EXPECT_EQ(f.study->best()->trial.id, 1);
    finish(0, TrialState::complete, 0.75f, 0.2f);
    EXPECT_EQ(f.study->best()->trial.id, 0);
    EXPECT_EQ(f.study->best()->metric, 0.75);
    EXPECT_EQ(f.study->best()->score.badness, -0.75);
}

TEST(Store, ScoreIsTheBestEpochs) {
    const TrialResult r{0, TrialState::complete, 1, {{1, 2, 3}, {4, 5, 6}}, 0};
    EXPECT_EQ(score(r, Metric::accuracy), (Score{-6, 5}));
    EXPECT_EQ(score(r, Metric::rmse), (Score{6, 5}));
    TrialResult diverged = r;
    diverged.state = TrialState::diverged;
    EXPECT_EQ(score(diverged, Metric::rmse), Score{});
    TrialResult without = r;
    without.best_epoch = -1;
    EXPECT_EQ(score(without, Metric::rmse), Score{});
    TrialResult nan = r;
    nan.curve[1].valid_metric = std::numeric_limits<float>::quiet_NaN();
    EXPECT_EQ(score(nan, Metric::rmse), Score{});
}

TEST(Store, KeptWeightsDoNotDependOnTheOrderOfFinishing) {
    std::vector<TrialResult> results;
    std::mt19937_64 random(11);
    for (TrialId id = 0; id < 80; ++id) results.push_back(some_result(id, random));

    // the definition: the first 4 complete trials by (score, id)
    auto ranked = results;
    std::erase_if(ranked, [](const TrialResult& r) { return r.state != TrialState::complete; });
    std::sort(ranked.begin(), ranked.end(), [](const TrialResult& a, const TrialResult& b) {
        return std::pair(score(a, Metric::accuracy), a.id) < std::pair(score(b, Metric::accuracy), b.id);
    });
    std::vector<TrialId> expected;
    for (int i = 0; i < 4; ++i) expected.push_back(ranked[static_cast<size_t>(i)].id);
    std::sort(expected.begin(), expected.end());

    for (int order = 0; order < 6; ++order) {
        Filled f;
        f.add(80);
        std::shuffle(results.begin(), results.end(), random);
        for (size_t at = 0; at < results.size();) { // in transactions of several, the weights decided before each
            const size_t count = std::min<size_t>(1 + random() % 20, results.size() - at);
            std::vector<Weights> weights(count);
            std::vector<const Weights*> pointers(count);
            for (size_t i = 0; i < count; ++i) {
                const auto& r = results[at + i];
                weights[i] = some_weights(r.id);
                if (r.state == TrialState::complete && f.study->keeps(score(r, Metric::accuracy), r.id)) pointers[i] = &weights[i];
            }
            f.study->record(std::span(results).subspan(at, count), pointers);
            at += count;
            if (order % 2) { // what is kept must also survive closing
                f.study.reset();
                f.study = Study::open(f.folder.file("s.caviar"));
            }
        }
        std::vector<TrialId> kept;
        for (TrialId id = 0; id < 80; ++id)
            if (const auto w = f.study->weights(id)) {
                kept.push_back(id);
                EXPECT_EQ(w->values, some_weights(id).values);
                EXPECT_EQ(w->widths, some_weights(id).widths);
            }
        EXPECT_EQ(kept, expected) << "order " << order;
    }
}

TEST(Store, ATransactionIsAllOrNothing) {
    Filled f;
    f.add(10);
    f.record(some_result(0, f.random));
    const std::string before = everything(*f.study);
    const auto refused = [&](std::vector<TrialResult> results) {
        std::vector<Weights> weights;
        for (const auto& r : results) weights.push_back(some_weights(r.id));
        std::vector<const Weights*> pointers;
        for (const auto& w : weights) pointers.push_back(&w);
        const std::string said = message<UsageError>([&] { f.study->record(results, pointers); });
        EXPECT_EQ(everything(*f.study), before);
        return said;
    };
    const TrialResult good{5, TrialState::complete, 0, {{0, 0, 1}}, 0};
    EXPECT_THAT(refused({good, some_result(0, f.random)}), HasSubstr("trial 0 is recorded already"));
    EXPECT_THAT(refused({good, some_result(10, f.random)}), HasSubstr("trial 10 is not in the study"));
    EXPECT_THAT(refused({good, {1, TrialState::waiting, -1, {}, 0}}), HasSubstr("trial 1 is not finished"));
    EXPECT_TRUE(f.study->keeps({-1, 0}, 9)); // the refused weights left no trace in memory either
    EXPECT_THROW(f.study->record(std::span(&good, 1), {}), UsageError);
    f.record(good);
    EXPECT_TRUE(f.study->weights(5));

    auto trials = some_trials(f.settings, 10, 3, 1, f.random);
    const std::string now = everything(*f.study);
    const auto not_added = [&](int32_t round, const std::vector<Trial>& list) {
        const std::string said = message<UsageError>([&] { f.study->add({round, "", ""}, list); });
        EXPECT_EQ(everything(*f.study), now);
        return said;
    };
    EXPECT_THAT(not_added(2, trials), HasSubstr("round 1 is next"));
    trials[2].id = 14;
    EXPECT_THAT(not_added(1, trials), HasSubstr("trial 12 of round 1 is next"));
    trials[2].id = 12;
    trials[2].hyperparameters.learning_rate *= 2;
    EXPECT_THAT(not_added(1, trials), HasSubstr("do not follow"));
    f.add(3);
    EXPECT_EQ(f.study->size(), 13);
}

TEST(Store, ValuesKeepTheirTypeAndBits) {
    Filled f;
    auto& space = f.settings.space;
    space.vary("dropout", parse_distribution("uniform(0,0.5)"));
    space.vary("weight_decay", parse_distribution("choice(0,0.5,1.0)"));
    f.study.reset();
    std::filesystem::remove(f.folder.file("s.caviar"));
    f.study = Study::create(f.folder.file("s.caviar"), some_header(f.settings));
    const auto trials = f.add(200);
    TrialQuery query;
    query.sort = "id";
    const auto rows = f.study->trials(query);
    for (size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].trial.configuration, trials[i].configuration); // variants: type and value
}

TEST(Store, AReaderMayNotWrite) {
    Filled f;
    f.add(2);
    const auto reader = Study::read(f.folder.file("s.caviar"));
    EXPECT_THROW(reader->note("a", "1"), UsageError);
    EXPECT_THROW(reader->add({1, "", ""}, {}), UsageError);
    EXPECT_THROW(reader->record({}, {}), UsageError);
}

TEST(Store, AReaderSeesWhatTheWriterCommits) {
    Filled f;
    const auto reader = Study::read(f.folder.file("s.caviar")); // before there is any column for a hyperparameter
    EXPECT_EQ(reader->size(), 0);
    for (int i = 0; i < 5; ++i) {
        const auto trials = f.add(20);
        for (const auto& t : trials) f.record(some_result(t.id, f.random));
        EXPECT_EQ(everything(*reader), everything(*f.study));
    }
}

TEST(Store, TenThousandTrials) {
    Filled f;
    f.add(10'000);
    std::vector<TrialResult> results;
    for (TrialId id = 0; id < 10'000; ++id) results.push_back(some_result(id, f.random));
    f.study->record(results, std::vector<const Weights*>(results.size()));
    TrialQuery query;
    query.top = 10;
    const auto rows = f.study->trials(query);
    ASSERT_EQ(rows.size(), 10u);
    std::sort(results.begin(), results.end(), [](const TrialResult& a, const TrialResult& b) {
        return std::pair(score(a, Metric::accuracy), a.id) < std::pair(score(b, Metric::accuracy), b.id);
    });
    for (size_t i = 0; i < 10; ++i) EXPECT_EQ(rows[i].trial.id, results[i].id);
    EXPECT_EQ(f.study->counts().finished(), 10'000);
}

} // namespace
} // namespace caviar::testing_study
