#pragma once
/// The lanes of a real device: a stream each with a cuBLAS handle of its own, and the series made ready for it as CUDA graphs.

#include "cuda/grouped.h"
#include "cuda/runtime/handles.h"

#include <vector>

namespace caviar::cuda {

/// Everything is for the thread's current device. Functions throw as those of Device do.
class RuntimeLanes {
public:
    explicit RuntimeLanes(int64_t product_bytes) : product_bytes_(product_bytes) {}
    ~RuntimeLanes();
    RuntimeLanes(const RuntimeLanes&) = delete;
    RuntimeLanes& operator=(const RuntimeLanes&) = delete;

    void open(int32_t count);
    int32_t prepare(int32_t lane, const Series&);
    void submit(int32_t lane, int32_t series);
    void forget(int32_t lane);

private:
    struct Lane {
        Stream stream;
        LibraryHandle handle;
        std::vector<ReadyGraph> graphs;
    };

    Lane& lane(int32_t number) { return lanes_.at(static_cast<size_t>(number)); }

    int64_t product_bytes_;
    std::vector<Lane> lanes_;
};

} // namespace caviar::cuda
