"""The demo's settings: production's rules hold for them, and nothing of this machine's own gets in."""

from __future__ import annotations

from pathlib import Path

from producers.runtime.settings import Settings
from producers.vault import KeyFiles
from workers.cli.demo.scale import SCALED, environment

DIRECTORY = Path("/nonexistent")


def test_live_settings_of_this_machine_do_not_reach_the_demo() -> None:
    """A host that charges live cards can run the demo: its credentials, URLs and secret files are left out."""
    base = {
        "PATH": "/bin",
        "CARDINITY_MODE": "live",
        "CARDINITY_CONSUMER_SECRET_FILE": "/run/secrets/live",
        "REDIS_LEDGER_URL_FILE": "/run/secrets/redis",
        "CARDINITY_SOMETHING": "1",
    }
    env = environment(base, DIRECTORY, KeyFiles(DIRECTORY), queue="q", ledger="l", gateway="g")
    assert env["PATH"] == "/bin"
    assert env["CARDINITY_MODE"] == "test"
    assert not {"CARDINITY_CONSUMER_SECRET_FILE", "REDIS_LEDGER_URL_FILE", "CARDINITY_SOMETHING"} & env.keys()


def test_scaled_times_keep_the_rules_of_production() -> None:
    """H is no shorter than what it is made of, a claim outlives an attempt, and absence is proven in seconds."""
    settings = Settings.from_environ({**SCALED, "HOME": "/nonexistent"})
    assert settings.absence_bound_s <= settings.absence_horizon_s <= 8
