#!/usr/bin/env bash
# Everything that a machine with a GPU must show, into one JSON a part under OUT.
#   bash bench/gpu_check.sh OUT [--force] [PART...]
#     OUT       a folder; a part whose JSON there says that it passed is not run again, unless --force
#     PART      of those that `bash bench/gpu_check.sh --list` prints; all, in order, if none is named. Each ends within 10 minutes
# Programs come from build-gpu/ (bench/gpu_build.sh), or from CAVIAR_BIN. Without a GPU each part rehearses what needs none (programs, tools, flags,
# the peers on a CPU), says what it could not do, and fails. Exit 0: every part asked for passed.
set -uo pipefail
cd "$(dirname "$0")/.."
parts=(machine tests parity invariance sanitizer bench-W1 bench-W3 bench-W4 bench-W5 bench-W7a bench-W7b ncu)
[ "${1:-}" != --list ] || { printf '%s\n' "${parts[@]}"; exit 0; }
out=${1:?usage: bash bench/gpu_check.sh OUT [--force] [PART...]}
shift
force=
wanted=()
for word in "$@"; do
    if [ "$word" = --force ]; then force=1
    elif [[ " ${parts[*]} " == *" $word "* ]]; then wanted+=("$word")
    else echo "gpu_check: there is no part '$word'; bash bench/gpu_check.sh --list" >&2; exit 2
    fi
