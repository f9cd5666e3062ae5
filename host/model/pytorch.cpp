#include "host/model/pytorch.h"

#include "host/model/layers.h"
#include "host/model/missing_numbers.h"
#include "host/model/row_layout.h"
#include "host/model/source_text.h"

namespace caviar::model {
namespace {

// @NAME@, @NOTE@, ... stand for what is the model's own.
constexpr const char* python_text = R"py("""@NOTE@

Written by caviar @VERSION@; needs PyTorch and no other file.

    @IMPORT@
    model = @NAME@.Model()
@USE@
    model(model.encode(table))   # @ANSWERS@, to train on with autograd
"""
import base64
import math

import torch
from torch import nn

TARGET = @TARGET@
CLASSES = @CLASSES@  # in the order of the probabilities; none for a regression
MISSING = @MISSING@  # texts that stand for a missing value
MISSING_NUMBERS = @MISSING_NUMBERS@  # those of them that are numbers
# Of numbers: name, what stands for a missing one (less the offset), offset, whether being missing is a feature. Of categories: name, levels.
COLUMNS = @COLUMNS@
POSITIONS = @POSITIONS@  # where the columns stand in a table without names and without its target; None: they go by name
NETS = @NETS@  # activation, scaling, widths of the layers; their answers are averaged
LOSS = @LOSS@
TARGET_MEAN, TARGET_SCALE = @UNIT@
FEATURES, COMPONENTS = @SIZES@
ACTIVATIONS = {"relu": nn.ReLU, "leaky_relu": nn.LeakyReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid, "gelu": nn.GELU, "silu": nn.SiLU}


def is_missing(value):
    return value is None or (value in MISSING or value.strip() in MISSING if isinstance(value, str) else str(value) in ("nan", "<NA>"))


def number(value):
    """A table's value as a float, NaN where it is missing."""
    return math.nan if is_missing(value) or value in MISSING_NUMBERS else float(value)


def number_in(text):
    try:
        return float(text)
    except ValueError:
        return math.nan


def level(value, levels):
    """The number of a category, len(levels) where it is unknown or missing."""
    if is_missing(value):
        return len(levels)
    for text in (str(value), str(value).strip()):  # True, too, and 1 where no fraction made it 1.0; blanks around a text count where they were quoted
        if text in levels:
            return levels.index(text)
    # The column may hold numbers here where it held texts in training; they do not tell 1 from 01.
    same = [] if isinstance(value, str) else [i for i, text in enumerate(levels) if number_in(text) == value]
    return same[0] if len(same) == 1 else len(levels)


class Net(nn.Module):
    """Scaling, then linear layers with an activation between them. Takes what Model.encode makes, gives raw outputs."""

    def __init__(self, activation, scaling, widths, mean, scale, components):
        super().__init__()
        self.scaling = scaling
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)
        self.register_buffer("components", components[:, :widths[0]])
        self.activation = ACTIVATIONS[activation]()
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(widths, widths[1:]))

    def forward(self, x):
        if self.scaling != "none":
            x = x - self.mean
        if self.scaling == "standardize":
            x = x / self.scale
        if self.scaling == "pca":
            x = x @ self.components
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        values = torch.frombuffer(bytearray(base64.b64decode(VALUES)), dtype=torch.float32)
        at = 0

        def take(*shape):
            nonlocal at
            size = math.prod(shape)
            at += size
            return values[at - size:at].reshape(shape).clone()

        scaling = take(FEATURES), take(FEATURES), take(FEATURES, COMPONENTS)
        self.nets = nn.ModuleList(Net(*net, *scaling) for net in NETS)
        for net in self.nets:
            for layer in net.layers:
                layer.weight.data = take(layer.in_features, layer.out_features).t().contiguous()
                layer.bias.data = take(layer.out_features)

    def encode(self, table):
        """A table as the nets' inputs [rows, features]: a DataFrame or a dict of columns@MATRIX@. Missing: None, NaN or a text of MISSING."""
        columns = []
        if POSITIONS is not None:
            table = torch.as_tensor(table, dtype=torch.float64)
            table = table.reshape(len(table), -1)
        for i, (name, *rest) in enumerate(COLUMNS):
            if len(rest) == 1:
                codes = torch.tensor([level(value, rest[0]) for value in table[name]], dtype=torch.int64)
                columns.append(nn.functional.one_hot(codes, len(rest[0]) + 1).float())
                continue
            fill, offset, indicator = rest
            x = table[:, POSITIONS[i]] if POSITIONS is not None else torch.tensor([number(value) for value in table[name]], dtype=torch.float64)
            missing = torch.isnan(x) | (x[:, None] == torch.tensor(MISSING_NUMBERS, dtype=torch.float64)).any(1)
            columns.append(torch.where(missing, torch.tensor(fill), (x - offset).float())[:, None])
            if indicator:
                columns.append(missing.float()[:, None])
        return torch.cat(columns, 1).to(self.nets[0].mean.device)

    def forward(self, x):
        """Probabilities [rows, classes], or values [rows, 1] in the target's unit, as doubles."""
        answers = [net(x) for net in self.nets]
        if LOSS == "softmax_cross_entropy":
            answers = [torch.softmax(z, 1) for z in answers]
        if LOSS == "binary_cross_entropy":
            answers = [torch.cat((torch.sigmoid(-z), torch.sigmoid(z)), 1) for z in answers]
        mean = torch.stack(answers).mean(0)
        return mean if CLASSES else TARGET_MEAN + TARGET_SCALE * mean.double()

    @torch.no_grad()
    def predict(self, table):
        """A list of labels, or of values."""
        answers = self(self.encode(table))
        return [CLASSES[i] for i in answers.argmax(1)] if CLASSES else answers[:, 0].tolist()


