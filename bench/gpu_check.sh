#!/usr/bin/env bash
# Everything that a machine with a GPU must show, into one JSON a part under OUT.
#   bash bench/gpu_check.sh OUT [--force] [--seconds N] [PART...]
#     OUT       a folder; a part whose JSON there says that it passed is not run again, unless --force
#     --seconds for all parts together, 540 if not said: a program that is still at work then is ended, and what it left undone is said. The JSON
#               of a part is written anew after each of its programs
#     PART      of those that `bash bench/gpu_check.sh --list` prints; all, in order, if none is named. Each ends within 10 minutes
# Programs come from build-gpu/programs.tar.gz (bench/gpu_build.sh), or from the folder CAVIAR_BIN. Without a GPU each part rehearses what needs none
# (programs, tools, flags, the peers on a CPU), says what it could not do, and fails. Exit 0: every part asked for passed.
set -uo pipefail
cd "$(dirname "$0")/.."
tools=(racecheck memcheck initcheck synccheck)
parts=(machine tests parity invariance "${tools[@]/#/sanitizer-}" bench-W1 bench-W1-matrix bench-W4 ncu bench-W3 bench-W3-matrix bench-W3-jax bench-W5
       bench-W7a bench-W7b)
[ "${1:-}" != --list ] || { printf '%s\n' "${parts[@]}"; exit 0; }
usage='usage: bash bench/gpu_check.sh OUT [--force] [--seconds N] [PART...]'
out=${1:?$usage}
[[ $out != -* ]] || { echo "gpu_check: '$out' is no folder; $usage" >&2; exit 2; }
shift
force='' deadline=540
wanted=()
while [ $# -gt 0 ]; do
    if [ "$1" = --force ]; then force=1
    elif [ "$1" = --seconds ] && [[ ${2:-} =~ ^[1-9][0-9]*$ ]]; then deadline=$2; shift
    elif [ "$1" = --seconds ]; then echo "gpu_check: --seconds wants a whole number, not '${2:-}'" >&2; exit 2
    elif [[ " ${parts[*]} " == *" $1 "* ]]; then wanted+=("$1")
    else echo "gpu_check: there is no part '$1'; bash bench/gpu_check.sh --list" >&2; exit 2
    fi
    shift
done
[ ${#wanted[@]} -gt 0 ] || wanted=("${parts[@]}")
mkdir -p "$out" || exit 2
out=$(cd "$out" && pwd)
bin=${CAVIAR_BIN:-build-gpu}
python=${PYTHON:-python3}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
if [ -e "$bin/programs.tar.gz" ]; then
    mkdir "$scratch/programs"
    tar -C "$scratch/programs" -xzf "$bin/programs.tar.gz" || { echo "gpu_check: $bin/programs.tar.gz cannot be unpacked" >&2; exit 2; }
    bin=$scratch/programs
fi
# Where CUDA's tools and libraries lie on machines that do not say so
for folder in /usr/local/cuda/bin /opt/nvidia/nsight-compute/*; do [ ! -d "$folder" ] || PATH+=:$folder; done
unresolved() { ldd "$bin/caviar" 2>/dev/null | grep 'not found'; }
if unresolved >/dev/null; then # PyTorch's packages bring cuBLAS beside it
    beside='import importlib.util as u, pathlib; print(*{p.parent for p in pathlib.Path(u.find_spec("torch").origin).parent.parent.glob("nvidia/*/lib/lib*.so*")}, sep=":")'
    export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$("$python" -c "$beside" 2>/dev/null)
fi

gpu=
nvidia-smi -L >"$scratch/gpus" 2>/dev/null && grep -q GPU "$scratch/gpus" && gpu=1
has() { command -v "$1" >/dev/null; }
# The parts' programs: their output goes to a log, which `keep` puts into the JSON.
say() { echo "$*" | tee -a "$log"; }
lacking() { say "NOT DONE: $*"; missing=1; }
left() { echo $((deadline - SECONDS)); }
try() { # seconds command...; what the deadline cuts short is not done, and no failure
    local seconds=$1 code cut=
    shift
    [ "$seconds" -le "$(left)" ] || { seconds=$(left); cut=1; }
    [ "$seconds" -ge 5 ] || { lacking "no time was left for: $*"; return 0; }
    say "\$ $*"
    timeout -k 10 "$seconds" "$@" >>"$log" 2>&1
    code=$?
    [ $code -eq 0 ] || say "exit $code"
    [ -z "$cut" ] || [ $code -ne 124 -a $code -ne 137 ] || { lacking "the time was up: $*"; code=0; }
    keep "cut off"
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
    there caviar || return
    unresolved >>"$log" && lacking "a library that caviar needs is not on this machine"
    try 60 "$bin/caviar" doctor || missing=1
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
        try 300 "$bin/evidence" "$1" --engine cpu --trials 50 || failed=1
        lacking "$1 in $4 was rehearsed with the CPU engine only"
        return
    fi
    try "$3" "$bin/evidence" "$1" --engine cuda --trials "$2" --precision "$4" || failed=1
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
    evidence invariance 10000 300 fp32
    [ -z "$gpu" ] || for precision in tf32x3 tf32; do evidence invariance 1000 40 $precision; done
    there caviar || return
    try 90 "$bin/caviar" sweep digits --quiet --trials $trials --set epochs=3 --engine $engine --study "$scratch/verify.db" || failed=1
    try 60 "$bin/caviar" verify "$scratch/verify.db" --sample 50 --engine $engine --json || failed=1
}

sanitizer() { # tool
    local run
    there dump_workload test_cuda_gpu || return
    has compute-sanitizer || { lacking "compute-sanitizer is not on the PATH, and a missing tool is a failure"; }
    if [ -z "$gpu" ]; then
        try 60 "$bin/dump_workload" --workload W3 --engine cpu --trials 12 --epochs 1 --out "$scratch/small" || failed=1
        lacking "compute-sanitizer's $1 needs a GPU"
        return
    fi
    # Teams of 16 and 4 warps; of 2 and 1; minibatches that go through in parts; the matrix units; the streamed tier
    for run in "W3 --trials 12" "W2b --batch 16 --trials 24" "W1 --batch 1000 --trials 2" "W3 --trials 12 --precision tf32x3" "W7b --trials 1"; do
        # shellcheck disable=SC2086
        try 90 compute-sanitizer --tool "$1" --error-exitcode 66 "$bin/dump_workload" --workload $run --engine cuda --epochs 1 --out "$scratch/small" || failed=1
    done
    # The grouped tier
    try 60 compute-sanitizer --tool "$1" --error-exitcode 66 "$bin/test_cuda_gpu" --gtest_filter='Tiers/OnDevice.WithoutValidation*/grouped' || failed=1
}
for tool in "${tools[@]}"; do eval "part_sanitizer-$tool() { sanitizer $tool; }"; done

side_by_side() { # workload trials epochs peers [precision]
    there dump_workload || return
    local engine=cuda device=gpu trials=$2 epochs=$3 repeat=7 peers=$4 precision=${5:-fp32} seconds
    [ -n "$gpu" ] || { engine=cpu; device=cpu; repeat=1; epochs=1; precision=fp32; peers=${CAVIAR_REHEARSE:-jax,torch}; [ "$trials" -eq 0 ] || trials=8; }
    seconds=$(($(left) - 15))
    [ $seconds -ge 30 ] || { lacking "no time was left for $1 in $precision"; return; }
    try 570 "$python" bench/peers/side_by_side.py --workload "$1" --trials "$trials" --epochs "$epochs" --repeat $repeat --engine $engine --precision "$precision" \
        --device $device --peers "$peers" --seconds $seconds --bin "$bin" --out "$scratch/figures${5:+-$5}.json" || failed=1
    [ -n "$gpu" ] || lacking "$1 was rehearsed on the CPU with few trials: its figures say nothing"
}
on_matrix_units() { # workload trials epochs peers; none of them has tf32x3
    side_by_side "$1" "$2" "$3" "$4" tf32
    [ -z "$gpu" ] || side_by_side "$1" "$2" "$3" "" tf32x3
}
part_bench-W1() { side_by_side W1 4096 5 jax,torch,torch-compiled; }
part_bench-W1-matrix() { on_matrix_units W1 4096 5 jax,torch; }
part_bench-W4() { side_by_side W4 0 20 jax,torch,torch-compiled; }
part_bench-W3() { side_by_side W3 1024 2 torch,torch-padded; }
part_bench-W3-matrix() { on_matrix_units W3 1024 2 torch; }
part_bench-W3-jax() { side_by_side W3 1024 2 jax,jax-padded; } # a program to compile for every shape
part_bench-W5() { side_by_side W5 8192 0 jax,torch; }
part_bench-W7a() { side_by_side W7a 256 2 jax,torch,torch-compiled; }
part_bench-W7b() { side_by_side W7b 256 2 jax,torch,torch-compiled; }

part_ncu() {
    there dump_workload || return
    has ncu || lacking "ncu is not on the PATH"
    local sections=() name
    for name in SpeedOfLight Occupancy LaunchStats WarpStateStats SchedulerStats MemoryWorkloadAnalysis InstructionStats SourceCounters; do sections+=(--section $name); done
    [ -n "$gpu" ] || { lacking "ncu needs a GPU; it would read: ${sections[*]}"; return; }
    # 264 trials are two an SM of an H200. All ten epochs are one launch, long beside its beginning. Clocks stay as they are.
    try 300 ncu --clock-control none --kernel-name regex:train_trials --launch-count 1 "${sections[@]}" \
        --metrics l1tex__data_pipe_lsu_wavefronts_mem_shared.sum,sm__inst_executed.sum,lts__t_bytes.sum,dram__bytes.sum \
        -f -o "$scratch/profile" "$bin/dump_workload" --workload W1 --engine cuda --trials 264 --epochs 10 --out "$scratch/small" || failed=1
    cp "$scratch/profile.ncu-rep" "$out/" || failed=1 # to be opened in Nsight Compute
    try 60 ncu --import "$scratch/profile.ncu-rep" --csv --page raw --log-file "$scratch/raw.csv" || failed=1
    try 60 ncu --import "$scratch/profile.ncu-rep" --csv --page source --log-file "$scratch/source.csv" || say "no source page"
    "$python" bench/gpu/profile_json.py "$scratch/raw.csv" "$scratch/source.csv" >"$scratch/figures.json" 2>>"$log" || failed=1
}

# The part's JSON: its verdict, what its programs wrote, its log's end.
keep() { # verdict
    OUT_PART=$part OUT_SECONDS=$((SECONDS - begin)) OUT_VERDICT=$1 OUT_BIN=$bin "$python" - "$log" "$scratch" "$out/$part.json" <<'PY'
import json, os, sys
from pathlib import Path
log, scratch, target = map(Path, sys.argv[1:])
commit = Path(os.environ["OUT_BIN"], "commit.txt")
document = {"part": os.environ["OUT_PART"], "verdict": os.environ["OUT_VERDICT"], "seconds": int(os.environ["OUT_SECONDS"]),
            "commit": commit.read_text().strip() if commit.exists() else None, "gpus": (scratch / "gpus").read_text().splitlines()}
for path in sorted(scratch.glob("*.json")):
    try:
        document[path.stem] = json.loads(path.read_text())
    except ValueError:  # its program was ended as it wrote
        document[path.stem] = None
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
    if [ "$(left)" -lt 30 ]; then
        bad=1 verdicts+=("$part: NOT DONE, no time was left to begin it")
        continue
    fi
    echo "== $part"
    log=$scratch/log failed='' missing='' begin=$SECONDS
    rm -f "$scratch"/*.json
    : >"$log"
    "part_$part"
    if [ -n "$failed" ]; then verdict=failed
    elif [ -n "$missing" ]; then verdict="not done"
    else verdict=passed
    fi
    keep "$verdict" || { echo "gpu_check: $out/$part.json cannot be written" >&2; bad=1; }
    took="$((SECONDS - begin)) s"
    if [ "$verdict" = passed ]; then verdicts+=("$part: passed, $took")
    else bad=1; verdicts+=("$part: ${verdict^^}, $took; $(grep -h '^NOT DONE\|^exit' "$log" | head -3 | tr '\n' ' ')")
    fi
done
echo "== summary"
printf '%s\n' "${verdicts[@]}"
exit $bad
