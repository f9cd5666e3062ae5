#pragma once
/// The training kernel: blocks that stay, teams that pull trials from queues until all are trained.

#include "cuda/device/trainer.cuh"

namespace caviar::cuda {

__device__ inline void copy(const Team& team, int64_t floats, const float* from, float* to) {
    for (int64_t i = 4 * team.lane; i < floats; i += 4 * team.lanes) Lanes::load(from + i).store(to + i);
}

/// One trial whose net lives in the team's share of shared memory, `memory`.
template <bool Matrix> __device__ void train_resident(const Team& team, TeamHead& head, float* memory, const Launch& launch, float* scores) {
    Job& job = head.job;
    const int64_t floats = (job.parameter_floats + 15) / 16 * 16;
    float* parameters = memory;
    float *m = job.m, *v = job.v, *rest = memory + floats;
    if (job.state_in_shared) {
        if (job.m) m = rest, rest += floats;
        if (job.v) v = rest, rest += floats;
    }
    if (job.fresh) {
        draw_first_weights(team, job, parameters);
        clear_home(team.lane, team.lanes, job);
    } else {
        copy(team, job.parameter_floats, job.parameters, parameters);
    }
    const auto bring_state = [&](const float* home, float* here) {
        if (!home) return;
        for (int64_t i = team.lane; i < job.parameter_floats && job.fresh; i += team.lanes) here[i] = 0;
        if (!job.fresh && here != home) copy(team, job.parameter_floats, home, here);
    };
    bring_state(job.m, m);
    bring_state(job.v, v);
    DeviceTrainer<true, Matrix> trainer(team, head, nullptr, rest, parameters, m, v, scores);
    trainer.train(launch.stop, launch.epochs_done);
    copy(team, job.parameter_floats, parameters, job.parameters);
    if (job.m && m != job.m) copy(team, job.parameter_floats, m, job.m);
    if (job.v && v != job.v) copy(team, job.parameter_floats, v, job.v);
}

/// One trial whose net stays in device memory.
template <bool Matrix> __device__ void train_streamed(const Team& team, TeamHead& head, float* stage, const Launch& launch, float* scores) {
    Job& job = head.job;
    if (job.fresh) draw_home(team, job);
    DeviceTrainer<false, Matrix> trainer(team, head, stage, launch.scratch + blockIdx.x * launch.scratch_floats, job.parameters, job.m, job.v, scores);
    trainer.train(launch.stop, launch.epochs_done);
}

/// Trains the trial at one place of the class's queue.
template <bool Resident, bool Matrix> __device__ void train_one(const Team& team, TeamHead& head, float* memory, const Launch& launch, Job& home, float* scores) {
    static_assert(sizeof(Job) % 8 == 0);
    const auto* from = reinterpret_cast<const uint64_t*>(&home);
    auto* to = reinterpret_cast<uint64_t*>(&head.job);
    for (int32_t i = team.lane; i < static_cast<int32_t>(sizeof(Job) / 8); i += team.lanes) to[i] = from[i];
    team.sync(); // the job is there
    if constexpr (Resident)
        train_resident<Matrix>(team, head, memory, launch, scores);
    else
        train_streamed<Matrix>(team, head, memory, launch, scores);
    if (launch.ended) team.sync(); // all lanes' parts of the net are home before the trial is said to have ended
    if (team.lane == 0) report_end(launch, head.job, home);
}

/// Enters that a team begins with a trial, or that it ends: the clocks between the two are what remains of both.
__device__ inline void note(const Launch& launch, const Team& team, int32_t which, bool begins) {
    if (!launch.tally || team.lane != 0) return;
    const auto clocks = static_cast<unsigned long long>(clock64()) * static_cast<unsigned>(team.lanes / warp);
    atomicAdd(&launch.tally->worked[which], begins ? 0 - clocks : clocks); // modulo 2^64
}

/// All trials of one class, by this block's teams of it.
template <bool Matrix> __device__ void work_through(int32_t which, const Launch& launch) {
    const TeamClass shape = team_class(which);
    const int32_t warp_of_block = static_cast<int32_t>(threadIdx.x) / warp, number = warp_of_block / shape.warps;
    if (number >= shape.teams) return; // warps without a team wait at the end of the class
    const int64_t share = launch.shared_bytes / shape.teams / 128 * 128;
    char* const begin = shared_memory() + number * share;
    TeamHead& head = *reinterpret_cast<TeamHead*>(begin);
    float* const memory = reinterpret_cast<float*>(begin + sizeof(TeamHead));
    const Team team{static_cast<int32_t>(threadIdx.x) - number * shape.warps * warp, shape.warps * warp, 1 + number % 15, head.partial};
    float* const scores = launch.scores + (int64_t{blockIdx.x} * launch.score_teams + number) * launch.score_floats;
    for (;;) {
        const int32_t ticket = team.tell(team.lane == 0 ? static_cast<int32_t>(atomicAdd(launch.next + which, 1u)) : 0, &head.ticket);
        if (ticket >= static_cast<int32_t>(launch.queued[which])) return;
        Job& home = launch.jobs[launch.queue[which][ticket]];
        note(launch, team, which, true);
        if (which == streamed_class)
            train_one<false, Matrix>(team, head, memory, launch, home, scores);
        else
            train_one<true, Matrix>(team, head, memory, launch, home, scores);
        note(launch, team, which, false);
    }
}

/// The dearest classes first: what is left of small trials fills the gaps at the end.
template <bool Matrix> __device__ void train_all(const Launch& launch) {
    const long long begin = clock64();
    for (int32_t i = 0; i < class_count; ++i) {
        const int32_t which = i == 0 ? streamed_class : i - 1;
        if (launch.queued[which] == 0) continue;
        work_through<Matrix>(which, launch);
        block_barrier(); // every team is done: shared memory is dealt out anew
    }
    if (launch.tally && threadIdx.x == 0) atomicMax(&launch.tally->longest, static_cast<unsigned long long>(clock64() - begin));
}

/// Products on the fp32 units.
__global__ void __launch_bounds__(block_threads, 1) train_trials(const Launch launch) { train_all<false>(launch); }

/// Products on the matrix units: tf32, tf32x3 and bf16.
__global__ void __launch_bounds__(block_threads, 1) train_trials_matrix(const Launch launch) { train_all<true>(launch); }

} // namespace caviar::cuda
