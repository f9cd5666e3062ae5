#include "host/exchange/optuna_precedent.h"

#include "caviar/error.h"
#include "host/core/names.h"
#include "host/core/value.h"
#include "host/exchange/parameter_names.h"
#include "host/search/sobol_points.h"
#include "host/study/sqlite.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

namespace caviar::exchange {

namespace {

using study::Database;
using study::Statement;

constexpr int64_t most_trials = 10'000; // as of a study of ours: a tenth of them is more than any box needs
constexpr uint64_t sobol_number = uint64_t{1} << 41; // of the sequence for what is not known; search/warm_started.cpp has another

struct Source {
    int64_t id = 0;
    std::string name;
    bool maximise = false;
};

template <class Names> std::string listed(const Names& names) { return core::listed(std::vector<std::string_view>(names.begin(), names.end())); }

Source source(const Database& db, const OptunaPlace& place) {
    std::vector<Source> all;
    std::vector<std::string> names;
    Statement list(db, "SELECT study_id, study_name FROM studies ORDER BY study_id");
    while (list.step()) {
        names.push_back(list.text(1));
        if (place.study.empty() || place.study == names.back()) all.push_back({list.integer(0), names.back(), false});
    }
    if (names.empty()) throw RuntimeFailure(place.file + ": holds no study");
    if (all.empty()) throw UsageError(place.file + ": has no study '" + place.study + "'; it holds: " + listed(names));
    if (all.size() > 1) throw UsageError(place.file + ": holds several studies; name one, such as '" + place.file + "#" + names.front() + "'. It holds: " + listed(names));

    Source& found = all.front();
    Statement directions(db, "SELECT direction FROM study_directions WHERE study_id = ?1");
    directions.bind(1, found.id);
    std::vector<std::string> words;
    while (directions.step()) words.push_back(directions.text(0));
    if (words.size() != 1) throw RuntimeFailure(place.file + ": study '" + found.name + "' has " + std::to_string(words.size()) + " objectives; a search is warmed up by one");
    found.maximise = words[0] == "MAXIMIZE";
    return found;
}

/// A parameter's value as its user wrote it. Throws RuntimeFailure.
Value external(const Database& db, double internal, const std::string& distribution) {
    const auto json = nlohmann::json::parse(distribution, nullptr, false);
    if (!json.is_object() || !json.contains("attributes")) db.damaged("a distribution is not in JSON");
    const auto& attributes = json["attributes"];
    const auto choices = attributes.find("choices");
    if (choices == attributes.end()) {
        const bool whole = json.value("name", std::string()).starts_with("Int");
        return whole ? Value(static_cast<int64_t>(internal)) : Value(internal);
    }
    if (!choices->is_array() || !(internal >= 0 && internal < static_cast<double>(choices->size()))) db.damaged("a choice is not among those of its distribution");
    const auto& choice = (*choices)[static_cast<size_t>(internal)];
    if (choice.is_string()) return choice.get<std::string>();
    if (choice.is_number_integer()) return choice.get<int64_t>();
    if (choice.is_number()) return choice.get<double>();
    return choice.dump(); // true, false, null
}

bool is_width(std::string_view name) { return name == "units" || name.starts_with("units_"); }

/// `layers` before `units` before one layer's, as each sets what the next changes.
int order(std::string_view name) { return name == "layers" ? 0 : name == "units" ? 1 : 2; }

/// One database's trials, translated one after the other.
class Translation {
public:
    Translation(const SearchSpace& space, const Hyperparameters& defaults, uint64_t seed, const std::vector<std::string>& map)
        : space_(space), defaults_(defaults), names_(map), points_(space, seed, sobol_number) {}

    using Parameters = std::vector<std::pair<std::string, Value>>;

    /// Empty where a value is not allowed here.
    std::optional<Trial> operator()(const Parameters& theirs, int64_t rank) {
        Parameters ours;
        for (const auto& [name, value] : theirs) {
            seen_.insert(name);
            const auto known = names_.find(name);
            if (!known) unknown_.insert(name);
            if (!known || known->ours.empty()) continue;
            if (std::any_of(ours.begin(), ours.end(), [&](const auto& setting) { return setting.first == known->ours; }))
                throw UsageError("two parameters of one trial are " + known->ours + ", " + name + " among them; leave one out with --warm-map " + name + "=none");
            Value v = value_from_elsewhere(field(known->ours), value);
            if (known->complement)
                if (const auto number = core::as_double(v)) v = 1 - *number;
            ours.emplace_back(known->ours, std::move(v));
            (space_.find(known->ours) || is_width(known->ours) ? used_ : fixed_).insert(name);
        }
        std::stable_sort(ours.begin(), ours.end(), [](const auto& a, const auto& b) { return order(a.first) < order(b.first); });
        Trial trial;
        trial.hyperparameters = defaults_;
        if (std::any_of(ours.begin(), ours.end(), [](const auto& setting) { return is_width(setting.first); }) && trial.hyperparameters.hidden.empty())
            set(trial.hyperparameters, "layers", int64_t{1});
        try {
            for (const auto& [name, value] : ours) set(trial.hyperparameters, name, value);
        } catch (const UsageError& error) {
            if (left_out_++ == 0) why_ = error.what();
            return {};
        }
        trial.configuration = configuration(ours, trial.hyperparameters, rank);
        return trial;
    }

