#pragma once
/// Which checkpoints to keep. The epochs between two that are kept can be trained again to the same bits, so a checkpoint saves
/// time, nothing else: close to the last epoch, where people go back to, they stand closely, further back ever more apart.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace caviar::panda {

/// Which of these epochs (ascending) to drop so that at most `most` are left, at least 2. The first and the last stay. Each time
/// that one is dropped whose neighbours are the closest for how far it lies back: gaps grow about in proportion to the distance
/// from the end.
std::vector<int32_t> surplus(std::span<const int32_t> epochs, size_t most);

/// How many checkpoints of so many bytes to keep of one branch: 64 MiB of them, but 4 at least and 64 at most.
size_t checkpoints_kept(size_t bytes);

} // namespace caviar::panda
