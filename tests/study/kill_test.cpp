// kill -9 at many random moments, the same command again until it ends: the end is that of a run nobody killed, bit for bit.

#include "fake_engine.h"

#include "caviar/error.h"
#include "host/study/sqlite.h"

#include <gmock/gmock.h>

#include <csignal>

namespace caviar::testing_study {
namespace {

// What the program does: create the study or go on with it, sweep, end.
void sweep_once(const std::string& path, const SweepSettings& settings, const Prepared& data, Engine& engine, double save_every) {
    const auto study = std::filesystem::exists(path) ? Study::open(path) : Study::create(path, make_header(settings, data, engine));
    SweepControl control;
    control.save_every = save_every;
    if (run_sweep(settings, data, engine, *study, control).interrupted) throw std::runtime_error("interrupted without being asked");
}

// Runs sweep_once in children, each killed after a random time up to `longest`, until one reaches the end. Returns the kills.
int sweep_with_kills(const std::string& path, const SweepSettings& settings, const Prepared& data,
                     const std::function<std::unique_ptr<Engine>()>& make, std::chrono::microseconds longest, uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int kills = 0; kills < 1000; ++kills) {
        const pid_t child = ::fork();
        if (child == 0) {
            try {
                const auto engine = make();
                sweep_once(path, settings, data, *engine, 0.002);
                ::_exit(0);
            } catch (const std::exception& error) {
                std::fprintf(stderr, "child: %s\n", error.what());
                ::_exit(1);
            }
        }
        // Some deaths come very early, in the making or opening of the file. Limits grow, as a loaded machine may be slow.
        const auto limit = longest * (1 + kills / 40);
        std::this_thread::sleep_for(limit * (random() % 1000) / (random() % 4 ? 1000 : 10'000));
        ::kill(child, SIGKILL);
        int status = 0;
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status)) {
            EXPECT_EQ(WEXITSTATUS(status), 0);
            return kills;
        }
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

class Kill : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Samplers, Kill, ::testing::Values("random", "coarse-to-fine"));

TEST_P(Kill, FakeEngineEndsTheSame) {
    Folder folder;
    const Prepared data = small_data();
    const SweepSettings settings = sweep_settings(GetParam(), 150);
    const auto make = [] {
        auto engine = std::make_unique<FakeEngine>();
        engine->behaviour.pause = std::chrono::milliseconds(1);
        return engine;
    };
    FakeEngine undisturbed;
    sweep_once(folder.file("whole"), settings, data, undisturbed, 1);
    const std::string expected = everything(*Study::read(folder.file("whole")));

    int kills = 0;
    for (const uint64_t seed : {1, 2, 3}) {
        const std::string path = folder.file("killed" + std::to_string(seed));
        kills += sweep_with_kills(path, settings, data, make, std::chrono::milliseconds(25), seed);
        EXPECT_EQ(everything(*Study::read(path)), expected) << "seed " << seed;
        expect_sound(path);
    }
    EXPECT_GE(kills, 24) << "dozens of deaths were meant";
}

} // namespace
} // namespace caviar::testing_study
