"""What instructions.py calls a regression, and growth.py growth in step with the work."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
import growth  # noqa: E402
import instructions  # noqa: E402


class Instructions(unittest.TestCase):
    before = {"compiler": "g++ 1", "commit": "abc", "results": [{"workload": "W1", "instructions_per_step": 1000.0}]}

    def grown(self, count, compiler="g++ 1", workload="W1"):
        return instructions.compare([{"workload": workload, "instructions_per_step": count}], compiler, self.before)

    def test_two_percent_is_the_limit(self):
        self.assertEqual(self.grown(1019.0), [])
        self.assertEqual(self.grown(900.0), [])
        self.assertIn("+3.0%", self.grown(1030.0)[0])

    def test_a_new_workload_has_nothing_to_grow_from(self):
        self.assertEqual(self.grown(1030.0, workload="W9"), [])

    def test_another_compiler_is_refused(self):
        with self.assertRaises(SystemExit):
            self.grown(1000.0, compiler="g++ 2")


class Growth(unittest.TestCase):
    def test_the_exponent_is_of_the_last_two_points(self):
        points = [{"work": w, "processor_seconds": s, "memory": m} for w, s, m in ((1, 9.0, 100), (10, 1.0, 100), (100, 100.0, 1000))]
        found = growth.exponent(points)
        self.assertAlmostEqual(found["processor_seconds"], 2.0)
        self.assertAlmostEqual(found["memory"], 1.0)

    def test_memory_is_what_more_rows_add(self):
        points = [{"n": 1000, "memory": 20_000_000}, {"n": 1_001_000, "memory": 104_000_000}]
        growth.over_data(points)
        self.assertAlmostEqual(points[1]["memory_over_data"], 1.0)  # 20 columns and the target, 4 bytes each

    def test_the_last_point_is_held_to_the_limits(self):
        self.assertEqual(growth.beyond([{"memory_over_data": 9.0}, {"memory_over_data": 1.4}])[1], False)
        self.assertEqual(growth.beyond([{"memory_over_data": 1.6}])[1], True)
        self.assertEqual(growth.beyond([{"megabytes_per_second": 149.0}])[1], True)
        self.assertEqual(growth.beyond([{"seconds": 1.0}]), ([], False))

    def test_work_of_a_width_is_its_weights(self):
        self.assertEqual(growth.work_of("width", 64), 64 * 64 + 64 * 64 + 64 * 10)
        self.assertEqual(growth.work_of("trials", 64), 64)


if __name__ == "__main__":
    unittest.main()
