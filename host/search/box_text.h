#pragma once
/// A round's box in words and as JSON.

#include "host/search/box.h"
#include "host/search/rounds.h"

#include <string>

namespace caviar::search {

/// One line on the round, then one on each parameter that varies. `model`: what proposes the points in the box; empty: they are drawn.
std::string box_text(const SearchSpace&, const Box&, const Rounds&, int32_t round, double explore, const std::string& model);
/// {"sampler":..,"round":..,"rounds":..,"trials":..,"seen":..,"best":[ids],"box":{NAME:{"low":..,"high":..,"why":..}}};
/// a choice has {"weights":{VALUE:..},"why":..}. Values are in the user's own unit.
std::string box_json(const SearchSpace&, const History&, const Box&, const Rounds&, int32_t round, double explore, const std::string& model);

} // namespace caviar::search
