#pragma once
/// What time it is. Nothing that a trial computes may hang on it.

#include <chrono>

namespace caviar {

/// Seconds since 1970 (UTC, without leap seconds).
inline double wall_clock() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

} // namespace caviar
