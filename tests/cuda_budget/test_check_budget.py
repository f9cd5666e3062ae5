"""The check itself: what it reads, and that it complains."""
import contextlib
import io
import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import check_budget
from check_budget import ROOT, bare, complaints, digest, kernel_files, kernel_name, parse, sources, stale, with_room

SAID = """\
ptxas info    : 272 bytes gmem
ptxas info    : Compiling entry function '_ZN6caviar4cuda12train_trialsENS0_6LaunchE' for 'sm_90'
ptxas info    : Function properties for _ZN6caviar4cuda12train_trialsENS0_6LaunchE
    680 bytes stack frame, 1396 bytes spill stores, 3720 bytes spill loads
ptxas info    : Used 128 registers, used 16 barriers, 680 bytes cumulative stack size, 48 bytes smem
ptxas info    : Function properties for __internal_accurate_pow
    0 bytes stack frame, 4 bytes spill stores, 8 bytes spill loads
ptxas info    : Compiling entry function '_ZN6caviar4bareENS_6LaunchE' for 'sm_75'
ptxas info    : Function properties for _ZN6caviar4bareENS_6LaunchE
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 32 registers
ptxas info    : Compiling entry function '_ZN3cub4sortIN6caviar4cuda5IndexEEEvT_' for 'sm_75'
ptxas info    : Function properties for _ZN3cub4sortIN6caviar4cuda5IndexEEEvT_
    0 bytes stack frame, 4 bytes spill stores, 8 bytes spill loads
ptxas info    : Used 64 registers
"""
TRAIN = {"registers": 128, "spill_stores": 1400, "spill_loads": 3728, "stack": 680, "shared": 48}


class Budget(unittest.TestCase):
    def test_reads_what_ptxas_says(self):
        self.assertEqual(kernel_name("_ZN6caviar4cuda12train_trialsENS0_6LaunchE"), "train_trials")
        found = parse(SAID)
        self.assertEqual(found["sm_90"], {"train_trials": TRAIN})
        self.assertEqual(found["sm_75"], {"bare": dict.fromkeys(TRAIN, 0) | {"registers": 32}}, "a library's kernels have no budget")
        self.assertRaises(ValueError, parse, "ptxas info : nothing")

    def test_names_kernel_figure_and_budget(self):
        found = {"sm_90": {"train_trials": TRAIN}}
        self.assertEqual(complaints(found, found), [])
        for name in TRAIN:
            tight = {"sm_90": {"train_trials": TRAIN | {name: TRAIN[name] - 1}}}
            self.assertEqual(complaints(found, tight), [f"train_trials for sm_90: {name} {TRAIN[name]}, and its budget is {TRAIN[name] - 1}"])

    def test_kernels_that_only_one_knows(self):
        self.assertIn("train_trials for sm_90 has no budget", complaints({"sm_90": {"train_trials": TRAIN}}, {"sm_90": {}})[0])
        self.assertIn("is not there", complaints({"sm_90": {}}, {"sm_90": {"train_trials": TRAIN}})[0])

    def test_room(self):
        self.assertEqual([with_room("registers", 121), with_room("spill_loads", 3728), with_room("stack", 0)], [128, 3968, 0])