done
[ ${#wanted[@]} -gt 0 ] || wanted=("${parts[@]}")
mkdir -p "$out" || exit 2
out=$(cd "$out" && pwd)
bin=${CAVIAR_BIN:-build-gpu}
python=${PYTHON:-python3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

gpu=
nvidia-smi -L >"$scratch/gpus" 2>/dev/null && grep -q GPU "$scratch/gpus" && gpu=1
has() { command -v "$1" >/dev/null; }
# The parts' programs: their output goes to a log, which `finish` puts into the JSON.
say() { echo "$*" | tee -a "$log"; }
lacking() { say "NOT DONE: $*"; missing=1; }
try() { # seconds command...
    local seconds=$1
    shift
    say "\$ $*"
    timeout -k 10 "$seconds" "$@" >>"$log" 2>&1
    local code=$?
    [ $code -eq 0 ] || say "exit $code"
    return $code
}
there() { # program...
    local program
    for program in "$@"; do [ -x "$bin/$program" ] || { lacking "$bin/$program is not built: bash bench/gpu_build.sh"; return 1; }; done
}

part_machine() {
    local tool
    for tool in nvidia-smi nvcc ncu compute-sanitizer "$python"; do has "$tool" || lacking "$tool is not on the PATH"; done
    [ -n "$gpu" ] || lacking "no GPU is seen by nvidia-smi"
    [ -z "$gpu" ] || try 60 nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.sm,clocks.max.sm,power.limit --format=csv
    try 120 "$python" -c 'import torch; print("torch", torch.__version__, torch.cuda.is_available()); assert torch.cuda.is_available()' || missing=1
    try 120 "$python" -c 'import jax; print("jax", jax.__version__, jax.devices()); assert jax.default_backend() == "gpu"' || missing=1
    there caviar && { try 60 "$bin/caviar" doctor || missing=1; }
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

evidence() { # what trials seconds
    there evidence || return
    if [ -z "$gpu" ]; then
        try 300 "$bin/evidence" "$1" --engine cpu --trials 50 || failed=1
        lacking "$1 was rehearsed with the CPU engine only"
        return
    fi
    try "$3" "$bin/evidence" "$1" --engine cuda --trials "$2" || failed=1
}
part_parity() { evidence parity 1000 400; }

part_invariance() {
    local engine=cuda trials=2000
    [ -n "$gpu" ] || { engine=cpu; trials=20; }
    evidence invariance 10000 350
    there caviar || return
    try 120 "$bin/caviar" sweep digits --quiet --trials $trials --set epochs=3 --engine $engine --study "$scratch/verify.db" || failed=1
    try 60 "$bin/caviar" verify "$scratch/verify.db" --sample 50 --engine $engine --json || failed=1
}

part_sanitizer() {
    local tool
    there dump_workload test_cuda_gpu || return
    has compute-sanitizer || { lacking "compute-sanitizer is not on the PATH, and a missing tool is a failure"; }
    if [ -z "$gpu" ]; then
        try 60 "$bin/dump_workload" --workload W3 --engine cpu --trials 12 --epochs 1 --out "$scratch/small" || failed=1
        lacking "compute-sanitizer's memcheck, racecheck, initcheck and synccheck need a GPU"
        return
    fi
    for tool in memcheck racecheck initcheck synccheck; do
        # W3: every size of team; W7b: the streamed tier; the test: the grouped one
        try 75 compute-sanitizer --tool $tool --error-exitcode 66 "$bin/dump_workload" --workload W3 --engine cuda --trials 12 --epochs 1 --out "$scratch/small" || failed=1
        try 40 compute-sanitizer --tool $tool --error-exitcode 66 "$bin/dump_workload" --workload W7b --engine cuda --trials 1 --epochs 1 --out "$scratch/small" || failed=1
        try 30 compute-sanitizer --tool $tool --error-exitcode 66 "$bin/test_cuda_gpu" --gtest_filter='Tiers/OnDevice.WithoutValidation*/grouped' || failed=1
    done
}

side_by_side() { # workload trials epochs peers
    there dump_workload || return
    local engine=cuda device=gpu trials=$2 epochs=$3 repeat=7 peers=$4
    [ -n "$gpu" ] || { engine=cpu; device=cpu; repeat=1; epochs=1; peers=${CAVIAR_REHEARSE:-jax,torch}; [ "$trials" -eq 0 ] || trials=8; }
    try 570 "$python" bench/peers/side_by_side.py --workload "$1" --trials "$trials" --epochs "$epochs" --repeat $repeat --engine $engine \
        --device $device --peers "$peers" --seconds 530 --bin "$bin" --out "$scratch/figures.json" || failed=1
    [ -n "$gpu" ] || lacking "$1 was rehearsed on the CPU with few trials: its figures say nothing"
}
part_bench-W1() { side_by_side W1 4096 5 jax,torch,torch-compiled; }
part_bench-W3() { side_by_side W3 1024 2 jax,torch,jax-padded,torch-padded; }
part_bench-W4() { side_by_side W4 0 20 jax,torch,torch-compiled; }
part_bench-W5() { side_by_side W5 8192 0 jax,torch; }
part_bench-W7a() { side_by_side W7a 256 2 jax,torch,torch-compiled; }
part_bench-W7b() { side_by_side W7b 256 2 jax,torch,torch-compiled; }

part_ncu() {
    there dump_workload || return
    has ncu || lacking "ncu is not on the PATH"
    local sections=() name
    for name in SpeedOfLight Occupancy LaunchStats WarpStateStats SchedulerStats MemoryWorkloadAnalysis InstructionStats SourceCounters; do sections+=(--section $name); done
    [ -n "$gpu" ] || { lacking "ncu needs a GPU; it would read: ${sections[*]}"; return; }
    # 264 trials: two an SM. Clocks stay as they are. One launch: the last of few.
    try 300 ncu --clock-control none --kernel-name regex:train_trials --launch-count 1 "${sections[@]}" \
        --metrics l1tex__data_pipe_lsu_wavefronts_mem_shared.sum,sm__inst_executed.sum,lts__t_bytes.sum,dram__bytes.sum \
        -f -o "$scratch/profile" "$bin/dump_workload" --workload W1 --engine cuda --trials 264 --epochs 1 --out "$scratch/small" || failed=1
    try 60 ncu --import "$scratch/profile.ncu-rep" --csv --page raw --log-file "$scratch/raw.csv" || failed=1
    try 60 ncu --import "$scratch/profile.ncu-rep" --csv --page source --log-file "$scratch/source.csv" || say "no source page"
    "$python" bench/gpu/profile_json.py "$scratch/raw.csv" "$scratch/source.csv" >"$scratch/figures.json" 2>>"$log" || failed=1
}

# The part's JSON: its verdict, its log's end, and what its programs wrote.
finish() { # part seconds
    OUT_PART=$1 OUT_SECONDS=$2 OUT_FAILED=$failed OUT_MISSING=$missing OUT_BIN=$bin "$python" - "$log" "$scratch" "$out/$1.json" <<'PY'
import json, os, sys
from pathlib import Path
log, scratch, target = map(Path, sys.argv[1:])
verdict = "failed" if os.environ["OUT_FAILED"] else "not done" if os.environ["OUT_MISSING"] else "passed"
commit = Path(os.environ["OUT_BIN"], "commit.txt")
document = {"part": os.environ["OUT_PART"], "verdict": verdict, "seconds": int(os.environ["OUT_SECONDS"]),
            "commit": commit.read_text().strip() if commit.exists() else None, "gpus": (scratch / "gpus").read_text().splitlines()}
for path in [scratch / "figures.json", *sorted(scratch.glob("test_*.json"))]:
    if path.exists():
        document[path.stem] = json.loads(path.read_text())
        path.unlink()
document["log"] = log.read_text(errors="replace")[-200_000:].splitlines()
target.write_text(json.dumps(document, indent=1) + "\n")
PY
}

passed() { grep -q '"verdict": "passed"' "$1" 2>/dev/null; }
verdicts=() bad=0
for part in "${wanted[@]}"; do
    if [ -z "$force" ] && passed "$out/$part.json"; then
        verdicts+=("$part: passed before")
        continue
    fi
    echo "== $part"
    log=$scratch/log failed='' missing='' begin=$SECONDS
    : >"$log"
    "part_$part"
    finish "$part" $((SECONDS - begin)) || failed=1
    if passed "$out/$part.json"; then verdicts+=("$part: passed, $((SECONDS - begin)) s")
    else bad=1; verdicts+=("$part: $([ -n "$failed" ] && echo FAILED || echo NOT DONE), $((SECONDS - begin)) s; $(grep -h '^NOT DONE\|^exit' "$log" | head -3 | tr '\n' ' ')")
    fi
done
echo "== summary"
printf '%s\n' "${verdicts[@]}"
exit $bad
