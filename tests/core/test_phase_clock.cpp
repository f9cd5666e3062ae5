#include "host/core/phase.h"
#include "host/core/phase_clock.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

namespace caviar {
namespace {

using namespace std::chrono_literals;

// A sleep takes at least what it is asked for; how much longer hangs on the machine, so that only lower bounds are held against the clock.
void rest() { std::this_thread::sleep_for(2ms); }
constexpr double rested = 0.002;

TEST(PhaseClock, TimeInsideBelongsToTheInnerPhase) {
    const PhaseClock clock;
    {
        const Phase outer("outer");
        for (int i = 0; i < 2; ++i) {
            const Phase inner("inner");
            rest();
        }
        rest();
    }
    ASSERT_EQ(clock.phases().size(), 2u);
    const PhaseTime &inner = clock.phases()[0], &outer = clock.phases()[1];
    EXPECT_EQ(inner.name, "inner");
    EXPECT_EQ(inner.times, 2);
    EXPECT_GE(inner.seconds, 2 * rested);
    EXPECT_EQ(outer.name, "outer");
    EXPECT_EQ(outer.times, 1);
    EXPECT_GE(outer.seconds, rested);
    EXPECT_LE(inner.seconds + outer.seconds, clock.seconds()) << "no time counts twice";
}

TEST(PhaseClock, CountsItsOwnThreadWhileItLives) {
    { const Phase before("before"); }
    const PhaseClock clock;
    std::thread([] { const Phase elsewhere("elsewhere"); }).join();
    EXPECT_TRUE(clock.phases().empty());
    {
        const PhaseClock newer;
        { const Phase phase("hers"); }
        EXPECT_EQ(newer.phases().size(), 1u);
    }
    { const Phase phase("his"); }
    ASSERT_EQ(clock.phases().size(), 1u);
    EXPECT_EQ(clock.phases()[0].name, "his");
}

} // namespace
} // namespace caviar
