#include "caviar/error.h"
#include "caviar/hyperparameters.h"
#include "host/data/folds.h"
#include "host/data/generated.h"
#include "host/data/prepare.h"

#include <algorithm>

extern const unsigned char caviar_digits_bytes[];
extern const unsigned long caviar_digits_bytes_size;

namespace caviar {
namespace {

Prepared digits(const std::vector<Scaling>& scalings, uint64_t seed, const Folds& folds) {
    const Table table = read_table_bytes(std::string(reinterpret_cast<const char*>(caviar_digits_bytes), caviar_digits_bytes_size), "digits");
    PrepareOptions options;
    options.target = "-1";
    options.task = Task::multiclass;
    options.seed = seed;
    options.scalings = scalings;
    options.folds = folds;
    return data::prepare_table(table, options, nullptr, nullptr, true);
}

} // namespace

const std::vector<std::string>& builtin_names() {
    static const std::vector<std::string> names = {"digits", "rectangles", "convex"};
    return names;
}

Prepared data::builtin_data(const std::string& name, const std::vector<Scaling>& scalings, uint64_t seed, const Folds& folds) {
    if (name == "digits") return digits(scalings, seed, folds);
    const bool generated = std::find(builtin_names().begin(), builtin_names().end(), name) != builtin_names().end();
    if (generated && folds != Folds{})
        throw UsageError("cv: " + name + " is built in with validation rows of its own, as published; leave it out, or take digits or a file");
    if (name == "rectangles") return generate(rectangles_plan(), scalings, seed);
    if (name == "convex") return generate(convex_plan(), scalings, seed);
    const std::vector<std::string_view> known(builtin_names().begin(), builtin_names().end());
    const std::string_view near = did_you_mean(name, known);
    throw UsageError("there is no built-in data set '" + name + "'" + (near.empty() ? std::string(".") : "; did you mean '" + std::string(near) + "'?") +
                     " There are digits, rectangles and convex");
}

Prepared builtin(const std::string& name, const std::vector<Scaling>& scalings, uint64_t seed, const Folds& folds) {
    return data::with_folds(folds, [&](const Folds& one) { return data::builtin_data(name, scalings, seed, one); });
}

} // namespace caviar
