# The parts of gpu_check.sh, which reads this; its head says what they share.
# shellcheck shell=bash disable=SC2154,SC2034

part_machine() {
    local tool
    for tool in nvidia-smi nvcc ncu compute-sanitizer "$python"; do has "$tool" || lacking "$tool is not on the PATH"; done
    [ -n "$gpu" ] || lacking "no GPU is seen by nvidia-smi"
    there caviar || return
    unresolved >>"$log" && lacking "a library that caviar needs is not on this machine"
    [ -z "$gpu" ] || try 20 nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.sm,clocks.max.sm,power.limit --format=csv
    try 30 "$bin/caviar" doctor || missing=1
    peaks || lacking "the GPU's peaks are not known"
    try 60 "$python" -c 'import jax; print("jax", jax.__version__, jax.devices()); assert jax.default_backend() == "gpu"' || missing=1
}

# What the GPU reaches at most, for shares: as the part `machine` measured it into OUT on the same GPU, or measured once a call. In peaks.json.
peaks() {
    [ "$part" != machine ] && "$python" - "$out/machine.json" "$scratch/gpus" "$scratch/peaks.json" 2>/dev/null <<'PY' && return
import json, sys
from pathlib import Path
document = json.loads(Path(sys.argv[1]).read_text())
assert document["peaks"]["fp32_gflops"] > 0 and document["gpus"] == Path(sys.argv[2]).read_text().splitlines() != []
Path(sys.argv[3]).write_text(json.dumps(document["peaks"]))
PY
    local kept=$scratch/peaks.kept rehearse=() # each part begins without the JSON of the one before
    if [ ! -e "$kept" ]; then
        [ -n "$gpu" ] || rehearse=(--rehearse)
        try 60 "$python" bench/gpu/peaks.py --out "$scratch/peaks.json" "${rehearse[@]}" && cp "$scratch/peaks.json" "$kept"
    fi
    [ -e "$kept" ] && cp "$kept" "$scratch/peaks.json"
}

part_tests() {
    local program found= shown=
    for program in "$bin"/test_cuda_gpu*; do
        [ -x "$program" ] || continue
        found=1
        if [ -z "$gpu" ]; then try 60 "$program" --gtest_list_tests; continue; fi
        try 480 "$program" "--gtest_output=json:$scratch/$(basename "$program").json" || failed=1
        # A test that skips has shown nothing
        shown=$(grep -c '"result": "SKIPPED"' "$scratch/$(basename "$program").json" 2>/dev/null)
        [ "${shown:-0}" -eq 0 ] || { say "$shown tests were skipped"; failed=1; }
    done
    [ -n "$found" ] || lacking "no $bin/test_cuda_gpu: the tests labelled gpu are not built"
    [ -n "$gpu" ] || lacking "the tests need a GPU"
}

evidence() { # what trials seconds precision
    there evidence || return
    if [ -z "$gpu" ]; then
        try 300 "$bin/evidence" "$1" --engine cpu --trials 50 --out "$scratch/$1-$4.json" || failed=1
        lacking "$1 in $4 was rehearsed with the CPU engine only"
        return
    fi
    try "$3" "$bin/evidence" "$1" --engine cuda --trials "$2" --precision "$4" --out "$scratch/$1-$4.json" || failed=1
}
part_parity() {
    local precision
    evidence parity 1000 300 fp32
    [ -n "$gpu" ] || return
    for precision in tf32x3 tf32 bf16; do evidence parity 250 70 $precision; done
}

part_invariance() {
    local engine=cuda trials=2000 precision
    [ -n "$gpu" ] || { engine=cpu; trials=20; }
    there caviar || return
    try 90 "$bin/caviar" sweep digits --quiet --trials $trials --set epochs=3 --engine $engine --study "$scratch/verify.db" || failed=1
    try 60 "$bin/caviar" verify "$scratch/verify.db" --sample 50 --engine $engine --json || failed=1
    [ -z "$gpu" ] || for precision in tf32x3 tf32; do evidence invariance 1000 40 $precision; done
    evidence invariance 10000 300 fp32
}

# Each tool once on little, before any of them on more. Teams of 16 and 4 warps; of 2 and 1; minibatches that go through in parts; the
# matrix units; the streamed tier; the grouped tier.
part_sanitizers() {
    local tools=(racecheck memcheck initcheck synccheck) tool run
    there dump_workload test_cuda_gpu || return
    has compute-sanitizer || lacking "compute-sanitizer is not on the PATH, and a missing tool is a failure"
    if [ -z "$gpu" ]; then
        try 60 "$bin/dump_workload" --workload W3 --engine cpu --trials 12 --epochs 1 --out "$scratch/small" || failed=1
        lacking "compute-sanitizer needs a GPU; it would run ${tools[*]}"
        return
    fi
    declare -A spare=() # tools under which the kernels need the programs with fewer registers
    for run in "W3 --trials 12" "W2b --batch 16 --trials 24" "W1 --batch 1000 --trials 2" "W3 --trials 12 --precision tf32x3" "W7b --trials 1"; do
        # shellcheck disable=SC2086
        for tool in "${tools[@]}"; do sanitize $tool dump_workload --workload $run --engine cuda --epochs 1 --out "$scratch/small"; done
    done
    for tool in "${tools[@]}"; do sanitize $tool test_cuda_gpu --gtest_filter='Tiers/OnDevice.WithoutValidation*/grouped'; done
}
sanitize() { # tool program argument...
    local tool=$1 program=$2 before code
    shift 2
    before=$(wc -l <"$log")
    try 60 compute-sanitizer --tool "$tool" --error-exitcode 66 "$bin/${spare[$tool]:-}$program" "$@"
    code=$?
    if [ $code -ne 0 ] && [ -z "${spare[$tool]:-}" ] && tail -n "+$((before + 1))" "$log" | grep -qi 'too many resources\|OutOfResources'; then
        say "instrumented by $tool, a kernel is too large to launch: once more with programs whose kernels take fewer registers"
        there "fewer-registers/$program" || return
        spare[$tool]=fewer-registers/
        try 60 compute-sanitizer --tool "$tool" --error-exitcode 66 "$bin/fewer-registers/$program" "$@"
        code=$?
    fi
    if [ $code -eq 124 ] || [ $code -eq 137 ]; then lacking "$tool took longer than a minute on $program $*"
    elif [ $code -ne 0 ]; then failed=1
    fi
}

