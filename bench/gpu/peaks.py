#!/usr/bin/env python3
"""What this GPU reaches at most: a matrix product of 8192 x 8192 x 8192 in fp32, tf32 and bf16, and a copy of 8 GB, by PyTorch.

    python3 bench/gpu/peaks.py --out peaks.json [--rehearse]

{"device", "torch", "size", "fp32_gflops", "tf32_gflops", "bf16_gflops", "copied_bytes", "copy_gb_per_second", "seconds": {what: its samples}};
medians of seven, after a third of a second that brings the clocks up. Multiply-adds count as two operations, and a copied byte as one read and one written. --rehearse: on
the CPU and small, to see that it works. Exit 1 where PyTorch sees no GPU.
"""

import argparse
import json
import statistics
import sys
import time

import torch

WARM, TIMED = 0.3, 7  # seconds; runs


def seconds_of(work, cuda):
    """Of each timed run; on a GPU by its own events."""
    samples = []
    start = time.perf_counter()
    while time.perf_counter() - start < WARM:
        work()
        if cuda:
            torch.cuda.synchronize()
    for _ in range(TIMED):
        if cuda:
            begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            begin.record()
            work()
            end.record()
            torch.cuda.synchronize()
            samples.append(begin.elapsed_time(end) / 1e3)
        else:
            start = time.perf_counter()
            work()
            samples.append(time.perf_counter() - start)
    return samples


def measure(device, size, copied):
    cuda = device == "cuda"
    document = {"device": torch.cuda.get_device_name() if cuda else "cpu", "torch": torch.__version__, "size": size, "seconds": {}}
    for name, kind in (("fp32", torch.float32), ("tf32", torch.float32), ("bf16", torch.bfloat16)):
        torch.backends.cuda.matmul.allow_tf32 = name == "tf32"
        # Random numbers: products of zeros draw less power and may run at a higher clock
        a, b = (torch.randn(size, size, device=device).to(kind) for _ in range(2))
        c = torch.empty(size, size, device=device, dtype=kind)
        samples = seconds_of(lambda: torch.mm(a, b, out=c), cuda)
        document["seconds"][name] = samples
        document[f"{name}_gflops"] = 2 * size**3 / statistics.median(samples) / 1e9
    del a, b, c
    source = torch.ones(copied // 4, device=device)
    target = torch.empty_like(source)
    samples = seconds_of(lambda: target.copy_(source), cuda)
    document["seconds"]["copy"] = samples
    return document | {"copied_bytes": copied, "copy_gb_per_second": 2 * copied / statistics.median(samples) / 1e9}


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--out", required=True)
    p.add_argument("--rehearse", action="store_true")
    a = p.parse_args()
    if not a.rehearse and not torch.cuda.is_available():
        print(f"peaks: PyTorch {torch.__version__} sees no GPU", file=sys.stderr)
        return 1
    document = measure("cpu", 256, 1 << 20) if a.rehearse else measure("cuda", 8192, 8 * 10**9)
    with open(a.out, "w") as file:
        json.dump(document, file, indent=1)
    print(f"{document['device']}: " + ", ".join(f"{name} {document[f'{name}_gflops']:.0f} GFLOP/s" for name in ("fp32", "tf32", "bf16"))
          + f", copy {document['copy_gb_per_second']:.0f} GB/s; PyTorch {document['torch']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
