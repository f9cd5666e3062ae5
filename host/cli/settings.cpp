#include "host/cli/settings.h"

#include "caviar/error.h"
#include "host/cli/spelling.h"
#include "host/core/names.h"
#include "host/search/samplers.h"

#include <array>
#include <limits>
#include <string_view>
#include <vector>

namespace caviar::cli {

namespace {

constexpr double big = 9007199254740992.0; // 2^53: whole numbers up to here survive every reader of JSON
constexpr double int_max = std::numeric_limits<int32_t>::max();

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

char delimiter_from(const std::string& word) {
    if (word == "tab" || word == "\\t" || word == "\t") return '\t';
    if (word == "," || word == ";" || word == "|") return word[0];
    if (word == "auto") return 0;
    throw UsageError("'" + word + "' is no delimiter; allowed: , ; | tab auto");
}

/// A word that is none of those allowed.
struct UnknownWord : UsageError {
    UnknownWord(const std::string& what, std::vector<std::string> known) : UsageError(what), allowed(std::move(known)) {}
    std::vector<std::string> allowed;
};

/// The word, if it is one of these.
std::string one_of(const std::vector<std::string>& known, const std::string& word) {
    std::string allowed;
    for (const std::string& name : known) {
        if (name == word) return word;
        allowed += (allowed.empty() ? "" : ", ") + name;
    }
    const std::string near = suggestion(word, known);
    throw UnknownWord("'" + word + "' is unknown" + (near.empty() ? "; allowed: " : near + " Allowed: ") + allowed, known);
}

std::string name_of_delimiter(char c) { return c == 0 ? "auto" : c == '\t' ? "tab" : std::string(1, c); }

// clang-format off
const std::array<Setting, 49> table{{
    {"data", "path", "", "", "Where the data are: a file, or a built-in name", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.data = v; }, [](const Request& r) { return text_or_null(r.settings.data); }},
    {"data", "target", "--target,-t", "COLUMN", "What to predict: a column's name, or its position from 1; -1 is the last", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.prepare.target = v; }, [](const Request& r) { return text_or_null(r.settings.prepare.target); }},
    {"data", "task", "--task", "NAME", "regression, binary or multiclass; inferred from the target if not given", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.prepare.task = task_from(v); },
     [](const Request& r) { return r.settings.prepare.task ? Json(to_string(*r.settings.prepare.task)) : Json(); }},
    {"data", "drop", "--drop", "COLUMNS", "Columns not to use, separated by commas", Kind::list, 0, 0,
     [](Request& r, const Json& v) { r.settings.prepare.drop = v.get<std::vector<std::string>>(); },
     [](const Request& r) { return r.settings.prepare.drop.empty() ? Json() : Json(r.settings.prepare.drop); }},
    {"data", "valid", "--valid", "FILE", "Validation rows from a file of their own", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.valid_file = v; }, [](const Request& r) { return text_or_null(r.settings.valid_file); }},
    {"data", "test", "--test", "FILE", "Test rows from a file of their own", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.test_file = v; }, [](const Request& r) { return text_or_null(r.settings.test_file); }},
    {"data", "valid_share", "--valid-share", "SHARE", "Share of the rows to validate on (0.2)", Kind::real, 0.0001, 0.9,
     [](Request& r, const Json& v) { r.settings.prepare.valid_share = v; }, [](const Request& r) { return Json(r.settings.prepare.valid_share); }},
    {"data", "test_share", "--test-share", "SHARE", "Share of the rows to test on, never used to choose (0.2)", Kind::real, 0.0001, 0.9,
     [](Request& r, const Json& v) { r.settings.prepare.test_share = v; }, [](const Request& r) { return Json(r.settings.prepare.test_share); }},
    {"data", "split_seed", "--split-seed", "N", "Seed of the split, and of generated data (1)", Kind::integer, 0, big,
     [](Request& r, const Json& v) { r.settings.prepare.seed = v; }, [](const Request& r) { return Json(r.settings.prepare.seed); }},
    {"data", "cv", "--cv", "K", "Cross-validate: each setting trains K nets, and each of K parts of the rows validates one of them; their mean counts; 0: no", Kind::integer, 0, 1000,
     [](Request& r, const Json& v) { r.settings.prepare.folds.count = v; }, [](const Request& r) { return r.settings.prepare.folds.count == 0 ? Json() : Json(r.settings.prepare.folds.count); }},
    {"data", "fold", "--fold", "N", "With --cv: only this part validates, from 0, and each setting trains one net", Kind::integer, 0, 999,
     [](Request& r, const Json& v) { r.settings.prepare.folds.valid = v.get<int32_t>(); }, [](const Request& r) { return r.settings.prepare.folds.valid ? Json(*r.settings.prepare.folds.valid) : Json(); }},
    {"data", "header", "", "", "Does the first line hold names?", Kind::flag, 0, 0,
     [](Request& r, const Json& v) { r.settings.read.header = v.get<bool>(); },
     [](const Request& r) { return r.settings.read.header ? Json(*r.settings.read.header) : Json(); }},
    {"data", "delimiter", "--delimiter", "C", "What separates columns: , ; | or tab; found out if not given", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.read.delimiter = delimiter_from(v); },
     [](const Request& r) { return r.settings.read.delimiter == 0 ? Json() : Json(name_of_delimiter(r.settings.read.delimiter)); }},
    {"data", "missing", "--missing", "WORDS", "Words that stand for a missing value, separated by commas", Kind::list, 0, 0,
     [](Request& r, const Json& v) { r.settings.read.missing = v.get<std::vector<std::string>>(); },
     [](const Request& r) { return Json(r.settings.read.missing); }},
    {"data", "labels", "--labels", "FILE", "IDX and NPY data: the file with the labels", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.read.labels = v; }, [](const Request& r) { return text_or_null(r.settings.read.labels); }},
    {"data", "valid_labels", "--valid-labels", "FILE", "The file with the labels of --valid", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.valid_labels = v; }, [](const Request& r) { return text_or_null(r.settings.valid_labels); }},
    {"data", "test_labels", "--test-labels", "FILE", "The file with the labels of --test", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.test_labels = v; }, [](const Request& r) { return text_or_null(r.settings.test_labels); }},
    {"data", "as_text", "--as-text", "COLUMN", "Read this column as words even where it holds numbers", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.read.as_text = v; }, [](const Request& r) { return text_or_null(r.settings.read.as_text); }},
    {"data", "max_levels", "--max-levels", "N", "Words of a categorical column; rarer ones count as unknown (100)", Kind::integer, 1, 1e6,
     [](Request& r, const Json& v) { r.settings.prepare.max_levels = v; }, [](const Request& r) { return Json(r.settings.prepare.max_levels); }},

    {"search", "trials", "--trials,-n", "N", "How many networks to train in all (200; grid: all its points)", Kind::integer, 1, 1e9,
     [](Request& r, const Json& v) { r.settings.sampler.trials = v; }, [](const Request& r) { return r.settings.sampler.trials == 0 ? Json() : Json(r.settings.sampler.trials); }},
    {"search", "sampler", "--sampler", "NAME", "coarse-to-fine (default), tpe, gp, coordinate, sobol, random or grid", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.sampler.name = v; }, [](const Request& r) { return Json(r.settings.sampler.name); }},
    {"search", "rounds", "--rounds", "N", "coarse-to-fine: how often to narrow the space; 0 lets the trials decide", Kind::integer, 0, 1000,
     [](Request& r, const Json& v) { r.settings.sampler.rounds = v; }, [](const Request& r) { return Json(r.settings.sampler.rounds); }},
    {"search", "explore", "--explore", "SHARE", "coarse-to-fine: share of later rounds drawn from the whole space (0.2)", Kind::real, 0, 1,
     [](Request& r, const Json& v) { r.settings.sampler.explore = v; }, [](const Request& r) { return Json(r.settings.sampler.explore); }},
    {"search", "draw", "--draw", "NAME", "coarse-to-fine: where a round's points come from: sobol (default), random, or a model of the trials in the box: tpe, gp", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.sampler.draw = one_of({"sobol", "random", "tpe", "gp"}, v); },
     [](const Request& r) { return Json(r.settings.sampler.draw); }},
    {"search", "plan", "--plan", "NAME", "staged: the sampler tunes the learning rate first, then what matters next; or none (default)", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.sampler.plan = one_of({"none", "staged"}, v) == "none" ? "" : "staged"; },
     [](const Request& r) { return text_or_null(r.settings.sampler.plan); }},
    {"search", "round_size", "--round-size", "N", "tpe, gp: trials of a round; 0: a twentieth of all, from 8 to 256", Kind::integer, 0, 4096,
     [](Request& r, const Json& v) { r.settings.sampler.round_size = v; }, [](const Request& r) { return Json(r.settings.sampler.round_size); }},
    {"search", "points", "--points", "N", "grid: values per continuous hyperparameter (5)", Kind::integer, 1, 1e6,
     [](Request& r, const Json& v) { r.settings.sampler.points = v; }, [](const Request& r) { return Json(r.settings.sampler.points); }},
    {"search", "warm_start", "--warm-start", "STUDIES", "Begin with what worked in these studies, of caviar's or Optuna's (FILE or FILE#NAME): their best settings, and the box they lie in", Kind::list, 0, 0,
     [](Request& r, const Json& v) { r.settings.sampler.warm_start = {v.get<std::vector<std::string>>(), {}, {}, 0, r.settings.sampler.warm_start.map}; },
     [](const Request& r) { return r.settings.sampler.warm_start.from.empty() ? Json() : Json(r.settings.sampler.warm_start.from); }},
    {"search", "warm_map", "--warm-map", "PAIRS", "What parameters of an Optuna study are here, such as kernel=units,alpha=none", Kind::list, 0, 0,
     [](Request& r, const Json& v) { r.settings.sampler.warm_start.map = v; },
     [](const Request& r) { return r.settings.sampler.warm_start.map.empty() ? Json() : Json(r.settings.sampler.warm_start.map); }},
    {"search", "scheduler", "--scheduler", "NAME", "Who trains on: none (default: all), median, successive-halving, hyperband, asha or pbt", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.scheduler.name = one_of({"none", "median", "successive-halving", "hyperband", "asha", "pbt"}, v); }, [](const Request& r) { return Json(r.settings.scheduler.name); }},
    {"search", "eta", "--eta", "N", "successive-halving, hyperband, asha: one in N goes on to N times the epochs (3)", Kind::real, 1.000001, 1000,
     [](Request& r, const Json& v) { r.settings.scheduler.eta = v; }, [](const Request& r) { return Json(r.settings.scheduler.eta); }},
    {"search", "min_epochs", "--min-epochs", "N", "Schedulers: epochs before the first comparison; 0 picks", Kind::integer, 0, int_max,
     [](Request& r, const Json& v) { r.settings.scheduler.min_epochs = v; }, [](const Request& r) { return Json(r.settings.scheduler.min_epochs); }},
    {"search", "asha_workers", "--asha-workers", "N", "asha: trials that train at a time, whatever the machine (32)", Kind::integer, 1, 1e6,
     [](Request& r, const Json& v) { r.settings.scheduler.workers = v; }, [](const Request& r) { return Json(r.settings.scheduler.workers); }},
    {"search", "pbt_quantile", "--pbt-quantile", "SHARE", "pbt: share of the population that copies, and that is copied from (0.2)", Kind::real, 0.001, 0.5,
     [](Request& r, const Json& v) { r.settings.scheduler.quantile = v; }, [](const Request& r) { return Json(r.settings.scheduler.quantile); }},
    {"search", "confirm", "--confirm", "N", "Train the N best settings again with fresh seeds, within --trials, before a winner is named; 0: none (5 from 100 trials on)", Kind::integer, 0, 10000,
     [](Request& r, const Json& v) { r.settings.confirm.settings = v; }, [](const Request& r) { return r.settings.confirm.settings < 0 ? Json() : Json(r.settings.confirm.settings); }},
    {"search", "confirm_seeds", "--confirm-seeds", "N", "Fresh seeds for each of these settings (3)", Kind::integer, 1, 1000,
     [](Request& r, const Json& v) { r.settings.confirm.seeds = v; }, [](const Request& r) { return Json(r.settings.confirm.seeds); }},
    {"search", "repeats", "--repeats", "N", "Train all settings with N seeds, each a trial of its own; their mean counts (1)", Kind::integer, 1, 1000,
     [](Request& r, const Json& v) { r.settings.repeats = v; }, [](const Request& r) { return Json(r.settings.repeats); }},
    {"search", "seed", "--seed", "N", "Seed of the search and of every network (1)", Kind::integer, 0, big,
     [](Request& r, const Json& v) { r.settings.sampler.seed = v; }, [](const Request& r) { return Json(r.settings.sampler.seed); }},
    {"search", "keep", "--keep", "N", "Keep the weights of this many best networks (10)", Kind::integer, 1, int_max,
     [](Request& r, const Json& v) { r.settings.keep_weights = v; }, [](const Request& r) { return Json(r.settings.keep_weights); }},

    {"train", "initial_model", "--init", "MODEL", "Every network starts from this saved model (or a study's best): its shape and preprocessing are fixed", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.initial = {v, {}, {}}; }, [](const Request& r) { return text_or_null(r.settings.initial.file); }},
    {"train", "loss", "--loss", "NAME", "softmax_cross_entropy, binary_cross_entropy or mean_squared_error; by task if not given", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.loss = loss_from(v); },
     [](const Request& r) { return r.settings.loss ? Json(to_string(*r.settings.loss)) : Json(); }},
    {"train", "metric", "--metric", "NAME", "What decides: accuracy, log_loss, auc, f1, rmse, mae or r2; accuracy or rmse if not given", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.settings.metric = metric_from(v); },
     [](const Request& r) { return r.settings.metric ? Json(to_string(*r.settings.metric)) : Json(); }},
    {"train", "engine", "--engine", "NAME", "What trains: auto (a GPU where there is one), cpu or cuda", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.engine.name = one_of({"auto", "cpu", "cuda"}, v); }, [](const Request& r) { return Json(r.engine.name); }},
    {"train", "threads", "--threads", "N", "CPU threads; 0: one for each core this process may use", Kind::integer, 0, 4096,
     [](Request& r, const Json& v) { r.engine.threads = v; }, [](const Request& r) { return Json(r.engine.threads); }},
    {"train", "isa", "--isa", "NAME", "CPU instruction set: plain, avx2 or avx512; the best there is if not given", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.engine.instruction_set = one_of({"plain", "avx2", "avx512"}, v); }, [](const Request& r) { return text_or_null(r.engine.instruction_set); }},
    {"train", "device", "--device", "N", "Which GPU, from 0", Kind::integer, 0, 1023,
     [](Request& r, const Json& v) { r.engine.device = v; }, [](const Request& r) { return Json(r.engine.device); }},
    {"train", "precision", "--precision", "NAME", "Products on a GPU: fp32, tf32, tf32x3 (near fp32, on the matrix units) or bf16", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.engine.precision = one_of({"fp32", "tf32", "tf32x3", "bf16"}, v); }, [](const Request& r) { return Json(r.engine.precision); }},
    {"train", "tier", "--tier", "NAME", "Where nets live on a GPU: auto, resident (on the chip), streamed (in its memory) or grouped (there, products by cuBLAS)", Kind::text, 0, 0,
     [](Request& r, const Json& v) { r.engine.tier = one_of({"auto", "resident", "streamed", "grouped"}, v); }, [](const Request& r) { return Json(r.engine.tier); }},
    {"train", "profile_rung", "--profile-rung", "N", "Let a GPU profiler look at this rung only, from 1; 0: none", Kind::integer, 0, 1000000000,
     [](Request& r, const Json& v) { r.engine.profile_rung = v; }, [](const Request& r) { return Json(r.engine.profile_rung); }},
}};
// clang-format on

} // namespace

