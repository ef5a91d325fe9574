"""What is kept of a recording, and that it is read as it was written."""

from pathlib import Path

from tests.alerts.recording import UP, Host, Recording, host_of, read, samples


def test_only_what_the_rules_ask_for_is_kept() -> None:
    """Series of other metrics, and remarks, are passed over."""
    page = "\n".join(
        (
            "# HELP cardinity_orders Orders by state.",
            'cardinity_orders{state="parked"} 2.0',
            "cardinity_ledger_readable 1.0",
            'cardinity_mirror_lag_seconds{account="default"} +Inf',
            "python_info 1.0",
            "cardinity_accepts_total 7.0",
        )
    )
    assert dict(samples(page)) == {
        'cardinity_orders{state="parked"}': 2.0,
        "cardinity_ledger_readable{}": 1.0,
        'cardinity_mirror_lag_seconds{account="default"}': float("inf"),
    }


def test_a_scrape_without_an_answer_is_told() -> None:
    """The target is down in it and no series has a value; what was zero throughout is left out."""
    grown, never = 'cardinity_orders{state="parked"}', 'cardinity_orders{state="unknown"}'
    readable = "cardinity_ledger_readable{}"
    scrapes = [(0.0, {grown: 0.0, never: 0.0, readable: 0.0}), (1.0, None), (2.0, {grown: 3.0, never: 0.0})]
    host = host_of(scrapes)
    assert host == Host([0.0, 1.0, 2.0], {grown: [0.0, None, 3.0], readable: [0.0, None, None], UP: [1.0, 0.0, 1.0]})


def test_a_file_tells_what_was_recorded(tmp_path: Path) -> None:
    """Runs of the same value are told once, with their length; all of it comes back."""
    values = [0.0, 0.0, 0.25, float("inf"), None, None, 1234567.0]
    recording = Recording(
        "redis-kill", 6.0, 2.5, 3.0, {"a": Host([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], {"x{}": values})}
    )
    path = tmp_path / "redis-kill.json"
    recording.write(path)
    assert '"0*2 || 0.25 || inf || -*2 || 1234567"' in path.read_text()
    assert read(path) == recording
