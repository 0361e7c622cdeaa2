"""How long to wait for a lock before looking again."""

from __future__ import annotations

import msgspec
import pytest

from wfctl.app import waiting
from wfctl.app.settings import Settings, read


class Wanting:
    """Somebody who wants a workspace, with dice that always fall the same way."""

    def __init__(self, dice: bytes) -> None:
        self.settings: Settings = msgspec.structs.replace(read(), random=lambda count: dice * count)


@pytest.mark.parametrize(("dice", "pauses"), [(b"\x00", [0.75, 12.0]), (b"\xff", [1.25, 20.0])])
def test_pauses_are_jittered_by_a_quarter(dice: bytes, pauses: list[float]) -> None:
    shop = Wanting(dice)

    found = [waiting._jittered(shop, pause) for pause in (waiting.FIRST, waiting.LONGEST)]  # type: ignore[arg-type]

    assert found == pytest.approx(pauses)
