// Trials that are recorded and then go on: reopened, recorded again, with checkpoints, several writes in one transaction.

#include "support.h"

#include "caviar/error.h"

#include <gmock/gmock.h>

namespace caviar::testing_study {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Reopen : public ::testing::Test {
protected:
    Reopen() : study_(Study::create(folder_.file("s"), some_header(settings_))) {
        study_->add({0, "", ""}, some_trials(settings_, 0, 6, 0, random_));
    }
    TrialResult result(TrialId id, std::vector<float> accuracies) const {
        TrialResult r;
        r.id = id;
        r.state = TrialState::complete;
        for (const float a : accuracies) r.curve.push_back({1, 1, a});
        r.best_epoch = static_cast<int32_t>(std::max_element(accuracies.begin(), accuracies.end()) - accuracies.begin());
        return r;
    }
    void record(TrialId id, std::vector<float> accuracies) {
        const TrialResult r = result(id, std::move(accuracies));
        const Weights w = some_weights(id);
        const Weights* const pointer = &w;
        study_->record(std::span(&r, 1), std::span(&pointer, 1));
    }
    void open_again() {
        study_.reset();
        study_ = Study::open(folder_.file("s"));
    }
    std::vector<TrialId> with_weights() const {
        std::vector<TrialId> ids;
        for (TrialId id = 0; id < study_->size(); ++id)
            if (study_->weights(id)) ids.push_back(id);
        return ids;
    }

    Folder folder_;
    SweepSettings settings_ = some_settings(); // keeps the weights of the best 4
    std::mt19937_64 random_{1};
    std::unique_ptr<Study> study_;
};

TEST_F(Reopen, ATrialIsRecordedAnewWithMoreEpochs) {
    record(0, {0.5f});
    EXPECT_THROW(record(0, {0.5f, 0.6f}), UsageError);
    study_->reopen(0);
    EXPECT_EQ(study_->counts().waiting, 6);
    EXPECT_THAT(with_weights(), IsEmpty());
    record(0, {0.5f, 0.6f});
    EXPECT_EQ(study_->best()->epochs, 2);
    EXPECT_THAT(with_weights(), ElementsAre(0));
    EXPECT_THROW(study_->reopen(6), UsageError);
    study_->reopen(5); // waits already
}

TEST_F(Reopen, TheBestKeepTheirWeightsWhoeverWasReopened) {
    for (TrialId id = 0; id < 5; ++id) record(id, {0.9f - 0.1f * static_cast<float>(id)});
    EXPECT_THAT(with_weights(), ElementsAre(0, 1, 2, 3));
    study_->reopen(1);
    record(1, {0.1f});
    EXPECT_THAT(with_weights(), ElementsAre(0, 1, 2, 3)) << "one of four; trial 4's weights are gone since it was the fifth";
    record(5, {0.65f});
    EXPECT_THAT(with_weights(), ElementsAre(0, 2, 3, 5)) << "and now the worst of five";
    open_again();
    EXPECT_FALSE(study_->keeps(score(result(4, {0.5f}), Metric::accuracy), 4));
}

TEST_F(Reopen, TogetherIsAllOrNone) {
    const Event event{0, 3, {}, {{"momentum", 0.5}}};
    const std::vector<std::byte> bytes(3);
    EXPECT_THROW(study_->together([&] {
        record(0, {0.5f});
        study_->record_events(std::span(&event, 1));
        study_->keep_checkpoint(0, 1, bytes);
        study_->note("key", "1");
        record(0, {0.5f}); // refused
    }),
                 UsageError);
    EXPECT_EQ(study_->counts().waiting, 6);
    EXPECT_THAT(study_->events(0), IsEmpty());
    EXPECT_THAT(study_->checkpoints(0), IsEmpty());
    EXPECT_FALSE(study_->note("key"));
    study_->together([&] {
        record(0, {0.5f});
        study_->together([&] { study_->note("key", "1"); }); // a part of it
    });
    open_again();
    EXPECT_EQ(study_->counts().complete, 1);
    EXPECT_EQ(study_->note("key"), "1");
    // What was rolled back takes no place among the kept.
    for (TrialId id = 1; id < 4; ++id) record(id, {0.1f});
    EXPECT_THAT(with_weights(), ElementsAre(0, 1, 2, 3));
}

TEST_F(Reopen, CheckpointsAreBytesByTrialAndEpoch) {
    const std::vector<std::byte> a{std::byte{1}, std::byte{0}, std::byte{255}}, b{std::byte{7}};
    EXPECT_THAT(study_->checkpoints(0), IsEmpty());
    EXPECT_THAT(study_->checkpoint(0, 2), IsEmpty());
    study_->keep_checkpoint(0, 12, b);
    study_->keep_checkpoint(0, 2, b);
    study_->keep_checkpoint(0, 2, a); // in its place
    study_->keep_checkpoint(1, 3, b);
    open_again();
    EXPECT_THAT(study_->checkpoints(0), ElementsAre(2, 12));
    EXPECT_EQ(study_->checkpoint(0, 2), a);
    study_->drop_checkpoint(0, 2);
    study_->drop_checkpoint(0, 99);
    EXPECT_THAT(study_->checkpoints(0), ElementsAre(12));
    EXPECT_THAT(study_->checkpoints(1), ElementsAre(3));
    EXPECT_THROW(study_->keep_checkpoint(6, 1, a), UsageError);
    const auto reader = Study::read(folder_.file("s"));
    EXPECT_EQ(reader->checkpoint(1, 3), b);
    EXPECT_THROW(reader->reopen(0), UsageError);
    EXPECT_THROW(reader->together([] {}), UsageError);
}

} // namespace
} // namespace caviar::testing_study
