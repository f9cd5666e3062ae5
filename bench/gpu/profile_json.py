"""ncu's CSV pages as one JSON of moderate size: every metric of the launch, and the instructions and source lines where warps waited most.

    python3 profile_json.py RAW.csv SASS.csv CUDA_AND_SASS.csv
"""

import csv
import json
import sys
from pathlib import Path

LINES = 300  # of a page, those with the most samples


def rows_of(path):
    """Rows of a page after ncu's own messages, which begin with '='."""
    lines = [line for line in Path(path).read_text(errors="replace").splitlines() if line.strip() and not line.startswith("=")]
    return list(csv.reader(lines))


def raw(path):
    """The first row names the metrics, the second their units, then one row a launch."""
    rows = rows_of(path)
    if len(rows) < 3:
        raise SystemExit(f"{path}: no launch was profiled")
    names, units = rows[0], rows[1]
    return [{name: {"value": value, "unit": unit} if unit else value for name, unit, value in zip(names, units, row)} for row in rows[2:]]


def source(path):
    """The lines with the most samples of waiting or working warps; empty where there is no such page."""
    if not Path(path).exists():
        return []
    rows = rows_of(path)
    header = next((r for r in rows if any("Samples" in cell for cell in r)), None)
    if header is None:
        return []
    column = next(k for k, cell in enumerate(header) if "Samples" in cell)

    def samples(row):
        try:
            return float(row[column].replace(",", ""))
        except (IndexError, ValueError):
            return -1.0

    top = sorted((r for r in rows if r is not header and samples(r) > 0), key=samples, reverse=True)[:LINES]
    return [{k: v for k, v in zip(header, row) if v not in ("", "0")} for row in top]


if __name__ == "__main__":
    json.dump({"launches": raw(sys.argv[1]), "source": source(sys.argv[2]), "lines": source(sys.argv[3])}, sys.stdout)
