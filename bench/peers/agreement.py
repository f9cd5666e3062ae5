"""Do a peer's final losses agree with caviar's?

Both start from the same bits and see the same minibatches, so they differ by rounding alone: sums in another order, and under
tf32 operands of 11 bits. A trial at the edge of divergence may amplify that without bound; hence a share of the trials, not all,
must be within the tolerance, and the rest are counted in the report.
"""

import numpy as np

SHARE = 0.95  # of the trials that must agree

# Relative. fp32: what caviar's own engines owe one another after an epoch
# (DESIGN.md, section 5). Seen on a CPU, the peers against caviar: after one epoch all within 4e-6; after ten of W1 a median of 8e-8, and 2 of 256
# trials beyond 1e-4, up to 1.3e-3. A wrong order or weight moves the median itself by 1e-2.
# tf32: an operand is off by up to 2^-11 = 5e-4, and a loss sums up many; not measured yet.
TOLERANCE = {"fp32": 1e-4, "tf32": 1e-2}


def agreement(reference, losses, precision, judged_by="train_losses"):
    """reference: caviar's results by id (workload.json). losses: {id: (loss, epochs)}, the peer's, against caviar's after as many
    epochs; judged_by says which loss (peer.py). Trials that caviar trained for fewer (a halving that kept others) are counted apart; at most 10% of them may be so."""
    compared, within, states, other = 0, 0, 0, 0
    differences = []
    for i, (loss, epochs) in losses.items():
        theirs = reference[i]
        if theirs["epochs"] < epochs and theirs["state"] != "diverged":
            other += 1
            continue
        compared += 1
        want = theirs[judged_by][epochs - 1] if theirs["epochs"] >= epochs else None
        if want is None or not np.isfinite(loss):
            same = want is None and not np.isfinite(loss)
            states += not same
            within += same
            continue
        difference = abs(loss - want) / max(abs(want), 1e-3)
        differences.append(difference)
        within += difference <= TOLERANCE[precision]
    quantiles = {q: float(np.quantile(differences, q)) for q in (0.5, 0.9, 0.95, 0.99, 1.0)} if differences else None
    agrees = compared > 0 and within >= SHARE * compared and other <= 0.1 * len(losses)
    return {"agrees": bool(agrees), "compared": compared, "within": int(within), "other_epochs": other, "diverged_differently": int(states),
            "tolerance": TOLERANCE[precision], "share_wanted": SHARE,
            "quantiles": quantiles}
