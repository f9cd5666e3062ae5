#pragma once
/// Why a study has no network to use, and what to do.

#include "caviar/study.h"

#include <string>

namespace caviar::study {

/// For a study whose best() is empty: its trials are still to be trained, or all of them are and none came to an end that counts.
/// `file`: its path as a command is to name it.
std::string why_no_best(const Study&, const std::string& file);

} // namespace caviar::study
