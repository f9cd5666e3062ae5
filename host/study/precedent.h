#pragma once
/// Earlier studies as a search takes them over.

#include "caviar/sampler.h"

#include <string>

namespace caviar::study {

/// The best complete trials of a study, at most 10,000. Throws RuntimeFailure where there is no such study, or none is complete.
Precedent precedent(const std::string& path);

} // namespace caviar::study
