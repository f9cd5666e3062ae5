#include "host/model/c_header.h"

#include "host/model/layers.h"
#include "host/model/missing_numbers.h"
#include "host/model/row_layout.h"
#include "host/model/source_text.h"

#include <algorithm>

namespace caviar::model {
namespace {

// @NAME@, @NOTE@, ... stand for what is the model's own.
constexpr const char* c_text = R"c(/* @NOTE@
 *
 * Written by caviar @VERSION@. Needs <math.h>, <string.h> and NaN (no -ffast-math); allocates nothing.
 *
 * @RESULT@ @NAME@_predict(const @NAME@_number *numbers, const char *const *words@OUT@)
 *
 * is told one row and says @ANSWER@.
 *
 * numbers: @NUMBERS_ARE@; NAN@MISSING_ARE@ where one is missing.
@LIST_NUMBERS@ * words: @WORDS_ARE@
@LIST_WORDS@ */
#ifndef @NAME@_INCLUDED
#define @NAME@_INCLUDED

#include <math.h>
#include <string.h>

typedef @NUMBER@ @NAME@_number;

enum { @NAME@_numbers = @NUMBERS@, @NAME@_words = @WORDS@, @NAME@_classes = @CLASS_COUNT@, @NAME@_features = @FEATURES@, @NAME@_nets = @NET_COUNT@, @NAME@_widest = @WIDEST@ };
enum { @NAME@_none, @NAME@_standardize, @NAME@_pca }; /* scaling */
enum { @NAME@_relu, @NAME@_leaky_relu, @NAME@_tanh, @NAME@_sigmoid, @NAME@_gelu, @NAME@_silu };

@CLASSES@typedef struct {
    int word, from; /* of the row's words or numbers, and which */
    int levels;     /* words: as many features, and one for any other word */
    int indicator;  /* numbers: a feature that is 1 where the number is missing */
    double offset;  /* taken off a number */
    float fill;     /* stands in for a missing one */
} @NAME@_column;

/* Widths from inputs to outputs; of each layer the weights (in x out), then the biases. */
typedef struct {
    int scaling, activation, layers;
    const int *widths;
    const float *values;
} @NAME@_net;

static const @NAME@_column @NAME@_column_list[] = {@COLUMNS@};
static const char *const @NAME@_level_list[] = {@LEVELS@};
static const float @NAME@_mean[] = {@MEAN@};
static const float @NAME@_scale[] = {@SCALE@};
static const float @NAME@_components[] = {@COMPONENTS@}; /* features x @KEPT@ */
@NETS@
static inline float @NAME@_activate(int activation, float z)
{
    switch (activation) {
    case @NAME@_relu: return z > 0 ? z : 0;
    case @NAME@_leaky_relu: return z > 0 ? z : 0.01f * z;
    case @NAME@_tanh: return tanhf(z);
    case @NAME@_sigmoid: return 1 / (1 + expf(-z));
    case @NAME@_gelu: return 0.5f * z * erfcf(-0.70710678f * z);
    default: return z / (1 + expf(-z));
    }
}

@MISSING@/* The features of a row, unscaled. */
static inline void @NAME@_encode(const @NAME@_number *numbers, const char *const *words, float *x)
{
    const char *const *level = @NAME@_level_list;
    int i, k;
    for (i = 0; i < (int)(sizeof @NAME@_column_list / sizeof @NAME@_column_list[0]); ++i) {
        const @NAME@_column *c = &@NAME@_column_list[i];
        if (c->word) {
            const char *word = words[c->from];
            int known = 0;
            for (k = 0; k < c->levels; ++k) {
                const int same = word != 0 && strcmp(word, level[k]) == 0;
                *x++ = (float)same;
                known |= same;
            }
            *x++ = (float)!known;
            level += c->levels;
        } else {
            const double value = (double)numbers[c->from];
            const int missing = isnan(value) != 0@IS_MISSING@;
            *x++ = missing ? c->fill : (float)(value - c->offset);
            if (c->indicator) *x++ = (float)missing;
        }
    }
}

/* Raw outputs of a net, in a or b: each has room for the widest layer. */
static inline const float *@NAME@_forward(const @NAME@_net *net, const float *x, float *a, float *b)
{
    const float *values = net->values;
    int layer, i, o;
    for (i = 0; i < net->widths[0]; ++i) {
        a[i] = net->scaling == @NAME@_none ? x[i] : 0;
        if (net->scaling == @NAME@_standardize) a[i] = (x[i] - @NAME@_mean[i]) / @NAME@_scale[i];
    }
    for (o = 0; net->scaling == @NAME@_pca && o < @NAME@_features; ++o)
        for (i = 0; i < net->widths[0]; ++i) a[i] += (x[o] - @NAME@_mean[o]) * @NAME@_components[o * @KEPT@ + i];
    for (layer = 0; layer < net->layers; ++layer) {
        const int in = net->widths[layer], out = net->widths[layer + 1];
        float *swap = a;
        for (o = 0; o < out; ++o) b[o] = values[in * out + o];
        for (i = 0; i < in; ++i)
            for (o = 0; o < out; ++o) b[o] += a[i] * values[i * out + o];
        for (o = 0; layer + 1 < net->layers && o < out; ++o) b[o] = @NAME@_activate(net->activation, b[o]);
        values += (in + 1) * out;
        a = b;
        b = swap;
    }
    return a;
}

)c";

/// Where numbers stand for missing ones.
constexpr const char* c_missing = R"c(static inline int @NAME@_is_missing(double number)
{
    static const double list[] = {@VALUES@};
    int i;
    for (i = 0; i < (int)(sizeof list / sizeof list[0]); ++i)
        if (number == list[i]) return 1;
    return 0;
}

)c";

