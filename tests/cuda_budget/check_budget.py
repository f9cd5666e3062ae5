#!/usr/bin/env python3
"""Do the kernels keep within their budget of registers, spills, stack and shared memory?

    check_budget.py FILE_OR_FOLDER...      of the build's own compilation: *.resources, which cmake/keep_resources.sh wrote
    check_budget.py --compile 75,80        compiles cuda/runtime/*.cu for these: minutes each
    check_budget.py ... --update           writes what is seen, with some room, as the new budget

Exit code 0: all keep within it; 1: one does not, or has none; 77: nothing could be compared (another nvcc, no budget for the device).
"""
import argparse
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUDGET = Path(__file__).resolve().parent / "budget.json"
SKIPPED = 77
FIGURES = ("registers", "spill_stores", "spill_loads", "stack", "shared")  # registers a thread; bytes a thread; shared: static bytes a block


def kernel_name(mangled):
    """The last name of an Itanium-mangled nested one: _ZN6caviar4cuda12train_trialsENS0_6LaunchE is train_trials."""
    name, rest = mangled, mangled.removeprefix("_ZN").removeprefix("_Z")
    while match := re.match(r"(\d+)", rest):
        length, rest = int(match[1]), rest[match.end():]
        name, rest = rest[:length], rest[length:]
    return name


def parse(text):
    """{"sm_90": {kernel: figures}} of what `ptxas -v` says of our kernels; Thrust's are its own affair. Spills of a kernel are those of all functions that it calls, too: ptxas
    names them after it. Raises ValueError for a text without kernels."""
    found, figures = {}, None
    for line in text.splitlines():
        if match := re.search(r"Compiling entry function '(\S+)' for '(sm_\w+)'", line):
            if not match[1].startswith("_ZN6caviar"):
                figures = None
                continue
            figures = found.setdefault(match[2], {}).setdefault(kernel_name(match[1]), dict.fromkeys(FIGURES, 0))
        elif figures is None:
            continue
        elif match := re.search(r"(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads", line):
            figures["stack"] = max(figures["stack"], int(match[1]))
            figures["spill_stores"] += int(match[2])
            figures["spill_loads"] += int(match[3])
        elif match := re.search(r"Used (\d+) registers", line):
            figures["registers"] = int(match[1])
            for name, pattern in (("stack", r"(\d+) bytes cumulative stack size"), ("shared", r"(\d+) bytes smem")):
                if match := re.search(pattern, line):
                    figures[name] = max(figures[name], int(match[1]))
    if "Compiling entry function" not in text:
        raise ValueError("no kernel is in what ptxas said; was it asked with -Xptxas -v?")
    return found


def complaints(found, budgets):
    """One line for each figure over its budget, and for each kernel that only one of the two knows."""
    lines = []
    for architecture, kernels in sorted(found.items()):
        budget = budgets[architecture]
        for kernel, figures in sorted(kernels.items()):
            if kernel not in budget:
                lines.append(f"{kernel} for {architecture} has no budget; see what it needs and give it one with --update")
                continue
            lines += [f"{kernel} for {architecture}: {name} {figures[name]}, and its budget is {budget[kernel][name]}"
                      for name in FIGURES if figures[name] > budget[kernel][name]]
        lines += [f"{kernel} for {architecture} has a budget and is not there" for kernel in sorted(budget.keys() - kernels.keys())]
    return lines


def with_room(name, figure):
    """A little code more or less shifts spills by some bytes: 5% and up to the next 64. Registers: the hardware deals them out in eights."""
    step, wanted = (8, figure) if name == "registers" else (64, figure + figure // 20)
    return -(-wanted // step) * step


def compile_for(architecture, nvcc):
    text = ""
    for source in sorted((ROOT / "cuda/runtime").glob("*.cu")):
        if "rank_results" in source.read_text():
            continue  # Thrust's kernels alone
        with tempfile.NamedTemporaryFile(suffix=".o") as target:
            command = [nvcc, "-std=c++20", "-O3", "-DNDEBUG", "--expt-relaxed-constexpr", f"-I{ROOT}", f"-I{ROOT / 'include'}", "-gencode",
                       f"arch=compute_{architecture},code=sm_{architecture}", "-Xptxas", "-v", "-c", str(source), "-o", target.name]
            done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"sm_{architecture}: {source.name} does not compile\n{done.stdout}{done.stderr}")
        text += done.stdout + done.stderr
    return text


def release(nvcc):
    return re.search(r"release ([0-9.]+)", subprocess.run([nvcc, "--version"], capture_output=True, text=True, check=True).stdout)[1]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("outputs", nargs="*", type=Path)
    arguments.add_argument("--compile", default="", metavar="75,80")
    arguments.add_argument("--nvcc", default="nvcc")
    arguments.add_argument("--update", action="store_true")
    arguments = arguments.parse_args()

    files = [file for path in arguments.outputs for file in (sorted(path.rglob("*.resources")) if path.is_dir() else [path])]
    texts = [file.read_text(errors="replace") for file in files]
    texts += [compile_for(architecture, arguments.nvcc) for architecture in arguments.compile.split(",") if architecture]
    if not texts:
        sys.exit(f"nothing to look at: no *.resources in {', '.join(map(str, arguments.outputs))}; build caviar_cuda_runtime first")
    found = {}
    for text in texts:
        for architecture, kernels in parse(text).items():
            found.setdefault(architecture, {}).update(kernels)

    document = json.loads(BUDGET.read_text()) if BUDGET.exists() else {"nvcc": None, "budgets": {}}
    version, budgets = release(arguments.nvcc), document["budgets"]
    if arguments.update:
        document["nvcc"] = version
        budgets |= {architecture: {kernel: {name: with_room(name, figures[name]) for name in FIGURES} for kernel, figures in sorted(kernels.items())}
                    for architecture, kernels in found.items()}
        document["budgets"] = dict(sorted(budgets.items(), key=lambda item: int(item[0].removeprefix("sm_"))))
        BUDGET.write_text(json.dumps(document, indent=1) + "\n")
        return 0

    for architecture, kernels in sorted(found.items()):
        for kernel, figures in sorted(kernels.items()):
            print(f"{architecture} {kernel}: " + ", ".join(f"{name} {figure}" for name, figure in figures.items()))
    if version != document["nvcc"]:
        print(f"SKIPPED: the budget is of nvcc {document['nvcc']}, and this is {version}: its figures are not comparable")
        return SKIPPED
    unknown = sorted(found.keys() - budgets.keys())
    for architecture in unknown:
        print(f"there is no budget for {architecture}")
        del found[architecture]
    if not found:
        print("SKIPPED: none of these architectures has a budget")
        return SKIPPED
    wrong = complaints(found, budgets)
    print("\n".join(wrong), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
