#include "host/core/distribution.h"

#include "caviar/error.h"
#include "host/core/value.h"

#include <algorithm>
#include <cmath>

namespace caviar {
namespace {

using Kind = DistributionKind;

constexpr double largest_whole = 9007199254740992.0; // 2^53: beyond it doubles skip whole numbers
const double below_one = std::nextafter(1.0, 0.0);

bool whole(double v) { return v == std::floor(v) && std::abs(v) <= largest_whole; }
bool power_of_two(double v) { return v >= 1 && v <= largest_whole && std::exp2(std::round(std::log2(v))) == v; }

double clamp_unit(double u) { return u > 0 ? std::min(u, below_one) : 0.0; } // NaN counts as 0

double mix(double a, double b, double u) { return a * (1 - u) + b * u; }

/// Which of n equal parts of [0,1) u lies in.
int64_t part(double u, double n) { return static_cast<int64_t>(std::min(std::floor(u * n), n - 1)); }

/// The scale that logint rounds: value k owns the logs of k - 1/2 to k + 1/2, cut at the bounds.
double log_share(const Distribution& d, double edge) {
    const double low = std::log10(d.low), high = std::log10(d.high);
    return high > low ? (std::log10(std::clamp(edge, d.low, d.high)) - low) / (high - low) : 0.5;
}

/// Where a number lies on the scale; outside [0,1] where it is out of bounds, NaN where it is between two values.
double position(const Distribution& d, double v) {
    switch (d.kind) {
    case Kind::uniform: return (v - d.low) / (d.high - d.low);
    case Kind::log: return v > 0 ? (std::log10(v) - std::log10(d.low)) / (std::log10(d.high) - std::log10(d.low)) : -1;
    case Kind::beta: return v < 1 ? std::log10((1 - v) / (1 - d.low)) / std::log10((1 - d.high) / (1 - d.low)) : 2;
    case Kind::integer: return whole(v) ? (v - d.low + 0.5) / (d.high - d.low + 1) : NAN;
    case Kind::logint:
        if (!whole(v) || v < d.low || v > d.high) return NAN;
        return (log_share(d, v - 0.5) + log_share(d, v + 0.5)) / 2;
    case Kind::pow2: return power_of_two(v) ? (std::log2(v / d.low) + 0.5) / (std::log2(d.high / d.low) + 1) : NAN;
    default: return NAN;
    }
}

} // namespace

bool core::same(const Value& a, const Value& b) {
    const auto x = as_double(a), y = as_double(b);
    return x && y ? *x == *y : a == b;
}

std::string core::problem(const Distribution& d) {
    if (!d.numeric()) {
        if (d.choices.empty()) return "there is nothing to choose from";
        if (d.kind == Kind::constant && d.choices.size() != 1) return "a constant has one value";
        for (const Value& v : d.choices)
            if (const auto number = as_double(v); number && !std::isfinite(*number)) return "a number must be finite";
        return {};
    }
    if (!std::isfinite(d.low) || !std::isfinite(d.high)) return "the bounds must be finite";
    switch (d.kind) {
    case Kind::uniform: return d.low < d.high ? "" : "uniform(a,b) needs a < b";
    case Kind::log: return d.low > 0 && d.low < d.high ? "" : "log(a,b) needs 0 < a < b";
    case Kind::beta: return d.low >= 0 && d.low < d.high && d.high < 1 ? "" : "beta(a,b) needs 0 <= a < b < 1";
    case Kind::integer:
        return whole(d.low) && whole(d.high) && d.low <= d.high ? "" : "int(a,b) needs whole numbers, a <= b";
    case Kind::logint:
        return whole(d.low) && whole(d.high) && d.low >= 1 && d.low <= d.high ? "" : "logint(a,b) needs whole numbers, 1 <= a <= b";
    default:
        return power_of_two(d.low) && power_of_two(d.high) && d.low <= d.high ? "" : "pow2(a,b) needs powers of two, 1 <= a <= b";
    }
}

Value Distribution::at(double unit_value) const {
    const double u = clamp_unit(unit_value);
    // An u of 1 or more asks for the very end of the scale, which the last draw below 1 only comes near.
    if (unit_value >= 1 && numeric()) {
        if (kind == Kind::uniform || kind == Kind::log || kind == Kind::beta) return high;
        return static_cast<int64_t>(high);
    }
    if (u == 0 && (kind == Kind::log || kind == Kind::beta)) return low; // to the last bit
    switch (kind) {
    case Kind::uniform: return std::clamp(mix(low, high, u), low, high);
    case Kind::log: return std::clamp(std::pow(10.0, mix(std::log10(low), std::log10(high), u)), low, high);
    case Kind::beta: return std::clamp(1 - std::pow(10.0, mix(std::log10(1 - low), std::log10(1 - high), u)), low, high);
    case Kind::integer: return static_cast<int64_t>(low) + part(u, high - low + 1);
    case Kind::logint:
        return static_cast<int64_t>(std::clamp(std::round(std::pow(10.0, mix(std::log10(low), std::log10(high), u))), low, high));
    case Kind::pow2: return static_cast<int64_t>(low) << part(u, std::log2(high / low) + 1);
    case Kind::choice: return choices[static_cast<size_t>(part(u, static_cast<double>(choices.size())))];
    default: return choices.front();
    }
}

double Distribution::unit(const Value& value) const {
    if (numeric()) {
        // A value that went through a file or a float may have moved past a bound by a rounding.
        constexpr double slack = 1e-6;
        const auto number = core::as_double(value);
        const double u = number ? position(*this, *number) : NAN;
        if (u >= -slack && u <= 1 + slack) return clamp_unit(u);
    } else {
        for (size_t i = 0; i < choices.size(); ++i)
            if (core::same(choices[i], value)) return (static_cast<double>(i) + 0.5) / static_cast<double>(choices.size());
    }
    throw UsageError(caviar::to_string(value) + " cannot be drawn from " + to_string(*this));
}

int64_t Distribution::count() const {
    switch (kind) {
    case Kind::uniform:
    case Kind::log:
    case Kind::beta: return 0;
    case Kind::integer:
    case Kind::logint: return static_cast<int64_t>(high - low) + 1;
    case Kind::pow2: return std::llround(std::log2(high / low)) + 1;
    default: break;
    }
    int64_t different = 0;
    for (auto v = choices.begin(); v != choices.end(); ++v)
        different += std::none_of(choices.begin(), v, [&](const Value& earlier) { return core::same(earlier, *v); });
    return different;
}

} // namespace caviar
