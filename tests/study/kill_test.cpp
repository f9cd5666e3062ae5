// kill -9 at many random moments, the same command again until it ends: the end is that of a run nobody killed, bit for bit.

#include "fake_engine.h"

#include "caviar/error.h"
#include "host/study/sqlite.h"

#include <gmock/gmock.h>

#include <csignal>

namespace caviar::testing_study {
namespace {

using Make = std::function<std::unique_ptr<Engine>()>;

// What the program does: create the study or go on with it, sweep, end. In a child of its own, as engines have threads and a
// process with threads should not fork.
pid_t start(const std::string& path, const SweepSettings& settings, const Prepared& data, const Make& make) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    try {
        const auto engine = make();
        const auto study = std::filesystem::exists(path) ? Study::open(path) : Study::create(path, make_header(settings, data, *engine));
        SweepControl control;
        control.save_every = 0.002;
        if (run_sweep(settings, data, *engine, *study, control).interrupted()) throw std::runtime_error("interrupted without being asked");
        ::_exit(0);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
        ::_exit(1);
    }
}

// Waits for the child; true where it reached its end, false where it was killed.
bool ended(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) EXPECT_EQ(WEXITSTATUS(status), 0);
    else EXPECT_EQ(WTERMSIG(status), SIGKILL);
    return WIFEXITED(status);
}

// Starts the sweep again and again, killing each after a random time up to `longest`, until one reaches the end. Returns the kills.
int sweep_with_kills(const std::string& path, const SweepSettings& settings, const Prepared& data, const Make& make,
                     std::chrono::microseconds longest, uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int kills = 0; kills < 1000; ++kills) {
        const pid_t child = start(path, settings, data, make);
        // One in four dies very early, in the making or opening of the file. Limits grow, as a loaded machine may get slower.
        const auto limit = longest * (1 + kills / 40);
        std::this_thread::sleep_for(limit * (random() % 1000) / (random() % 4 ? 1000 : 10'000));
        ::kill(child, SIGKILL);
        if (ended(child)) return kills;
    }
    ADD_FAILURE() << "never ended";
    return 0;
}

void expect_sound(const std::string& path) {
    study::Database db(path, study::Database::Mode::write);
    study::Statement check(db, "PRAGMA integrity_check");
    ASSERT_TRUE(check.step());
    EXPECT_EQ(check.text(0), "ok");
}

// Kills sweeps, after a fifth of the time that one takes at most, until there were `least` deaths in all.
void expect_the_same_end(const SweepSettings& settings, const Prepared& data, const Make& make, int least) {
    Folder folder;
    const auto begin = std::chrono::steady_clock::now();
    ASSERT_TRUE(ended(start(folder.file("whole"), settings, data, make)));
    const auto took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - begin);
    const std::string expected = everything(*Study::read(folder.file("whole")));
    int kills = 0;
    for (uint64_t seed = 1; kills < least && seed < 100; ++seed) {
        const std::string path = folder.file("killed" + std::to_string(seed));
        kills += sweep_with_kills(path, settings, data, make, took / 5, seed);
        EXPECT_EQ(everything(*Study::read(path)), expected) << "seed " << seed;
        expect_sound(path);
    }
    EXPECT_GE(kills, least);
}

class Kill : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Samplers, Kill, ::testing::Values("random", "coarse-to-fine"));

TEST_P(Kill, FakeEngineEndsTheSame) {
    const auto make = [] {
        auto engine = std::make_unique<FakeEngine>();
        engine->behaviour.pause = std::chrono::milliseconds(1);
        return engine;
    };
    expect_the_same_end(sweep_settings(GetParam(), 120), small_data(), make, 30);
}

// Several seeds for each setting, a last round that confirms, and a winner whose weights are not among those of the best single
// trials.
TEST(KillSeeds, RepeatsAndConfirmationEndTheSame) {
    const auto make = [] {
        auto engine = std::make_unique<FakeEngine>();
        engine->behaviour.pause = std::chrono::milliseconds(1);
        return engine;
    };
    SweepSettings settings = sweep_settings("coarse-to-fine", 120);
    settings.repeats = 2;
    settings.confirm = {3, 4};
    settings.keep_weights = 1;
    expect_the_same_end(settings, small_data(), make, 20);
}

// A population for each fold, folds that a scheduler stops together, and a last net of all rows.
TEST(KillFolds, CrossValidationEndsTheSame) {
    const auto make = [] {
        auto engine = std::make_unique<FakeEngine>();
        engine->behaviour.pause = std::chrono::milliseconds(1);
        return engine;
    };
    SweepSettings settings = sweep_settings("tpe", 90);
    settings.prepare.folds = {3, {}};
    settings.scheduler.name = "successive-halving";
    Prepared data = small_data();
    for (const char* fold : {"a", "b", "c"}) data.folds.push_back(small_data(fold));
    expect_the_same_end(settings, data, make, 15);
}

TEST_P(Kill, CpuEngineEndsTheSame) {
    SweepSettings settings = some_settings(GetParam(), 60);
    settings.data = "digits";
    settings.defaults.epochs = 3;
    const Prepared data = load(settings);
    const auto make = [] { return make_engine({"cpu", 2, "", 0}).engine; };
    expect_the_same_end(settings, data, make, 15);
}

// Alone and in a crowd: the same bits.
TEST(VerifyCpu, FindsNothing) {
    SweepSettings settings = some_settings("random", 24);
    settings.data = "digits";
    settings.defaults.epochs = 3;
    const Prepared data = load(settings);
    Folder folder;
    const std::string said = in_child([&]() -> std::string {
        const auto engine = make_engine({"cpu", 2, "", 0}).engine;
        const auto study = Study::create(folder.file("s"), make_header(settings, data, *engine));
        (void)run_sweep(settings, data, *engine, *study);
        const auto alone = make_engine({"cpu", 1, "", 0}).engine;
        std::vector<TrialId> ids;
        for (TrialId id = 0; id < 24; ++id) ids.push_back(id);
        std::string differ = "differ:";
        for (const TrialId id : verify(settings, data, *alone, *study, ids)) differ += " " + std::to_string(id);
        return differ + ", verified " + std::to_string(study->counts().complete);
    });
    EXPECT_THAT(said, ::testing::StartsWith("differ:, verified "));
}

} // namespace
} // namespace caviar::testing_study
