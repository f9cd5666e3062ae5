// Settings with several seeds: repeats of the whole search, confirmation of the best, and who wins.

#include "fake_engine.h"

#include "caviar/error.h"
#include "host/core/best_chance.h"
#include "host/study/candidate.h"
#include "host/study/confirmation.h"
#include "host/study/settings.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

namespace caviar::testing_study {
namespace {

using ::testing::HasSubstr;

struct SeedBench : Bench {
    using Bench::Bench;
    std::vector<TrialRow> rows(bool curves = false) const {
        TrialQuery query;
        query.sort = "id";
        query.curves = curves;
        return study->trials(query);
    }
};

SweepSettings with(const std::string& sampler, int64_t trials, ConfirmOptions confirm, int32_t repeats = 1, const std::string& scheduler = "none") {
    SweepSettings s = sweep_settings(sampler, trials);
    s.confirm = confirm;
    s.repeats = repeats;
    s.scheduler.name = scheduler;
    if (scheduler != "none") s.defaults.epochs = 20;
    if (scheduler == "asha") s.scheduler.workers = 4;
    return s;
}

bool complete(const TrialRow& row) { return row.result.state == TrialState::complete; }

/// The complete trials among these, the best first.
std::vector<TrialRow> by_score(std::vector<TrialRow> rows) {
    std::erase_if(rows, [](const TrialRow& r) { return !complete(r); });
    std::sort(rows.begin(), rows.end(), [](const TrialRow& a, const TrialRow& b) { return std::pair(a.score, a.trial.id) < std::pair(b.score, b.trial.id); });
    return rows;
}

class Confirms : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Seeds, Confirms, ::testing::Values("random", "sobol", "coarse-to-fine", "tpe"));

TEST_P(Confirms, TheLastTrialsAreTheBestSettingsWithFreshSeeds) {
    SeedBench run(with(GetParam(), 60, {4, 3}));
    const SweepOutcome outcome = run.sweep();
    EXPECT_EQ(outcome.trials, 60);
    const auto rows = run.rows();
    const auto best = by_score({rows.begin(), rows.begin() + 48});
    const auto last = run.study->rounds().back();
    const auto confirmation = study::confirmation_in(last);
    ASSERT_TRUE(confirmation);
    for (size_t i = 0; i < 12; ++i) {
        const TrialRow& row = rows[48 + i];
        EXPECT_EQ(row.trial.round, last.round);
        EXPECT_EQ(row.trial.configuration, best[i / 3].trial.configuration);
        EXPECT_EQ(row.trial.hyperparameters.seed, 48 + i);
        EXPECT_EQ(confirmation->leaders[i / 3], best[i / 3].trial.id);
    }
    // The search is that of a budget of 48 without a confirmation.
    SeedBench plain(with(GetParam(), 48, {}));
    (void)plain.sweep();
    const auto alone = plain.rows(true), same = run.rows(true);
    for (size_t i = 0; i < 48; ++i) {
        EXPECT_EQ(alone[i].trial.hyperparameters, same[i].trial.hyperparameters) << i;
        EXPECT_EQ(hex(alone[i].result.curve), hex(same[i].result.curve)) << i;
    }
}

TEST_P(Confirms, TheWinnerIsTheBestByItsFreshSeedsEverywhere) {
    SeedBench run(with(GetParam(), 60, {4, 3}));
    const SweepOutcome outcome = run.sweep();
    const auto rows = run.rows();
    const auto leaders = study::confirmation_in(run.study->rounds().back())->leaders;
    Score lowest;
    size_t winner = 0;
    for (size_t s = 0; s < 4; ++s) {
        Score mean{0, 0}; // infinite where one diverged
        for (size_t k = 0; k < 3; ++k) {
            mean.badness += rows[48 + 3 * s + k].score.badness / 3;
            mean.loss += rows[48 + 3 * s + k].score.loss / 3;
        }
        if (mean < lowest) lowest = mean, winner = s;
    }
    ASSERT_TRUE(std::isfinite(lowest.badness));
    std::vector<TrialRow> own = {rows[static_cast<size_t>(leaders[winner])]};
    std::vector<double> metrics;
    for (size_t k = 0; k < 3; ++k) {
        own.push_back(rows[48 + 3 * winner + k]);
        metrics.push_back(own.back().metric);
    }
    const TrialId id = by_score(own)[0].trial.id;
    EXPECT_EQ(run.study->best()->trial.id, id);
    EXPECT_EQ(outcome.best->trial.id, id);
    EXPECT_EQ(outcome.test->trial, id);
    EXPECT_EQ(study::ranking(*run.study, run.settings, 3)[0].best.trial.id, id);
    ASSERT_TRUE(outcome.winner);
    EXPECT_EQ(outcome.winner->trial, id);
    EXPECT_TRUE(outcome.winner->confirmed);
    EXPECT_TRUE(run.study->weights(id));
    const double mean = (metrics[0] + metrics[1] + metrics[2]) / 3;
    double squares = 0;
    for (const double m : metrics) squares += (m - mean) * (m - mean);
    EXPECT_NEAR(*outcome.winner->mean, mean, 1e-15); // sums in another order
    EXPECT_NEAR(*outcome.winner->deviation, std::sqrt(squares / 2), 1e-15);
    EXPECT_EQ(winner_report_from_json(*run.study->note("winner")), *outcome.winner);
    run.open_again();
    EXPECT_EQ(run.study->best()->trial.id, id);
}

TEST(Confirmation, ConfirmsDifferentSettings) {
    SweepSettings settings = with("random", 60, {4, 3});
    settings.space = SearchSpace{}; // six points in all, so the best come up again and again
    settings.space.vary("learning_rate", parse_distribution("choice(0.1,0.01,0.001)"));
    settings.space.vary("batch_size", parse_distribution("choice(8,16)"));
    SeedBench run(settings);
    run.sweep();
    std::vector<Configuration> confirmed;
    for (const TrialRow& row : run.rows())
        if (row.trial.round == run.study->rounds().back().round && row.trial.id % 3 == 0) confirmed.push_back(row.trial.configuration);
    ASSERT_EQ(confirmed.size(), 4u);
    for (size_t i = 0; i < confirmed.size(); ++i)
        for (size_t j = 0; j < i; ++j) EXPECT_NE(confirmed[i], confirmed[j]);
}

TEST(Confirmation, TrainsToTheEndWhateverTheScheduler) {
    for (const char* scheduler : {"median", "successive-halving", "hyperband", "asha"}) {
        SeedBench run(with("random", 60, {3, 3}, 1, scheduler));
        (void)run.sweep();
        const auto rows = run.rows();
        ASSERT_EQ(rows.size(), 60u) << scheduler;
        bool stopped = false;
        for (size_t i = 0; i < 51; ++i) stopped |= rows[i].result.state == TrialState::stopped;
        EXPECT_TRUE(stopped) << scheduler;
        for (size_t i = 51; i < 60; ++i) EXPECT_EQ(rows[i].epochs, 20) << scheduler;
    }
}

TEST(Confirmation, AFinishedStudyIsNotTrainedAgain) {
    SeedBench run(with("tpe", 60, {5, 3}));
    const SweepOutcome first = run.sweep();
    const std::string before = everything(*run.study);
    const auto trained = run.engine.behaviour.trained;
    const int forwards = run.engine.forwards;
    const SweepOutcome again = run.sweep();
    EXPECT_EQ(run.engine.behaviour.trained, trained);
    EXPECT_EQ(run.engine.forwards, forwards);
    EXPECT_EQ(everything(*run.study), before);
    EXPECT_EQ(again.winner, first.winner);
}

TEST(Confirmation, AGrownBudgetConfirmsAgainAndKeepsWhatItKnew) {
    SeedBench run(with("random", 60, {4, 3}));
    (void)run.sweep();
    const auto first = *study::confirmation_in(run.study->rounds().back());
    run.settings.sampler.trials = 120;
    EXPECT_EQ(run.sweep().trials, 120);
    const auto second = *study::confirmation_in(run.study->rounds().back());
    EXPECT_EQ(second.leaders.size(), 4u);
    for (const TrialId id : second.leaders) EXPECT_THAT(first.leaders, ::testing::Not(::testing::Contains(id)));
    // The search went on where it was: draws 48 to 95.
    SeedBench whole(with("random", 108, {4, 3}));
    (void)whole.sweep();
    const auto grown = run.rows(), straight = whole.rows();
    for (size_t i = 0; i < 48; ++i) EXPECT_EQ(grown[60 + i].trial.configuration, straight[48 + i].trial.configuration);
    const auto list = study::ranking(*run.study, run.settings, 100);
    const auto proven = [](const study::Candidate& c) { return c.confirmed && c.sound(); };
    EXPECT_TRUE(std::is_partitioned(list.begin(), list.end(), proven));
    EXPECT_GT(std::count_if(list.begin(), list.end(), proven), 4) << "of both rounds; of eight settings with three seeds about six have none that diverged";
    const auto trained = run.engine.behaviour.trained;
    EXPECT_EQ(run.sweep().trials, 120);
    run.settings.sampler.trials = 60; // the first command again
    EXPECT_EQ(run.sweep().trials, 120);
    EXPECT_EQ(run.engine.behaviour.trained, trained);
    // Little more: half of it at most confirms.
    run.settings.sampler.trials = 130;
    EXPECT_EQ(run.sweep().trials, 130);
    EXPECT_EQ(study::confirmation_in(run.study->rounds().back())->leaders.size(), 1u);
}

TEST(Confirmation, OfAGridWithoutALimitComesOnTop) {
    SweepSettings s = with("grid", 0, {2, 3}, 2);
    s.space = SearchSpace();
    s.space.vary("batch_size", parse_distribution("pow2(8,256)")); // 6 points
    SeedBench run(s);
    int64_t in_all = 0;
    SweepControl control;
    control.on_progress = [&](const SweepProgress& p) { in_all = p.trials_in_all; };
    EXPECT_EQ(run.sweep(control).trials, 6 * 2 + 2 * 3);
    EXPECT_EQ(in_all, 18);
    EXPECT_EQ(study::trials_in_all(s, 10), 10);
    EXPECT_EQ(study::trials_in_all(with("random", 100, {2, 3}, 2), 100), 100);
    const auto trained = run.engine.behaviour.trained;
    EXPECT_EQ(run.sweep().trials, 18);
    EXPECT_EQ(run.engine.behaviour.trained, trained);
}

TEST(Confirmation, AWinnerWithoutKeptWeightsIsTrainedOnceMore) {
    SweepSettings s = with("random", 60, {5, 3});
    s.keep_weights = 1;
    for (uint64_t seed = 1;; ++seed) {
        ASSERT_LT(seed, 50u) << "the best single trial should not always win";
        s.sampler.seed = seed;
        SeedBench run(s);
        const SweepOutcome outcome = run.sweep();
        if (run.engine.behaviour.trained == 60) continue;
        EXPECT_EQ(run.engine.behaviour.trained, 61);
        const auto kept = run.study->weights(outcome.best->trial.id);
        ASSERT_TRUE(kept);
        EXPECT_EQ(verify(run.settings, run.data, run.engine, *run.study, std::vector{outcome.best->trial.id}), std::vector<TrialId>{}) << "its very weights";
        return;
    }
}

TEST(Repeats, TheSamplerIsToldOneMeanForEachSetting) {
    for (const char* sampler : {"random", "coarse-to-fine", "tpe", "gp", "coordinate"}) {
        SeedBench run(with(sampler, 62, {}, 3)); // 20 settings; two trials are left over
        EXPECT_EQ(run.sweep().trials, 60) << sampler;
        SamplerOptions options = run.settings.sampler;
        options.trials = 20;
        const auto by_hand = make_sampler(run.settings.space, options);
        const auto rows = run.rows();
        size_t at = 0;
        for (const RoundRecord& round : run.study->rounds()) {
            EXPECT_EQ(round.state, by_hand->state());
            std::vector<Observation> seen;
            for (const Configuration& asked : by_hand->ask(20 - static_cast<int64_t>(at / 3))) {
                Score mean{0, 0};
                for (size_t k = 0; k < 3; ++k) {
                    ASSERT_EQ(rows.at(at + k).trial.configuration, asked) << sampler;
                    mean.badness += rows[at + k].score.badness / 3;
                    mean.loss += rows[at + k].score.loss / 3;
                }
                seen.push_back({rows[at].trial.id, round.round, asked, mean});
                at += 3;
            }
            by_hand->tell(seen);
        }
        EXPECT_EQ(at, 60u);
        EXPECT_TRUE(run.sweep().best) << "the two that are left over make it no less finished";
        EXPECT_LE(run.engine.behaviour.trained, 61);
    }
}

TEST(Repeats, TheMeanDecidesAndOneThatDivergedIsOut) {
    SeedBench run(with("random", 60, {}, 3));
    const SweepOutcome outcome = run.sweep();
    const auto rows = run.rows();
    const auto list = study::ranking(*run.study, run.settings, 20);
    double last = -std::numeric_limits<double>::infinity();
    for (const study::Candidate& c : list) {
        const auto first = static_cast<size_t>(c.leader);
        EXPECT_EQ(first % 3, 0u);
        const double mean = (rows[first].score.badness + rows[first + 1].score.badness + rows[first + 2].score.badness) / 3;
        EXPECT_TRUE(c.score.badness == mean || std::abs(c.score.badness - mean) < 1e-15); // sums in another order
        EXPECT_GE(c.score.badness, last - 1e-15);
        EXPECT_EQ(c.sound(), std::isfinite(mean));
        last = c.score.badness;
    }
    EXPECT_FALSE(list.back().sound()) << "one in ten trials diverges here";
    EXPECT_EQ(outcome.winner->seeds, (std::vector<TrialId>{list[0].leader, list[0].leader + 1, list[0].leader + 2}));
    EXPECT_FALSE(outcome.winner->confirmed);
    EXPECT_EQ(outcome.best->trial.id, list[0].best.trial.id);
}

TEST(Repeats, SeedsGoOnOrStopTogether) {
    for (const char* scheduler : {"median", "successive-halving", "hyperband", "asha"}) {
        SeedBench run(with("random", 60, {}, 3, scheduler));
        (void)run.sweep();
        const auto rows = run.rows();
        int stopped = 0;
        for (size_t first = 0; first < rows.size(); first += 3) {
            std::set<int32_t> epochs;
            bool diverged = false;
            for (size_t k = 0; k < 3; ++k) {
                epochs.insert(rows[first + k].epochs);
                diverged |= rows[first + k].result.state == TrialState::diverged;
                stopped += rows[first + k].result.state == TrialState::stopped;
            }
            EXPECT_TRUE(diverged || epochs.size() == 1) << scheduler << " at " << first;
        }
        EXPECT_GT(stopped, 0) << scheduler;
        EXPECT_EQ(run.study->counts().waiting, 0);
        std::vector<TrialId> all;
        for (const TrialRow& row : rows) all.push_back(row.trial.id);
        EXPECT_EQ(verify(run.settings, run.data, run.engine, *run.study, all), std::vector<TrialId>{}) << scheduler;
    }
}

class Interrupted : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Seeds, Interrupted, ::testing::Range(0, 5));

