"""What `valkey-check-aof --fix` cuts off after two power cuts, the first of which damaged nothing but a newline."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis

from producers.runtime.embedded import EmbeddedValkey, EmbeddedValkeyError
from tests.redis_faults.powercut import mend, newest, rewrite

#: A transaction in the append-only file, as every script of the ledger leaves one.
SCRIPT = "redis.call('SET', 'half', 1) redis.call('SET', 'other half', 1)"


@pytest.mark.parametrize("rewrites", [True, False], ids=["rewritten after the first cut", "control: not rewritten"])
def test_what_was_confirmed_between_two_cuts_is_kept(rewrites: bool, tmp_path: Path) -> None:
    """If the file is rewritten after the first; the control loses it, and nobody is told but by the tool's figures."""
    with EmbeddedValkey(tmp_path / "valkey") as valkey:
        client = redis.Redis.from_url(valkey.url())
        client.eval(SCRIPT, 0)
        valkey.kill()
        end = newest(tmp_path / "valkey").read_bytes()
        newest(tmp_path / "valkey").write_bytes(end[:-2] + b"\0\0")
        valkey.start()
        if rewrites:
            rewrite(valkey)
        client.set("confirmed", 1)
        valkey.kill()
        with newest(tmp_path / "valkey").open("ab") as file:
            file.write(b"rubbish")
        with pytest.raises(EmbeddedValkeyError):
            valkey.start()
        mend(tmp_path / "valkey")
        valkey.start()
        assert bool(client.exists("confirmed")) is rewrites
