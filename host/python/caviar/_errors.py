"""What goes wrong; the texts are those of the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._study import Study


class Error(Exception):
    """Any error of caviar."""


class UsageError(Error, ValueError):
    """An argument that is not understood; names it, its value and what is allowed."""


class DataError(Error, ValueError):
    """Data or a model file that cannot be used."""


class DeviceError(Error, RuntimeError):
    """No usable GPU, or not enough memory."""


class RuntimeFailure(Error, RuntimeError):
    """The disk, the study's file, another process."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C during a sweep: everything finished is saved in `study`, and the same call goes on."""

    def __init__(self, message: str, study: "Study") -> None:
        super().__init__(message)
        self.study = study


class CaviarWarning(UserWarning):
    """Something about the data or the search that a person should know."""
