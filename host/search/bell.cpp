#include "host/search/bell.h"

#include <cmath>

namespace caviar::search {

// The sum's distribution function is y^3/6 up to y = 1, its mirror image from 2 on, and 1/2 + 3x/4 - x^3/3 with x = y - 3/2 between.
double bell(double u) {
    if (u < 1 / 6.0) return 2 * (std::cbrt(6 * u) - 1.5);
    if (u > 5 / 6.0) return 2 * (1.5 - std::cbrt(6 * (1 - u)));
    double x = (u - 0.5) / 0.75;
    for (int i = 0; i < 6; ++i) x -= (0.5 + 0.75 * x - x * x * x / 3 - u) / (0.75 - x * x); // Newton; the slope is at least 1/2
    return 2 * x;
}

} // namespace caviar::search
