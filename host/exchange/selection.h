#pragma once
/// Which trials of a study go out to another program.

#include "caviar/study.h"
#include "caviar/sweep.h"

#include <cstdint>
#include <functional>
#include <span>

namespace caviar::exchange {

struct Selection {
    enum class Kind {
        all,
        top,   ///< the best `count` by score
        sample ///< `count` of them, spread evenly over the order of their ids; the study's best and the best score are among them
    };
    Kind kind = Kind::all;
    int64_t count = 0;
};

/// Calls `take` with the finished trials among the selected ones, with their curves, by id, a row at a time. Of those chosen only the ids are in memory.
/// Returns how many there were.
int64_t each_selected(const Study&, const Selection&, const std::function<void(TrialRow)>& take);

/// The same of a study that cross-validated, setting by setting: `take` gets the trials of one, a fold each. Those with a fold that waits are left out.
/// The best are those with the best means (host/study/candidate.h).
int64_t each_selected_setting(const Study&, const SweepSettings&, const Selection&, const std::function<void(std::span<const TrialRow>)>& take);

} // namespace caviar::exchange
