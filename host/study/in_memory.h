#pragma once
/// Studies of data that no file holds: they were made in Python, from arrays.

#include "caviar/preprocessing.h"
#include "caviar/sweep.h"

#include <optional>
#include <string>

namespace caviar::study {

/// Stands in SweepSettings::data for the file.
inline constexpr const char* in_memory = "arrays in memory";
inline bool is_in_memory(const SweepSettings& settings) { return settings.data == in_memory; }
bool is_in_memory(const Study&);

/// The preprocessing that was fitted to the study's data, where its note says it: the nets whose weights are kept then need no data. Python writes
/// the note. None after cross-validation: each fold has a preprocessing of its own.
std::optional<Preprocessing> kept_preprocessing(const Study&, const SweepSettings&);

/// What goes on with a study, as a command, `file` being its name as a word of a shell; or as the call in Python that has the arrays to give.
std::string resume_call(const Study&, const std::string& file);
/// What writes the net to use, which trains again for it.
std::string export_call(const Study&, const std::string& file);
/// Why the program has no data of a study of arrays, and what to do; to be shown after its name.
std::string no_data(const Study&);

} // namespace caviar::study
