#pragma once
/// What hyperparameters are called elsewhere.

#include "caviar/hyperparameters.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caviar::exchange {

/// Other names that are understood, beside our own: theirs, ours. Besides these `n_units_l0`, `n_units_l1`, ... are `units_1`, `units_2`, ..., and
/// `one_minus_NAME` is 1 - NAME.
std::span<const std::pair<std::string_view, std::string_view>> aliases();

/// One of our hyperparameters under another name.
struct NamedElsewhere {
    std::string ours;        ///< a name of `fields()`; empty: to be left out
    bool complement = false; ///< its value is 1 - theirs
};

/// "kernel=units" says that their `kernel` is our `units`, "kernel=none" that it is to be left out; this goes before aliases and names of our own.
class ParameterNames {
public:
    /// Throws UsageError for text of another form or a name that is none of ours.
    explicit ParameterNames(const std::vector<std::string>& map);
    /// Empty where the name is not known.
    std::optional<NamedElsewhere> find(std::string_view theirs) const;
    /// Their names in the map.
    std::vector<std::string> mapped() const;

private:
    std::vector<std::pair<std::string, std::string>> map_;
};

/// The value of a hyperparameter of ours that another program means: words by their letters and digits in whatever case, so that "LeakyReLU" is
/// leaky_relu; true and false as words; numbers as they are.
Value value_from_elsewhere(const Field&, const Value&);

} // namespace caviar::exchange
