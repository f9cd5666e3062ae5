"""The check itself: what it reads, and that it complains."""
import unittest

from check_budget import complaints, kernel_name, parse, with_room

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


if __name__ == "__main__":
    unittest.main()
