#!/usr/bin/env python3
"""The arithmetic of PREDICTIONS.md: what a step costs on the device, from the shapes alone. Python's standard library only.

    python3 bench/predict.py                        W1, W4, W5, W7 and each of their parts
    python3 bench/predict.py DIR/workload.json      W3: the mixed trials, as dump_workload wrote them
    python3 bench/predict.py --table [DIR/workload.json]    one table: what a step of each workload is made of
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
# Counted off the SASS of train_trials for sm_90 (nvcc 13.0): warp instructions of four k of a tile so many rows high, as A lies and
# transposed, multiply-adds (16 a row), 16-byte loads (rows + 4) and addresses; of one more k as A lies; and of the slabs of the streamed tier.
LOOP = {8: 165, 4: 89, 2: 51, 1: 32}
LOOP_TRANSPOSED = {8: 155, 4: 83, 2: 55, 1: 35}
LAST_K = {8: 61, 4: 33, 2: 19, 1: 12}
LOOP_STAGED = {8: 150, 2: 47}
LOOP_MATRIX = {32: 88, 16: 48}  # of eight k in tf32, of 32 x 32 of C and of 16 x 16
START = 236             # of a warp from the call of a product to its first multiply-add: the deal, where the tile stands, what it starts from
EPILOGUE = 25           # a pack of four results that are stored
CALL = 40               # a warp and collective: addresses, the call, the loop
UPDATE = {"sgd": 8, "momentum": 12, "adam": 26.5}  # a parameter: 106 for Adam's pack of four, its switch and its loads and stores among them
LOSS_OUTPUT, LOSS_ROW = 60, 150  # an output of a lane, three times through; a row: maximum and sum over its lanes, a division, a logarithm
DEPENDENT = 2           # clocks of an instruction outside the loops where a scheduler has one warp alone: assumed
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


def product(cost, name, warps, m, n, k, matrix=False, transposed=False):
    """C (m x n) over k, dealt out to the team's warps as tiles: cuda/device/product.cuh.
    fp32: a lane has `tile` rows of 4 columns; each 4 k it loads tile + 4 words of 16 bytes and does 16 tile multiply-adds.
    transposed: A is read as its columns lie, for a gradient.
    tf32: a warp has 32 x 32, or 16 x 16 where there would be too few; each 8 k a lane loads and rounds its part of both operands."""
    if matrix:
        large = math.ceil(m / 32) * math.ceil(n / 32) >= warps
        side = 32 if large else 16
        tiles = math.ceil(m / side) * math.ceil(n / side)
        loads, each, steps, wavefronts, what = side // 2, LOOP_MATRIX[side], math.ceil(k / 8), 1, f"{side}x{side}"
    else:
        quads = math.ceil(n / 4)
        wide = 8 if quads > 4 else 4 if quads > 2 else quads
        count = lambda t: math.ceil(quads / wide) * math.ceil(m / (t * (32 // wide)))  # noqa: E731
        tile = min((8, 4, 2, 1), key=lambda t: math.ceil(count(t) / warps) * (16 * t + 2 * (t + 4)))
        tiles, loads, wavefronts, what = count(tile), tile + 4, WAVES, f"tile {tile}x4"
        steps = k / 4 if transposed else k // 4 + k % 4 * LAST_K[tile] / LOOP[tile]
        each = (LOOP_TRANSPOSED if transposed else LOOP)[tile]
        if transposed and tile < 4:
            loads = 4 * tile + 4  # A's neighbours one by one
    active = min(tiles, warps)
    around = START * warps + EPILOGUE * m * n / 4 / 32 * (2 if n % 16 else 1)  # lanes beside a narrow matrix have none
    waves = tiles * steps * loads * wavefronts + m * n / 32  # the results are stored, too
    # Alone: its warps share the four issue slots; a warp's own round lasts at least its instructions and one exposed load
    rounds = math.ceil(tiles / warps) * steps
    alone = rounds * max(each * max(1, active / 4), each + SHARED_LATENCY / 2, loads * wavefronts * active)
    alone += DEPENDENT * around / warps * max(1, warps / 4 / DEPENDENT)
    cost.add(f"{name} {m}x{n}x{k} {what}", tiles * steps * each + around, waves, alone=alone, fma=m * n * k)


def lanes_of_a_row(rows, width, lanes):
    share = 1
    while 2 * share <= width and 2 * share <= 32 and (share == 1 or rows * 2 * share <= lanes):
        share *= 2
    return share


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
    # Loss: two lanes a row, and more where lanes would have none (cuda/device/row_part.cuh); three reductions over them, one over the team
    share = lanes_of_a_row(batch, widths[-1], lanes)
    rounds = math.ceil(batch * share / lanes)
    serial = LOSS_OUTPUT * math.ceil(widths[-1] / share) + LOSS_ROW
    cost.add("loss", serial * math.ceil(batch * share / 32), 5 * batch * widths[-1] / 16, barriers=2,
             alone=rounds * (DEPENDENT * serial + 3 * SHARED_LATENCY * math.log2(share)) + 5 * SHARED_LATENCY)
    for l in reversed(range(layers)):
        i, o = widths[l], widths[l + 1]
        if l > 0:
            cost.add(f"transpose {l}", 40 * i * o / 16 / 32, 2 * i * o / 32 * 2, barriers=1, alone=SHARED_LATENCY + DEPENDENT * 40 * i * o / 16 / lanes)
        product(cost, f"gradient {l}", warps, i, o, batch, matrix, True)
        each = UPDATE[optimizer]
        count, traffic = i * o, 2 * 4 * i * o * {"sgd": 0, "momentum": 1, "adam": 2}[optimizer]
        cost.add(f"update {l}", each * count / 32, 2 * count / 32 + (traffic / 128 if inside else 0), 0 if inside else traffic,
                 alone=(60 if inside else 2 * L2_LATENCY) + each * count / 32 / min(4, warps))
        # Eight lanes a quad of columns, every eighth row each, then three rounds of shuffles
        items = math.ceil(o / 16)
        cost.add(f"biases {l}", items * (5 * batch / 8 + 24), items * batch / 8 * WAVES, alone=math.ceil(items / warps) * (batch + 100), barriers=1)
        if l > 0:
            product(cost, f"delta {l}", warps, batch, i, o, matrix)
            cost.add("", barriers=1)
    cost.add("calls", CALL * warps * cost.barriers, alone=DEPENDENT * CALL * cost.barriers)
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
            instructions = active * 4 * LOOP_STAGED[tile] + copies
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
    update = parameters * UPDATE["adam"] / 32 / ISSUE + 24 * parameters / 2 / L2_BYTES
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


ROW = "| {:24}| {:>8} | {:>8} | {:>8} | {:>9} | {:>8} | {:>12} | {} |"


def table_row(name, flops, device, l2, waves, barriers, rate, bound):
    def amount(x, unit):
        return f"{x / 1e6:.2f} M{unit}" if x >= 1e6 else f"{x / 1e3:.0f} k{unit}"
    speed = f"{rate / 1e6:.1f} M" if rate >= 1e6 else f"{rate / 1e3:.0f} k"
    print(ROW.format(name, amount(flops, ""), amount(device, "B"), amount(l2, "B"), amount(128 * waves, "B"), round(barriers), speed, bound))


def resident_row(name, widths, batch, alone=False):
    """A trial in and out of a launch of some epochs is next to nothing a step."""
    teams, _, _, cost = resident_step(widths, batch)
    clocks, bound, _ = clocks_a_step(teams, cost)
    rate = CLOCK / cost.alone if alone else SMS * CLOCK / clocks
    table_row(name, batch * sample_flops(widths), 0, cost.l2, cost.waves, cost.barriers, rate, "latency" if alone else bound)


def streamed_row(name, widths, batch, trials):
    """The state and gradient's traffic of all trials at once, past what L2 (50 MB) holds, comes from device memory."""
    slabs, products, update, traffic = streamed_step(widths, batch)
    parameters = sum((i + 1) * o for i, o in zip(widths, widths[1:]))
    outside = max(0.0, 1 - 50e6 / (trials * 12 * parameters))
    waves = slabs * 16 * 12 * 4 * WAVES  # sixteen warps of 8 x 4: twelve loads each four k
    table_row(f"{name}, {trials} trials", batch * sample_flops(widths), outside * 24 * parameters, traffic, waves, 2 * slabs + 5 * len(widths),
              trials * CLOCK / (products + update), "issue slots of 16 SMs" if trials < SMS else "issue")


