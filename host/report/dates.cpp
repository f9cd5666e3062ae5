#include "host/report/dates.h"

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>

namespace caviar::report {

namespace {

/// `digits` of fraction, as many as `parts` of a second need.
std::string date(double seconds, int64_t parts, int digits, const char* format, std::tm* (*broken_down)(const std::time_t*, std::tm*)) {
    const int64_t count = std::llround(seconds * static_cast<double>(parts));
    const int64_t fraction = (count % parts + parts) % parts;
    const auto whole = static_cast<std::time_t>((count - fraction) / parts);
    std::tm tm{};
    broken_down(&whole, &tm);
    char text[64], end[16];
    std::snprintf(end, sizeof end, ".%0*lld", digits, static_cast<long long>(fraction));
    return std::string(text, std::strftime(text, sizeof text, format, &tm)) + end;
}

} // namespace

std::string utc_date(double seconds) { return date(seconds, 1'000, 3, "%Y-%m-%dT%H:%M:%S", gmtime_r) + "Z"; }

std::string local_date(double seconds) { return date(seconds, 1'000'000, 6, "%Y-%m-%d %H:%M:%S", localtime_r); }

} // namespace caviar::report
