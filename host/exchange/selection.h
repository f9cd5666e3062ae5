#pragma once
/// Which trials of a study go out to another program.

#include "caviar/study.h"

#include <cstdint>
#include <functional>

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

} // namespace caviar::exchange