def mixed_row(path):
    document, rows = json.load(open(path)), 1280
    steps = flops = device = l2 = waves = barriers = seconds = 0.0
    bounds = {}
    for t in document["trials"]:
        widths, batch = [document["inputs"], *t["hidden"], document["outputs"]], t["batch_size"]
        count, found = math.ceil(rows / batch), resident_step(widths, batch, t["optimizer"])
        if found:
            teams, _, _, cost = found
            clocks, bound, _ = clocks_a_step(teams, cost)
            l2, waves, barriers = l2 + count * cost.l2, waves + count * cost.waves, barriers + count * cost.barriers
        else:
            slabs, products, update, traffic = streamed_step(widths, batch)
            clocks, bound = products + update, "issue"
            l2, waves, barriers = l2 + count * traffic, waves + count * slabs * 768 * WAVES, barriers + count * (2 * slabs + 5 * len(widths))
        steps, flops, seconds = steps + count, flops + rows * sample_flops(widths), seconds + count * clocks / CLOCK
        bounds[bound] = bounds.get(bound, 0) + count * clocks / CLOCK
    shares = ", ".join(f"{k} {v / seconds:.0%}" for k, v in sorted(bounds.items(), key=lambda x: -x[1]))
    table_row(f"W3, {len(document['trials'])} mixed (mean)", flops / steps, device / steps, l2 / steps, waves / steps, barriers / steps, SMS * steps / seconds, shares)


def table(path=None):
    """What a step is made of. Device memory: where nothing is said, what is left when all that a launch reads again is in L2."""
    print(ROW.format("a step of", "FLOPs", "device", "L2", "shared", "barriers", "steps/s", "bound"))
    print(ROW.format("---", "---", "---", "---", "---", "---", "---", "---"))
    resident_row("W1, W5 (all but its end)", [64, 64, 64, 10], 64)
    resident_row("W5, a lone team's end", [64, 64, 64, 10], 64, True)
    if path:
        mixed_row(path)
    resident_row("W4, one trial", [32, 32, 10], 32, True)
    for trials in (16, SMS):
        streamed_row("W7a", [784, 256, 10], 128, trials)
        streamed_row("W7b", [64, 256, 256, 10], 128, trials)


def main():
    global WAVES
    if sys.argv[1:2] == ["--table"]:
        return table(*sys.argv[2:3])
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
