#pragma once
/// Numbers as people read them. Locale-free: the decimal sign is always a point. For machines use to_chars, CSV or JSON.

#include <cstdint>
#include <string>

namespace caviar::report {

/// At most `digits` significant digits, no trailing zeros: 0.9731, 12.5, 1234, 3.2e-05; "nan", "inf", "-inf".
std::string significant(double value, int digits = 4);
/// Exactly `decimals` digits after the point, for columns that should line up: 0.9730.
std::string fixed(double value, int decimals);
/// Whole numbers: 950, 12,345, 1.2 M, 3.4 G.
std::string count(int64_t);
/// 0.7 ms, 2.5 s, 48 s, 1 m 12 s, 2 h 05 m, 3 d 04 h; "-" for what is not a time (negative, not finite).
std::string duration(double seconds);
/// 512 B, 105 KiB, 1.2 GiB.
std::string bytes(int64_t);
/// 0.973 -> "97.3 %".
std::string percent(double share, int decimals = 1);
/// A rate: 0.25 / s, 14.2 / s, 1.2 k / s.
std::string rate(double per_second);

} // namespace caviar::report
