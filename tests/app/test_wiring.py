from __future__ import annotations

import msgspec

from wfctl.app import settings
from wfctl.app.wiring import Wiring, straight


def test_nothing_stands_between_a_run_and_its_adapters() -> None:
    adapter = object()
    assert straight(adapter) is adapter
    assert set(msgspec.structs.asdict(Wiring()).values()) == {straight}


def test_the_settings_of_a_process_are_wired_straight() -> None:
    assert settings.read().wiring == Wiring()
