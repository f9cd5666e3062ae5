#!/usr/bin/env python3
"""The arithmetic of PREDICTIONS.md: what a step costs on the device, from the shapes alone. Python's standard library only.

    python3 bench/predict.py                        W1, W4, W5, W7 and each of their parts
    python3 bench/predict.py DIR/workload.json      W3: the mixed trials, as dump_workload wrote them
"""

import json
import math
import sys
from dataclasses import dataclass, field

# One H200. DESIGN.md section 10: SMs, multiply-adds and bytes of shared memory a clock, bandwidth. The rest is assumed, see PREDICTIONS.md.
SMS, CLOCK = 132, 1.98e9
ISSUE = 4               # warp instructions a clock and SM; a warp-wide multiply-add is one, so 128 multiply-adds a clock
WAVES = 2               # wavefronts of a warp's 16-byte load from shared memory: 1 (lanes share words) to 4 (all differ)
SHARED_LATENCY, L2_LATENCY, BARRIER = 30, 300, 40  # clocks
L2_BYTES = 64           # a clock and SM, each way
OVERHEAD = 1.08         # loop counters and addresses beside loads and multiply-adds
ADAM = 20               # instructions a parameter: 12 of arithmetic, the estimates' scaling, a quarter of the loads, stores and addresses of a pack
BUSY = 0.85             # of the busiest unit's time when several warps are ready
TEAMS = ((16, 1), (8, 2), (4, 4), (2, 4), (1, 16))  # teams an SM, warps a team (cuda/job.h); each has 227 KB / teams
SHARED = 227 * 1024
HEAD = 2560             # bytes of a TeamHead


@dataclass
class Cost:
    """Of one team's step: warp instructions, shared-memory wavefronts, bytes from and to L2, barriers, and clocks when alone."""
    instructions: float = 0
    waves: float = 0
    l2: float = 0
    barriers: int = 0
    alone: float = 0
    fma: float = 0
    parts: list = field(default_factory=list)

    def add(self, name, instructions=0.0, waves=0.0, l2=0.0, barriers=0, alone=0.0, fma=0.0):
        self.instructions += instructions
        self.waves += waves
        self.l2 += l2
        self.barriers += barriers
        self.alone += alone + barriers * BARRIER
        self.fma += fma
        self.parts.append((name, instructions, waves, l2, barriers, alone + barriers * BARRIER))


