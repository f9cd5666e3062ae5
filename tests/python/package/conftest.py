"""Small data that every machine makes alike."""

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