# float32, little-endian: means, scales, components; then of each net and layer weight (in x out) and bias.
VALUES = """)py";

template <class Range, class Word> std::string python_list(const Range& values, Word word, const char* between = ", ") {
    std::string text = "[";
    for (const auto& value : values) text += (text.size() > 1 ? between : "") + word(value);
    return text + "]";
}

std::string python_strings(const std::vector<std::string>& values) { return python_list(values, [](const std::string& s) { return python_string(s); }); }
std::string python_integers(const std::vector<int32_t>& values) { return python_list(values, [](int32_t i) { return std::to_string(i); }); }

std::string python_column(const ColumnEncoding& c) {
    if (c.categorical) return "\n    (" + python_string(c.name) + ", " + python_strings(c.levels) + ")";
    return "\n    (" + python_string(c.name) + ", " + literal(c.fill) + ", " + literal(c.offset) + ", " + (c.missing_indicator ? "True)" : "False)");
}

std::string python_net(const Net* n) {
    return "\n    (\"" + to_string(n->activation) + "\", \"" + to_string(n->scaling) + "\", " + python_integers(n->weights.widths) + ")";
}

/// Free text inside a docstring.
std::string quoted(const std::string& text) {
    std::string word = python_string(text);
    return word.substr(1, word.size() - 2);
}

} // namespace

std::string encode_pytorch(const Model& m, const std::string& path) {
    const Preprocessing& p = m.preprocessing;
    const RowLayout row = row_layout(p);
    const auto features = static_cast<size_t>(p.features());
    const UsedComponents components = used_components(m);

    std::vector<float> values = p.mean;
    values.resize(features); // where nothing is scaled there may be no means
    values.insert(values.end(), p.scale.begin(), p.scale.end());
    values.resize(2 * features, 1);
    values.insert(values.end(), components.values.begin(), components.values.end());
    for (const Net* n : nets(m)) values.insert(values.end(), n->weights.values.begin(), n->weights.values.end());

    const std::string answers = p.classes.empty() ? "values" : "labels";
    const std::string name = identifier_of(path), import_line = import_of(path);
    // As texts, which encode takes as they stand: 01 is not 1.
    const std::string table = "    table = pandas.read_csv(FILE, dtype=str, keep_default_na=False, skipinitialspace=True).rename(columns=str.strip)  # or a dict of columns\n";
    return filled(python_text, {{"NOTE", m.note.empty() ? "A trained model." : quoted(m.note)},
                                {"VERSION", CAVIAR_VERSION},
                                {"NAME", name},
                                {"IMPORT", import_line.find('\\') == std::string::npos ? import_line : quoted(import_line)},
                                {"USE", row.matrix ? "    model.predict(array)         # the table's numbers without its target; a list of " + answers
                                                   : table + "    model.predict(table)         # a list of " + answers},
                                {"ANSWERS", p.classes.empty() ? "values" : "probabilities of CLASSES"},
                                {"TARGET", python_string(p.target)},
                                {"CLASSES", python_strings(p.classes)},
                                {"MISSING", python_strings(m.missing)},
                                {"MISSING_NUMBERS", python_list(missing_numbers(m), [](double x) { return literal(x); })},
                                {"COLUMNS", python_list(p.columns, python_column, ",")},
                                {"POSITIONS", row.matrix ? python_integers(row.index) : "None"},
                                {"NETS", python_list(nets(m), python_net, ",")},
                                {"LOSS", "\"" + to_string(m.loss) + "\""},
                                {"UNIT", literal(p.target_mean) + ", " + literal(p.target_scale)},
                                {"SIZES", std::to_string(features) + ", " + std::to_string(components.count)},
                                {"MATRIX", row.matrix ? ", here an array of [rows, " + std::to_string(row.numbers) + "]" : ""}}) +
           base64(values) + "\n\"\"\"\n";
}

} // namespace caviar::model
