"""gpu_check.sh without a GPU, and with one that is played by scripts in the places of nvidia-smi, ncu and compute-sanitizer: which programs it
refuses, what it runs, in which order, and what it keeps. The calls that bench/README.md gives are its own limits."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

FINE = "#!/bin/sh\nexit 0\n"
NVIDIA_SMI = """#!/bin/sh
case "$*" in
    *-L*) echo "GPU 0: played (UUID: 1)" ;;
    *"-l 1"*) echo "clocks.sm, power.draw"; echo "1980 MHz, 600 W"; exec sleep 100 ;;
esac
"""
# Racecheck's first program finds no room for its kernel, and initcheck finds fault with the streamed tier.
SANITIZER = """#!/bin/sh
case "$*" in
    *racecheck*fewer-registers*) ;;
    *racecheck*) echo "Program hit cudaErrorLaunchOutOfResources (error 701) due to \\"too many resources requested for launch\\""; exit 66 ;;
    *initcheck*W7b*) exit 66 ;;
esac
"""
NCU = """#!/bin/sh
[ "$1" != --import ] || { while [ $# -gt 1 ]; do [ "$1" != --log-file ] || printf '"Source","# Samples"\\n"","count"\\n"FFMA","7"\\n' >"$2"; shift; done; exit 0; }
while [ $# -gt 1 ]; do [ "$1" != -o ] || echo report >"$2.ncu-rep"; shift; done
"""
# Real Python, but what needs a GPU writes down how it was called.
PYTHON = """#!/bin/sh
case "$1" in
    */peaks.py | */side_by_side.py) ;;
    *) exec {python} "$@" ;;
esac
echo "$*" >>{root}/called
out=; for word; do [ "$last" != --out ] || out=$word; last=$word; done
echo '{{"fp32_gflops": 5}}' >"$out"
"""


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


class Tree(unittest.TestCase):
    """A tree with gpu_check.sh, a source and an archive of programs that do nothing."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name in ("gpu_check.sh", "gpu/parts.sh", "gpu/sources.sh", "gpu/profile_json.py"):
            (self.root / "bench" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / "bench" / name, self.root / "bench" / name)
        for name in ("include", "host", "cuda", "tests/cuda_engine", "tests/cuda_gpu", "tests/reference", "cmake", "tools"):
            (self.root / name).mkdir(parents=True)
        for name in ("CMakeLists.txt", "host/main.cpp"):
            (self.root / name).write_text("a source\n")

    def digest(self):
        return subprocess.check_output(["bash", self.root / "bench/gpu/sources.sh"], text=True)

    def pack(self, caviar=FINE, digest=None):
        programs = self.root / "programs"
        script(programs / "caviar", caviar)
        for name in ("dump_workload", "evidence", "test_cuda_gpu", "fewer-registers/dump_workload", "fewer-registers/test_cuda_gpu"):
            script(programs / name, FINE)
        (programs / "sources.sha256").write_text(digest or self.digest())
        (programs / "commit.txt").write_text("abc\n")
        (self.root / "build-gpu").mkdir(exist_ok=True)
        with tarfile.open(self.root / "build-gpu/programs.tar.gz", "w:gz") as archive:
            archive.add(programs, ".")

    def play(self):
        for name, text in (("nvidia-smi", NVIDIA_SMI), ("compute-sanitizer", SANITIZER), ("ncu", NCU), ("nvcc", FINE),
                           ("python", PYTHON.format(python=sys.executable, root=self.root))):
            script(self.root / "tools" / name, text)

    def check(self, *arguments, **environment):
        kept = {k: v for k, v in os.environ.items() if k != "CAVIAR_BIN"}
        kept |= {"PATH": f"{self.root}/tools:{os.environ['PATH']}", "PYTHON": sys.executable} | environment
        done = subprocess.run(["bash", self.root / "bench/gpu_check.sh", self.root / "out", *arguments], capture_output=True, text=True, env=kept)
        return done.returncode, done.stdout + done.stderr

    def kept(self, part):
        return json.loads((self.root / f"out/{part}.json").read_text())


class Refusing(Tree):
    def test_there_must_be_an_archive(self):
        script(self.root / "build-gpu/caviar", FINE)  # a program that was left there
        code, said = self.check("tests")
        self.assertEqual((code, "gpu_build.sh" in said), (2, True), said)

    def test_it_must_be_of_these_sources(self):
        self.pack()
        self.assertNotEqual(self.check("tests")[0], 2)
        (self.root / "host/main.cpp").write_text("another source\n")
        code, said = self.check("tests")
        self.assertEqual((code, "(abc) are of other sources" in said), (2, True), said)

    def test_scripts_and_pages_are_no_sources_and_names_are(self):
        before = self.digest()
        (self.root / "bench/gpu/parts.sh").write_text("# another\n")
        (self.root / "bench/README.md").write_text("another\n")
        self.assertEqual(self.digest(), before)
        (self.root / "host/main.cpp").rename(self.root / "host/other.cpp")
        self.assertNotEqual(self.digest(), before)

    def test_caviar_must_start(self):
        self.pack(caviar="#!/bin/sh\necho lacks a library >&2\nexit 127\n")
        code, said = self.check("tests")
        self.assertEqual((code, "does not start here: lacks a library" in said), (2, True), said)

    def test_a_limit_is_a_whole_number(self):
        self.pack()
        for flag in ("--seconds", "--most"):
            self.assertEqual(self.check(flag, "soon")[0], 2)
        self.assertEqual(self.check("no-such-part")[0], 2)


class Played(Tree):
    def setUp(self):
        super().setUp()
        self.pack()
        self.play()

    def on_gpu(self, *parts):
        return self.check(*parts, PYTHON=str(self.root / "tools/python"))

    def called(self, word):
        return [line for line in (self.root / "called").read_text().splitlines() if word in line]

    def test_every_sanitizer_runs_once_before_any_runs_twice_and_a_kernel_without_room_is_another(self):
        self.assertEqual(self.on_gpu("sanitizers")[0], 1)
        document = self.kept("sanitizers")
        runs = [line for line in document["log"] if line.startswith("$ ")]
        self.assertEqual([run.split()[3] for run in runs[:5]], ["racecheck", "racecheck", "memcheck", "initcheck", "synccheck"])
        race = [run for run in runs if "racecheck" in run]
        self.assertEqual([("fewer-registers/" in run) for run in race], [False] + 6 * [True])
        self.assertFalse([run for run in runs if "memcheck" in run and "fewer-registers/" in run])
        self.assertEqual(document["verdict"], "failed")  # initcheck's find
        self.assertEqual(document["log"].count("exit 66"), 2)

    def test_both_kernels_are_profiled_and_the_reports_kept(self):
        code, said = self.on_gpu("ncu")
        self.assertEqual(code, 0, said)
        document = self.kept("ncu")
        for precision in ("fp32", "tf32"):
            self.assertTrue((self.root / f"out/profile-{precision}.ncu-rep").exists())
            self.assertEqual(document[f"figures-{precision}"]["lines"], [{"Source": "FFMA", "# Samples": "7"}])
        self.assertIn("1980 MHz, 600 W", document["clocks"])

    def test_caviar_trains_longer_and_the_peaks_are_measured_once(self):
        code, said = self.on_gpu("machine", "bench-W1", "bench-W3-matrix")
        self.assertEqual(self.kept("bench-W1")["verdict"], "passed", said)
        self.assertEqual(len(self.called("peaks.py")), 1)
        self.assertEqual(self.kept("bench-W3-matrix")["peaks"], {"fp32_gflops": 5})
        self.assertIn("--epochs 50 --repeat 7", self.called("W1")[0])
        self.assertIn("--peers jax:5,torch:5,torch-compiled:5", self.called("W1")[0])
        self.assertEqual([re.search("--precision (\\w+)", line)[1] for line in self.called("W3")], ["tf32x3", "tf32"])

    def test_a_call_without_machine_measures_the_peaks_once(self):
        code, said = self.on_gpu("bench-W1", "bench-W3-matrix")
        self.assertEqual(code, 0, said)
        self.assertEqual(len(self.called("peaks.py")), 1)
        for part in ("bench-W1", "bench-W3-matrix"):
            self.assertEqual(self.kept(part)["peaks"], {"fp32_gflops": 5})

    def test_parity_keeps_what_its_program_wrote(self):
        script(self.root / "programs/evidence", '#!/bin/sh\nwhile [ $# -gt 1 ]; do [ "$1" != --out ] || echo \'{"ok": true}\' >"$2"; shift; done\n')
        self.pack_again()
        self.assertEqual(self.on_gpu("parity")[0], 0)
        self.assertEqual([self.kept("parity")[f"parity-{precision}"] for precision in ("fp32", "tf32x3", "tf32", "bf16")], 4 * [{"ok": True}])

    def pack_again(self):
        with tarfile.open(self.root / "build-gpu/programs.tar.gz", "w:gz") as archive:
            archive.add(self.root / "programs", ".")

    def test_a_part_ends_at_its_limit(self):
        script(self.root / "programs/evidence", "#!/bin/sh\nexec sleep 1000\n")
        self.pack_again()
        code, said = self.on_gpu("--most", "6", "parity")
        self.assertEqual((code, self.kept("parity")["verdict"]), (1, "not done"))
        self.assertIn("NOT DONE: the time was up", said)


class Calls(unittest.TestCase):
    def test_the_readme_gives_each_call_the_limits_of_its_parts(self):
        text = (ROOT / "bench/gpu_check.sh").read_text()
        limit = {name: int(seconds) for name, seconds in re.findall(r"\[([\w-]+)\]=(\d+)", text)}
        listed = subprocess.check_output(["bash", ROOT / "bench/gpu_check.sh", "--list"], text=True).split()
        self.assertEqual(sorted(listed), sorted(limit))
        readme = (ROOT / "bench/README.md").read_text()
        calls = re.findall(r"gpu_check\.sh OUT --seconds (\d+) (.+)", readme)
        self.assertEqual([int(seconds) for seconds, _ in calls], [sum(limit[part] for part in parts.split()) for _, parts in calls])
        self.assertEqual([part for _, parts in calls for part in parts.split()], listed)
        self.assertIn(f"sum up to {sum(limit.values()):,} s", readme)
        self.assertLessEqual(max(int(seconds) for seconds, _ in calls), 540)  # of the ten minutes of a call
        self.assertLessEqual(sum(limit.values()), 1500)                       # of the half an hour


if __name__ == "__main__":
    unittest.main()