def ld(width):
    """Floats from row to row: an odd multiple of 4."""
    quads = -(-width // 4)
    return 4 * (quads + 1 - quads % 2)


def sixteens(floats):
    return -(-floats // 16) * 16


def memory(widths, batch):
    """(parameters, workspace) in bytes: include/caviar/mlp/layout.h, ReLU without dropout."""
    rows = sixteens(batch)
    parameters = sixteens(sum((i + 1) * ld(o) for i, o in zip(widths, widths[1:])))
    transposed = max((o * ld(i) for i, o in list(zip(widths, widths[1:]))[1:]), default=0)
    workspace = 2 * rows + sum(sixteens(rows * ld(w)) for w in widths) + sixteens(max(transposed, widths[-1] * rows))
    return 4 * parameters, 4 * workspace


def product(cost, name, warps, m, n, k, matrix=False):
    """C (m x n) over k, dealt out to the team's warps as tiles: cuda/device/product.cuh.
    fp32: a lane has `tile` rows of 4 columns; each 4 k it loads tile + 4 words of 16 bytes and does 16 tile multiply-adds.
    tf32: a warp has 32 x 32, or 16 x 16 where there would be too few; each 8 k a lane loads and rounds its part of both operands."""
    if matrix:
        large = math.ceil(m / 32) * math.ceil(n / 32) >= warps
        tiles = math.ceil(m / 32) * math.ceil(n / 32) if large else math.ceil(m / 16) * math.ceil(n / 16)
        loads, sums, steps, wavefronts, what = (16, 16 + 8, math.ceil(k / 8), 1, "32x32") if large else (8, 8 + 2, math.ceil(k / 8), 1, "16x16")
    else:
        quads = math.ceil(n / 4)
        wide = 8 if quads > 4 else 4 if quads > 2 else quads
        count = lambda t: math.ceil(quads / wide) * math.ceil(m / (t * (32 // wide)))  # noqa: E731
        tile = min((8, 4, 2, 1), key=lambda t: math.ceil(count(t) / warps) * (16 * t + 2 * (t + 4)))
        tiles, loads, sums, steps, wavefronts, what = count(tile), tile + 4, 16 * tile, math.ceil(k / 4), WAVES, f"tile {tile}x4"
    instructions = tiles * steps * (loads + sums) * OVERHEAD
    waves = tiles * steps * loads * wavefronts + m * n / 32  # the results are stored, too
    # Alone: its warps share the four issue slots; a warp's own round lasts at least its instructions and one exposed load
    rounds, active = math.ceil(tiles / warps) * steps, min(tiles, warps)
    alone = rounds * max((loads + sums) * OVERHEAD * max(1, active / 4), loads + sums + SHARED_LATENCY, loads * wavefronts * active)
    cost.add(f"{name} {m}x{n}x{k} {what}", instructions, waves, alone=alone, fma=m * n * k)


def resident_step(widths, batch, optimizer="adam", matrix=False):
    """(teams an SM, warps, state in shared memory?, Cost)"""
    parameters, workspace = memory(widths, batch)
    state = parameters * {"sgd": 0, "momentum": 1, "adam": 2}[optimizer]
    # The smallest share that holds all of it; the state leaves the chip where two trials then share an SM (cuda/plan.cpp)
    fits = [(t, w) for t, w in TEAMS if HEAD + parameters + workspace + (state if t > 2 else 0) <= SHARED // t // 128 * 128]
    if not fits:
        return None
    teams, warps = fits[0]
    inside = HEAD + parameters + workspace + state <= SHARED // teams // 128 * 128
    cost, layers, lanes = Cost(), len(widths) - 1, 32 * warps
    cost.add("the step's view", 60, alone=120, barriers=1)  # by lane 0
    # Feistel: 12 rounds of about 10 dependent integer instructions of 5 clocks; then rows of features from L2
    cost.add("order", 150 * math.ceil(batch / 32), alone=700, barriers=1)
    words = batch * widths[0] / 4
    cost.add("gather", 6 * words / 32, batch * widths[0] / 32, 4 * batch * widths[0], 1, L2_LATENCY * 2 + 6 * words / 32 / min(4, warps))
    for l, (i, o) in enumerate(zip(widths, widths[1:])):
        product(cost, f"forward {l}", warps, batch, o, i, matrix)
        cost.add("", barriers=1)
    # Loss: packs of 4 rows, about 45 instructions a row and class (exp, twice through); two reductions and a broadcast
    packs = math.ceil(batch / 4)
    serial = 45 * widths[-1] * 4
    cost.add("loss", serial * math.ceil(packs / 32), 4 * batch * widths[-1] / 32, barriers=4, alone=1.5 * serial * math.ceil(packs / lanes))
    for l in reversed(range(layers)):
        i, o = widths[l], widths[l + 1]
        if l > 0:
            cost.add(f"transpose {l}", 12 * i * o / 16 / 32, 2 * i * o / 32 * 2, barriers=1, alone=SHARED_LATENCY + 12 * i * o / 16 / lanes)
        product(cost, f"gradient {l}", warps, i, o, batch, matrix)
        each = {"sgd": 5, "momentum": 8, "adam": ADAM}[optimizer]
        count, traffic = i * o, 2 * 4 * i * o * {"sgd": 0, "momentum": 1, "adam": 2}[optimizer]
        cost.add(f"update {l}", each * count / 32, 2 * count / 32 + (traffic / 128 if inside else 0), 0 if inside else traffic,
                 alone=(60 if inside else 2 * L2_LATENCY) + each * count / 32 / min(4, warps))
        # Eight lanes a quad of columns, every eighth row each, then three rounds of shuffles
        items = math.ceil(o / 16)
        cost.add(f"biases {l}", items * (5 * batch / 8 + 24), items * batch / 8 * WAVES, alone=math.ceil(items / warps) * (batch + 100), barriers=1)
        if l > 0:
            product(cost, f"delta {l}", warps, batch, i, o, matrix)
            cost.add("", barriers=1)
    return teams, warps, inside, cost


def clocks_a_step(teams, cost):
    """Of one SM whose teams are all busy: the busiest unit, or the chain of one team over all of them."""
    units = {"issue": cost.instructions / ISSUE / BUSY, "shared memory": cost.waves / BUSY, "L2": cost.l2 / 2 / L2_BYTES / BUSY,
             "latency": cost.alone / teams}
    bound = max(units, key=units.get)
    return units[bound], bound, units


def validation_share(widths, train, valid):
    """Forward passes over the validation rows after every epoch, as a share of the training arithmetic."""
    weights = sum(i * o for i, o in zip(widths, widths[1:]))
    return 2 * weights * valid / ((6 * weights - 2 * widths[0] * widths[1]) * train)


def show_resident(name, widths, batch, train, valid, matrix=False):
    teams, warps, inside, cost = resident_step(widths, batch, matrix=matrix)
    parameters, workspace = memory(widths, batch)
    clocks, bound, units = clocks_a_step(teams, cost)
    share = validation_share(widths, train, valid)
    print(f"{name}: {widths} batch {batch}: parameters {parameters} B, workspace {workspace} B; {teams} teams of {warps} warps, "
          f"state in {'shared memory' if inside else 'L2'}")
    print(f"  {'part':34}{'warp instr':>11}{'wavefronts':>11}{'L2 bytes':>10}{'barriers':>9}{'alone':>8}")
    for part in cost.parts:
        if part[0]:
            print(f"  {part[0]:34}{part[1]:11.0f}{part[2]:11.0f}{part[3]:10.0f}{part[4]:9d}{part[5]:8.0f}")
    print(f"  total: {cost.fma:.0f} multiply-adds, {cost.instructions:.0f} warp instructions, {cost.waves:.0f} wavefronts, {cost.l2:.0f} B, "
          f"{cost.barriers} barriers, {cost.alone:.0f} clocks alone")
    print("  clocks a step of an SM: " + ", ".join(f"{k} {v:.0f}" for k, v in units.items()) + f"; bound: {bound}")
    rate = SMS * CLOCK / clocks
    print(f"  {rate / 1e6:.2f} M steps/s, in a sweep, with validation (+{share:.0%}), {rate / (1 + share) / 1e6:.2f} M; "
          f"a lone team {1e6 * cost.alone / CLOCK:.2f} us a step\n")
    return clocks, cost


def halving(clocks, cost, teams, steps_an_epoch, share):
    """W5: waves of trials; a rung with fewer trials than SMs has its teams alone."""
    print("W5: 8192, 2048, 512, 128 trials for 1, 3, 12, 48 epochs")
    seconds = steps = 0
    for trials, epochs in ((8192, 1), (2048, 3), (512, 12), (128, 48)):
        waves = math.ceil(trials / (SMS * teams))
        each = cost.alone if trials <= SMS else max(clocks * teams, cost.alone)
        t = waves * epochs * steps_an_epoch * each * (1 + share) / CLOCK
        print(f"  {trials} trials, {epochs} epochs: {waves} waves x {epochs * steps_an_epoch} steps x {each:.0f} clocks = {1e3 * t:.1f} ms")
        seconds, steps = seconds + t, steps + trials * epochs * steps_an_epoch
    print(f"  {1e3 * seconds:.0f} ms, {steps} steps, {steps / seconds / 1e6:.1f} M steps/s\n")


def staged_product(m, n, k):
    """(slabs, their clocks, bytes through L2) of a product of the whole block, 16 warps: cuda/device/staged_product.cuh. A lane has 8 x 4 where
    there are more than 64 rows, else 2 x 4; a warp is 8 lanes wide; slabs are 16 deep, and each has two barriers."""
    height, tile, down, across = (32, 8, 16, 1) if m > 64 else (8, 2, 16, 1)
    while 32 * across < n and 32 * across < 128 and down > 1:
        across, down = 2 * across, down // 2
    while down > 1 and (down * height > 256 or down // 2 * height >= m):
        down //= 2
    count = clocks = traffic = 0
    for top in range(0, m, down * height):
        for left in range(0, n, 32 * across):
            rows, columns = min(m - top, down * height), min(n - left, 32 * across)
            active, slabs = math.ceil(rows / height) * math.ceil(columns / 32), math.ceil(k / 16)
            copies = (rows + columns) * 4 / 32 * 3  # warp instructions: addresses, the copy, the loop
            instructions = active * 4 * (tile + 4 + 16 * tile) * OVERHEAD + copies
            clocks += slabs * (max(instructions / ISSUE, active * 4 * (tile + 4) * WAVES) / BUSY + 2 * BARRIER)
            count += slabs
            traffic += (rows + columns) * k * 4 + rows * columns * 4
    return count, clocks, traffic


def streamed_step(widths, batch):
    """(slabs, clocks of the products, clocks of the update, bytes through L2); one trial has the whole block."""
    slabs, products, traffic = 0, 0, 0
    for l, (i, o) in enumerate(zip(widths, widths[1:])):
        for m, n, k in ((batch, o, i), (i, o, batch)) + (((batch, i, o),) if l > 0 else ()):
            count, clocks, passed = staged_product(m, n, k)
            slabs, products, traffic = slabs + count, products + clocks, traffic + passed
    parameters = sum((i + 1) * o for i, o in zip(widths, widths[1:]))
    update = parameters * ADAM / 32 / ISSUE + 24 * parameters / 2 / L2_BYTES
    return slabs, products, update, traffic + 24 * parameters


def sample_flops(widths):
    return 6 * sum(i * o for i, o in zip(widths, widths[1:])) - 2 * widths[0] * widths[1]


def show_streamed(name, widths, batch):
    slabs, products, update, traffic = streamed_step(widths, batch)
    clocks, flops = products + update, batch * sample_flops(widths)
    print(f"{name}: {widths} batch {batch}: {flops / 1e6:.1f} MFLOP; {slabs} slabs, {products:.0f} clocks, "
          f"update {update:.0f}; {traffic / 1e6:.1f} MB through L2; {clocks:.0f} clocks = {1e6 * clocks / CLOCK:.0f} us a step on one SM")
    for trials in (16, SMS):
        rate = trials * CLOCK / clocks
        print(f"  {trials} trials at once: {rate / 1e3:.0f} k steps/s, {rate * flops / 1e12:.1f} TFLOP/s, {rate * traffic / 1e12:.2f} TB/s of L2")
    print()


def mixed(path):
    document = json.load(open(path))
    rows = 1280
    seconds = steps = flops = 0.0
    bounds = {}
    for t in document["trials"]:
        widths = [document["inputs"], *t["hidden"], document["outputs"]]
        found = resident_step(widths, t["batch_size"], t["optimizer"])
        if found:
            teams, _, _, cost = found
            clocks, bound, _ = clocks_a_step(teams, cost)
            key = f"{teams} teams, {bound}"
        else:
            _, products, update, _ = streamed_step(widths, t["batch_size"])
            clocks, key = products + update, "streamed"
        count = math.ceil(rows / t["batch_size"])
        spent = count * clocks / CLOCK
        seconds, steps = seconds + spent, steps + count
        flops += rows * sample_flops(widths)
        trials, time = bounds.get(key, (0, 0))
        bounds[key] = trials + 1, time + spent
    print(f"W3: {len(document['trials'])} trials, {steps:.0f} steps an epoch; {steps / seconds * SMS / 1e6:.2f} M steps/s, "
          f"{flops / seconds * SMS / 1e12:.1f} TFLOP/s if no SM waits for another; {flops / steps / 1e6:.3f} MFLOP a step")
    for key, (trials, spent) in sorted(bounds.items(), key=lambda x: -x[1][1]):
        print(f"  {spent / seconds:4.0%} of the time, {trials} trials: {key}")


def main():
    global WAVES
    for waves in (2, 1, 4):
        WAVES = waves
        print(f"=== wavefronts of a 16-byte load: {waves}\n")
        if len(sys.argv) == 2:
            mixed(sys.argv[1])
            continue
        clocks, cost = show_resident("W1", [64, 64, 64, 10], 64, 1079, 359)
        show_resident("W1, tf32", [64, 64, 64, 10], 64, 1079, 359, matrix=True)
        show_resident("W4", [32, 32, 10], 32, 1280, 64)
        halving(clocks, cost, 2, 17, validation_share([64, 64, 64, 10], 1079, 359))
        show_streamed("W7a", [784, 256, 10], 128)
        show_streamed("W7b", [64, 256, 256, 10], 128)


if __name__ == "__main__":
    main()