TEST_P(Interrupted, EndsTheSame) {
    const SweepSettings cases[] = {with("coarse-to-fine", 60, {4, 3}), with("sobol", 60, {3, 2}, 2), with("tpe", 60, {2, 3}, 3),
                                   with("random", 60, {3, 3}, 3, "successive-halving"), with("random", 60, {}, 2, "asha")};
    const SweepSettings& settings = cases[GetParam()];
    SeedBench whole(settings);
    (void)whole.sweep();
    const std::string expected = everything(*whole.study);
    std::mt19937_64 random(8);
    for (int repeat = 0; repeat < 3; ++repeat) {
        SeedBench run(settings);
        int interruptions = 0;
        for (;; ++interruptions) {
            ASSERT_LT(interruptions, 500);
            std::stop_source stop;
            int64_t left = static_cast<int64_t>(random() % 3) + interruptions; // later and later: a cohort begins anew
            SweepControl control;
            control.report_every = 0;
            control.save_every = 0;
            control.stop = stop.get_token();
            control.on_progress = [&](const SweepProgress&) {
                if (left-- <= 0) stop.request_stop();
            };
            const SweepOutcome outcome = run.sweep(control);
            if (!outcome.interrupted()) break;
            EXPECT_EQ(outcome.best.has_value(), !study::ranking(*run.study, settings, 1).empty());
            run.open_again();
        }
        EXPECT_GT(interruptions, 0);
        EXPECT_EQ(everything(*run.study), expected);
    }
}

