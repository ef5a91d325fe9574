"""redis-py's asyncio client as we make it: on both loops a lost connection is called one."""

import pytest
from redis import exceptions as theirs

from cardinity_client.secret import Secret
from producers.runtime.clients import async_client


class Limit:
    """Two connections."""

    redis_connections_max = 2


async def test_a_connection_that_was_closed_a_moment_ago_is_lost(ledger_url: str) -> None:
    """Whoever asks over it hears of a lost connection, and the next question is answered."""
    async with async_client(Secret(ledger_url), Limit()) as client:
        await client.ping()
        (connection,) = client.connection_pool._available_connections
        assert connection._writer is not None
        connection._writer.transport.abort()
        with pytest.raises(theirs.ConnectionError):
            await client.ping()
        assert await client.ping()
