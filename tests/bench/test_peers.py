"""What the peers share: whose losses agree, which part of a workload is taken, how trials are dealt over processes, how a contender fails.
Needs NumPy, no framework. Exit 77: NumPy is missing."""

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import numpy as np
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench" / "peers"))
from agreement import agreement  # noqa: E402
from peer import Peer  # noqa: E402
from processes import Processes  # noqa: E402
from side_by_side import Contender, command_of, line, on_device, peak_of, rates  # noqa: E402
from workload import Workload  # noqa: E402


class Agreement(unittest.TestCase):
    @staticmethod
    def reference(count, losses=(2.0, 1.0)):
        return {i: {"epochs": len(losses), "state": "complete", "train_losses": list(losses), "valid_losses": [9.0] * len(losses)} for i in range(count)}

    def verdict(self, losses, reference=None):
        return agreement(reference or self.reference(len(losses)), losses, "fp32")["agrees"]

    def test_the_same_epoch_is_compared(self):
        self.assertTrue(self.verdict({0: (2.0, 1)}))
        self.assertTrue(self.verdict({0: (1.00005, 2)}))
        self.assertFalse(self.verdict({0: (2.0, 2)}))

    def test_the_loss_that_is_named_is_compared(self):
        self.assertTrue(agreement(self.reference(1), {0: (9.0, 2)}, "fp32", "valid_losses")["agrees"])
        self.assertFalse(agreement(self.reference(1), {0: (1.0, 2)}, "fp32", "valid_losses")["agrees"])

    def test_one_in_twenty_may_be_off(self):
        self.assertTrue(self.verdict({i: (1.0 if i else 1.5, 2) for i in range(20)}))
        self.assertFalse(self.verdict({i: (1.0 if i > 1 else 1.5, 2) for i in range(20)}))

    def test_a_diverged_trial_must_diverge(self):
        diverged = {0: {"epochs": 1, "state": "diverged", "train_losses": [None]}}
        self.assertTrue(self.verdict({0: (float("nan"), 2)}, diverged))
        self.assertFalse(self.verdict({0: (1.0, 2)}, diverged))

    def test_nothing_compared_agrees_with_nothing(self):
        self.assertFalse(self.verdict({0: (1.0, 3)}))


def folder_with(hidden, where, epochs=10, rows=130):
    trials = [{"id": i, "seed": i, "hidden": h, "batch_size": 64, "optimizer": "adam", "activation": "relu"} for i, h in enumerate(hidden)]
    document = {"workload": "W1", "study_seed": 1, "inputs": 64, "outputs": 10, "rungs": [{"trials": len(trials), "epochs": epochs}], "trials": trials,
                "results": [{"id": t["id"], "epochs": epochs, "state": "complete", "train_losses": [1.0] * epochs} for t in trials], "check": []}
    Path(where, "workload.json").write_text(json.dumps(document))
    for part in ("train", "valid"):
        np.save(Path(where, f"{part}_features.npy"), np.zeros((rows, 64), np.float32))
        np.save(Path(where, f"{part}_targets.npy"), np.zeros(rows, np.float32))
    return where