TEST(Winner, ChancesAreThoseOfThePaper) {
    SweepSettings s = with("random", 30, {});
    s.keep_weights = 30;
    SeedBench run(s);
    const SweepOutcome outcome = run.sweep();
    const Dataset& d = run.data.dataset;
    std::vector<core::Normal> valid, test;
    const auto deviation = [](double p, double n) { return std::sqrt(p * (1 - p) / (n - 1)); };
    for (const TrialRow& row : by_score(run.rows())) {
        valid.push_back({row.metric, deviation(row.metric, 20)});
        const auto outputs = run.engine.forward(*run.study->weights(row.trial.id), Activation::relu, d.features[0].test);
        const double right = evaluate(Metric::accuracy, *s.loss, outputs, 2, d.test_targets, 1);
        test.push_back({right, deviation(right, 20)});
    }
    const auto chances = core::best_chances(valid);
    const core::Normal whole = core::mixture(chances, test);
    ASSERT_TRUE(outcome.winner);
    EXPECT_EQ(outcome.winner->compared, std::ssize(valid));
    EXPECT_NEAR(*outcome.winner->chance, chances[0], 1e-9);
    EXPECT_NEAR(*outcome.winner->test_mean, whole.mean, 1e-9);
    EXPECT_NEAR(*outcome.winner->test_deviation, whole.deviation, 1e-9);
    EXPECT_NEAR(*outcome.winner->test_share, 1, 1e-9);
    EXPECT_EQ(outcome.winner->seeds, std::vector<TrialId>{outcome.winner->trial});
    EXPECT_FALSE(outcome.winner->deviation);
}