constexpr const char* c_classify = R"c(static inline int @NAME@_predict(const @NAME@_number *numbers, const char *const *words, float *probabilities)
{
    float x[@NAME@_features], a[@NAME@_widest], b[@NAME@_widest];
    double mean[@NAME@_classes] = {0};
    int net, c, best = 0;
    @NAME@_encode(numbers, words, x);
    for (net = 0; net < @NAME@_nets; ++net) {
        const float *z = @NAME@_forward(&@NAME@_net_list[net], x, a, b);
@SHARES@    }
    for (c = 0; c < @NAME@_classes; ++c) {
        if (mean[c] > mean[best]) best = c;
        if (probabilities != 0) probabilities[c] = (float)(mean[c] / (double)@NAME@_nets);
    }
    return best;
}
)c";

constexpr const char* c_softmax = R"c(        double largest = z[0], sum = 0;
        for (c = 1; c < @NAME@_classes; ++c) largest = z[c] > largest ? z[c] : largest;
        for (c = 0; c < @NAME@_classes; ++c) sum += exp(z[c] - largest);
        for (c = 0; c < @NAME@_classes; ++c) mean[c] += exp(z[c] - largest) / sum;
)c";

constexpr const char* c_sigmoid = R"c(        mean[0] += 1 / (1 + exp((double)z[0]));
        mean[1] += 1 / (1 + exp(-(double)z[0]));
)c";

constexpr const char* c_regress = R"c(static inline double @NAME@_predict(const @NAME@_number *numbers, const char *const *words)
{
    float x[@NAME@_features], a[@NAME@_widest], b[@NAME@_widest];
    double mean = 0;
    int net;
    @NAME@_encode(numbers, words, x);
    for (net = 0; net < @NAME@_nets; ++net) mean += @NAME@_forward(&@NAME@_net_list[net], x, a, b)[0];
    return @TARGET_MEAN@ + @TARGET_SCALE@ * (mean / (double)@NAME@_nets);
}
)c";

/// "0, 1, 2" in lines of some 120 characters.
class Wrapped {
public:
    void add(const std::string& item) {
        if (!text_.empty()) text_ += ",";
        if (line_ + item.size() > 120 || text_.empty()) {
            text_ += "\n    ";
            line_ = 4;
        } else {
            text_ += " ";
        }
        text_ += item;
        line_ += item.size() + 2;
    }
    /// An array of C has at least one value.
    std::string text(const char* empty) const { return text_.empty() ? empty : text_ + "\n"; }

private:
    std::string text_;
    size_t line_ = 0;
};

std::string c_floats(std::span<const float> values) {
    Wrapped list;
    for (const float value : values) list.add(literal(value) + "f");
    return list.text("0");
}

std::string c_doubles(const std::vector<double>& values) {
    Wrapped list;
    for (const double value : values) list.add(literal(value));
    return list.text("0");
}

/// ", -999" for each number that stands for a missing one.
std::string missing_comment(const Model& m) {
    std::string text;
    for (const std::string& word : m.missing)
        if (data::number_of(word)) text += ", " + word;
    return text;
}

std::string c_strings(const std::vector<std::string>& values) {
    Wrapped list;
    for (const std::string& value : values) list.add(c_string(value));
    return list.text("0");
}

/// Free text inside a comment: it neither ends nor opens one, and makes no trigraph.
std::string in_comment(std::string text) {
    for (size_t i = 0; i < text.size(); ++i) {
        const char next = i + 1 < text.size() ? text[i + 1] : ' ';
        if (static_cast<unsigned char>(text[i]) < ' ') text[i] = ' ';
        if ((text[i] == '*' && next == '/') || (text[i] == '/' && next == '*') || (text[i] == '?' && next == '?')) text[i] = '.';
    }
    return text;
}

/// " *   0  length" for each of the columns that a row has among its numbers or its words.
std::string column_comments(const Preprocessing& p, const RowLayout& row, bool words) {
    std::string text;
    for (size_t i = 0; !row.matrix && i < p.columns.size(); ++i)
        if (p.columns[i].categorical == words) text += " *   " + std::to_string(row.index[i]) + "  " + in_comment(p.columns[i].name) + "\n";
    return text;
}

