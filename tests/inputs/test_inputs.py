"""Every bad input of every door is answered: the right code at the right field, nothing repeated, nothing changed."""

from collections.abc import Iterator

import pytest

from tests.inputs.judging import echoes, misses
from tests.inputs.rows import Door, Row
from tests.inputs.table import DOORS
from tests.inputs.world import World

#: Rows the table has at the least.
ROWS_MIN = 600


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.name)
def test_a_bad_input_is_answered(world: World, door: Door) -> None:
    """With the code and the field of the table, without a traceback, and without a digit of a card."""
    wrong = [f"{row.name}: {miss}" for row in door.rows for miss in _wrong(world, door, row)]
    assert not wrong, "\n".join(wrong)


def _wrong(world: World, door: Door, row: Row) -> Iterator[str]:
    answer = door.knock(world, row.given)
    yield from misses(row, answer, door.text_max)
    if not door.repeats:
        yield from echoes(answer)


@pytest.mark.parametrize("door", [door for door in DOORS if door.keeps], ids=lambda door: door.name)
def test_no_bad_input_changes_anything(world: World, door: Door) -> None:
    """After all of a door's bad inputs, ledger, queue, keys and the gateway's book are what they were."""
    world.open()
    before = world.state()
    for row in door.rows:
        door.knock(world, row.given)
    assert world.state() == before


def test_the_table_is_large_and_names_its_rows() -> None:
    """It has at least 600 rows, and no two rows of a door share a name."""
    assert sum(len(door.rows) for door in DOORS) >= ROWS_MIN
    assert [door.name for door in DOORS if len({row.name for row in door.rows}) < len(door.rows)] == []
