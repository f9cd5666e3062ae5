#pragma once
/// Curves over epochs, drawn with characters.

#include "host/report/text.h"

#include <string>
#include <vector>

namespace caviar::report {

struct Series {
    std::string name;
    std::vector<double> values; ///< one an epoch; what is not finite is left out
    char glyph = '*';           ///< tells the series apart where there is no colour
    Colour colour = Colour::cyan;
};

/// `height` lines of exactly `width` columns: a legend, the plot with its scale at the left, the epochs (from 1) below. The scale
/// is logarithmic where all values are above 0 and the largest is 10 times the smallest; the legend says so. More epochs than
/// columns: each column is the mean of its epochs. Where series meet, the later one is seen. Empty where there is no room (26 x
/// 5).
std::vector<std::string> chart(const std::vector<Series>&, int width, int height, bool colour);

} // namespace caviar::report
