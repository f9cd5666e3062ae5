// Blocks that are alive at once share a queue on the device, and what atomics and fences hand over.

#include "cuda/device/intrinsics.cuh"
#include "tests/simt/launch.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace caviar {
namespace {

using simt::Order;

struct Queue {
    unsigned next, items;
    unsigned* owner; ///< of each item: 1 + the block that took it
    unsigned* parts; ///< of each item: threads that worked on it
};

/// Persistent blocks: one thread takes an item for all.
__global__ void work_off(Queue* queue) {
    unsigned* item = reinterpret_cast<unsigned*>(cuda::shared_memory());
    for (;;) {
        if (threadIdx.x == 0) *item = atomicAdd(&queue->next, 1);
        cuda::block_barrier();
        const unsigned mine = *item;
        cuda::block_barrier();
        if (mine >= queue->items) return;
        atomicAdd(&queue->parts[mine], 1);
        if (threadIdx.x == 0) queue->owner[mine] = 1 + blockIdx.x;
    }
}

TEST(Queue, EachItemIsDoneOnceByOneOfTheBlocks) {
    constexpr unsigned items = 40;
    for (Order order : {Order::ascending, Order::descending, Order::random})
        for (unsigned resident : {1u, 2u, 5u}) {
            std::vector<unsigned> owner(items), parts(items);
            Queue queue{0, items, owner.data(), parts.data()};
            simt::Schedule schedule;
            schedule.order = order;
            schedule.seed = resident;
            schedule.resident_blocks = resident;
            simt::launch(schedule, 5, 64, 4, work_off, &queue);
            EXPECT_EQ(parts, std::vector<unsigned>(items, 64));
            EXPECT_EQ(queue.next, items + 5);
            const std::set<unsigned> owners(owner.begin(), owner.end());
            EXPECT_EQ(owners.count(0), 0u);
            EXPECT_EQ(owners.size(), resident) << "blocks that take turns share the work";
        }
}

/// The last block to finish adds up what all have written: a fence on either side of the counter.
__global__ void last_one_sums(unsigned* done, const int* in, int* part, int* total) {
    if (threadIdx.x == 0) {
        part[blockIdx.x] = 2 * in[blockIdx.x];
        __threadfence();
        if (atomicAdd(done, 1) + 1 < gridDim.x) return;
        __threadfence();
        for (unsigned i = 0; i < gridDim.x; ++i) *total += part[i];
    }
}

TEST(Queue, FencesHandOver) {
    const std::vector<int> in = {1, 2, 3, 4, 5};
    std::vector<int> part(5);
    int total = 0;
    unsigned done = 0;
    simt::Schedule schedule;
    schedule.resident_blocks = 5;
    simt::launch(schedule, 5, 32, 0, last_one_sums, &done, in.data(), part.data(), &total);
    EXPECT_EQ(total, 30);
}

/// A lock, which needs the others to get their turn.
__global__ void locked_increment(int* lock, int* count) {
    while (atomicCAS(lock, 0, 1) != 0) {
    }
    __threadfence();
    *count += 1;
    __threadfence();
    atomicExch(lock, 0);
}

TEST(Atomics, ALockIsPassedOn) {
    for (Order order : {Order::ascending, Order::descending, Order::random}) {
        int lock = 0, count = 0;
        simt::Schedule schedule;
        schedule.order = order;
        schedule.resident_blocks = 3;
        simt::launch(schedule, 3, 40, 0, locked_increment, &lock, &count);
        EXPECT_EQ(count, 120);
    }
}

TEST(Atomics, GiveTheOldValue) {
    simt::launch(1, 1, 0, [] {
        int i = 5;
        EXPECT_EQ(atomicAdd(&i, 3), 5);
        EXPECT_EQ(atomicExch(&i, 1), 8);
        EXPECT_EQ(atomicCAS(&i, 1, 9), 1);
        EXPECT_EQ(atomicCAS(&i, 1, 7), 9);
        EXPECT_EQ(atomicMax(&i, 11), 9);
        EXPECT_EQ(atomicMin(&i, -2), 11);
        EXPECT_EQ(i, -2);
        float f = 0.5f;
        EXPECT_EQ(atomicAdd(&f, 0.25f), 0.5f);
        EXPECT_EQ(f, 0.75f);
        unsigned long long n = ~0ull;
        EXPECT_EQ(atomicAdd(&n, 1), ~0ull);
        EXPECT_EQ(n, 0ull);
    });
}

} // namespace
} // namespace caviar