std::string c_columns(const Preprocessing& p, const RowLayout& row) {
    Wrapped list;
    for (size_t i = 0; i < p.columns.size(); ++i) {
        const ColumnEncoding& c = p.columns[i];
        list.add("{" + std::to_string(c.categorical) + ", " + std::to_string(row.index[i]) + ", " + std::to_string(c.levels.size()) + ", " +
                 std::to_string(c.missing_indicator) + ", " + literal(c.offset) + ", " + literal(c.fill) + "f}");
    }
    return list.text("0");
}

std::string c_nets(const Model& m) {
    std::string text, list;
    size_t i = 0;
    for (const Net* net : nets(m)) {
        const std::string number = std::to_string(i++);
        std::string widths;
        for (const int32_t width : net->weights.widths) widths += (widths.empty() ? "" : ", ") + std::to_string(width);
        text += "static const int @NAME@_widths_" + number + "[] = {" + widths + "};\n";
        text += "static const float @NAME@_values_" + number + "[] = {" + c_floats(net->weights.values) + "};\n";
        list += "\n    {@NAME@_" + to_string(net->scaling) + ", @NAME@_" + to_string(net->activation) + ", " +
                std::to_string(layer_count(net->weights)) + ", @NAME@_widths_" + number + ", @NAME@_values_" + number + "},";
    }
    return text + "static const @NAME@_net @NAME@_net_list[] = {" + list + "\n};\n";
}

} // namespace

std::string encode_c_header(const Model& m, const std::string& path) {
    const Preprocessing& p = m.preprocessing;
    const RowLayout row = row_layout(p);
    const bool regression = p.task == Task::regression;
    const UsedComponents components = used_components(m);
    int32_t widest = 0;
    for (const Net* net : nets(m)) widest = std::max(widest, *std::max_element(net->weights.widths.begin(), net->weights.widths.end()));
    std::vector<std::string> levels;
    for (const ColumnEncoding& c : p.columns) levels.insert(levels.end(), c.levels.begin(), c.levels.end());
    const bool shifted = std::any_of(p.columns.begin(), p.columns.end(), [](const ColumnEncoding& c) { return c.offset != 0; });

    const bool any_missing = !missing_numbers(m).empty();
    const std::string name = identifier_of(path);
    const std::map<std::string, std::string> parts = {
        {"NAME", name},
        {"NOTE", m.note.empty() ? "A trained model." : in_comment(m.note)},
        {"VERSION", CAVIAR_VERSION},
        {"RESULT", regression ? "double" : "int"},
        {"OUT", regression ? "" : ", float *probabilities"},
        {"ANSWER", regression ? "the value, " + in_comment(p.target)
                              : "the class, whose name is " + name + "_class_list[...]; probabilities, of all classes, may be NULL"},
        {"NUMBERS_ARE", row.matrix        ? "the " + std::to_string(row.numbers) + " columns of the table without its target, in their order"
                        : row.numbers > 0 ? "these columns"
                                          : "none, so NULL will do"},
        {"MISSING_ARE", row.numbers > 0 ? missing_comment(m) : ""},
        {"MISSING", filled(any_missing ? c_missing : "", {{"NAME", name}, {"VALUES", c_doubles(missing_numbers(m))}})},
        {"IS_MISSING", any_missing ? " || " + name + "_is_missing(value)" : ""},
        {"LIST_NUMBERS", column_comments(p, row, false)},
        {"WORDS_ARE", row.words > 0 ? "these columns; NULL where one is missing." : "none, so NULL will do."},
        {"LIST_WORDS", column_comments(p, row, true)},
        {"NUMBER", shifted ? "double" : "float"},
        {"NUMBERS", std::to_string(row.numbers)},
        {"WORDS", std::to_string(row.words)},
        {"CLASS_COUNT", std::to_string(p.classes.size())},
        {"FEATURES", std::to_string(p.features())},
        {"NET_COUNT", std::to_string(nets(m).size())},
        {"WIDEST", std::to_string(widest)},
        {"CLASSES", regression ? "" : "static const char *const " + name + "_class_list[] = {" + c_strings(p.classes) + "};\n\n"},
        {"COLUMNS", c_columns(p, row)},
        {"LEVELS", c_strings(levels)},
        {"MEAN", c_floats(p.mean)},
        {"SCALE", c_floats(p.scale)},
        {"COMPONENTS", c_floats(components.values)},
        {"KEPT", std::to_string(components.count)},
        {"NETS", filled(c_nets(m), {{"NAME", name}})},
        {"SHARES", filled(m.loss == Loss::binary_cross_entropy ? c_sigmoid : c_softmax, {{"NAME", name}})},
        {"TARGET_MEAN", literal(p.target_mean)},
        {"TARGET_SCALE", literal(p.target_scale)},
    };
    return filled(c_text, parts) + filled(regression ? c_regress : c_classify, parts) + "\n#endif\n";
}

} // namespace caviar::model
