#include "host/data/generated.h"

#include "host/data/prepare.h"

#include <cstdlib>
#include <numeric>

namespace caviar::data {
namespace {

/// A geometric draw on 0, 1, ...: failures before the first success of probability p. This is how MATLAB's geornd counts, in
/// which the published sets were made, and with it both classes have about the same mean number of lit pixels, as published.
int geometric(Random& random, double p) {
    int failures = 0;
    while (random.uniform() >= p) ++failures;
    return failures;
}

/// Takes away what lies on one side of a line through a uniform place in a uniform direction. The direction comes from a
/// point in the disc, not from sine and cosine: those may differ in the last bit between C libraries.
void cut(Random& random, Image& image) {
    const double at_x = random.uniform() * image_side - 0.5, at_y = random.uniform() * image_side - 0.5;
    double nx = 0, ny = 0, length = 0;
    do {
        nx = 2 * random.uniform() - 1;
        ny = 2 * random.uniform() - 1;
        length = nx * nx + ny * ny;
    } while (length > 1 || length == 0);
    for (int y = 0; y < image_side; ++y) {
        uint32_t kept = 0;
        for (int x = 0; x < image_side; ++x) kept |= uint32_t{(x - at_x) * nx + (y - at_y) * ny >= 0} << x;
        image.rows[static_cast<size_t>(y)] &= kept;
    }
}

/// The intersection of a geometric number of half-planes with at least so many pixels.
Image convex_region(Random& random, double p, int least) {
    for (;;) {
        Image image;
        image.rows.fill(whole_row);
        for (int n = geometric(random, p); n > 0 && image.count() >= least; --n) cut(random, image);
        if (image.count() >= least) return image;
    }
}

uint32_t shifted(uint32_t row, int dx) { return (dx >= 0 ? row << dx : row >> -dx) & whole_row; }

/// Whether, along lines in direction (dx, dy), some dark pixel has lit ones on both sides. dy > 0.
bool has_gap(const Image& image, int dx, int dy) {
    std::array<uint32_t, image_side> before{}, after{}; // pixels with a lit one before, after them on their line
    const auto step = static_cast<size_t>(dy);
    for (size_t y = step; y < image_side; ++y) before[y] = shifted(image.rows[y - step] | before[y - step], dx);
    for (size_t y = image_side - step; y-- > 0;) after[y] = shifted(image.rows[y + step] | after[y + step], -dx);
    uint32_t gaps = 0;
    for (size_t y = 0; y < image_side; ++y) gaps |= before[y] & after[y] & ~image.rows[y];
    return gaps != 0;
}

} // namespace

bool is_convex(const Image& image) {
    for (const uint32_t row : image.rows)
        if (row & (row + (row & (~row + 1)))) return false; // adding the lowest bit to one run carries past it
    // A pixel between two others needs two steps inside the image, so no step is longer than half of it.
    constexpr int longest = (image_side - 1) / 2;
    for (int dy = 1; dy <= longest; ++dy)
        for (int dx = -longest; dx <= longest; ++dx)
            if (std::gcd(dx, dy) == 1 && has_gap(image, dx, dy)) return false;
    return true;
}

Image draw_rectangle(Random& random, bool tall) {
    int width = 0, height = 0;
    do {
        width = 1 + static_cast<int>(random.below(image_side));
        height = 1 + static_cast<int>(random.below(image_side));
    } while (std::abs(width - height) < 3 || (height > width) != tall);
    const auto left = random.below(static_cast<uint64_t>(image_side - width + 1));
    const auto top = random.below(static_cast<uint64_t>(image_side - height + 1));
    const uint32_t edge = ((uint32_t{1} << width) - 1) << left;
    const uint32_t sides = (uint32_t{1} | uint32_t{1} << (width - 1)) << left;
    const size_t bottom = top + static_cast<size_t>(height) - 1;
    Image image;
    for (size_t y = top; y <= bottom; ++y) image.rows[y] = y == top || y == bottom ? edge : sides;
    return image;
}

Image draw_convex(Random& random, bool convex) {
    if (convex) return convex_region(random, 0.195, 19);
    for (;;) {
        Image image;
        for (uint64_t sets = 2 + random.below(3); sets > 0; --sets) {
            const Image region = convex_region(random, 0.07, 10);
            for (size_t y = 0; y < image_side; ++y) image.rows[y] |= region.rows[y];
        }
        if (!is_convex(image)) return image;
    }
}

ImagePlan rectangles_plan() { return {"rectangles", {1000, 200, 50000}, {"wide", "tall"}, draw_rectangle}; }
ImagePlan convex_plan() { return {"convex", {6500, 1500, 50000}, {"not convex", "convex"}, draw_convex}; }

Prepared generate(const ImagePlan& plan, const std::vector<Scaling>& scalings, uint64_t seed) {
    constexpr int32_t pixels = image_side * image_side;
    Random random(seed);
    Prepared prepared;
    Preprocessing& p = prepared.preprocessing;
    prepared.dataset.name = plan.name;
    p.target = "label";
    p.target_position = pixels;
    p.table_columns = pixels + 1;
    p.task = Task::binary;
    p.classes = plan.classes;
    for (int32_t i = 0; i < pixels; ++i) {
        ColumnEncoding column;
        column.name = "column " + std::to_string(i + 1);
        column.position = i;
        p.columns.push_back(std::move(column));
    }

    const auto draw_part = [&](int64_t rows, Matrix& images, std::vector<float>& labels) {
        for (int64_t r = 0; r < rows; ++r) labels.push_back(static_cast<float>(r % 2));
        random.shuffle(std::span(labels));
        images = {rows, pixels, std::vector<float>(static_cast<size_t>(rows * pixels))};
        for (int64_t r = 0; r < rows; ++r) {
            const Image image = plan.draw(random, labels[static_cast<size_t>(r)] > 0);
            float* to = images.values.data() + r * pixels;
            for (int y = 0; y < image_side; ++y)
                for (int x = 0; x < image_side; ++x) *to++ = image.lit(x, y);
        }
    };
    FeatureSet raw;
    Dataset& d = prepared.dataset;
    draw_part(plan.rows[0], raw.train, d.train_targets);
    draw_part(plan.rows[1], raw.valid, d.valid_targets);
    draw_part(plan.rows[2], raw.test, d.test_targets);
    finish(prepared, std::move(raw), scalings);
    return prepared;
}

} // namespace caviar::data
