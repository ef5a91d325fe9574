"""Certificates of the servers that hosts speak to: over, or about to be.

Redis is spoken to over TLS from the first moment. The gateway's sandbox speaks none, and takes no signature that was
made for another scheme, so the hosts meet a gateway with TLS only as the fault begins: a deploy led them there.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit

from tests.alerts.hosts import Hosts
from tests.alerts.tls_front import TlsFront
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.certificates import Authority, Signed

HOST: Final = "127.0.0.1"
#: Days that a certificate is still good for: renewed in time, forgotten, and over.
GOOD, FORGOTTEN, OVER = 90, 10, -1


def _gateway_over(fire: Fire, rng: random.Random) -> None:
    signed = _authority(fire).sign("gateway", HOST, days=OVER)
    upstream = urlsplit(fire.stack.gateway).port
    assert upstream
    hosts = _hosts(fire)
    with TlsFront(upstream, signed) as front:
        if fire.await_done(0.0):
            hosts.env["CARDINITY_BASE_URL"] = f"https://{HOST}:{front.port}/v1"
            hosts.renew()
            fire.over.wait()


def _redis_over(fire: Fire, rng: random.Random) -> None:
    authority = _authority(fire)
    with _redis_over_tls(fire, authority) as front:
        if fire.await_done(0.0):
            front.present(_signed(authority, OVER))
            fire.over.wait()


def _redis_ending(fire: Fire, rng: random.Random) -> None:
    """Looked at once an hour: who starts now sees it, and the first host still tells of what it saw."""
    authority = _authority(fire)
    with _redis_over_tls(fire, authority) as front:
        if fire.await_done(0.0):
            front.present(_signed(authority, FORGOTTEN))
            _hosts(fire).hire()
            fire.over.wait()


@contextmanager
def _redis_over_tls(fire: Fire, authority: Authority) -> Iterator[TlsFront]:
    """The hosts speak to Redis over TLS; producers on this machine do not, and go on."""
    hosts = _hosts(fire)
    with TlsFront(fire.valkey.port, _signed(authority, GOOD)) as front:
        for name, database in (("REDIS_QUEUE_URL", 0), ("REDIS_LEDGER_URL", 1)):
            hosts.env[name] = f"rediss://{HOST}:{front.port}/{database}?ssl_ca_certs={authority.ca}"
        hosts.renew()
        yield front


def _authority(fire: Fire) -> Authority:
    return Authority(fire.stack.directory / "tls")


def _signed(authority: Authority, days: int) -> Signed:
    return authority.sign(f"redis-{days}", HOST, days=days)


def _hosts(fire: Fire) -> Hosts:
    assert isinstance(fire.crew, Hosts)
    return fire.crew


CERTIFIED: Final = (
    Fault("gateway-certificate-over", "gateway", "the gateway's certificate is over", strike=_gateway_over),
    Fault("redis-certificate-over", "redis", "the certificate of Redis is over", strike=_redis_over),
    Fault("redis-certificate-ending", "redis", "nobody renews the certificate of Redis", strike=_redis_ending),
)
