"""Each rule between settings refuses what breaks it, names both sides, and holds at the edge."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.connection import parse_url

from producers.errors import SettingsError
from producers.runtime.settings import Settings
from producers.runtime.settings_rules import RULES, redis_is_private, redis_place
from producers.runtime.settings_table import settings_table
from tests.inputs.settings_edges import EDGES


def as_redis_py_reads_it(url: str) -> dict[str, Any]:
    """What its client would be built with."""
    return dict(parse_url(url))


@pytest.mark.parametrize("kept", [kept for _, _, kept in EDGES], ids=str)
def test_a_rule_holds_to_its_edge(kept: dict[str, str]) -> None:
    """On the edge the boot goes on; beyond it, it stops: that is the table of bad inputs."""
    assert Settings.from_environ(kept).attempt_window_s > 0


def test_every_rule_has_an_edge() -> None:
    """No rule is without a test of both its sides."""
    assert {rule.code for rule in RULES} == {code for code, _, _ in EDGES}


def test_rules_name_settings_that_exist() -> None:
    """Every name in a rule is a row of the table."""
    names = {row.env for row in settings_table()}
    assert [rule.code for rule in RULES if not names.issuperset(rule.names)] == []


def test_rules_say_both_names_and_the_rule() -> None:
    """The message of a broken rule holds the settings' names and their values."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ({"LEASE_S": "40"})
    told = str(caught.value)
    assert all(part in told for part in ("ATTEMPT_DEADLINE_S is 40", "WATCHDOG_S is 5", "LEASE_S is 40", "less than"))


def test_times_may_be_scaled_down() -> None:
    """The shutdown rule asks for a tenth more of a short attempt, not for five seconds."""
    scaled = {
        "ATTEMPT_DEADLINE_S": "1", "CONNECT_TIMEOUT_S": "0.5", "WATCHDOG_S": "0.5", "LEASE_S": "2",
        "SHUTDOWN_TIMEOUT_S": "1.65",
    }  # fmt: skip
    assert Settings.from_environ(scaled).shutdown_timeout_s == 1.65


@given(
    scheme=st.sampled_from(["redis", "rediss"]),
    user=st.sampled_from(["", "user:pw@", ":p%40w@"]),
    host=st.sampled_from(["db.example", "10.0.0.1", "[2001:db8::1]"]),
    port=st.sampled_from(["", ":6379", ":7000"]),
    path=st.sampled_from(["", "/", "/0", "/3"]),
    query=st.sampled_from(["", "?db=2", "?protocol=3", "?protocol=2&db=4"]),
)
def test_a_url_is_read_as_redis_py_reads_it(
    scheme: str, user: str, host: str, port: str, path: str, query: str
) -> None:
    """Host, port and number of the database are those the client will connect to."""
    url = f"{scheme}://{user}{host}{port}{path}{query}"
    theirs = as_redis_py_reads_it(url)
    assert redis_place(url) == (theirs["host"], theirs.get("port", 6379), theirs.get("db", 0))


def test_a_socket_is_read_as_redis_py_reads_it() -> None:
    """So are path and database of a unix socket."""
    theirs = as_redis_py_reads_it("unix://user:pw@/run/my%20redis.sock?db=5")
    assert redis_place("unix://user:pw@/run/my%20redis.sock?db=5") == (theirs["path"], 0, theirs["db"])


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "[::1]"])
def test_this_machine_needs_no_tls(host: str) -> None:
    """Every loopback address is private without TLS."""
    assert redis_is_private(f"redis://{host}:6379/0")


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "redis", "[::ffff:10.0.0.1]", "localhost.example"])  # noqa: S104
def test_every_other_host_does(host: str) -> None:
    """A name or address that may be elsewhere is not private without TLS."""
    assert not redis_is_private(f"redis://{host}:6379/0")
