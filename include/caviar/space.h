#pragma once
/// The search space: a distribution for each hyperparameter that varies, each on its own scale.

#include "caviar/hyperparameters.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caviar {

/// How a hyperparameter is drawn. Every distribution maps a u in [0, 1) to a value and back, monotone on its own scale.
enum class DistributionKind : uint8_t {
    uniform, ///< a + (b-a) u
    log,     ///< 10^r, r uniform in [log10 a, log10 b]
    beta,    ///< 1 - 10^r: beta(0.9, 0.999) draws r uniform in [-3, -1]
    integer, ///< whole numbers a..b, each equally likely            written int(a,b)
    logint,  ///< round(10^r), r uniform in [log10 a, log10 b]
    pow2,    ///< powers of two from a to b, each equally likely
    choice,  ///< one of `choices`, each equally likely (a value given twice is twice as likely)
    constant ///< always choices[0]
};

struct Distribution {
    DistributionKind kind = DistributionKind::constant;
    double low = 0, high = 0;     ///< bounds as the user wrote them, both included; numeric kinds only
    std::vector<Value> choices;   ///< choice and constant only

    bool operator==(const Distribution&) const = default;

    /// u in [0,1) -> value; 1 or more gives `high`. Integers: every value owns an equal part of [0,1) (logint: equal on the log scale).
    Value at(double u) const;
    /// The middle of the part of [0,1) that maps to `value`; throws UsageError for a value that cannot be drawn.
    double unit(const Value&) const;
    bool numeric() const { return kind != DistributionKind::choice && kind != DistributionKind::constant; }
    /// How many different values there are; 0 for a continuous one.
    int64_t count() const;
};

/// Reads `uniform(a,b)`, `log(a,b)`, `beta(a,b)`, `int(a,b)`, `logint(a,b)`, `pow2(a,b)`, `choice(x,y,...)` or a bare constant.
/// Throws UsageError naming the text, the place in it and what is allowed. Never recurses; length bounded.
Distribution parse_distribution(std::string_view text);
std::string to_string(const Distribution&); ///< reads back to the same distribution

/// A parameter counts only where another has one of these values: {"optimizer", {"momentum", "nesterov"}}.
struct Condition {
    std::string parameter;
    std::vector<Value> values;
    bool operator==(const Condition&) const = default;
};

struct Parameter {
    std::string name;                   ///< a name of `fields()`
    Distribution distribution;
    std::optional<Condition> when;      ///< empty: always
    bool operator==(const Parameter&) const = default;
};

/// The settings of one trial by name, in the order of the space; inactive conditional parameters are absent.
using Configuration = std::vector<std::pair<std::string, Value>>;

/// A search space: parameters in order; a condition names an earlier parameter. A plain value.
class SearchSpace {
public:
    /// The space that needs no flag; good for tables of hundreds to millions of rows. Depends on nothing but these facts.
    static SearchSpace standard(int64_t train_rows, int64_t inputs, bool regression);

    /// Adds a parameter, or replaces the one of that name. Where `when` is not given and the hyperparameter has an
    /// effect only under some values of another (Field::when), and that other varies, the condition is added. Parameters that
    /// this one can then never let act are dropped; those it always lets act lose their condition. Order does not matter: a
    /// condition may name a parameter that is added later (until then `resolve` holds it against the defaults).
    /// Throws UsageError, and changes nothing, for an unknown name, a bound that the hyperparameter does not allow, or a
    /// parameter that varies but can never have an effect (momentum where the space fixes optimizer=sgd).
    void vary(std::string_view name, const Distribution&, std::optional<Condition> when = {});
    /// Fixes a parameter to a constant; conditions on it that it can never meet drop their parameters. Fixing what has no
    /// effect is not an error: it is left out.
    void fix(std::string_view name, const Value&);

    const std::vector<Parameter>& parameters() const { return parameters_; }
    const Parameter* find(std::string_view name) const;
    /// Does this parameter count under these settings? As `active`, but a condition on what the space does not name is met.
    bool counts(const Parameter&, const Configuration&) const;
    /// Parameters with more than one possible value.
    std::vector<const Parameter*> varying() const;

    /// One u in [0,1) per parameter (in order; those of constants and inactive ones are ignored) -> settings.
    Configuration at(std::span<const double> units) const;
    /// Settings -> hyperparameters over `defaults`, whatever their order. Throws UsageError, also where a parameter that varies
    /// can have no effect because of a default (`t0` varies, the space does not name `schedule`, and the default is constant).
    Hyperparameters resolve(const Configuration&, const Hyperparameters& defaults) const;
    /// Is `parameter` active under the settings that come before it? A condition on what is not among them is not met.
    static bool active(const Parameter&, const Configuration&);

    bool operator==(const SearchSpace&) const = default;

private:
    void settle(std::string_view newest);
    std::vector<Parameter> parameters_; ///< parents before the parameters that depend on them
};

} // namespace caviar
