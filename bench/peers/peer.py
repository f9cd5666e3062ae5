"""What a peer is: some way of training the trials of a workload, ready to be timed again and again."""

from typing import Protocol


class Peer(Protocol):
    """Made from a Workload. What it spares itself (drawing weights and minibatches, building, compiling) it does when it is made, and
    trains twice there, so that what is timed is warm."""

    losses: dict            # {id: (mean training loss of the last epoch's minibatches, epochs)}, known once it has trained
    compile_seconds: float  # compiling alone
    build_seconds: float    # all until it was ready

    def train(self) -> float:
        """Seconds of one whole training of all trials from their first weights."""

    def versions(self) -> dict:
        """Of the packages that did it, and on what device."""

    def about(self) -> dict:
        """How it went about it: stacks, processes."""
