#include "host/core/phase_clock.h"

#include "host/core/phase.h"

#include <algorithm>

namespace caviar {
namespace {

thread_local PhaseClock* running = nullptr;

} // namespace

Phase::Phase(const char* name) : hooks_(phase_hooks.load(std::memory_order_acquire)), clock_(running) {
    if (hooks_) hooks_->begin(name);
    if (clock_) clock_->begin(name);
}

Phase::~Phase() {
    if (clock_) clock_->end();
    if (hooks_) hooks_->end();
}

PhaseClock::PhaseClock() : before_(running) { running = this; }
PhaseClock::~PhaseClock() { running = before_; }

double PhaseClock::seconds() const { return std::chrono::duration<double>(Clock::now() - made_).count(); }

void PhaseClock::begin(const char* name) { open_.push_back({name, Clock::now(), {}}); }

void PhaseClock::end() {
    const Open ended = open_.back();
    open_.pop_back();
    const Clock::duration took = Clock::now() - ended.begin;
    if (!open_.empty()) open_.back().inside += took;
    auto entry = std::find_if(phases_.begin(), phases_.end(), [&](const PhaseTime& p) { return p.name == ended.name; });
    if (entry == phases_.end()) entry = phases_.insert(entry, {ended.name});
    ++entry->times;
    entry->seconds += std::chrono::duration<double>(took - ended.inside).count();
}

} // namespace caviar
