"""Names of cards and addresses: the same for the same, another under another key, and no plain hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from cardinity_client.secret import Secret
from producers.runtime.problems import Problem
from tests.unit.contract.builders import PAN
from workers.risk.geoip import Countries, read_countries
from workers.risk.identity import Names, read_names, write_key

NAMES = Names("k1", Secret(b"k" * 32))


def test_a_card_has_one_name_under_one_key() -> None:
    """Whoever the producer is: the key is the workers' own."""
    again, other = Names("k1", Secret(b"k" * 32)), Names("k2", Secret(b"o" * 32))
    assert NAMES.card(PAN) == again.card(PAN) != other.card(PAN)
    assert NAMES.card(PAN).startswith("k1.") and other.card(PAN).startswith("k2.")


def test_the_name_tells_nothing_of_the_card() -> None:
    """No digits of it, and no hash that anybody could try."""
    name = NAMES.card(PAN)
    assert PAN[-4:] not in name and hashlib.sha256(PAN.encode()).hexdigest()[:16] not in name
    assert NAMES.address(PAN) != name  # what it names is in it


def test_a_key_is_written_once_for_its_owner(tmp_path: Path) -> None:
    """Read again it makes the same names; nothing is overwritten."""
    file = tmp_path / "card-id.json"
    write_key(file, "k7")
    names = read_names(file)
    assert isinstance(names, Names)
    assert names.card(PAN).startswith("k7.")
    assert os.stat(file).st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_key(file, "k8")


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"kid": "k1", "key": "AAAA"}', '{"kid": "", "key": "' + "A" * 43 + '="}',
             '{"kid": "k1", "key": "' + "A" * 43 + '=", "more": 1}', '{"kid": 1, "key": "' + "A" * 43 + '="}'],
)  # fmt: skip
def test_another_file_is_no_key(tmp_path: Path, text: str) -> None:
    """Told by its setting, and never repeated."""
    file = tmp_path / "card-id.json"
    file.write_text(text)
    file.chmod(0o600)
    found = read_names(file)
    assert isinstance(found, Problem)
    assert (found.code, found.field) == ("card_id_key_format", "CARD_ID_KEY_FILE")


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """As every private file is."""
    file = tmp_path / "card-id.json"
    write_key(file, "k1")
    file.chmod(0o644)
    assert isinstance(read_names(file), Problem)


RANGES = [
    ("192.0.2.0", "192.0.2.255", "LT"),
    ("198.51.100.0", "198.51.100.9", "NG"),
    ("2001:db8::", "2001:db8::ff", "LV"),
]


@pytest.mark.parametrize(
    ("ip", "country"),
    [
        ("192.0.2.0", "LT"), ("192.0.2.255", "LT"), ("192.0.3.0", None), ("192.0.1.255", None), ("198.51.100.9", "NG"),
        ("198.51.100.10", None), ("2001:db8::7", "LV"), ("2001:db8::100", None), ("::1", None),
        ("255.255.255.255", None),
    ],
)  # fmt: skip
def test_a_country_is_that_of_the_range(ip: str, country: str | None) -> None:
    """Both ends are in it, and beside it nothing is known."""
    assert Countries(RANGES).of(ip) == country


def test_a_list_is_read_without_lines_of_no_country(tmp_path: Path) -> None:
    """As such lists are published."""
    file = tmp_path / "countries.csv"
    file.write_text('192.0.2.0,192.0.2.255,LT\n"203.0.113.0","203.0.113.255","ZZ"\n')
    found = read_countries(file)
    assert isinstance(found, Countries)
    assert (found.of("192.0.2.7"), found.of("203.0.113.7")) == ("LT", None)


@pytest.mark.parametrize(
    "text", ["192.0.2.0/24,LT\n", "a,b,LT\n", "192.0.2.9,192.0.2.0,LT\n", "192.0.2.0,2001:db8::,LT\n",
             "192.0.2.0,192.0.2.9,Lithuania\n"],
)  # fmt: skip
def test_what_is_no_list_is_told(tmp_path: Path, text: str) -> None:
    """A wrong list would be worse than none."""
    file = tmp_path / "countries.csv"
    file.write_text(text)
    assert isinstance(read_countries(file), Problem)
