/// Damaged checkpoints are refused and leave the trial as it was.
#include "caviar/error.h"
#include "data.h"
#include "host/core/checkpoint.h"
#include "host/cpu/engine.h"

#include <gtest/gtest.h>

#include <cstring>

namespace caviar::cpu {
namespace {

struct Checkpoint : testing::Test {
    Dataset data = clouds(40, 20);
    std::unique_ptr<Engine> engine = make_cpu_engine(1, "");
    std::unique_ptr<Population> population = engine->populate(data, {});
    std::vector<std::byte> bytes;

    void SetUp() override {
        std::vector<Trial> trials{trial(0), trial(1), trial(2, {8})};
        trials.push_back(trial(3));
        trials.back().hyperparameters.optimizer = Optimizer::sgd;
        population->admit(trials);
        population->train(2, std::vector<TrialId>{0});
        bytes = population->checkpoint(0);
    }
};

TEST_F(Checkpoint, CarriesATrialOver) {
    population->restore(1, bytes);
    EXPECT_EQ(population->checkpoint(1), bytes);
    EXPECT_EQ(population->weights(1).values, population->weights(0).values);
    EXPECT_EQ(population->result(1).curve.size(), 2u);
}

TEST_F(Checkpoint, OfAnotherNetOrOptimizerIsRefused) {
    EXPECT_THROW(population->restore(2, bytes), DataError);
    EXPECT_THROW(population->restore(3, bytes), DataError);
}

TEST_F(Checkpoint, EveryDamageIsSeen) {
    const std::vector<std::byte> before = population->checkpoint(1);
    for (size_t size = 0; size < bytes.size(); size += 1 + size / 20)
        EXPECT_THROW(population->restore(1, std::span(bytes).first(size)), DataError) << size;
    for (size_t at = 0; at < bytes.size(); at += 1 + at / 50) {
        std::vector<std::byte> damaged = bytes;
        damaged[at] ^= std::byte{0x10};
        EXPECT_THROW(population->restore(1, damaged), DataError) << at;
    }
    std::vector<std::byte> longer = bytes;
    longer.push_back(std::byte{0});
    EXPECT_THROW(population->restore(1, longer), DataError);
    EXPECT_EQ(population->checkpoint(1), before);
}

/// Even under a right checksum: a forged length must not be believed.
TEST_F(Checkpoint, ForgedContentsAreRefused) {
    const auto forged = [](const auto& fill) {
        CheckpointWriter out;
        fill(out);
        return out.finish();
    };
    EXPECT_THROW(population->restore(1, forged([](CheckpointWriter& w) { w.number(~uint64_t{0}); })), DataError);
    EXPECT_THROW(population->restore(1, forged([](CheckpointWriter& w) { w.number(uint64_t{1} << 60); })), DataError);
    EXPECT_THROW(population->restore(1, forged([](CheckpointWriter&) {})), DataError);
    const auto head = [](CheckpointWriter& w, uint8_t optimizer, uint8_t state, int32_t best) {
        w.numbers<int32_t>({5, 7, 3});
        w.number(optimizer);
        w.number(state);
        w.number(int64_t{1});
        w.number(int64_t{1});
        w.number(best);
        w.number(0.0);
        w.numbers<float>({1, 1, 1});
        for (int part = 0; part < 4; ++part) w.numbers<float>(std::vector<float>(part < 3 ? 5 * 7 + 7 + 7 * 3 + 3 : 0));
    };
    const uint8_t adam = static_cast<uint8_t>(Optimizer::adam);
    EXPECT_NO_THROW(population->restore(1, forged([&](CheckpointWriter& w) { head(w, adam, 0, -1); })));
    EXPECT_THROW(population->restore(1, forged([&](CheckpointWriter& w) { head(w, 200, 0, -1); })), DataError);
    EXPECT_THROW(population->restore(1, forged([&](CheckpointWriter& w) { head(w, adam, 9, -1); })), DataError);
    EXPECT_THROW(population->restore(1, forged([&](CheckpointWriter& w) { head(w, adam, 0, 1); })), DataError);
    EXPECT_THROW(population->restore(1, forged([&](CheckpointWriter& w) { head(w, adam, 0, -1); w.number(uint8_t{0}); })), DataError);
}

} // namespace
} // namespace caviar::cpu
