"""What a peer is: some way of training the trials of a workload, ready to be timed again and again."""


class Peer:
    """Made from a Workload. What it spares itself (drawing weights and minibatches, building, compiling) it does when it is made, and
    trains untimed there, so that what is timed is warm."""

    losses = {}                 # {id: (a loss, epochs trained)}, known once it has trained
    judged_by = "train_losses"  # which loss that is: the mean over the last epoch's minibatches, or "valid_losses": over the validation rows after it
    compile_seconds = 0.0       # compiling alone
    build_seconds = 0.0         # all until it was ready

    def train(self):
        """Seconds of one whole training of all trials from their first weights."""
        raise NotImplementedError

    def versions(self):
        """Of the packages that did it, and on what device."""
        raise NotImplementedError

    def about(self):
        """How it went about it: stacks, processes."""
        return {}
