#pragma once
/// A block's dynamic shared memory: full of NaN when the block starts, forbidden ground before and behind.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>

namespace caviar::simt {

class SharedMemory {
public:
    explicit SharedMemory(size_t bytes);
    ~SharedMemory();
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;

    char* data() const { return memory_.get() + zone; }
    size_t bytes() const { return bytes_; }
    bool holds(const void* from, size_t n) const;

    /// For the next block.
    void poison();
    /// Nothing was written before or behind. (ASan stops at once, at reads too, and this finds nothing.)
    bool intact() const;

    /// A NaN as a float, a double or a pair of bf16; far out of range as an index.
    static constexpr uint32_t pattern = 0xffc0ffc0u;
    /// What a block can have at most (sm_90).
    static constexpr size_t limit = 227 << 10;

private:
    static constexpr size_t zone = 1024, alignment = 1024;
    struct Free {
        void operator()(char* p) const { ::operator delete (p, std::align_val_t{alignment}); }
    };

    std::unique_ptr<char, Free> memory_;
    size_t bytes_;
};

} // namespace caviar::simt
