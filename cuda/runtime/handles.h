#pragma once
/// What the runtime hands out, given back at its owner's end. Each belongs to the thread's current device.

#include "cuda/runtime/failure.h"

#include <cublas_v2.h>

#include <memory>

namespace caviar::cuda {

struct GiveBack {
    void operator()(cudaStream_t stream) const noexcept { cudaStreamDestroy(stream); }
    void operator()(cudaEvent_t event) const noexcept { cudaEventDestroy(event); }
    void operator()(cudaGraph_t graph) const noexcept { cudaGraphDestroy(graph); }
    void operator()(cudaGraphExec_t graph) const noexcept { cudaGraphExecDestroy(graph); }
    void operator()(cublasHandle_t handle) const noexcept { cublasDestroy(handle); }
    void operator()(char* pinned) const noexcept { cudaFreeHost(pinned); }
};

using Stream = std::unique_ptr<CUstream_st, GiveBack>;
using Event = std::unique_ptr<CUevent_st, GiveBack>;
using Graph = std::unique_ptr<CUgraph_st, GiveBack>;
using ReadyGraph = std::unique_ptr<CUgraphExec_st, GiveBack>;
using LibraryHandle = std::unique_ptr<cublasContext, GiveBack>;
using PinnedMemory = std::unique_ptr<char, GiveBack>;

/// Streams that share one of the device's work queues wait for each other (CUDA Programming Guide, "CUDA Environment Variables",
/// CUDA_DEVICE_MAX_CONNECTIONS): what shared with the training kernel would wait for its end. There are 8 unless the environment says
/// otherwise, and 32 at most, which this asks for where the user has asked for nothing. The driver reads it once: call it before anything else
/// of CUDA.
void ask_for_queues();

enum class Work { training, beside_it };

/// A stream that neither waits for the default stream nor lets it wait. The training kernel's has the higher priority: its blocks want whole
/// multiprocessors, of which a steady flow of small kernels might leave it none. It is assumed, not documented, that streams of different
/// priorities have queues of their own, too.
inline Stream open_stream(Work work, const char* doing) {
    int lowest = 0, highest = 0;
    require(cudaDeviceGetStreamPriorityRange(&lowest, &highest), doing);
    cudaStream_t stream = nullptr;
    require(cudaStreamCreateWithPriority(&stream, cudaStreamNonBlocking, work == Work::training ? highest : lowest), doing);
    return Stream(stream);
}

} // namespace caviar::cuda
