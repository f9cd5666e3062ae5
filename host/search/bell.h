#pragma once
/// A bell of bounded width.

namespace caviar::search {

/// The quantile, at `u` in [0, 1), of a bell on (-3, 3) of variance 1: that of the sum of three uniforms (Irwin and Hall 1927).
double bell(double u);

} // namespace caviar::search
