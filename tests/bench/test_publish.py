"""The comparison's table: what it says of winners, losers and those that train something else, and when the README is refused."""

import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PEERS = Path(__file__).resolve().parents[2] / "bench" / "peers"
sys.path.insert(0, str(PEERS))
import publish  # noqa: E402


def result(name, seconds, agrees=True, **more):
    """100 steps of 1e9 operations in all; three turns."""
    return {"name": name, "title": name, "failed": None, "missing": False, "trials": 1000, "samples": [seconds] * 3, "median_seconds": seconds, "least_seconds": seconds / 2,
            "most_seconds": 2 * seconds, "steps": 100, "flops": 1e9, "steps_per_second": 100 / seconds, "gflops": 1 / seconds,
            "caviar_is_faster_by": seconds / 1.0, "agreement": {"agrees": agrees, "quantiles": {"0.5": 2e-7}}, **more}


def document():
    part = {"name": "W9", "description": "nets", "trials": 1000, "peak_gflops": 4.0, "engine": {"instruction_set": "avx2"}, "compiler": "g++ 1",
            "machine": {"processor": "P", "cores": 2}, "results": [
                result("caviar", 1.0), result("slow", 20.0), result("winner", 0.5, compile_seconds=7.0), result("other", 0.1, agrees=False),
                result("part", 10.0) | {"trials": 250},
                {"name": "gone", "title": "gone", "failed": "exit 77", "missing": True, "samples": []}]}
    return {"mode": "cpu", "quick": False, "commit": "abc", "date": "2026-01-02", "versions": {"torch": "9"}, "parts": [part]}


class Table(unittest.TestCase):
    def setUp(self):
        self.rows = publish.table(document(), "file.json").splitlines()

    def row(self, start):
        return next(r for r in self.rows if r.startswith(f"| {start}"))

    def test_rates_are_of_the_median_and_the_extremes(self):
        self.assertEqual(self.row("slow"), "| slow | 5 (2 to 10) | 0.05 | 1.2% | 20 |")
        self.assertEqual(self.row("**caviar"), "| **caviar** | **100 (50 to 200)** | **1** | **25.0%** | |")

    def test_fewer_trials_are_told_of(self):
        self.assertIn("250 of the trials", self.row("part"))

    def test_the_fastest_comes_first_and_a_winner_stays(self):
        self.assertEqual(self.row("winner"), "| winner, 7 s to compile | 200 (100 to 400) | 2 | 50.0% | 0.50 |")
        self.assertLess(self.rows.index(self.row("winner")), self.rows.index(self.row("**caviar")))

    def test_who_trains_something_else_does_not_count(self):
        self.assertIn("does not count", self.row("other"))

    def test_who_could_not_run_is_told_of(self):
        self.assertIn("not run", self.row("gone"))


class Together(unittest.TestCase):
    def setUp(self):
        one = document()
        one["parts"][0]["results"] = one["parts"][0]["results"][:3]
        other = json.loads(json.dumps(one["parts"][0])) | {"name": "W8", "peak_gflops": None}
        other["results"][2] |= {"agreement": {"agrees": False}}
        one["parts"].append(other)
        self.rows = publish.table(one, "file.json").splitlines()

    def test_parts_with_the_same_few_contenders_share_a_table(self):
        self.assertIn("| | caviar | slow | winner |", self.rows)
        self.assertIn("| **W9**: nets; 1,000 trials | 100 (25% of peak) | 5 (x 20) | 200 (x 0.50) |", self.rows)
        self.assertIn("| **W8**: nets; 1,000 trials | 100 | 5 (x 20) | 200 (trains something else) |", self.rows)


class Readme(unittest.TestCase):
    def run_publish(self, readme, *flags, with_json=True, **changes):
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "compare-cpu.json"), Path(folder, "README.md")
            if with_json:
                source.write_text(json.dumps(document() | changes))
            target.write_text(readme)
            done = subprocess.run([sys.executable, "-B", PEERS / "publish.py", source, "--readme", target, *flags], capture_output=True, text=True)
            return done.returncode, target.read_text()

    marked = "before\n<!-- compare-cpu -->\nold\n<!-- compare-cpu end -->\nafter\n"

    def test_what_was_put_in_passes_the_check_and_a_changed_figure_does_not(self):
        code, readme = self.run_publish(self.marked)
        self.assertEqual(code, 0)
        self.assertTrue(readme.startswith("before\n") and readme.endswith("after\n") and "old" not in readme)
        self.assertEqual(self.run_publish(readme, "--check")[0], 0)
        self.assertEqual(self.run_publish(readme.replace("| 20 |", "| 21 |"), "--check")[0], 1)

    def test_a_table_from_nowhere_fails(self):
        self.assertEqual(self.run_publish(self.marked, "--check", with_json=False)[0], 0)
        self.assertEqual(self.run_publish(self.marked.replace("old", "| 1 |"), "--check", with_json=False)[0], 1)

    def test_a_trial_run_is_not_published(self):
        code, readme = self.run_publish(self.marked, quick=True)
        self.assertNotEqual(code, 0)
        self.assertEqual(readme, self.marked)

    def test_marks_must_be_there(self):
        self.assertNotEqual(self.run_publish("nothing")[0], 0)


if __name__ == "__main__":
    unittest.main()
