// What a profiler is told of a sweep, from the loading of the data on.

#include "support.h"

#include "caviar/engine.h"
#include "host/core/phase.h"

#include <gtest/gtest.h>

#include <mutex>
#include <set>

namespace caviar::testing_study {
namespace {

struct Told {
    std::mutex mutex;
    std::vector<std::string> names;
    int open = 0;
};
Told& told() {
    static Told all;
    return all;
}

constexpr PhaseHooks hooks{[](const char* name) {
                               const std::lock_guard lock(told().mutex);
                               told().names.emplace_back(name);
                               ++told().open;
                           },
                           [] {
                               const std::lock_guard lock(told().mutex);
                               --told().open;
                           }};

/// As a program does it: the data are loaded first, then there is an engine.
TEST(Phases, OfASweepAreToldFromTheLoadOn) {
    const PhaseHooks* const before = phase_hooks.exchange(&hooks);
    const Folder folder;
    SweepSettings settings = some_settings("random", 4);
    settings.data = "digits";
    settings.prepare.target.clear();
    settings.defaults.epochs = 1;
    const Prepared prepared = load(settings);
    const auto engine = make_engine({"cpu", 1, "", 0}).engine;
    const auto study = Study::create(folder.file("s"), make_header(settings, prepared, *engine));
    run_sweep(settings, prepared, *engine, *study);
    phase_hooks.store(before);
    ASSERT_FALSE(told().names.empty());
    EXPECT_EQ(told().names.front(), "load");
    EXPECT_EQ(std::set<std::string>(told().names.begin(), told().names.end()), (std::set<std::string>{"load", "ask", "admit", "rung", "record", "tell"}));
    EXPECT_EQ(told().open, 0) << "each has ended";
}

} // namespace
} // namespace caviar::testing_study
