#pragma once
/// The model that a study's trials start from, in its header.

#include "caviar/model.h"
#include "host/study/sqlite.h"

#include <memory>

namespace caviar::study {

void write_initial(Database&, const Model&);
/// Null where the study has none. Throws RuntimeFailure where it is damaged.
std::shared_ptr<const Model> read_initial(const Database&);

} // namespace caviar::study