    /// What a person should know, once all are translated.
    std::vector<std::string> notes(const std::string& file) const {
        std::vector<std::string> list;
        if (!used_.empty()) list.push_back(file + ": taken over: " + listed(used_));
        if (!unknown_.empty()) list.push_back(file + ": not taken over, as caviar has no such hyperparameter: " + listed(unknown_) + "; --warm-map " + *unknown_.begin() + "=NAME says what it is here");
        if (!fixed_.empty()) list.push_back(file + ": not taken over, as this search does not vary it: " + listed(fixed_));
        if (left_out_ > 0) list.push_back(file + ": " + std::to_string(left_out_) + (left_out_ == 1 ? " trial" : " trials") + " left out; " + why_);
        return list;
    }
    bool any_used() const { return !used_.empty(); }
    const std::string& why() const { return why_; }
    const std::set<std::string>& seen() const { return seen_; }

private:
    /// A setting for every parameter of the space that counts: theirs, else a point of the sequence.
    Configuration configuration(const Parameters& ours, const Hyperparameters& resolved, int64_t rank) const {
        const bool widths = std::any_of(ours.begin(), ours.end(), [](const auto& setting) { return is_width(setting.first); });
        const std::vector<double> units = points_.at(rank);
        Configuration settings;
        for (size_t i = 0; i < space_.parameters().size(); ++i) {
            const Parameter& p = space_.parameters()[i];
            if (!space_.counts(p, settings)) continue;
            const auto known = std::find_if(ours.begin(), ours.end(), [&](const auto& setting) { return setting.first == p.name; });
            if (known != ours.end()) settings.emplace_back(*known);
            else if (widths && is_width(p.name)) settings.emplace_back(p.name, get(resolved, p.name));
            else settings.emplace_back(p.name, p.distribution.at(units[i]));
        }
        return settings;
    }

    const SearchSpace& space_;
    const Hyperparameters& defaults_;
    ParameterNames names_;
    search::SobolPoints points_;
    std::set<std::string> seen_, used_, unknown_, fixed_;
    int64_t left_out_ = 0;
    std::string why_;
};

} // namespace

bool is_optuna(const std::string& text, OptunaPlace& place) {
    std::error_code none;
    place = {text, {}};
    if (const size_t at = text.rfind('#'); at != std::string::npos && !std::filesystem::exists(text, none)) place = {text.substr(0, at), text.substr(at + 1)};
    char head[16] = {};
    if (!std::filesystem::is_regular_file(place.file, none)) return false;
    std::ifstream(place.file, std::ios::binary).read(head, sizeof head);
    if (std::string_view(head, 10) == "{\"op_code\"")
        throw UsageError(place.file + ": is a journal of Optuna's, of which only SQLite files are read; in Python, optuna.copy_study(from_study_name=..., from_storage=..., "
                         "to_storage=\"sqlite:///new.db\") makes one");
    if (std::string_view(head, 16) != std::string_view("SQLite format 3", 16)) return false; // its zero counts
    Database db(place.file, Database::Mode::read);
    return db.integer("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('studies', 'trial_params', 'trial_values')") == 3;
}

OptunaPrecedent optuna_precedent(const OptunaPlace& place, const SearchSpace& space, const Hyperparameters& defaults, uint64_t seed, const std::vector<std::string>& map) {
    Database db(place.file, Database::Mode::read);
    study::Transaction snapshot(db, study::Transaction::Kind::read);
    const Source from = source(db, place);
    Translation translate(space, defaults, seed, map);
    OptunaPrecedent result;
    result.precedent.name = place.study.empty() ? place.file : place.file + "#" + place.study;

    Statement best(db, std::string("SELECT t.trial_id FROM trials t JOIN trial_values v ON v.trial_id = t.trial_id WHERE t.study_id = ?1 AND t.state = 'COMPLETE' "
                                   "AND v.value IS NOT NULL ORDER BY v.value ") + (from.maximise ? "DESC" : "ASC") + ", t.trial_id LIMIT ?2");
    best.bind(1, from.id).bind(2, most_trials);
    Statement parameters(db, "SELECT param_name, param_value, distribution_json FROM trial_params WHERE trial_id = ?1 ORDER BY param_id");
    int64_t complete = 0;
    while (best.step()) {
        Translation::Parameters theirs;
        parameters.bind(1, best.integer(0));
        while (parameters.step()) theirs.emplace_back(parameters.text(0), external(db, parameters.real(1), parameters.text(2)));
        if (auto trial = translate(theirs, complete++)) result.precedent.trials.push_back(std::move(*trial));
    }
    const std::string study = place.file + ": study '" + from.name + "' ";
    if (complete == 0) throw RuntimeFailure(study + "has no complete trial to start from");
    if (!translate.any_used())
        throw RuntimeFailure(study + "has no parameter that this search varies: " + listed(translate.seen()) + "; --warm-map THEIRS=OURS says what one is here, such as lr0=learning_rate");
    if (result.precedent.trials.empty()) throw RuntimeFailure(study + "has no trial that can be taken over; " + translate.why());
    result.parameters = translate.seen();
    result.notes = translate.notes(place.file);
    return result;
}

} // namespace caviar::exchange
