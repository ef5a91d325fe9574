"""The sandbox's document says what is: its examples are taken, its settings and operations are all there are."""

import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from cardinity_client.sandbox import SandboxSettings, parse_plan
from cardinity_client.sandbox.notices.requests import Dispatch
from cardinity_client.sandbox.plan import Operation
from cardinity_client.sandbox.settings import with_settings

TEXT = (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text()
BLOCKS: list[Any] = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]


def test_the_plan_is_one() -> None:
    """It has the rules that are shown."""
    (plan,) = [block for block in BLOCKS if isinstance(block, list)]
    assert len(parse_plan(json.dumps(plan).encode())) == len(plan)


def test_the_order_is_one() -> None:
    """The postman would take it."""
    (order,) = [block for block in BLOCKS if isinstance(block, dict)]
    assert msgspec.convert(order, Dispatch).copies == 2


def test_every_setting_is_told() -> None:
    """What can be set at the command line stands in the table, and nothing else does."""
    told = set(re.findall(r"`([a-z_0-9]+)`", "".join(re.findall(r"^\| (`.*?) \|", TEXT, re.MULTILINE)))) - {
        "GET",
        "POST",
    }
    own_options = {"seed", "latency_s", "latency_jitter_s", "faults"}
    assert told == {field.name for field in fields(SandboxSettings)} - own_options


def test_every_operation_is_told() -> None:
    """The names a rule may use."""
    assert [name for name in get_args(Operation) if f"`{name}`" not in TEXT] == []


@pytest.mark.parametrize(
    ("pair", "name", "value"),
    [
        ("hold_days=14", "hold_days", 14),
        ("excess_status=402", "excess_status", 402),
        ("several_settlements=true", "several_settlements", True),
        ("links_enabled=0", "links_enabled", False),
        ("pages_url=https://pay.example", "pages_url", "https://pay.example"),
    ],
)
def test_a_setting_is_set(pair: str, name: str, value: object) -> None:
    """Text becomes what the setting is, and the rest stays."""
    changed = with_settings(SandboxSettings(seed=3), [pair])
    assert (getattr(changed, name), changed.seed) == (value, 3)


@pytest.mark.parametrize("pair", ["", "hold_days", "hold_days=soon", "excess_status=500", "seed=1", "nothing=1"])
def test_a_setting_that_is_none_is_refused(pair: str) -> None:
    """The message names what there is."""
    with pytest.raises(ValueError, match=r"hold_days|excess_status"):
        with_settings(SandboxSettings(), [pair])
