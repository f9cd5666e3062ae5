#include "host/report/progress.h"
#include "host/report/text.h"

#include <gtest/gtest.h>

namespace caviar::report {
namespace {

SweepProgress moment() {
    SweepProgress p;
    p.round = 1;
    p.trials_done = 128;
    p.trials_in_all = 512;
    p.seconds = 4;
    TrialRow best;
    best.trial.id = 97;
    best.result.best_epoch = 1;
    best.result.curve = {{1, 1, 0.5f}, {0.5f, 0.4f, 0.97314f}};
    best.score.badness = -0.97314;
    p.best = best;
    return p;
}

TEST(Progress, SaysHowFarHowFastAndHowGood) {
    EXPECT_EQ(progress_line(moment(), Metric::accuracy, {200, false, 0}),
              "round 2  [=====>              ]  128 of 512 trials  32 / s  12 s left  best accuracy 0.9731 (trial 97)");
    EXPECT_EQ(progress_text(moment(), Metric::accuracy),
              "round 2  128 of 512 trials  32 / s  12 s left  best accuracy 0.9731 (trial 97)");
}

TEST(Progress, NeverReachesTheLastColumnAndKeepsTheBestLongest) {
    for (int width = 1; width < 140; ++width) EXPECT_LT(display_width(progress_line(moment(), Metric::accuracy, {width, false, 0})), std::max(width, 2));
    EXPECT_EQ(progress_line(moment(), Metric::accuracy, {60, false, 0}), "128 of 512 trials  best accuracy 0.9731 (trial 97)");
    EXPECT_EQ(progress_line(moment(), Metric::accuracy, {20, false, 0}), "128 of 512 trials");
}

TEST(Progress, TrialsOfAnEarlierRunSayNothingOfTheSpeed) {
    // 64 trials in this run's 4 seconds: 16 a second, 384 to go.
    EXPECT_EQ(progress_text(moment(), Metric::accuracy, 64),
              "round 2  128 of 512 trials  16 / s  24 s left  best accuracy 0.9731 (trial 97)");
    EXPECT_EQ(progress_text(moment(), Metric::accuracy, 128), "round 2  128 of 512 trials  best accuracy 0.9731 (trial 97)");
}

TEST(Progress, FallsBackToTheScoreWithoutACurve) {
    SweepProgress p = moment();
    p.best->result.curve.clear();
    EXPECT_DOUBLE_EQ(best_metric(*p.best, Metric::accuracy), 0.97314);
    p.best->score.badness = 2.5;
    EXPECT_DOUBLE_EQ(best_metric(*p.best, Metric::rmse), 2.5);
}

TEST(Progress, StartsWithNothing) {
    SweepProgress p;
    p.trials_in_all = 512;
    EXPECT_EQ(progress_line(p, Metric::accuracy), "round 1  [>                   ]  0 of 512 trials");
}

TEST(Progress, ColourChangesNothingButTheColour) {
    std::string text = progress_line(moment(), Metric::accuracy, {200, true, 0});
    std::string plain;
    for (size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '\033') at = text.find('m', at);
        else plain += text[at];
    }
    EXPECT_EQ(plain, progress_line(moment(), Metric::accuracy, {200, false, 0}));
    EXPECT_NE(text, plain);
}

} // namespace
} // namespace caviar::report
