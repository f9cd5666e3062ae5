#pragma once
#include "host/core/cost.h"

namespace caviar::cpu {
using caviar::forward_flops;
using caviar::training_flops;
} // namespace caviar::cpu
