from __future__ import annotations

import msgspec

from tests.planner.cloud import want


def test_a_protected_module_says_so_in_its_config() -> None:
    plain = want("a", x=1)
    assert (plain.name, plain.address) == ("a", "local.file.a")
    assert plain.config == {"x": 1}
    assert msgspec.structs.replace(plain, protected=True).config == {"x": 1, "protected": True}


def test_what_the_config_itself_says_goes_before() -> None:
    told = msgspec.structs.replace(want("a", protected=False), protected=True)
    assert told.config == {"protected": False}
