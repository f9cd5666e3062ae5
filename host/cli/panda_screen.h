#pragma once
/// What a babysat model looks like on a terminal: a picture made from a moment of the session. Pure: nothing is printed here.

#include "host/panda/driver.h"

#include <deque>
#include <string>
#include <vector>

namespace caviar::cli {

/// A moment of the session, copied, so that it can be drawn while the training goes on.
struct PandaView {
    std::string name; ///< of the data
    TrialId branch = 0;
    int64_t branches = 1;
    int32_t goal = 0;
    bool running = false;
    std::string settings; ///< as settings_line
    std::string metric;
    int32_t best_epoch = -1;
    std::vector<EpochLosses> curve;
};
PandaView view_of(const panda::Driver&, const std::string& data_name);

/// The lines above the command line, exactly `height`, none wider than `width`: title, curves (losses, and the metric beside or
/// below them where there is room), settings, the last messages.
std::vector<std::string> panda_screen(const PandaView&, const std::deque<std::string>& messages, int width, int height,
                                      bool colour);

} // namespace caviar::cli
