// Does an old winner hold on new data: the comparison, and the loop that goes by it.

#include "fake_engine.h"

#include "caviar/error.h"
#include "host/study/retune.h"

#include <gmock/gmock.h>

namespace caviar::testing_study {
namespace {

using study::RetunePlan;
using study::Verdict;
using ::testing::HasSubstr;

/// A study with these accuracies, a list a round; below 0: diverged.
std::unique_ptr<Study> study_of(const std::string& path, const std::vector<std::vector<float>>& rounds, Metric metric = Metric::accuracy) {
    SweepSettings settings = some_settings();
    settings.confirm = {5, 3};
    StudyHeader header = some_header(settings);
    header.metric = metric;
    auto study = Study::create(path, header);
    std::mt19937_64 random(3);
    TrialId id = 0;
    for (size_t r = 0; r < rounds.size(); ++r) {
        const auto trials = some_trials(settings, id, std::ssize(rounds[r]), static_cast<int32_t>(r), random);
        study->add({static_cast<int32_t>(r), "{}", ""}, trials);
        std::vector<TrialResult> results;
        for (const float accuracy : rounds[r]) {
            TrialResult result;
            result.id = id++;
            result.state = accuracy < 0 ? TrialState::diverged : TrialState::complete;
            result.best_epoch = accuracy < 0 ? -1 : 0;
            result.curve = {{0.5f, 0.5f, accuracy}};
            results.push_back(result);
        }
        study->record(results, std::vector<const Weights*>(results.size(), nullptr));
    }
    return study;
}

const RetunePlan plan{4, 2};
// Mean .85, deviation .01826 = sqrt((.02^2 + .02^2 + 2 * .01^2) / 3) ...
const std::vector<float> seeds{0.83f, 0.87f, 0.84f, 0.86f};

TEST(Retune, JudgesByTheNoiseOfTheSeeds) {
    const Folder folder;
    auto judged = [&, number = 0](std::vector<float> others, std::optional<double> as_is) mutable {
        std::vector<float> first = seeds;
        first.insert(first.end(), {0.80f, 0.81f});
        return study::judge(*study_of(folder.file("s" + std::to_string(number++)), {first, others}), plan, as_is);
    };
    const auto hold = judged({0.7f, 0.88f, -1}, {});
    EXPECT_EQ(hold.seeds, 4);
    EXPECT_NEAR(hold.mean, 0.85, 1e-6);
    const double deviation = std::sqrt((2 * 0.02 * 0.02 + 2 * 0.01 * 0.01) / 3);
    EXPECT_NEAR(hold.deviation, deviation, 1e-6);
    EXPECT_EQ(hold.others, 4) << "the one that diverged is none";
    EXPECT_NEAR(hold.margin, deviation * std::sqrt(1.25) * 2.241403, 1e-5) << "z(1 - .05 / 4), from a table";
    EXPECT_NEAR(hold.model_margin, deviation * std::sqrt(1.25) * 1.644854, 1e-5) << "z(.95)";
    EXPECT_EQ(hold.verdict, Verdict::settings_hold);
    EXPECT_EQ(hold.best_other->trial.id, 7);
    EXPECT_EQ(judged({0.7f, 0.90f}, {}).verdict, Verdict::settings_fail) << ".05 above the mean, where the margin is .041 or less";
    EXPECT_EQ(judged({0.7f, 0.88f}, 0.82).verdict, Verdict::model_holds);
    EXPECT_EQ(judged({0.7f, 0.88f}, 0.81).verdict, Verdict::settings_hold);
    EXPECT_EQ(judged({0.7f, 0.95f}, 0.84).verdict, Verdict::settings_fail) << "the net must reach what is better";
    EXPECT_EQ(judged({0.7f, 0.95f}, 0.93).verdict, Verdict::model_holds);
}

TEST(Retune, WhereLowerIsBetterItIsTheOtherWayRound) {
    const Folder folder;
    auto judged = [&, number = 0](float other, double as_is) mutable {
        return study::judge(*study_of(folder.file("s" + std::to_string(number++)), {seeds, {0.9f, 0.9f, other}}, Metric::log_loss), plan, as_is);
    };
    EXPECT_EQ(judged(0.83f, 0.88).verdict, Verdict::model_holds);
    EXPECT_EQ(judged(0.83f, 0.95).verdict, Verdict::settings_hold);
    EXPECT_EQ(judged(0.5f, 0.88).verdict, Verdict::settings_fail);
    EXPECT_NEAR(judged(0.5f, 0.88).mean, 0.85, 1e-6);
}

TEST(Retune, SettingsThatDoNotConvergeDoNotHold) {
    const Folder folder;
    EXPECT_EQ(study::judge(*study_of(folder.file("a"), {{-1, -1, -1, -1}, {0.6f}}), plan, {}).verdict, Verdict::settings_fail);
    EXPECT_EQ(study::judge(*study_of(folder.file("b"), {{-1, -1, -1, -1}, {0.6f}}), plan, 0.7).verdict, Verdict::model_holds);
    EXPECT_EQ(study::judge(*study_of(folder.file("c"), {{-1, -1, -1, -1}, {-1}}), plan, {}).verdict, Verdict::settings_fail);
    EXPECT_EQ(study::judge(*study_of(folder.file("d"), {seeds, {-1, -1}}), plan, {}).verdict, Verdict::settings_hold);
}

TEST(Retune, GoesOnOnlyAsLongAsItBringsMoreThanNoise) {
    const Folder folder;
    const std::vector<std::vector<float>> rounds{seeds, {0.95f, 0.7f}, {0.98f, 0.9f}, {0.985f, 0.97f}, {0.999f}};
    const auto study = study_of(folder.file("s"), rounds);
    const auto enough = [&](int32_t round) { return study::retuned_enough(*study, plan, {}, round); };
    EXPECT_FALSE(enough(0));
    EXPECT_FALSE(enough(1)) << "the settings fail";
    EXPECT_FALSE(enough(2)) << ".03 more, and the deviation is .018";
    EXPECT_TRUE(enough(3));
    const auto holds = study_of(folder.file("h"), {seeds, {0.86f}});
    EXPECT_TRUE(study::retuned_enough(*holds, plan, {}, 1));
}

TEST(Retune, BeginsWithTheWinnerAndTheNextBest) {
    const Folder folder;
    const auto old = study_of(folder.file("old"), {{0.5f, 0.9f, 0.8f, -1, 0.7f}});
    SweepSettings data;
    data.data = "new.csv";
    data.prepare.target = "price";
    RetunePlan wanted{3, 5};
    const SweepSettings settings = study::retune_settings(*old, data, wanted, 40);
    EXPECT_EQ(wanted.tops, 3) << "the study has no more that converged";
    EXPECT_EQ(settings.data, "new.csv");
    EXPECT_EQ(settings.prepare.target, "price");
    EXPECT_EQ(settings.space, some_settings().space);
    EXPECT_EQ(settings.sampler.name, "coarse-to-fine");
    EXPECT_EQ(settings.confirm, ConfirmOptions{}) << "the comparison has seeds of its own";
    EXPECT_EQ(settings.repeats, 1);
    const auto rows = old->trials({});
    const auto& first = settings.sampler.warm_start.first;
    ASSERT_EQ(first.size(), 6u);
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(first[i], rows[0].trial.configuration);
    for (size_t i = 1; i < 4; ++i) EXPECT_EQ(first[2 + i], rows[i].trial.configuration);
    EXPECT_EQ(to_json(settings_from_json(to_json(settings))), to_json(settings));
    // Fresh seeds of the same settings are what the noise is told by.
    SweepSettings seeded = some_settings();
    seeded.space.fix("seed", int64_t{3});
    if (!seeded.space.find("seed")) seeded.space.vary("seed", parse_distribution("3"));
    const auto fixed = Study::create(folder.file("seeded"), some_header(seeded));
    std::mt19937_64 random(3);
    const auto one = some_trials(seeded, 0, 1, 0, random);
    fixed->add({0, "{}", ""}, one);
    TrialResult result;
    result.state = TrialState::complete;
    result.best_epoch = 0;
    result.curve = {{0.1f, 0.1f, 0.9f}};
    const Weights* unkept = nullptr;
    fixed->record({&result, 1}, {&unkept, 1});
    EXPECT_THAT(message<UsageError>([&] { (void)study::retune_settings(*fixed, data, wanted, 40); }), HasSubstr("fresh seeds"));
    const auto none = study_of(folder.file("none"), {{-1}});
    EXPECT_THAT(message<RuntimeFailure>([&] { (void)study::retune_settings(*none, data, wanted, 40); }), HasSubstr("no complete trial"));
}

TEST(Retune, KilledAnywhereItEndsTheSame) {
    // The fake's scores are noise, so most rounds are enough; the loop's own end is what is looked at.
    const auto sweep = [](Study& study, const SweepSettings& settings, const Prepared& data, FakeEngine& engine, std::stop_token stop, int64_t until) {
        SweepControl control;
        std::stop_source source;
        control.stop = source.get_token();
        control.report_every = 0;
        control.save_every = 0;
        control.on_progress = [&](const SweepProgress&) {
            if (engine.behaviour.trained >= until || stop.stop_requested()) source.request_stop();
        };
        control.enough = [&](int32_t round) { return round >= 3 || study::retuned_enough(study, {4, 2}, {}, round); };
        return run_sweep(settings, data, engine, study, control);
    };
    const Folder folder;
    const Prepared data = small_data();
    SweepSettings settings = sweep_settings("coarse-to-fine", 60);
    const auto old = study_of(folder.file("old"), {{0.5f, 0.9f, 0.8f}});
    RetunePlan wanted{4, 2};
    settings.sampler.warm_start = study::retune_settings(*old, settings, wanted, 60).sampler.warm_start;
    const auto make = [&](const std::string& name, FakeEngine& engine) { return Study::create(folder.file(name), make_header(settings, data, engine)); };
    FakeEngine one, other;
    const auto whole = make("whole", one), parts = make("parts", other);
    const SweepOutcome outcome = sweep(*whole, settings, data, one, {}, 1000);
    EXPECT_EQ(outcome.end, SweepOutcome::End::enough);
    EXPECT_LT(outcome.trials, 60);
    EXPECT_TRUE(outcome.test);
    EXPECT_FALSE(whole->note("finished")) << "a resume may go on";
    while (sweep(*parts, settings, data, other, {}, other.behaviour.trained + 5).interrupted()) {}
    EXPECT_EQ(everything(*parts), everything(*whole));
    const SweepOutcome again = sweep(*parts, settings, data, other, {}, 1000);
    EXPECT_EQ(again.end, SweepOutcome::End::enough);
    EXPECT_EQ(again.trials, outcome.trials);
}

} // namespace
} // namespace caviar::testing_study