side_by_side() { # workload trials epochs peers [precision]
    there dump_workload || return
    local engine=cuda device=gpu trials=$2 epochs=$3 repeat=7 peers=$4 precision=${5:-fp32} seconds known=()
    if [ -z "$gpu" ]; then # few trials, two epochs, of which the peers train one; a halving cannot be cut
        engine=cpu device=cpu repeat=1 epochs=2 precision=fp32
        [ "$trials" -eq 0 ] || trials=8
        peers=${CAVIAR_REHEARSE:-jax,torch}
        [ "$1" = W5 ] || peers=${peers//,/:1,}:1
    elif peaks; then
        known=(--peaks "$scratch/peaks.json")
    fi
    seconds=$(($(left) - 10))
    [ $seconds -ge 20 ] || { lacking "no time was left for $1 in $precision"; return; }
    [ -n "$watcher" ] || watch
    try 570 "$python" bench/peers/side_by_side.py --workload "$1" --trials "$trials" --epochs "$epochs" --repeat $repeat --engine $engine \
        --precision "$precision" --device $device --peers "$peers" --seconds $seconds --bin "$bin" "${known[@]}" \
        --out "$scratch/figures${5:+-$5}.json" || failed=1
    [ -n "$gpu" ] || lacking "$1 was rehearsed on the CPU with few trials: its figures say nothing"
}
on_matrix_units() { # workload trials epochs peers; none of them has tf32x3
    [ -z "$gpu" ] || side_by_side "$1" "$2" "$3" "" tf32x3
    side_by_side "$1" "$2" "$3" "$4" tf32
}
# Caviar's time has in it what the host does before and after the kernels, some milliseconds; the epochs make that a small part. The peers, whose time
# has not, train fewer; NAME:EPOCHS:TRIALS. Who compiles longest comes last: peers that are not ready in time are left out.
part_bench-W1() { side_by_side W1 4096 50 jax:5,torch:5,torch-compiled:5; }
part_bench-W1-matrix() { on_matrix_units W1 4096 50 jax:5,torch:5; }
part_bench-W3() { side_by_side W3 4096 20 torch:2:1024,torch-padded:2:1024; }
part_bench-W3-matrix() { on_matrix_units W3 4096 20 torch:2:1024; }
part_bench-W4() { side_by_side W4 0 2000 jax:20,torch:20,torch-compiled:20; }
part_bench-W5() { side_by_side W5 8192 0 jax,torch; } # as long as it is: the rungs are the workload
part_bench-W7a() { side_by_side W7a 256 20 jax:2,torch:2; }
part_bench-W7b() { side_by_side W7b 256 20 jax:2,torch:2; }
part_bench-W3-jax() { side_by_side W3 4096 20 jax-padded:2:1024,jax:2:1024; } # a program to compile for every shape: last, it may take longest

part_ncu() {
    local sections=() name
    there dump_workload || return
    has ncu || lacking "ncu is not on the PATH"
    for name in SpeedOfLight Occupancy LaunchStats WarpStateStats SchedulerStats ComputeWorkloadAnalysis MemoryWorkloadAnalysis MemoryWorkloadAnalysis_Tables \
        InstructionStats SourceCounters; do sections+=(--section $name); done
    [ -n "$gpu" ] || { lacking "ncu needs a GPU; it would read: ${sections[*]}"; return; }
    watch
    profile fp32 train_trials
    profile tf32 train_trials_matrix
}
profile() { # precision kernel
    local report=$scratch/profile-$1.ncu-rep sources
    # 264 trials are two an SM of an H200. All ten epochs are one launch, long beside its beginning. Clocks stay as they are.
    try 300 ncu --clock-control none --kernel-name "regex:$2" --launch-count 1 "${sections[@]}" --import-source yes --source-folders "$PWD/cuda,$PWD/include" \
        --metrics l1tex__data_pipe_lsu_wavefronts_mem_shared.sum,sm__inst_executed.sum,lts__t_bytes.sum,dram__bytes.sum \
        -f -o "${report%.ncu-rep}" "$bin/dump_workload" --workload W1 --engine cuda --precision "$1" --trials 264 --epochs 10 --out "$scratch/small" || failed=1
    [ -e "$report" ] || { lacking "there is no profile of $2"; return; }
    cp "$report" "$out/" || failed=1 # to be opened in Nsight Compute
    try 60 ncu --import "$report" --csv --page raw --log-file "$scratch/raw.csv" || failed=1
    try 60 ncu --import "$report" --csv --page source --print-source sass --log-file "$scratch/source.csv" || say "no source page"
    sources=$(printf '%s,' "$PWD"/cuda/device/*.cuh "$PWD"/include/caviar/mlp/*.h)
    try 60 ncu --import "$report" --csv --page source --print-source cuda,sass --resolve-source-file "${sources%,}" --log-file "$scratch/lines.csv" ||
        say "no page of source lines"
    "$python" bench/gpu/profile_json.py "$scratch"/{raw,source,lines}.csv >"$scratch/figures-$1.json" 2>>"$log" || failed=1
    rm -f "$scratch"/{raw,source,lines}.csv
}
