"""Where and of what something was measured."""

import os
import platform
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent


def commit():
    """The sources' commit, and whether they were changed since: from git, or as gpu_build.sh noted it where there is no git."""
    git = ["git", "-C", str(HERE.parent.parent)]
    try:
        head = subprocess.check_output([*git, "rev-parse", "--short", "HEAD"], text=True, stderr=subprocess.DEVNULL).strip()
        changed = subprocess.run([*git, "diff", "--quiet", "HEAD", "--", "include", "host", "cuda", "cmake", "bench/peers"], check=False).returncode
        return head + (" with changes" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        noted = HERE.parent.parent / "build-gpu" / "commit.txt"
        return noted.read_text().strip() if noted.exists() else "unknown"


def machine():
    info = {"system": f"{platform.system()} {platform.release()}", "cores": os.cpu_count(), "python": platform.python_version()}
    try:
        query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
        info["gpu"] = subprocess.check_output(query, text=True, stderr=subprocess.DEVNULL).strip()
    except (OSError, subprocess.CalledProcessError):
        info["gpu"] = None
    return info
