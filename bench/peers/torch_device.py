"""Where PyTorch computes, and how exactly."""

import numpy as np
import torch

_device = torch.device("cpu")


def configure(precision, device):
    global _device
    torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    if device == "gpu":
        if not torch.cuda.is_available():
            raise SystemExit("PyTorch sees no GPU here; --device cpu asks for the CPU")
        _device = torch.device("cuda")


def chosen():
    return _device


def versions():
    name = torch.cuda.get_device_name() if _device.type == "cuda" else f"cpu, {torch.get_num_threads()} threads"
    return {"torch": torch.__version__, "device": name, "numpy": np.__version__}


def synchronise(arrays=None):
    """Waits for all that was started."""
    if _device.type == "cuda":
        torch.cuda.synchronize()


def place(x):
    return None if x is None else torch.as_tensor(np.ascontiguousarray(x)).to(_device)
