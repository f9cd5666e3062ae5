#include "host/search/box_text.h"

#include "host/search/shown.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace caviar::search {
namespace {

using json = nlohmann::ordered_json;

std::string range(const Distribution& d, double low, double high) { return shown(d, d.at(low)) + " .. " + shown(d, d.at(high)); }

/// The values of a choice that have a weight, the likeliest first.
std::vector<size_t> by_weight(const Side& side) {
    std::vector<size_t> order;
    for (size_t k = 0; k < side.weights.size(); ++k)
        if (side.weights[k] > 0) order.push_back(k);
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return side.weights[a] > side.weights[b]; });
    return order;
}

std::string what(const Distribution& d, const Side& side) {
    if (d.numeric()) return range(d, side.low, side.high);
    std::string text;
    for (const size_t k : by_weight(side)) text += (text.empty() ? "" : ", ") + to_string(d.choices[k]) + " " + percent(side.weights[k]);
    return text;
}

std::string why(const Distribution& d, const Side& side, const Box& box) {
    if (box.elites.empty()) return box.seen ? "no trial has converged yet" : "the whole space";
    const std::string best = "the best " + std::to_string(box.elites.size()) + " of " + std::to_string(box.seen) + " trials";
    if (side.active == 0) return best + " do not have it";
    std::string among = best;
    if (side.active < box.elites.size()) among = "the " + std::to_string(side.active) + " that have it, among " + best + ",";
    if (d.numeric()) return "from " + range(d, 0, 1) + "; " + among + " lie in " + range(d, side.elite_low, side.elite_high);
    std::string counts;
    for (const size_t k : by_weight(side)) {
        if (!counts.empty()) counts += ", ";
        counts += to_string(d.choices[k]) + " " + std::to_string(k < side.elite_count.size() ? side.elite_count[k] : 0);
    }
    return among + " have " + counts;
}

int64_t exploring(const Rounds& rounds, int32_t round, double explore) {
    return round == 0 ? rounds.size(round) : static_cast<int64_t>(explore * static_cast<double>(rounds.size(round)));
}

json number(const Value& v) { return std::holds_alternative<int64_t>(v) ? json(std::get<int64_t>(v)) : json(std::get<double>(v)); }

} // namespace

std::string box_text(const SearchSpace& space, const Box& box, const Rounds& rounds, int32_t round, double explore, const std::string& model) {
    if (round >= rounds.count()) return {};
    const int64_t trials = rounds.size(round), wide = exploring(rounds, round, explore);
    std::string text = "round " + std::to_string(round + 1) + " of " + std::to_string(rounds.count()) + ": " + std::to_string(trials) +
                       (trials == 1 ? " trial" : " trials");
    if (round == 0 || box.elites.empty()) text += " over the whole space";
    else
        text += ", " + std::to_string(trials - wide) + (model.empty() ? "" : " that " + model + " proposes in the box") + " around the best " + std::to_string(box.elites.size()) + " of " +
                std::to_string(box.seen) + " so far, " + std::to_string(wide) + " over the whole space";
    size_t longest = 0;
    for (const Parameter* p : space.varying()) longest = std::max(longest, p->name.size());
    for (size_t i = 0; i < box.sides.size(); ++i) {
        const Parameter& p = space.parameters()[i];
        if (p.distribution.count() == 1) continue;
        text += "\n  " + p.name + std::string(longest - p.name.size() + 2, ' ') + what(p.distribution, box.sides[i]);
        if (round > 0) text += "  (" + why(p.distribution, box.sides[i], box) + ")";
    }
    return text;
}

std::string box_json(const SearchSpace& space, const History& history, const Box& box, const Rounds& rounds, int32_t round,
                     double explore, const std::string& model) {
    json document = {{"sampler", "coarse-to-fine"}, {"round", round}, {"rounds", rounds.count()}};
    if (round >= rounds.count()) return document.dump();
    document["trials"] = rounds.size(round);
    document["exploring"] = exploring(rounds, round, explore);
    if (!model.empty()) document["model"] = model;
    document["seen"] = box.seen;
    document["best"] = json::array();
    for (const size_t trial : box.elites) document["best"].push_back(history.id(trial));
    document["box"] = json::object();
    for (size_t i = 0; i < box.sides.size(); ++i) {
        const Parameter& p = space.parameters()[i];
        const Distribution& d = p.distribution;
        if (d.count() == 1) continue;
        json& entry = document["box"][p.name];
        if (d.numeric()) {
            entry["low"] = number(d.at(box.sides[i].low));
            entry["high"] = number(d.at(box.sides[i].high));
        } else {
            for (const size_t k : by_weight(box.sides[i])) entry["weights"][to_string(d.choices[k])] = box.sides[i].weights[k];
        }
        entry["why"] = why(d, box.sides[i], box);
    }
    return document.dump();
}

} // namespace caviar::search
