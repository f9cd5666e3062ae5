"""Small data that every machine makes alike."""

import signal
import subprocess
import sys

import numpy as np
import pytest


@pytest.fixture(scope="session")
def blobs():
    """300 rows, 4 columns, classes 0, 1, 2 around centres of their own."""
    random = np.random.default_rng(1)
    y = np.arange(300) % 3
    return random.normal(size=(300, 4)) + 2 * np.eye(3, 4)[y], y


@pytest.fixture(scope="session")
def line():
    """y = 2a - b + noise, in hundreds."""
    random = np.random.default_rng(2)
    X = random.normal(size=(200, 2))
    return X, 100 * (2 * X[:, 0] - X[:, 1] + 0.1 * random.normal(size=200)) + 5000


@pytest.fixture
def start():
    """Starts a program that Ctrl-C reaches, whatever it is to the shell that runs the tests: one in the background leaves SIGINT ignored."""
    children = []

    def begin(program, *arguments):
        children.append(subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                         preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)))
        return children[-1]

    yield begin
    for child in children:
        child.kill()
        child.communicate()
