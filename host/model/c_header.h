#pragma once
/// Models as .h: one header of C99 that needs <math.h> and <string.h> only and is C++ too. It defines NAME_predict, NAME being the
/// file's; its own comment says how it is called.

#include "caviar/model.h"

#include <string>

namespace caviar::model {

std::string encode_c_header(const Model&, const std::string& path);

} // namespace caviar::model
