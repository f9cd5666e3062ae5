#pragma once
/// Searches that begin with what worked elsewhere.

#include "caviar/sampler.h"

#include <memory>
#include <optional>

namespace caviar::search {

/// The setting of the space that is nearest to a trial of another one (see make_warm_start); empty where its optimizer cannot be drawn.
std::optional<Configuration> nearest(const SearchSpace&, const Hyperparameters& defaults, const Trial&);

/// The warm start's trials come first and are told to the sampler as if they were its own: it goes on where it then is.
std::unique_ptr<Sampler> make_warm_started(const SearchSpace&, const SamplerOptions&, std::unique_ptr<Sampler>);

} // namespace caviar::search