class Freshness(unittest.TestCase):
    """On a small project of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.write("cuda/runtime/kernels.cu", '#include "cuda/device/step.cuh"\n')
        self.write("cuda/runtime/ranks.cu", "rank_results();\n")
        self.write("cuda/device/step.cuh", '#include "caviar/mlp/step.h"\nvoid step();\n')
        self.write("include/caviar/mlp/step.h", "#include <cmath>\nint width = 3; // of a step\n")
        self.write("include/caviar/other.h", "")
        self.budget = self.root / "budget.json"
        self.output = self.root / "kernels.cu.o.resources"
        self.output.write_text(SAID)
        for name, value in (("ROOT", self.root), ("BUDGET", self.budget), ("release", lambda nvcc: self.nvcc), ("compile_for", lambda architecture, nvcc: SAID)):
            patch = mock.patch.object(check_budget, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.nvcc = "13.0"

    def write(self, name, code):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(code)

    def run_check(self, *arguments):
        said = io.StringIO()
        with mock.patch.object(sys, "argv", ["check_budget.py", *map(str, arguments)]), contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = check_budget.main()
        return code, said.getvalue()

    def confirmed(self):
        return json.loads(self.budget.read_text())["confirmed"]

    def test_sources_are_what_the_kernels_include(self):
        self.assertEqual([str(file.relative_to(self.root)) for file in sources(kernel_files())],
                         ["cuda/device/step.cuh", "cuda/runtime/kernels.cu", "include/caviar/mlp/step.h"])

    def test_code_counts_and_its_layout_does_not(self):
        self.assertEqual(bare('int a; // one\n\n  f("// two"); /* three\n */ g();'), 'int a; f("// two"); g();')
        before = digest()
        self.write("include/caviar/mlp/step.h", "#include <cmath>\n/// Of each.\nint width\n    = 3;\n")
        self.write("include/caviar/other.h", "int other;")
        self.assertEqual(digest(), before)
        self.write("include/caviar/mlp/step.h", "#include <cmath>\nint width = 4; // of a step\n")
        self.assertNotEqual(digest(), before)

    def test_what_has_changed_since_is_stale_until_it_is_confirmed(self):
        self.assertEqual(self.run_check(self.output, "--update")[0], 0)
        self.assertEqual(self.run_check("--fresh"), (0, ""))
        self.write("include/caviar/mlp/step.h", "int width = 4;\n")
        code, said = self.run_check("--fresh")
        self.assertEqual(code, 1)
        self.assertIn("check_budget.py --compile 75,90 --confirm", said)
        self.assertEqual(self.run_check("--compile", "all")[0], 0)
        self.assertEqual(self.run_check("--fresh")[0], 1, "a check alone confirms nothing")
        self.assertEqual(self.run_check("--compile", "all", "--confirm")[0], 0)
        self.assertEqual(self.run_check("--fresh")[0], 0)

    def test_one_that_is_over_its_budget_is_not_confirmed(self):
        self.run_check(self.output, "--update")
        document = json.loads(self.budget.read_text())
        document["budgets"]["sm_90"]["train_trials"]["registers"] = 64
        document["confirmed"] = {}
        self.budget.write_text(json.dumps(document))
        self.assertEqual(self.run_check("--compile", "all", "--confirm")[0], 1)
        self.assertEqual(list(self.confirmed()), ["sm_75"])

    def test_another_nvcc_has_confirmed_nothing(self):
        self.run_check(self.output, "--update")
        self.nvcc = "13.1"
        before = self.budget.read_text()
        self.assertEqual(self.run_check(self.output, "--confirm")[0], check_budget.SKIPPED)
        self.assertEqual(self.budget.read_text(), before)
        check_budget.compile_for = lambda architecture, nvcc: SAID[:SAID.index("ptxas info    : Compiling entry function '_ZN6caviar4bare")]
        self.run_check("--compile", "90", "--update")
        self.assertEqual(list(self.confirmed()), ["sm_90"])

    def test_what_an_older_build_said_confirms_nothing(self):
        os.utime(self.output, (1, 1))
        with self.assertRaisesRegex(SystemExit, "is older than its sources; build"):
            self.run_check(self.output, "--update")

    def test_none_is_ever_confirmed_unseen(self):
        self.assertEqual(stale({"budgets": {"sm_75": {}, "sm_90": {}}, "confirmed": {"sm_90": "now"}}, "now"), ["sm_75"])


class Project(unittest.TestCase):
    def test_the_step_and_the_kernels_are_among_the_sources(self):
        names = {str(file.relative_to(ROOT)) for file in sources(kernel_files())}
        self.assertLessEqual({"cuda/device/train_trials.cuh", "cuda/device/grouped_stages.cuh", "include/caviar/mlp/train_step.h", "cuda/job.h"}, names)
        self.assertFalse([name for name in names if name.startswith(("host", "tests")) or "rank_results" in name])


if __name__ == "__main__":
    unittest.main()
