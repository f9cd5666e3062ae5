#pragma once
/// A session at a terminal: the curve is drawn while the model trains, and commands are typed below it.

#include "host/cli/command.h"
#include "host/panda/driver.h"

#include <string>

namespace caviar::cli {

/// Until `quit` or the end of the terminal; all is saved then. The model trains on the calling thread, keys and picture have one
/// of their own: a command waits for the end of the epoch that is under way, typing never. Ctrl-C pauses; while paused it saves
/// and leaves, by Error(interrupted), as does a SIGTERM where an Interrupt lives. `greeting`: the first message.
void panda_live(Context&, panda::Driver&, const std::string& data_name, const std::string& greeting);

} // namespace caviar::cli
