#pragma once
/// The samplers there are, one a file; `make_sampler` picks one by name.

#include "caviar/sampler.h"

#include <memory>
#include <string_view>
#include <vector>

namespace caviar::search {

std::unique_ptr<Sampler> make_random(const SearchSpace&, const SamplerOptions&);
std::unique_ptr<Sampler> make_grid(const SearchSpace&, const SamplerOptions&);
std::unique_ptr<Sampler> make_sobol(const SearchSpace&, const SamplerOptions&);
std::unique_ptr<Sampler> make_coordinate(const SearchSpace&, const SamplerOptions&);
std::unique_ptr<Sampler> make_coarse_to_fine(const SearchSpace&, const SamplerOptions&);
std::unique_ptr<Sampler> make_tpe(const SearchSpace&, const SamplerOptions&);
std::unique_ptr<Sampler> make_gp(const SearchSpace&, const SamplerOptions&);
/// The plan staged: the sampler that the options name, in stages.
std::unique_ptr<Sampler> make_staged(const SearchSpace&, const SamplerOptions&);

/// Those that make_sampler knows.
std::vector<std::string_view> sampler_names();

} // namespace caviar::search
