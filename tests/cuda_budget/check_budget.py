#!/usr/bin/env python3
"""Do the kernels keep within their budget of registers, spills, stack and shared memory?

    check_budget.py FILE_OR_FOLDER...      of the build's own compilation: *.resources, which cmake/keep_resources.sh wrote
    check_budget.py --compile 75,80        compiles cuda/runtime/*.cu for these, or for `all` that have a budget: minutes each
    check_budget.py ... --confirm          enters that those which keep within it do so with the sources as they are
    check_budget.py ... --update           writes what is seen, with some room, as the new budget
    check_budget.py --fresh                compiles nothing: has anything changed since each architecture was last confirmed?

Exit code 0: all keep within it; 1: one does not, or has none; 77: nothing could be compared (another nvcc, no budget for the device).
"""
import argparse
import hashlib
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


def kernel_files():
    """Those of cuda/runtime/*.cu that have more than Thrust's kernels."""
    return [file for file in sorted((ROOT / "cuda/runtime").glob("*.cu")) if "rank_results" not in file.read_text()]


def sources(files):
    """These files and all of this project that they include."""
    found, waiting = set(), list(files)
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for name in re.findall(r'^\s*#\s*include\s*"([^"]+)"', file.read_text(), re.MULTILINE):
            waiting += [folder / name for folder in (ROOT, ROOT / "include") if (folder / name).exists()]
    return sorted(found)


def bare(code):
    """Without comments, and with one space where there are several or a new line: no kernel hangs on these."""
    kept = re.sub(r'("(?:\\.|[^"\\\n])*")|//[^\n]*|/\*.*?\*/', lambda match: match[1] or " ", code, flags=re.DOTALL)
    return " ".join(kept.split())


def digest():
    code = "\n".join(f"{file.relative_to(ROOT)}: {bare(file.read_text())}" for file in sources(kernel_files()))
    return hashlib.sha256(code.encode()).hexdigest()[:16]


def outdated(output):
    """Whether what ptxas said is of older sources than these."""
    of = [file for file in kernel_files() if output.name.startswith(file.name + ".")]
    return any(output.stat().st_mtime < file.stat().st_mtime for file in sources(of))


def by_number(architectures):
    return dict(sorted(architectures.items(), key=lambda item: int(re.search(r"\d+", item[0])[0])))


def stale(document, now):
    """The architectures with a budget that were last confirmed with other sources than these, or never."""
    confirmed = document.get("confirmed", {})
    return [architecture for architecture in document["budgets"] if confirmed.get(architecture) != now]


def compile_for(architecture, nvcc):
    text = ""
    for source in kernel_files():
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
    arguments.add_argument("--confirm", action="store_true")
    arguments.add_argument("--update", action="store_true")
    arguments.add_argument("--fresh", action="store_true")
    arguments = arguments.parse_args()

    document = json.loads(BUDGET.read_text()) if BUDGET.exists() else {"nvcc": None, "budgets": {}}
    budgets, now = document["budgets"], digest()
    if arguments.fresh:
        changed = [architecture.removeprefix("sm_") for architecture in stale(document, now)]
        if changed:
            print(f"the kernels' sources have changed since their budgets were last confirmed for {', '.join(changed)}; run with nvcc "
                  f"{document['nvcc']}, minutes each:\n"
                  f"    python3 tests/cuda_budget/check_budget.py --compile {','.join(changed)} --confirm\n"
                  "or with --update instead, where they are to have another budget; and commit budget.json", file=sys.stderr)
        return 1 if changed else 0

    outputs = [file for path in arguments.outputs for file in (sorted(path.rglob("*.resources")) if path.is_dir() else [path])]
    if (arguments.confirm or arguments.update) and (old := [file for file in outputs if outdated(file)]):
        sys.exit(f"{old[0]} is older than its sources; build caviar_cuda_runtime first")
    texts = [file.read_text(errors="replace") for file in outputs]
    wanted = [name.removeprefix("sm_") for name in budgets] if arguments.compile == "all" else arguments.compile.split(",")
    texts += [compile_for(architecture, arguments.nvcc) for architecture in wanted if architecture]
    if not texts:
        sys.exit(f"nothing to look at: no *.resources in {', '.join(map(str, arguments.outputs))}; build caviar_cuda_runtime first")
    version = release(arguments.nvcc)

    def write(confirmed):
        if digest() != now:
            sys.exit("the kernels' sources have changed meanwhile: once more")
        known = document.get("confirmed", {}) if document["nvcc"] == version else {}  # nothing is known of another nvcc's code
        document["confirmed"] = by_number(known | dict.fromkeys(confirmed, now))
        document["nvcc"] = version
        BUDGET.write_text(json.dumps(document, indent=1) + "\n")

    found = {}
    for text in texts:
        for architecture, kernels in parse(text).items():
            found.setdefault(architecture, {}).update(kernels)

    if arguments.update:
        budgets |= {architecture: {kernel: {name: with_room(name, figures[name]) for name in FIGURES} for kernel, figures in sorted(kernels.items())}
                    for architecture, kernels in found.items()}
        document["budgets"] = by_number(budgets)
        write(found)
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
    if arguments.confirm:
        write([architecture for architecture in found if not complaints({architecture: found[architecture]}, budgets)])
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
