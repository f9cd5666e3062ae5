#include "host/data/generated.h"

#include "host/data/prepare.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace caviar::data {
namespace {

void light(Image& image, int x, int y) { image.set(static_cast<size_t>(y * image_side + x)); }

/// A geometric draw on 1, 2, ...: trials until one with probability p succeeds.
int geometric(Random& random, double p) {
    int trials = 1;
    while (random.uniform() >= p) ++trials;
    return trials;
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
    for (int y = 0; y < image_side; ++y)
        for (int x = 0; x < image_side; ++x)
            if ((x - at_x) * nx + (y - at_y) * ny < 0) image.reset(static_cast<size_t>(y * image_side + x));
}

/// The intersection of a geometric number of half-planes with at least so many pixels.
Image convex_region(Random& random, double p, size_t least) {
    for (;;) {
        Image image;
        image.set();
        for (int n = geometric(random, p); n > 0 && image.count() >= least; --n) cut(random, image);
        if (image.count() >= least) return image;
    }
}

} // namespace

bool is_convex(const Image& image) {
    std::vector<int> places;
    for (int i = 0; i < image_side * image_side; ++i)
        if (image[static_cast<size_t>(i)]) places.push_back(i);
    // From the two ends inwards: where a set is not convex, far pixels show it first.
    for (size_t apart = places.size(); apart-- > 1;)
        for (size_t i = 0; i + apart < places.size(); ++i) {
            const int a = places[i], b = places[i + apart];
            const int dx = b % image_side - a % image_side, dy = b / image_side - a / image_side;
            const int steps = std::gcd(dx, dy); // grid points lie on the segment at every 1/steps of it
            for (int s = 1; s < steps; ++s)
                if (!lit(image, a % image_side + dx / steps * s, a / image_side + dy / steps * s)) return false;
        }
    return true;
}

Image draw_rectangle(Random& random, bool tall) {
    int width = 0, height = 0;
    do {
        width = 1 + static_cast<int>(random.below(image_side));
        height = 1 + static_cast<int>(random.below(image_side));
    } while (std::abs(width - height) < 3 || (height > width) != tall);
    const int left = static_cast<int>(random.below(static_cast<uint64_t>(image_side - width + 1)));
    const int top = static_cast<int>(random.below(static_cast<uint64_t>(image_side - height + 1)));
    Image image;
    for (int x = left; x < left + width; ++x) {
        light(image, x, top);
        light(image, x, top + height - 1);
    }
    for (int y = top; y < top + height; ++y) {
        light(image, left, y);
        light(image, left + width - 1, y);
    }
    return image;
}

Image draw_convex(Random& random, bool convex) {
    if (convex) return convex_region(random, 0.195, 19);
    for (;;) {
        Image image;
        for (uint64_t sets = 2 + random.below(3); sets > 0; --sets) image |= convex_region(random, 0.07, 10);
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
            for (size_t i = 0; i < image.size(); ++i) images.values[static_cast<size_t>(r * pixels) + i] = image[i];
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
