"""What the system says, in the engine's words."""

from __future__ import annotations

import errno

import pytest
from wfctl_plugin_local.faults import named

from wfctl.plugin_sdk import AlreadyExists, Forbidden


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.EEXIST, AlreadyExists),
        (errno.EACCES, Forbidden),
        (errno.EPERM, Forbidden),
        (errno.EROFS, Forbidden),
        (errno.ENOSPC, OSError),
        (errno.EIO, OSError),
    ],
)
def test_only_what_certainly_changed_nothing_gets_a_name(number: int, kind: type[Exception]) -> None:
    with pytest.raises(kind), named("a"):
        raise OSError(number, "because")
