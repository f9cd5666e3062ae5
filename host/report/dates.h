#pragma once
/// Dates as other programs read them, from seconds since 1970.

#include <string>

namespace caviar::report {

/// ISO 8601 in UTC, to the millisecond: 2026-11-22T00:31:05.123Z.
std::string utc_date(double seconds);
/// In the time zone of this machine and without naming it, to the microsecond: 2026-11-22 01:31:05.123000. Python's datetime.fromisoformat reads it.
std::string local_date(double seconds);

} // namespace caviar::report
