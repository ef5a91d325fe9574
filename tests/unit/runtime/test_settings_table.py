"""The table of settings in docs/settings.md is made from the table in the code."""

from producers.runtime.settings_table import settings_markdown, settings_table


def test_every_setting_has_a_line() -> None:
    """The table has a head of two lines and a line for each setting."""
    lines = settings_markdown().splitlines()
    assert len(lines) == 2 + len(settings_table())
    assert lines[2].startswith("| `CARDINITY_BASE_URL` | `https://api.cardinity.com/v1` |")


def test_a_line_names_the_twin_the_unit_and_who_needs_it() -> None:
    """Twins, units and needs are visible."""
    lines = settings_markdown().splitlines()
    (secret,) = [line for line in lines if "CARDINITY_CONSUMER_SECRET" in line]
    assert "`CARDINITY_CONSUMER_SECRET` or `CARDINITY_CONSUMER_SECRET_FILE` | required by the worker" in secret
    assert "| `ATTEMPT_DEADLINE_S` | `40` | s |" in "\n".join(lines)


def test_every_secret_has_a_twin() -> None:
    """Whatever is secret can come from a private file."""
    assert [row.env for row in settings_table() if row.private and not row.twin] == []


def test_names_are_said_once() -> None:
    """No setting has two rows."""
    names = [row.env for row in settings_table()]
    assert len(names) == len(set(names))
