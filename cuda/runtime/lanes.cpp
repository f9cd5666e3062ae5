#include "cuda/runtime/lanes.h"

#include "cuda/device.h"
#include "cuda/runtime/grouped.h"

#include <utility>

namespace caviar::cuda {
namespace {

void require(cublasStatus_t status, const char* doing) {
    if (status == CUBLAS_STATUS_SUCCESS) return;
    const std::string text = std::string(doing) + ": " + cublasGetStatusName(status) + " (" + cublasGetStatusString(status) + "); --tier streamed does without cuBLAS";
    // A cublasCreate that finds no memory often answers the second (github.com/tensorflow/tensorflow/issues/9489).
    if (status == CUBLAS_STATUS_ALLOC_FAILED || status == CUBLAS_STATUS_NOT_INITIALIZED) throw OutOfDeviceMemory(text);
    throw DeviceError(text);
}

/// Sums are fp32 always. Pedantic: IEEE products, neither TF32 nor an emulation whatever the environment asks for. Three TF32 products
/// for one are not among cuBLAS's, so tf32x3 is fp32 here, which is the more exact.
cublasComputeType_t compute_type(Precision precision) {
    switch (precision) {
    case Precision::tf32: return CUBLAS_COMPUTE_32F_FAST_TF32;
    case Precision::bf16: return CUBLAS_COMPUTE_32F_FAST_16BF;
    case Precision::fp32:
    case Precision::tf32x3: break;
    }
    return CUBLAS_COMPUTE_32F_PEDANTIC;
}

/// cuBLAS's matrices lie column by column: a row-major one is its transpose to it, and C' = B' A'.
void multiply(cublasHandle_t handle, const Product& p) {
    const float one = 1, zero = 0;
    require(cublasGemmEx(handle, p.transposed_b ? CUBLAS_OP_T : CUBLAS_OP_N, p.transposed_a ? CUBLAS_OP_T : CUBLAS_OP_N, p.columns, p.rows, p.depth, &one,
                         p.b, CUDA_R_32F, p.ldb, p.a, CUDA_R_32F, p.lda, &zero, p.c, CUDA_R_32F, p.ldc, compute_type(p.precision),
                         CUBLAS_GEMM_DEFAULT),
            "multiplying matrices");
}

} // namespace

RuntimeLanes::~RuntimeLanes() {
    for (const Lane& l : lanes_) cudaStreamSynchronize(l.stream.get()); // graphs and handle may still be at work
}

void RuntimeLanes::open(int32_t count) {
    while (lanes_.size() < static_cast<size_t>(count)) {
        Lane l;
        l.stream = open_stream(Work::beside_it, "opening a lane of the GPU");
        cublasHandle_t handle = nullptr;
        require(cublasCreate(&handle), "opening cuBLAS");
        l.handle.reset(handle);
        require(cublasSetStream(handle, l.stream.get()), "opening cuBLAS");
        lanes_.push_back(std::move(l)); // only whole lanes count
    }
}

int32_t RuntimeLanes::prepare(int32_t number, const Series& series) {
    Lane& l = lane(number);
    // A workspace of its own, and always as large: handles that share one, or take it from a pool, may run another algorithm on another
    // lane. On one lane products follow each other, so they cannot meet in it.
    require(cublasSetWorkspace(l.handle.get(), series.workspace, static_cast<size_t>(product_bytes_)), "opening cuBLAS");
    // Relaxed: the library may load its kernels when it is first asked for them, which the stricter modes refuse while recording.
    const cudaStream_t stream = l.stream.get();
    require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "recording a step");
    const auto end = [stream](Graph& graph) {
        cudaGraph_t recorded = nullptr;
        const cudaError_t error = cudaStreamEndCapture(stream, &recorded);
        graph.reset(recorded);
        return error;
    };
    Graph graph;
    try {
        for (const Operation& operation : series.operations) {
            if (const auto* product = std::get_if<Product>(&operation)) multiply(l.handle.get(), *product);
            if (const auto* opening = std::get_if<Opening>(&operation)) require(start_opening(series.trial, *opening, stream), "recording a step");
            if (const auto* stage = std::get_if<Stage>(&operation)) require(start_stage(series.trial, *stage, stream), "recording a step");
        }
    } catch (...) {
        end(graph);
        cudaGetLastError(); // that the recording came to nothing has been seen: a caller may go on
        throw;
    }
    require(end(graph), "recording a step");
    cudaGraphExec_t ready = nullptr; // has its own copy of all
    require(cudaGraphInstantiate(&ready, graph.get(), 0), "recording a step");
    l.graphs.emplace_back(ready);
    require(cudaGraphUpload(ready, stream), "recording a step"); // what memory it takes is asked for here, not in mid-epoch
    return static_cast<int32_t>(l.graphs.size()) - 1;
}

void RuntimeLanes::submit(int32_t number, int32_t series) {
    Lane& l = lane(number);
    require(cudaGraphLaunch(l.graphs.at(static_cast<size_t>(series)).get(), l.stream.get()), "starting a step");
}

void RuntimeLanes::forget(int32_t number) {
    Lane& l = lane(number);
    require(cudaStreamSynchronize(l.stream.get()), "running a step"); // no graph goes while it runs
    l.graphs.clear();
}

} // namespace caviar::cuda
