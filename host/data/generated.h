#pragma once
/// Image data sets that are drawn, not loaded: `rectangles` and `convex` of Larochelle, Erhan, Courville, Bergstra and Bengio,
/// "An Empirical Evaluation of Deep Architectures on Problems with Many Factors of Variation", ICML 2007, sections 3.2 and 3.3;
/// with the numbers of Bergstra and Bengio, JMLR 13:281-305, 2012, section 2.3.

#include "caviar/preprocessing.h"
#include "host/data/random.h"

#include <array>
#include <bitset>
#include <cstdint>
#include <string>
#include <vector>

namespace caviar::data {

constexpr int image_side = 28;
/// One bit a pixel, row-major from the top left.
using Image = std::bitset<image_side * image_side>;
inline bool lit(const Image& image, int x, int y) { return image[static_cast<size_t>(y * image_side + x)]; }

struct ImagePlan {
    std::string name;
    std::array<int64_t, 3> rows;               ///< train, valid, test
    std::vector<std::string> classes;          ///< two
    Image (*draw)(Random&, bool second_class); ///< an image of either class
};
ImagePlan rectangles_plan();
ImagePlan convex_plan();

/// Draws all images, half of each class in every part, in random order. Equal seeds, equal images.
Prepared generate(const ImagePlan&, const std::vector<Scaling>&, uint64_t seed);

/// One rectangle's outline, wholly inside. Width and height uniform, apart by at least 3 pixels.
Image draw_rectangle(Random&, bool tall);
/// The lit pixels are all those inside a convex region (convex), or a union of two to four such sets that is not convex.
Image draw_convex(Random&, bool convex);

/// Whether every grid point on the segment between two lit pixels is lit, for every pair: the condition by which the
/// published set tells its classes apart.
bool is_convex(const Image&);

} // namespace caviar::data
