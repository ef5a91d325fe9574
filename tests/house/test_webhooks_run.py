"""What docs/webhooks.md shows is what happens: its file is read, and its receiver believes what we sign."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cardinity_client.secret import Secret
from tests.house.documents import fenced
from tests.house.tree import text
from workers.events.webhooks.endpoints_file import read_endpoints_file
from workers.events.webhooks.schedule import RETRIES_S
from workers.events.webhooks.signing import signed_headers

PATH = "docs/webhooks.md"
NOW_S = 1_768_471_200
NEW, OLD, OTHER = (f"whsec_{base64.b64encode(letter * 32).decode()}" for letter in (b"n", b"o", b"x"))

Verify = Callable[[bytes, Any, str, float], bool]


@pytest.fixture(scope="module")
def verify() -> Verify:
    names: dict[str, Any] = {}
    (code,) = fenced(PATH, "python")
    exec(compile(code, PATH, "exec"), names)  # noqa: S102 - our own document
    found: Verify = names["verify"]
    return found


def test_its_receiver_believes_us(verify: Verify) -> None:
    """With the new secret or with the old one, while they are exchanged."""
    headers = signed_headers("ORD-1:approved", b'{"a": 1}', NOW_S, (Secret(b"n" * 32), Secret(b"o" * 32)))
    assert [verify(b'{"a": 1}', headers, secret, NOW_S + 9) for secret in (NEW, OLD, OTHER)] == [True, True, False]


def test_its_receiver_believes_nobody_else(verify: Verify) -> None:
    """Another body, id or time than was signed, and what is too old."""
    headers = dict(signed_headers("ORD-1:approved", b"{}", NOW_S, (Secret(b"n" * 32),)))
    assert not verify(b"{ }", headers, NEW, NOW_S)
    assert not verify(b"{}", {**headers, "webhook-id": "evt_1"}, NEW, NOW_S)
    assert not verify(b"{}", {**headers, "webhook-timestamp": str(NOW_S + 1)}, NEW, NOW_S)
    assert not verify(b"{}", headers, NEW, NOW_S + 301)


def test_its_file_is_read(tmp_path: Path) -> None:
    """As it stands there, with secrets where it says."""
    (shown,) = fenced(PATH, "toml")
    for name in ("shop", "shop-old"):
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_text(NEW)
    file = tmp_path / "webhooks.toml"
    file.write_text(shown.replace("/run/secrets", str(tmp_path)))
    found, problems = read_endpoints_file(file, local=False)
    assert (problems, len(found["shop"].keys)) == ([], 2)


def test_its_table_of_tries_is_the_schedule() -> None:
    """In seconds, minutes and hours."""
    (row,) = (line for line in text(PATH).splitlines() if line.startswith("| next in |"))
    units = {"s": 1, "min": 60, "h": 3600}
    told = [int(number) * units[unit] for number, unit in re.findall(r"(\d+) (min|s|h)\b", row)]
    assert [*told[:-1], *[told[-1]] * 5] == list(RETRIES_S)
