#include "host/report/advice.h"

#include <gmock/gmock.h>

namespace caviar::report {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// A finished sweep of 200 trials with nothing to say of it.
Situation content() {
    Situation s;
    s.finished = 200;
    s.has_best = true;
    s.epochs = 50;
    s.at_last_epoch = 0.1;
    s.best_epoch_share = 0.7;
    s.trials_since_best = 60;
    s.rates = parse_distribution("log(0.0003,0.1)");
    s.highest_good_rate = 0.9;
    s.told = true;
    return s;
}

Advice only(const Situation& s) {
    const auto list = advise(s);
    EXPECT_THAT(list, SizeIs(1));
    return list.empty() ? Advice{} : list.front();
}

TEST(Advice, IsSilentWhereAllIsWell) { EXPECT_THAT(advise(content()), IsEmpty()); }

TEST(Advice, AWiderBoxWhereTheBestLiesOnAnEdge) {
    Situation s = content();
    s.edges = {{"the best trial has units 256, at the high end of logint(16,256)", "--vary 'units=logint(16,1024)'"}};
    const Advice a = only(s);
    EXPECT_THAT(a.why, HasSubstr("high end"));
    EXPECT_EQ(a.flags, "--vary 'units=logint(16,1024)'");
}

TEST(Advice, MoreEpochsWhereTheBestWereStillLearning) {
    Situation s = content();
    s.at_last_epoch = 0.8;
    s.late_fall = 0.05;
    EXPECT_EQ(only(s).flags, "--epochs 100");
    s.late_fall = 0.001; // a schedule that ends low is best at its end, and done
    EXPECT_THAT(advise(s), IsEmpty());
    s.late_fall = 0.05;
    s.epochs = 0; // the space varies them: its edge speaks
    EXPECT_THAT(advise(s), IsEmpty());
}

TEST(Advice, FewerEpochsWhereTheBestPeakEarly) {
    Situation s = content();
    s.best_epoch_share = 0.2;
    EXPECT_EQ(only(s).flags, "--epochs 15") << "half more than the peak at 10";
    s.stops_early = true;
    EXPECT_THAT(advise(s), IsEmpty());
}

TEST(Advice, MoreTrialsWhereTheLastOnesStillImproved) {
    Situation s = content();
    s.last_gain = 0.1;
    EXPECT_EQ(only(s).flags, "--trials 400");
    s.last_gain = 0.01;
    EXPECT_THAT(advise(s), IsEmpty());
    s.trials_since_best = 150;
    EXPECT_THAT(only(s).why, HasSubstr("brought nothing better"));
}

TEST(Advice, LowerRatesWhereManyDiverged) {
    Situation s = content();
    s.diverged = 60;
    s.highest_good_rate = 0.5; // log(0.0003, 0.1) in the middle: 0.0055
    const Advice a = only(s);
    EXPECT_THAT(a.why, HasSubstr("60 trials of 200 diverged"));
    EXPECT_EQ(a.flags, "--vary 'learning_rate=log(3e-04,0.0055)'");
    s.diverged = 20;
    EXPECT_THAT(advise(s), IsEmpty());
}

TEST(Advice, LowerRatesWhereAllDiverged) {
    Situation s = content();
    s.has_best = false;
    s.diverged = s.finished;
    EXPECT_EQ(only(s).flags, "--vary 'learning_rate=log(3e-08,3e-04)'");
    s.unscaled = true;
    EXPECT_EQ(only(s).flags, "--vary 'learning_rate=log(3e-08,3e-04)' --scaling standardize");
    s.finished += 2; // stopped before their end
    EXPECT_THAT(only(s).why, HasSubstr("200 trials of 202 diverged"));
}

TEST(Advice, AGridIsNotAskedForMoreTrials) {
    Situation s = content();
    s.last_gain = 0.1;
    s.grid = true;
    EXPECT_THAT(advise(s), IsEmpty());
}

TEST(Advice, SmallerRatesForDeeperNets) {
    Situation s = content();
    s.rate_by_depth = {"learning_rate", "layers", Value{int64_t{1}}, Value{int64_t{4}}, 0.6, 0.3, Value{0.0098}, Value{0.0017}};
    const Advice a = only(s);
    EXPECT_THAT(a.why, HasSubstr("deeper nets want smaller rates: with layers 1 the best is near 0.0098, with 4 near 0.0017"));
    EXPECT_EQ(a.flags, "");
    s.rate_by_depth->best_high = 0.1;
    EXPECT_EQ(only(s).flags, "--vary 'learning_rate=log(3e-05,0.1)'");
}

TEST(Advice, HoldsWhatDoesNotMatter) {
    Situation s = content();
    s.idle = {{"dropout", Value{0.123456}}, {"activation", Value{std::string("relu")}}};
    const Advice a = only(s);
    EXPECT_THAT(a.why, HasSubstr("dropout and activation hardly matter"));
    EXPECT_EQ(a.flags, "--set dropout=0.123 --set activation=relu");
}

TEST(Advice, SaysWhereItIsAllNoise) {
    Situation s = content();
    s.told = false;
    EXPECT_THAT(only(s).why, HasSubstr("chance"));
    s.finished = 40; // more of them may tell
    EXPECT_THAT(advise(s), IsEmpty());
}

TEST(Advice, GoesOnFirst) {
    Situation s = content();
    s.ended = false;
    s.to_come = 30;
    s.last_gain = 0.5; // nothing on more trials while some are to come
    EXPECT_THAT(only(s).why, HasSubstr("30 trials are still to come"));
    s.retuned = true;
    EXPECT_THAT(only(s).why, HasSubstr("`caviar retune` with the same arguments goes on"));
    s.finished = 0;
    s.has_best = false;
    EXPECT_THAT(advise(s), SizeIs(1));
}

TEST(Shift, FollowsTheValleyOfAPair) {
    SearchSpace space;
    space.vary("learning_rate", parse_distribution("log(1e-4,1)"));
    space.vary("layers", parse_distribution("int(1,4)"));
    space.vary("optimizer", parse_distribution("choice(sgd,adam)"));
    importance::Importance found;
    const auto scale = [](size_t n) {
        std::vector<double> units;
        for (size_t i = 0; i < n; ++i) units.push_back((static_cast<double>(i) + 0.5) / static_cast<double>(n));
        return units;
    };
    found.effects = {{"learning_rate", {}, scale(32), {}, true}, {"layers", {}, scale(4), {}, true}, {"optimizer", {}, scale(2), {}, false}};
    importance::Interaction pair{0, 1, {}, {}};
    for (const double rate : scale(32))
        for (const double depth : scale(4)) pair.ranks.push_back(std::abs(rate - (0.8 - 0.5 * depth)));
    const auto moved = shift(found, pair, space, false);
    ASSERT_TRUE(moved);
    EXPECT_EQ(moved->name, "learning_rate");
    EXPECT_EQ(moved->at_low, Value{int64_t{1}});
    EXPECT_EQ(moved->at_high, Value{int64_t{4}});
    EXPECT_NEAR(moved->best_low, 0.7375, 1.0 / 32); // 0.8 - 0.5 / 8, to a cell
    EXPECT_NEAR(moved->best_high, 0.3625, 1.0 / 32);
    for (double& rank : pair.ranks) rank = 0.5;
    EXPECT_FALSE(shift(found, pair, space, false)) << "a plain has no valley that moves";
    EXPECT_FALSE(shift(found, {0, 2, {}, std::vector<double>(64, 0.5)}, space, false)) << "a choice has no low and high";
}

} // namespace
} // namespace caviar::report
