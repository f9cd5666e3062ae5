#pragma once
/// Image data sets that are drawn, not loaded: `rectangles` and `convex` of Larochelle, Erhan, Courville, Bergstra and Bengio,
/// "An Empirical Evaluation of Deep Architectures on Problems with Many Factors of Variation", ICML 2007, sections 3.2 and 3.3;
/// with the numbers of Bergstra and Bengio, JMLR 13:281-305, 2012, section 2.3.

#include "caviar/preprocessing.h"
#include "host/data/random.h"

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

namespace caviar::data {

constexpr int image_side = 28;
constexpr uint32_t whole_row = (uint32_t{1} << image_side) - 1;

/// Black and white pixels: a row is a word, its leftmost pixel the lowest bit.
struct Image {
    std::array<uint32_t, image_side> rows{};
    bool lit(int x, int y) const { return rows[static_cast<size_t>(y)] >> x & 1; }
    int count() const {
        int sum = 0;
        for (const uint32_t row : rows) sum += std::popcount(row);
        return sum;
    }
};

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
/// All pixels inside a convex region (it may be the whole image), or a union of two to four such sets that is not convex.
Image draw_convex(Random&, bool convex);

/// Whether every grid point on the segment between two lit pixels is lit, for every pair: the condition by which the
/// published set tells its classes apart.
bool is_convex(const Image&);

} // namespace caviar::data
