#pragma once
/// Where the wall time goes, phase by phase.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace caviar {

struct PhaseTime {
    std::string name;
    int64_t times = 0;   ///< how often it was entered
    double seconds = 0;  ///< spent in it, less what phases inside it took
};

/// Adds up the phases of the thread that makes it, from then on as long as it lives. It ends on the same thread; of several that live at
/// once the newest one counts. What other threads do beside is not seen: phases are of the thread that steers.
class PhaseClock {
public:
    PhaseClock();
    ~PhaseClock();
    PhaseClock(const PhaseClock&) = delete;
    PhaseClock& operator=(const PhaseClock&) = delete;

    /// Wall time since it was made.
    double seconds() const;
    /// Phases that have ended, in the order in which they first did.
    const std::vector<PhaseTime>& phases() const { return phases_; }

private:
    friend class Phase;
    using Clock = std::chrono::steady_clock;
    struct Open {
        const char* name;
        Clock::time_point begin;
        Clock::duration inside; ///< taken by phases inside it
    };

    void begin(const char* name);
    void end();

    const Clock::time_point made_ = Clock::now();
    PhaseClock* const before_;
    std::vector<Open> open_;
    std::vector<PhaseTime> phases_;
};

} // namespace caviar
