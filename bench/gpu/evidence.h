#pragma once
/// What an engine must show on a machine with its device: that it computes what the CPU does, and that a trial's bits do not hang
/// on its company. Each returns a document with "ok" and the figures behind it.

#include "bench/peers/workload_file.h"

#include <nlohmann/json.hpp>

namespace caviar::bench {

using Json = nlohmann::ordered_json;

/// Against the CPU engine: first weights bit for bit, the order of the minibatches, losses after an epoch. `trials`: of W3. `precision`:
/// what the engine computes products in, as EngineOptions has it; losses may differ by as much, and the order is looked at in fp32 and
/// tf32x3 alone, where it shows.
Json parity(Engine&, int64_t trials, const std::string& precision);

/// `trials` of W3 for two epochs: all together; in reverse; some alone; with half retired after an epoch; from checkpoints in a new
/// population. The curves' and weights' bits must be the same.
Json invariance(Engine&, int64_t trials);

} // namespace caviar::bench