TEST(Winner, OfAnyMetricHasAChance) {
    for (const Metric metric : {Metric::log_loss, Metric::auc, Metric::f1}) {
        SweepSettings s = with("random", 40, {3, 2});
        s.metric = metric;
        SeedBench run(s);
        const SweepOutcome outcome = run.sweep();
        ASSERT_TRUE(outcome.winner && outcome.winner->chance) << to_string(metric);
        EXPECT_GT(*outcome.winner->chance, 1e-6);
        EXPECT_LT(*outcome.winner->chance, 1);
        const auto list = study::ranking(*run.study, run.settings, 3);
        EXPECT_EQ(outcome.winner->compared, std::count_if(list.begin(), list.end(), [](const auto& c) { return c.confirmed && c.sound(); }));
        EXPECT_GT(*outcome.winner->test_deviation, 0);
    }
}

TEST(Winner, ReportsReadBackAndNothingElseDoes) {
    const WinnerReport report{7, {5, 6, 7}, true, 0.1, {}, 1.0 / 3, 4, {}, {}, {}};
    EXPECT_EQ(winner_report_from_json(to_json(report)), report);
    for (const char* text : {"", "{}", "[]", "{\"trial\":1}"})
        EXPECT_NE(message<RuntimeFailure>([&] { (void)winner_report_from_json(text); }), "") << text;
}

