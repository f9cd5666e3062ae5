#pragma once
/// The streams of this process and what they are connected to.

#include "host/cli/command.h"

namespace caviar::cli {

/// std::cout and std::cerr; asks the system whether they are terminals, how wide, and honours NO_COLOR.
Context standard_context();

} // namespace caviar::cli
