#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

namespace caviar::cpu {

/// Floats on a cache line's boundary. Move-only: copies are asked for by name.
class AlignedFloats {
public:
    AlignedFloats() = default;
    /// All zero.
    explicit AlignedFloats(int64_t size) : size_(size) {
        if (size == 0) return;
        floats_.reset(static_cast<float*>(::operator new[](bytes(), std::align_val_t{64})));
        std::memset(floats_.get(), 0, bytes());
    }

    float* data() const { return floats_.get(); }
    int64_t size() const { return size_; }
    bool empty() const { return size_ == 0; }

    void copy_from(const AlignedFloats& other) {
        if (size_ != other.size_) *this = AlignedFloats(other.size_);
        if (size_ > 0) std::memcpy(data(), other.data(), bytes());
    }

private:
    struct Free {
        void operator()(float* p) const { ::operator delete[](p, std::align_val_t{64}); }
    };
    size_t bytes() const { return static_cast<size_t>(size_) * sizeof(float); }

    std::unique_ptr<float[], Free> floats_;
    int64_t size_ = 0;
};

} // namespace caviar::cpu
