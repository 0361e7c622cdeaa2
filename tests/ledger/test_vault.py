"""Keys, and secrets sealed under them."""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path

import msgspec
import pytest

from tests.ledger.makers import KEY, vault
from wfctl.errors import Kind, WfctlError
from wfctl.ledger.vault import Place, Vault, key_id, parse_key

PLACE = Place(workspace="default", name="db__password", version=1)


def refused(caught: pytest.ExceptionInfo[WfctlError]) -> tuple[Kind, str]:
    return caught.value.kind, caught.value.code


@pytest.mark.parametrize("value", ["hunter2", "", "ä\n", 42, 1.5, True, None, {"user": "u", "pins": [1, "two"]}])
def test_a_value_comes_back(value: object, tmp_path: Path) -> None:
    sealed = vault(tmp_path).seal(PLACE, value, first=True)

    assert value == vault(tmp_path).open(PLACE, sealed)
    assert (key_id(KEY), 12) == (sealed.key_id, len(sealed.nonce))


def test_nothing_of_the_value_is_seen_and_no_two_seals_are_alike(tmp_path: Path) -> None:
    box = vault(tmp_path)
    first, second = (box.seal(PLACE, "hunter2", first=False) for _ in range(2))

    assert b"hunter2" not in first.ciphertext
    assert first.nonce != second.nonce
    assert first.ciphertext != second.ciphertext


@pytest.mark.parametrize("change", [{"workspace": "stage"}, {"name": "db__user"}, {"version": 2}])
def test_a_secret_moved_elsewhere_does_not_open(change: dict[str, object], tmp_path: Path) -> None:
    sealed = vault(tmp_path).seal(PLACE, "hunter2", first=True)

    with pytest.raises(WfctlError) as caught:
        vault(tmp_path).open(msgspec.structs.replace(PLACE, **change), sealed)

    assert refused(caught) == (Kind.LEDGER, "LEDGER_DAMAGED")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("position", range(7 + 2 + 16))
def test_every_flipped_byte_shows(position: int, tmp_path: Path) -> None:
    sealed = vault(tmp_path).seal(PLACE, "hunter2", first=True)
    broken = bytearray(sealed.ciphertext)
    broken[position] ^= 1

    with pytest.raises(WfctlError) as caught:
        vault(tmp_path).open(PLACE, msgspec.structs.replace(sealed, ciphertext=bytes(broken)))

    assert refused(caught) == (Kind.LEDGER, "LEDGER_DAMAGED")


def test_a_secret_of_another_key_names_that_key(tmp_path: Path) -> None:
    other = bytes(32)
    sealed = vault(tmp_path, key=other).seal(PLACE, "hunter2", first=True)

    with pytest.raises(WfctlError) as caught:
        vault(tmp_path).open(PLACE, sealed)

    assert refused(caught) == (Kind.CONFIG, "SECRETS_KEY_MISSING")
    assert key_id(other) in caught.value.message


def test_a_first_secret_makes_a_private_key_file_and_says_so(tmp_path: Path) -> None:
    notices: list[str] = []
    box = vault(tmp_path / ".wfctl", key=None, notices=notices)

    sealed = box.seal(PLACE, "hunter2", first=True)
    box.seal(PLACE, "hunter3", first=False)

    path = tmp_path / ".wfctl" / "secrets.key"
    assert (stat.S_IMODE(path.stat().st_mode), stat.S_IMODE(path.parent.stat().st_mode)) == (0o600, 0o700)
    assert vault(tmp_path / ".wfctl", key=None).open(PLACE, sealed) == "hunter2"
    assert [str(path) in notice for notice in notices] == [True]
    assert path.read_text().strip() not in "".join(notices)


def test_no_key_is_made_beside_secrets_of_another(tmp_path: Path) -> None:
    with pytest.raises(WfctlError) as caught:
        vault(tmp_path, key=None).seal(PLACE, "x", first=False)

    assert refused(caught) == (Kind.CONFIG, "SECRETS_KEY_MISSING")
    assert list(tmp_path.iterdir()) == []


def test_a_build_server_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(WfctlError) as caught:
        vault(tmp_path, key=None, ci=True).seal(PLACE, "x", first=True)

    assert refused(caught) == (Kind.CONFIG, "SECRETS_KEY_MISSING")
    assert "WFCTL_SECRETS_KEY" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_the_environment_seals_and_the_file_still_opens(tmp_path: Path) -> None:
    old = vault(tmp_path, key=None).seal(PLACE, "old", first=True)
    both = vault(tmp_path)

    assert both.open(PLACE, old) == "old"
    assert key_id(KEY) == both.seal(PLACE, "new", first=False).key_id


def test_a_key_file_that_appears_later_is_found(tmp_path: Path) -> None:
    early = vault(tmp_path)
    early.seal(PLACE, "x", first=True)
    sealed = vault(tmp_path, key=None).seal(PLACE, "late", first=True)

    assert early.open(PLACE, sealed) == "late"


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secrets.key"
    path.write_text(KEY.hex())
    path.chmod(0o640)

    with pytest.raises(WfctlError) as caught:
        vault(tmp_path, key=None).seal(PLACE, "x", first=True)

    assert refused(caught) == (Kind.CONFIG, "SECRETS_KEY_EXPOSED")
    assert f"chmod 600 {path}" == caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        KEY.hex(),
        KEY.hex().upper() + "\n",
        base64.b64encode(KEY).decode(),
        base64.urlsafe_b64encode(KEY).decode().rstrip("="),
    ],
    ids=["hex", "upper", "base64", "urlsafe"],
)
def test_a_key_may_be_written_in_several_ways(text: str) -> None:
    assert parse_key(text, "here") == KEY


@pytest.mark.parametrize("text", ["", "short", "g" * 64, base64.b64encode(KEY + b"x").decode(), "é" * 44, "=" * 44])
def test_what_is_no_key_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(WfctlError) as caught:
        parse_key(text, "WFCTL_SECRETS_KEY")

    assert refused(caught) == (Kind.CONFIG, "SECRETS_KEY_INVALID")
    assert not text or text not in str(caught.value)


def test_a_directory_in_place_of_the_key_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secrets.key").mkdir()

    with pytest.raises(WfctlError) as caught:
        vault(tmp_path, key=None).seal(PLACE, "x", first=True)

    assert refused(caught) == (Kind.CONFIG, "SECRETS_KEY_INVALID")


def test_every_text_it_has_seen_is_known_for_redaction(tmp_path: Path) -> None:
    box = vault(tmp_path)
    before = box.values()
    sealed = box.seal(PLACE, {"user": "u1", "pins": [4711, "p2"], "on": True, "none": None, "empty": ""}, first=True)
    other = vault(tmp_path)
    other.open(PLACE, sealed)

    assert frozenset() == before
    assert frozenset({"u1", "4711", "p2"}) == box.values() == other.values()


def test_the_random_bytes_are_those_it_was_given(tmp_path: Path) -> None:
    asked: list[int] = []

    def random(count: int) -> bytes:
        asked.append(count)
        return os.urandom(count)

    box = Vault(environment={}, key_file=tmp_path / "k", random=random, notice=lambda _: None, ci=False)
    box.seal(PLACE, "x", first=True)

    assert sorted([32, 4, 12]) == sorted(asked)
