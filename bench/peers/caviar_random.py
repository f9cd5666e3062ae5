"""caviar's randomness in NumPy: the same first weights and the same minibatches, bit for bit.

Written from the definitions in include/caviar/mlp/{philox,exact,init,shuffle}.h, not called through them, so that a peer which
agrees with caviar has confirmed them. Everything is vectorised over trials; arithmetic is float32 or unsigned integers,
one rounding an operation, in the order of the headers.
"""

import numpy as np

PURPOSE = {"init": 1, "shuffle": 2, "dropout": 3, "search": 4}
_U32 = np.uint64(0xFFFFFFFF)
_f = np.float32


def philox(counter, key):
    """Philox4x32-10 (Salmon et al. 2011). Four counter words and two key words, uint64 arrays that hold 32 bits; broadcast."""
    c0, c1, c2, c3 = (np.asarray(c, np.uint64) for c in counter)
    k0, k1 = (np.asarray(k, np.uint64) for k in key)
    shift = np.uint64(32)
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c2 = (p1 >> shift) ^ c1 ^ k0, (p0 >> shift) ^ c3 ^ k1
        c1, c3 = p1 & _U32, p0 & _U32
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & _U32, (k1 + np.uint64(0xBB67AE85)) & _U32
    return c0, c1, c2, c3


def make_key(study_seed, trial_seeds, purpose):
    """Two key words for each trial."""
    seeds = np.asarray(trial_seeds, np.uint64)
    words = philox((seeds & _U32, seeds >> np.uint64(32), PURPOSE[purpose], 0x63617669),
                   (study_seed & 0xFFFFFFFF, study_seed >> 32))
    return words[0], words[1]


def _log(x):
    bits = x.view(np.uint32)
    root_half = np.uint32(0x3F3504F3)
    shifted = bits - root_half
    k = (shifted.view(np.int32) >> 23).astype(_f)
    m = ((shifted & np.uint32(0x007FFFFF)) + root_half).view(_f)
    s = (m + _f(-1)) / (m + _f(1))
    q = s * s
    p = _f(1 / 9) * q + _f(1 / 7)
    p = p * q + _f(1 / 5)
    p = p * q + _f(1 / 3)
    twice = s + s
    tail = (p * q) * twice
    return k * _f(0.693359375) + (twice + (tail + k * _f(-2.12194440e-4)))


def _sincos(turn):
    """Of 2 pi turn / 2^24; uint32."""
    quarter = (turn + np.uint32(1 << 21)) >> np.uint32(22)
    f = (turn - (quarter << np.uint32(22))).view(np.int32).astype(_f) * _f(1 / (1 << 22))
    q = f * f
    s = np.full_like(f, 1.6044118478735982e-4)
    for c in (-4.6817541353186881e-3, 7.9692626246167045e-2, -6.4596409750624625e-1, 1.5707963267948966):
        s = s * q + _f(c)
    s = s * f
    c_ = np.full_like(f, -2.5202042373060605e-5)
    for c in (9.1926027483942658e-4, -2.0863480763352960e-2, 2.5366950790104802e-1, -1.2337005501361698, 1.0):
        c_ = c_ * q + _f(c)
    odd = (quarter & np.uint32(1)).astype(bool)
    sine, cosine = np.where(odd, c_, s), np.where(odd, s, c_)
    return np.where(quarter & np.uint32(2), -sine, sine), np.where((quarter + np.uint32(1)) & np.uint32(2), -cosine, cosine)


def _normal_pair(radius_bits, angle_bits):
    positive = ((radius_bits >> np.uint64(8)) + np.uint64(1)).astype(_f) * _f(2.0**-24)
    radius = np.sqrt(_f(-2) * _log(positive))
    sine, cosine = _sincos((angle_bits >> np.uint64(8)).astype(np.uint32))
    return radius * cosine, radius * sine


def _uniform_signed(bits):
    whole = (np.uint64(2) * (bits >> np.uint64(8))).astype(np.int64) + 1 - (1 << 24)
    return whole.astype(_f) * _f(2.0**-24)


def init_width(init, n_in, n_out):
    one, total = _f(n_in), _f(n_in + n_out)
    numerator, denominator = {
        "he_uniform": (6, one), "he_normal": (2, one), "glorot_uniform": (6, total), "glorot_normal": (2, total),
        "lecun_uniform": (3, one), "lecun_normal": (1, one), "fan_in_uniform": (1, one), "fan_in_normal": (1, one),
        "glorot_bound_normal": (6, total)}[init]
    return np.sqrt(_f(numerator) / denominator)


def first_weights(study_seed, trial_seeds, layer, n_in, n_out, init, init_scale=1.0):
    """trials x n_in x n_out, float32. Biases start at zero."""
    k0, k1 = make_key(study_seed, trial_seeds, "init")
    count = n_in * n_out
    quads = np.arange((count + 3) // 4, dtype=np.uint64)
    words = philox((quads & _U32, quads >> np.uint64(32), layer, 0), (k0[:, None], k1[:, None]))
    factor = _f(init_scale) * init_width(init, n_in, n_out)
    if init.endswith("normal"):
        parts = _normal_pair(words[0], words[1]) + _normal_pair(words[2], words[3])
    else:
        parts = tuple(_uniform_signed(w) for w in words)
    values = factor * np.stack(parts, axis=-1)
    return values.reshape(len(k0), -1)[:, :count].reshape(-1, n_in, n_out)


def orders(study_seed, trial_seeds, epoch, n):
    """trials x n: the row of the training part at each position of this epoch. Twelve rounds of a Feistel network over pairs
    (left < a, right < b), then cycle walking."""
    a = int(np.sqrt(n - 1))
    while a * a > n - 1:
        a -= 1
    while (a + 1) * (a + 1) <= n - 1:
        a += 1
    a += 1
    b = (n + a - 1) // a
    k0, k1 = make_key(study_seed, trial_seeds, "shuffle")
    keys = []
    for part in range(3):
        keys += [w.astype(np.uint32)[:, None] for w in philox((epoch, part, 0, 0), (k0, k1))]

    def below(x, key, bound):
        h = (x ^ key) * np.uint32(0x85EBCA6B)
        h ^= h >> np.uint32(15)
        h *= np.uint32(0xC2B2AE35)
        return ((h.astype(np.uint64) * np.uint64(bound)) >> np.uint64(32)).astype(np.uint32)

    def through(x, keys):
        left, right = x // np.uint32(b), x % np.uint32(b)
        for i in range(0, 12, 2):
            left = left + below(right, keys[i], a)
            left = np.where(left >= a, left - np.uint32(a), left)
            right = right + below(left, keys[i + 1], b)
            right = np.where(right >= b, right - np.uint32(b), right)
        return left * np.uint32(b) + right

    rows = through(np.broadcast_to(np.arange(n, dtype=np.uint32), (len(k0), n)), keys)
    while True:
        trial, position = np.nonzero(rows >= n)
        if len(trial) == 0:
            return rows.astype(np.int32)
        rows[trial, position] = through(rows[trial, position][:, None], [k[trial] for k in keys])[:, 0]


def digest(values):
    """sum of (2 i + 1) * word i modulo 2^64 over the 32-bit words of an array in C order; dump_workload.cpp has the same."""
    words = np.ascontiguousarray(values).view(np.uint32).ravel().astype(np.uint64)
    with np.errstate(over="ignore"):
        return int(np.sum(words * (np.uint64(2) * np.arange(len(words), dtype=np.uint64) + np.uint64(1)), dtype=np.uint64))