std::span<const Setting> settings() { return table; }

bool is_engine(const Setting& setting) {
    const std::string_view key = setting.key;
    return key == "engine" || key == "threads" || key == "isa" || key == "device" || key == "precision" || key == "tier" ||
           key == "profile_rung";
}

bool fits_builtin(const Setting& setting) {
    const std::string_view key = setting.key;
    return std::string_view(setting.section) != "data" || key == "path" || key == "split_seed" || key == "cv" || key == "fold";
}

std::vector<std::string> words_of(const Setting& setting) {
    const auto words = [](const auto& names) { return std::vector<std::string>(names.begin(), names.end()); };
    const std::string_view key = setting.key;
    if (key == "task") return words(core::names(Task{}));
    if (key == "loss") return words(core::names(Loss{}));
    if (key == "metric") return words(core::names(Metric{}));
    if (key == "sampler") return words(search::sampler_names());
    if (setting.kind != Kind::text) return {};
    try { // offered a word that none is, it names those that it takes
        Request unused;
        setting.set(unused, Json("?"));
    } catch (const UnknownWord& error) {
        return error.allowed;
    } catch (const UsageError&) {
    }
    return {};
}

void set(Request& request, const Setting& setting, const Json& value, const std::string& where) {
    const auto wanted = [&](const std::string& what) { throw UsageError(where + ": " + what + ", not " + value.dump(-1, ' ', false, Json::error_handler_t::replace)); };
    const auto range = [&] { return Json(setting.low).dump() + " to " + Json(setting.high).dump(); };
    const auto outside = [&] { return value.get<double>() < setting.low || value.get<double>() > setting.high; };
    switch (setting.kind) {
    case Kind::text:
        if (!value.is_string()) wanted("a word is wanted");
        if (value.get_ref<const std::string&>().empty()) wanted("a word is wanted");
        break;
    case Kind::integer:
        if (!value.is_number_integer() || outside()) {
            wanted("a whole number from " + std::to_string(static_cast<int64_t>(setting.low)) + " to " +
                   std::to_string(static_cast<int64_t>(setting.high)) + " is wanted");
        }
        break;
    case Kind::real:
        if (!value.is_number() || !(value.get<double>() >= setting.low) || outside()) wanted("a number from " + range() + " is wanted");
        break;
    case Kind::flag:
        if (!value.is_boolean()) wanted("true or false is wanted");
        break;
    case Kind::list:
        if (!value.is_array()) wanted("a list of words is wanted");
        for (const Json& item : value) {
            if (!item.is_string()) wanted("a list of words is wanted");
        }
        break;
    }
    try {
        setting.set(request, value);
    } catch (const UsageError& error) {
        throw UsageError(where + ": " + error.what());
    }
    request.said[setting.key] = {where};
}

} // namespace caviar::cli
