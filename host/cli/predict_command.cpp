#include "host/cli/command.h"

#include "caviar/model.h"
#include "host/data/read_as.h"
#include "host/model/file.h"
#include "host/report/csv.h"
#include "host/report/json_lines.h"
#include "host/report/text.h"

#include <algorithm>
#include <map>
#include <memory>
#include <sstream>
#include <string_view>
#include <unordered_set>

namespace caviar::cli {

namespace {

struct PredictFlags {
    std::string model, data, output = "-", format = "csv", delimiter, labels;
    bool header = false, no_header = false, quiet = false;
    EngineOptions engine;
};

ReadOptions read_options(const PredictFlags& flags, const Model& model) {
    ReadOptions options;
    options.missing = model.missing; // -999, say, means the same here as it did in training
    if (flags.header || flags.no_header) options.header = flags.header;
    if (flags.delimiter == "tab" || flags.delimiter == "\\t") options.delimiter = '\t';
    else if (flags.delimiter.size() == 1) options.delimiter = flags.delimiter[0];
    else if (!flags.delimiter.empty()) throw UsageError("--delimiter: one character or 'tab' is wanted, not '" + flags.delimiter + "'");
    options.labels = flags.labels;
    return options;
}

/// row,prediction and for classes a column "p(CLASS)" each. Rows count from 1, the header left out.
void write_csv(std::ostream& out, const Predictions& predictions) {
    report::CsvWriter csv(out);
    std::vector<std::string> line{"row", "prediction"};
    for (const std::string& name : predictions.classes) line.push_back("p(" + name + ")");
    csv.row(line);
    const size_t classes = predictions.classes.size();
    for (size_t row = 0; row < static_cast<size_t>(predictions.rows()); ++row) {
        line = {std::to_string(row + 1), classes > 0 ? predictions.labels[row] : report::csv_number(predictions.values[row])};
        for (size_t c = 0; c < classes; ++c) line.push_back(report::csv_number(predictions.probabilities[row * classes + c]));
        csv.row(line);
    }
}

/// {"row": 1, "prediction": "yes", "probabilities": {"no": 0.1, "yes": 0.9}} a line; for regression a number and no probabilities.
void write_json_lines(std::ostream& out, const Predictions& predictions) {
    report::JsonLinesWriter lines(out);
    const size_t classes = predictions.classes.size();
    for (size_t row = 0; row < static_cast<size_t>(predictions.rows()); ++row) {
        nlohmann::ordered_json line{{"row", row + 1}};
        if (classes == 0) {
            line["prediction"] = report::json_number(predictions.values[row]);
        } else {
            line["prediction"] = predictions.labels[row];
            for (size_t c = 0; c < classes; ++c) line["probabilities"][predictions.classes[c]] = report::json_number(predictions.probabilities[row * classes + c]);
        }
        lines.write(line);
    }
}

auto writer_for(const std::string& format) {
    if (format != "csv" && format != "jsonl") throw UsageError("--format: '" + format + "' is no format; allowed: csv, jsonl");
    return format == "csv" ? write_csv : write_json_lines;
}

/// "150 rows: 60 yes, 90 no"; the most frequent classes where there are many.
std::string summary(const Predictions& predictions) {
    std::string text = std::to_string(predictions.rows()) + (predictions.rows() == 1 ? " row" : " rows");
    std::map<std::string, int64_t> counts;
    for (const std::string& label : predictions.labels) ++counts[label];
    std::vector<std::pair<int64_t, std::string>> sorted;
    for (const auto& [label, count] : counts) sorted.emplace_back(-count, label);
    std::sort(sorted.begin(), sorted.end());
    constexpr size_t shown = 8;
    for (size_t i = 0; i < std::min(sorted.size(), shown); ++i) {
        text += (i == 0 ? ": " : ", ") + std::to_string(-sorted[i].first) + " " + report::truncate(report::printable(sorted[i].second), 24);
    }
    return text + (sorted.size() > shown ? ", ..." : "");
}

bool holds_target(const Model& model, const Table& table) {
    return table.named && std::any_of(table.columns.begin(), table.columns.end(), [&](const Column& c) { return c.name == model.preprocessing.target; });
}

/// Columns that are neither the model's nor its target: left out in training, or of another table.
void warn_of_unused(Context& context, const Model& model, const Table& table) {
    const Preprocessing& p = model.preprocessing;
    if (!table.named || !p.named) return; // then every column has its place
    std::unordered_set<std::string_view> known{p.target};
    for (const ColumnEncoding& column : p.columns) known.insert(column.name);
    constexpr int64_t shown = 5;
    int64_t count = 0;
    std::string names;
    for (const Column& column : table.columns) {
        if (known.contains(column.name) || ++count > shown) continue;
        names += (names.empty() ? "" : ", ") + report::truncate(report::printable(column.name), 32);
    }
    if (count == 0) return;
    warn(context, (count == 1 ? "a column that the model does not use is not looked at: " : std::to_string(count) + " columns that the model does not use are not looked at: ") +
                      names + (count > shown ? ", ..." : ""));
}

void predict_table(Context& context, const PredictFlags& flags) {
    context.quiet = flags.quiet;
    const auto write = writer_for(flags.format);
    if (flags.output != "-") refuse_to_replace(flags.output, {flags.model, flags.data, flags.labels});
    const Model model = load_model(flags.model);
    const Table table = data::read_table_as(model.preprocessing, flags.data, read_options(flags, model));
    warn_of_unused(context, model, table);
    const auto engine = engine_for(context, flags.engine);
    const Predictions predictions = predict(model, table, *engine);
    if (flags.output == "-") {
        write(context.out, predictions);
        context.out.flush();
    } else {
        std::ostringstream text;
        write(text, predictions);
        model::write_file(flags.output, text.str());
    }
    if (holds_target(model, table)) note(context, "The column " + report::printable(model.preprocessing.target) + " is what is predicted; it was not looked at.");
    note(context, "Predicted " + summary(predictions) + (flags.output == "-" ? "" : "; written to " + flags.output) + ".");
}

} // namespace

void add_predict(CLI::App& app, Context& context) {
    auto flags = std::make_shared<PredictFlags>();
    flags->engine.name = "cpu"; // one pass over the rows: starting a GPU would take longer
    CLI::App* sub = command(app, "predict", "Predict new rows with an exported network",
                            "caviar predict model.safetensors new.csv > predictions.csv\n"
                            "caviar predict model.npz new.csv.gz -o predictions.jsonl --format jsonl\n"
                            "head -100 big.csv | caviar predict model.json -      # '-' is standard input");
    sub->add_option("MODEL", flags->model, "A file that caviar export wrote")->required();
    sub->add_option("DATA", flags->data, "The rows: CSV, TSV, IDX or NPY, plain or gzip; - is standard input. Columns are matched by name, in any order; "
                                         "others, the target among them, are not looked at")->required();
    sub->add_option("--output,-o", flags->output, "Where to; standard output if not given")->type_name("FILE");
    sub->add_option("--format,-f", flags->format, "csv (default): row,prediction,p(CLASS),... or jsonl: one JSON object a line. Rows count from 1, the header left out")
        ->type_name("NAME")->check(offers({"csv", "jsonl"}));
    sub->add_flag("--header", flags->header, "The first line holds the columns' names; found out if not given")->group("Data");
    sub->add_flag("--no-header", flags->no_header, "The first line is data")->group("Data")->excludes("--header");
    sub->add_option("--delimiter", flags->delimiter, "Between columns; found out among , ; tab and | if not given")->type_name("CHAR")->group("Data");
    sub->add_option("--labels", flags->labels, "IDX or NPY: a file with labels, read as the last column")->type_name("FILE")->group("Data");
    add_engine_flags(*sub, flags->engine);
    sub->add_flag("--quiet,-q", flags->quiet, "Nothing on stderr but warnings and errors");
    sub->callback([flags, &context] { predict_table(context, *flags); });
}

} // namespace caviar::cli
