#include "tests/simt/harness/shared.h"

#include "tests/simt/harness/sanitizers.h"

#include <algorithm>

namespace caviar::simt {

namespace {

char pattern_byte(size_t i) { return static_cast<char>(SharedMemory::pattern >> (i % 4 * 8)); }

void fill(char* memory, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i) memory[i] = pattern_byte(i);
}

bool filled(const char* memory, size_t bytes) {
    for (size_t i = 0; i < bytes; ++i)
        if (memory[i] != pattern_byte(i)) return false;
    return true;
}

} // namespace

SharedMemory::SharedMemory(size_t bytes)
    : memory_(static_cast<char*>(::operator new (bytes + 2 * zone, std::align_val_t{alignment}))), bytes_(bytes) {
    fill(memory_.get(), bytes + 2 * zone);
    forbid(memory_.get(), zone);
    forbid(data() + bytes_, zone);
}

SharedMemory::~SharedMemory() { allow(memory_.get(), bytes_ + 2 * zone); }

bool SharedMemory::holds(const void* from, size_t n) const {
    const uintptr_t at = reinterpret_cast<uintptr_t>(from), first = reinterpret_cast<uintptr_t>(data());
    return at >= first && n <= bytes_ && at - first <= bytes_ - n;
}

void SharedMemory::poison() { fill(data(), bytes_); }

bool SharedMemory::intact() const {
    if (under_asan) return true;
    const char* behind = data() + bytes_;
    return filled(memory_.get(), zone) &&
           std::all_of(behind, behind + zone, [&, i = bytes_](char c) mutable { return c == pattern_byte(i++); });
}

} // namespace caviar::simt