class Part(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def test_arithmetic_is_designs(self):
        w = Workload(folder_with([[64, 64]], self.folder.name, epochs=1, rows=64))
        self.assertEqual((w.steps_of(0), w.flops_of(0)), (1, 64 * (6 * 8832 - 2 * 4096)))  # DESIGN.md, section 10: 2.867 MFLOP a step

    def test_a_part_has_dear_and_cheap_trials_in_proportion(self):
        w = Workload(folder_with([[1 + i % 100] for i in range(1000)], self.folder.name), trials=100, epochs=3)
        self.assertEqual((len(w.trials), w.epochs, w.rungs), (100, 3, [(100, 3)]))
        self.assertEqual(w.steps_of(next(iter(w.trials))), 3 * 3)  # 130 rows in batches of 64
        # Ten of each width are sorted by cost and the middle of each ten is taken: every width once.
        self.assertEqual(sorted(t["hidden"][0] for t in w.trials.values()), list(range(1, 101)))


class Fake(Peer):
    """A peer that trains nothing; its losses say in which process."""
    compile_seconds = 0.5

    def __init__(self, workload):
        self.losses = {i: (os.getpid(), 1) for i in workload.trials}

    def train(self):
        return 0.0

    def versions(self):
        return {"threads": os.environ["OMP_NUM_THREADS"]}

    def about(self):
        return {"fake": True}


class Dealt(unittest.TestCase):
    def test_every_trial_goes_to_one_process_of_one_thread(self):
        with tempfile.TemporaryDirectory() as folder:
            workload = Workload(folder_with([[8 + i] for i in range(9)], folder))
            peer = Processes(workload, Fake)
            self.assertGreaterEqual(peer.train(), 0)
            self.assertEqual(sorted(peer.losses), list(range(9)))
            owners = [owner for owner, _ in peer.losses.values()]
            count = min(9, len(os.sched_getaffinity(0)))
            self.assertEqual(len(set(owners)), count)
            self.assertLessEqual(max(map(owners.count, owners)) - min(map(owners.count, owners)), 1)
            self.assertNotIn(os.getpid(), owners)
            self.assertEqual((peer.versions(), peer.about(), peer.compile_seconds), ({"threads": "1"}, {"fake": True, "processes": count}, 0.5))


class Failing(unittest.TestCase):
    def contender(self, program):
        with tempfile.TemporaryDirectory() as folder:
            c = Contender("it", [sys.executable, "-c", program], Path(folder, "log"), 60)
            c.wait()
            c.go()
            c.go()
            c.end()
            c.program.stdout.close()
            c.log.close()
            return c

    def test_turns_are_kept(self):
        c = self.contender("print('ready', flush=True)\nfor _ in range(2): input(); print('{\"seconds\": 3}', flush=True)")
        self.assertEqual((c.samples, c.failed), ([3, 3], None))

    def test_a_package_that_is_missing_is_no_failure_of_the_peer(self):
        self.assertTrue(self.contender("import sys; sys.exit(77)").missing)

    def test_a_death_between_turns_is(self):
        c = self.contender("print('ready', flush=True); input(); print('{\"seconds\": 3}', flush=True); raise SystemExit('out of breath')")
        self.assertIn("out of breath", c.failed)
        self.assertFalse(c.missing)

    def test_seconds_on_the_device_are_kept_beside_those_that_count(self):
        c = self.contender("print('ready', flush=True)\nfor _ in range(2): input(); print('{\"seconds\": 4, \"device_seconds\": 3}', flush=True)")
        self.assertEqual((c.samples, c.device_samples), ([4, 4], [3, 3]))
        result = {"name": "caviar"} | rates(12, 24e9, c.samples) | on_device(12, 24e9, c.device_samples)
        self.assertEqual((result["steps_per_second"], result["device_steps_per_second"], result["gflops"], result["device_gflops"]), (3, 4, 6, 8))
        self.assertIn("on the device 75% of the time", line("W1", result))
        self.assertEqual(on_device(12, 24e9, []), {})

    def test_one_that_is_not_ready_in_time_is_killed_and_told_of(self):
        with tempfile.TemporaryDirectory() as folder:
            c = Contender("it", [sys.executable, "-c", "import time; time.sleep(1000)"], Path(folder, "log"), 0.1)
            c.wait()
            c.program.stdout.close()
            c.log.close()
            self.assertIn("its time was up", c.failed)

    def test_a_product_in_tf32x3_is_three_in_tf32(self):
        peaks = {"size": 8192, "fp32_gflops": 50, "tf32_gflops": 300}
        self.assertEqual((peak_of(peaks, "fp32")[0], peak_of(peaks, "tf32")[0], peak_of(peaks, "tf32x3")[0]), (50, 300, 100))

    def test_fewer_epochs_and_trials_are_asked_for(self):
        words = command_of("jax:2:8", "F", "W1", "cpu", "fp32", "O")
        self.assertEqual((words[words.index("--epochs") + 1], words[words.index("--trials") + 1], words[words.index("--peer") + 1]), ("2", "8", "jax"))


if __name__ == "__main__":
    unittest.main()
