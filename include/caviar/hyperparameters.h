#pragma once
/// What a trial is made of: the resolved hyperparameters of one multilayer perceptron and its training.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace caviar {

enum class Optimizer : uint8_t { sgd, momentum, nesterov, rmsprop, adam, adamw };
enum class Activation : uint8_t { relu, leaky_relu, tanh, sigmoid, gelu, silu };
enum class Schedule : uint8_t { constant, inverse_time, exponential, step, cosine, cyclical, one_cycle, bergstra };

/// Standard deviation (normal) or half-width (uniform) of the first weights, all times `init_scale`:
/// he: Var = 2/n_in (He et al. 2015, eq. 10); glorot: Var = 2/(n_in + n_out) (Glorot & Bengio 2010, eq. 16);
/// lecun: Var = 1/n_in (LeCun et al. 1998, eq. 16). A uniform on (-a, a) has variance a^2/3.
/// fan_in_uniform: U(-1,1)/sqrt(n_in), fan_in_normal: N(0,1)/sqrt(n_in); glorot_bound_normal: N(0,1)*sqrt(6)/sqrt(n_in+n_out)
/// (Bergstra & Bengio 2012, section 2.4; glorot_uniform is their U(-1,1)*sqrt(6)/sqrt(n_in+n_out)).
enum class Init : uint8_t {
    he_uniform, he_normal, glorot_uniform, glorot_normal, lecun_uniform, lecun_normal,
    fan_in_uniform, fan_in_normal, glorot_bound_normal
};

/// What is done to the features before they enter the net. Fitted on the training rows only.
enum class Scaling : uint8_t {
    none,        ///< as loaded (missing values imputed, categories one-hot)
    standardize, ///< each feature centred and divided by its standard deviation
    pca          ///< whitened principal components, the first that keep `variance_kept` of the variance
};

/// All hyperparameters of one trial, resolved. A plain value; equal values train to equal bits.
struct Hyperparameters {
    // what is learnt with
    Optimizer optimizer = Optimizer::adam;
    float learning_rate = 1e-3f;  ///< > 0
    float momentum = 0.9f;        ///< [0, 1); momentum and nesterov; beta1 of adam and adamw
    float beta2 = 0.999f;         ///< [0, 1); decay of the squared gradient: rmsprop, adam, adamw
    float epsilon = 1e-8f;        ///< > 0
    float weight_decay = 0;       ///< >= 0; L2 term added to the gradient (adamw: decoupled); biases are not decayed
    float dropout = 0;            ///< [0, 1): share of hidden units dropped, inverted scaling
    int32_t batch_size = 64;      ///< >= 1; 0 means the full batch; larger than the data counts as the full batch

    // the schedule of the learning rate a; epoch counts from 0 and is whole, step counts minibatches from 0 over all epochs.
    // cosine: a = a0 * (floor + (1 - floor) * (1 + cos(pi * epoch / epochs)) / 2) (Loshchilov & Hutter 2017, eq. 5).
    // cyclical and one_cycle go by steps, and learning_rate is their peak. The code is in caviar/mlp/schedule.h.
    Schedule schedule = Schedule::constant;
    float decay = 0.1f;           ///< inverse_time: a = a0 / (1 + decay * epoch)
    float decay_factor = 0.95f;   ///< exponential: a = a0 * decay_factor^epoch; step: a0 * decay_factor^floor(epoch / decay_epochs)
    int32_t decay_epochs = 10;    ///< step: epochs between two drops
    int32_t cycle_epochs = 8;     ///< cyclical (Smith 2017, triangular): epochs of one whole cycle, up and down
    float floor = 0.01f;          ///< cosine, cyclical: lowest rate as a share of learning_rate
    int32_t t0 = 1000;            ///< bergstra: a = t0 * a0 / max(step, t0), t0 in minibatches
    float warmup = 0.3f;          ///< one_cycle (Smith & Topin 2018): share of all steps in which a rises in a line from a0/25 to a0;
                                  ///< then it falls along half a cosine to a0/10^4
    float momentum_low = 0.85f;   ///< one_cycle: momentum (beta1) at the peak of a; it falls and rises as a rises and falls

    // the net
    std::vector<int32_t> hidden = {64}; ///< units of each hidden layer, first to last; empty: a linear model
    Activation activation = Activation::relu;
    Init init = Init::he_normal;
    float init_scale = 1;         ///< multiplies every first weight
    bool zero_output = false;     ///< output weights start at zero
    Scaling scaling = Scaling::standardize;
    float variance_kept = 1;      ///< (0, 1]; pca only

    // how long
    int32_t epochs = 50;          ///< at most
    int32_t patience = 0;         ///< stop after this many epochs with no better validation score; 0: never
    int32_t patience_from = 0;    ///< no early stop before this epoch
    float patience_factor = 0;    ///< > 0: also stop once epoch * patience_factor > best epoch + 1 (0.5: Bergstra's "best < t/2")
    uint64_t seed = 0;            ///< with the study's seed, keys all the trial's randomness

    bool operator==(const Hyperparameters&) const = default;
};

/// A value of one hyperparameter as a person writes it.
using Value = std::variant<double, int64_t, std::string>;

std::string to_string(Optimizer);
std::string to_string(Activation);
std::string to_string(Schedule);
std::string to_string(Init);
std::string to_string(Scaling);
std::string to_string(const Value&); ///< doubles with the fewest digits that read back to the same bits

/// One hyperparameter as users name it, e.g. "learning_rate", "layers", "units", "units_2".
struct Field {
    std::string_view name;
    std::string_view kind;    ///< "real", "integer", "choice"
    double low, high;         ///< allowed closed range of a number (what an exclusive bound allows is the next float)
    std::vector<std::string_view> choices; ///< allowed words of a choice
    std::string_view help;    ///< one line
    std::string_view when;    ///< where it has an effect, e.g. "optimizer in momentum,nesterov,adam,adamw"; empty: always
};

/// Every hyperparameter there is, in the order of importance taught: learning rate first.
/// Besides the members of Hyperparameters: `layers` (how many), `units` (one width for all), `units_1`, `units_2`, ... (one layer's).
std::span<const Field> fields();

/// The most hidden layers a trial may have; `units_1` to `units_16` name their widths.
inline constexpr int32_t max_layers = 16;

/// The field of that name; throws UsageError for an unknown one, with "did you mean".
const Field& field(std::string_view name);

/// What a field allows, for messages and help: "above 0 and at most 1000", "one of sgd, momentum, ...".
std::string allowed(const Field&);

/// Sets one hyperparameter by name. `layers` and `units` act together: set `layers` first, or use `resolve`.
/// `units` sets every layer there is, `units_3` the third and needs one; `batch_size` also takes the word `full`; a number may
/// come as text. Throws UsageError naming the field, the value and what is allowed; an unknown name gets "did you mean".
void set(Hyperparameters&, std::string_view name, const Value&);

/// The value of one hyperparameter by name; throws UsageError for an unknown name. `batch_size` 0 reads as "full", `units` is the
/// first layer's width, and the width of a layer that is not there is 0.
Value get(const Hyperparameters&, std::string_view name);

/// Throws UsageError, as `set` does, where a member is out of its field's range.
void check(const Hyperparameters&);

/// The nearest of `known` to a misspelt `name`, or empty where none is near (Damerau-Levenshtein distance).
std::string_view did_you_mean(std::string_view name, std::span<const std::string_view> known);

} // namespace caviar
