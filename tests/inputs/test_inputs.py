"""Every bad input of every door is answered: the right code at the right field, nothing repeated, nothing changed."""

import pytest

from tests.inputs.judging import echoes, misses
from tests.inputs.rows import Door, Row
from tests.inputs.table import DOORS
from tests.inputs.world import World

#: Rows the table has at the least.
ROWS_MIN = 600
CASES = [pytest.param(door, row, id=f"{door.name}: {row.name}") for door in DOORS for row in door.rows]


@pytest.mark.parametrize(("door", "row"), CASES)
def test_a_bad_input_is_answered(world: World, door: Door, row: Row) -> None:
    """With the code and the field of the table, without a traceback, and without a digit of a card."""
    answer = door.knock(world, row.given)
    assert [*misses(row, answer, door.text_max)] == []
    assert door.repeats or [*echoes(answer)] == []


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
    assert len(CASES) >= ROWS_MIN
    assert [door.name for door in DOORS if len({row.name for row in door.rows}) < len(door.rows)] == []
