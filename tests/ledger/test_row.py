"""A row's way into the table and back, and the sum that misses no row."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from tests.ledger.makers import digest
from wfctl.core.plan import Provenance
from wfctl.ledger.row import ResourceRow, columns, row_hash, state_of, stored_of, sum_with

ROW = ResourceRow(
    workspace="default",
    name="a",
    type="local.file",
    provider_id="id",
    config_doc=digest(b"c"),
    outputs_doc=None,
    dependencies=("b", "ü"),
    protected=True,
    provenance=Provenance.ADOPTED,
    hooks_pending=("h",),
    run_id="run-1",
    seq=3,
    created_at="2026-01-01T00:00:00.000000Z",
    updated_at="2026-01-02T00:00:00.000000Z",
)


def test_a_row_comes_back() -> None:
    found = stored_of(columns(ROW, row_hash(ROW)))

    assert (ROW, row_hash(ROW)) == (found.row, found.hash)


def test_the_columns_are_what_a_person_can_read() -> None:
    values = columns(ROW, b"#")

    assert values[:3] == ("default", "a", "local.file")
    assert bytes.fromhex(digest(b"c")) == values[7]
    assert (values[9], values[10], values[11], values[14], values[-1]) == ('["b","ü"]', True, "adopted", '["h"]', b"#")


@pytest.mark.parametrize("position", range(23), ids=ResourceRow.__struct_fields__)
def test_a_changed_column_shows(position: int) -> None:
    values = list(columns(ROW, row_hash(ROW)))
    before = values[position]
    changed: object = "x"
    if isinstance(before, bytes):
        changed = bytes([before[0] ^ 1]) + before[1:]
    elif isinstance(before, int):
        changed = before ^ 1
    values[position] = changed if changed != before else None

    if position == 8:  # no document before: some document now
        values[position] = b"x" * 32
    with pytest.raises(ValueError, match=r".*"):
        stored_of(tuple(values))


def test_the_sum_tells_missing_doubled_and_changed_rows() -> None:
    rows = [msgspec.structs.replace(ROW, name=name) for name in "abc"]
    hashes = [row_hash(row) for row in rows]

    def total(*parts: bytes) -> int:
        found = 0
        for part in parts:
            found = sum_with(found, None, part)
        return found

    assert len({total(*order) for order in itertools.permutations(hashes)}) == 1
    assert len({total(*hashes), total(*hashes[:2]), total(*hashes, hashes[0])}) == 3
    assert total(*hashes) == sum_with(total(*hashes[:2]), None, hashes[2])
    assert total(*hashes[:2]) == sum_with(total(*hashes), hashes[2], None)
    assert total(hashes[0], hashes[2]) == sum_with(total(*hashes[:2]), hashes[1], hashes[2])
    assert sum_with(total(hashes[0]), hashes[0], None) == 0


def test_a_row_in_the_plans_words() -> None:
    state = state_of(ROW, {digest(b"c"): {"x": 1}})

    assert (
        state.id,
        state.name,
        state.provider_id,
        state.applied_config,
        state.outputs,
        state.dependencies,
        state.protected,
        state.hooks_pending,
    ) == ("a", "a", "id", {"x": 1}, None, ("b", "ü"), True, ("h",))
    with pytest.raises(KeyError):
        state_of(ROW, {})
