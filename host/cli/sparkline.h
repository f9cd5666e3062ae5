#pragma once
/// A curve in one line of text.

#include <span>
#include <string>

namespace caviar::cli {

/// At most `width` blocks, each the mean of its part of the values, from the lowest block at the smallest to the highest at the
/// largest. Values that are not finite are shown as "x" and count for nothing.
std::string sparkline(std::span<const float> values, int width);

} // namespace caviar::cli