TEST(Seeds, SettingsKeepThemAndOlderOnesHaveNone) {
    SweepSettings s = with("random", 60, {4, 2}, 3);
    const SweepSettings back = settings_from_json(to_json(s));
    EXPECT_EQ(back.confirm, s.confirm);
    EXPECT_EQ(back.repeats, 3);
    EXPECT_THAT(study::differences(s, with("random", 60, {4, 2})), HasSubstr("repeats"));
    const std::string plain = to_json(with("random", 60, {}));
    EXPECT_EQ(plain.find("confirm"), std::string::npos);
    EXPECT_EQ(plain.find("repeats"), std::string::npos);
    EXPECT_EQ(settings_from_json(plain).repeats, 1);
}

TEST(Seeds, WhatDoesNotGoTogetherIsRefused) {
    const auto said = [](SweepSettings s) { return message<UsageError>([&] { study::check_seeds(s); }); };
    EXPECT_EQ(said(with("random", 60, {10, 3})), "");
    EXPECT_THAT(said(with("random", 60, {11, 3})), HasSubstr("33 of 60 trials; at most half may"));
    EXPECT_THAT(said(with("random", 60, {-1, 3})), HasSubstr("at least 0"));
    EXPECT_THAT(said(with("random", 60, {1, 0})), HasSubstr("confirm_seeds"));
    EXPECT_THAT(said(with("random", 60, {}, 0)), HasSubstr("repeats: 0"));
    EXPECT_THAT(said(with("random", 10, {}, 11)), HasSubstr("do not fit into 10 trials"));
    EXPECT_THAT(said(with("random", 60, {1, 1}, 1, "pbt")), HasSubstr("pbt"));
    EXPECT_THAT(said(with("random", 60, {}, 2, "pbt")), HasSubstr("pbt"));
    SweepSettings seeded = with("random", 60, {}, 2);
    seeded.space.fix("seed", int64_t{1});
    EXPECT_THAT(said(seeded), HasSubstr("hyperparameter seed"));
}

TEST(MeanScore, IsInfiniteWhereOneIs) {
    std::vector<TrialRow> rows(2);
    rows[0].score = {-0.5, 1};
    rows[1].score = {-0.75, 2};
    EXPECT_EQ(study::mean_score(rows), (Score{-0.625, 1.5}));
    rows[1].score = {};
    EXPECT_EQ(study::mean_score(rows).badness, std::numeric_limits<double>::infinity());
}

} // namespace
} // namespace caviar::testing_study
