#include "support.h"

#include "host/exchange/selection.h"

#include <gmock/gmock.h>

namespace caviar::exchange {
namespace {

using namespace testing_exchange;
using ::testing::Contains;
using ::testing::ElementsAre;

std::vector<TrialId> selected(const Study& study, const Selection& selection) {
    std::vector<TrialId> ids;
    const int64_t count = each_selected(study, selection, [&](const TrialRow& row) {
        EXPECT_EQ(static_cast<int64_t>(row.result.curve.size()), row.epochs) << "with its curve";
        ids.push_back(row.trial.id);
    });
    EXPECT_EQ(count, static_cast<int64_t>(ids.size()));
    return ids;
}

TEST(Selection, TheBestByIdAndNeverOneThatWaits) {
    const Folder folder;
    const auto ours = some_study(folder);
    EXPECT_THAT(selected(*ours, {}), ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(selected(*ours, {Selection::Kind::top, 2}), ElementsAre(0, 3));
    EXPECT_THAT(selected(*ours, {Selection::Kind::top, 100}), ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(selected(*ours, {Selection::Kind::sample, 1}), ElementsAre(3));
    EXPECT_THAT(selected(*ours, {Selection::Kind::sample, 100}), ElementsAre(0, 1, 2, 3));
}

TEST(Selection, ASampleIsSpreadOverTheWholeStudy) {
    const Folder folder;
    const SweepSettings settings = testing_study::some_settings();
    const auto many = Study::create(folder.file("many.db"), testing_study::some_header(settings));
    std::mt19937_64 random(3);
    many->add({0, "", ""}, testing_study::some_trials(settings, 0, 1000, 0, random));
    std::vector<TrialResult> results;
    for (TrialId id = 0; id < 1000; ++id) results.push_back(testing_study::some_result(id, random));
    many->record(results, std::vector<const Weights*>(results.size()));
    const auto ids = selected(*many, {Selection::Kind::sample, 101});
    EXPECT_EQ(ids.size(), 101u);
    EXPECT_THAT(ids, Contains(many->best()->trial.id));
    for (TrialId begin = 0; begin < 1000; begin += 100) {
        const auto here = std::count_if(ids.begin(), ids.end(), [&](TrialId id) { return id >= begin && id < begin + 100; });
        EXPECT_GE(here, 9) << begin; // 100 of 999 others: every tenth, but for the ends
        EXPECT_LE(here, 12) << begin;
    }
}

} // namespace
} // namespace caviar::exchange
