"""Faults of the network, by packet filters on a private one: every link of the system is a port there.

The proxies stand between the system and Redis, and between it and the gateway. What is cut is the line to a proxy, so
the looks of the campaign itself, which go straight, are not struck.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from tests.campaign.catalogue.redis import EARLY, LATE, Strike
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Link, Plan
from tests.campaign.system import dns, nft, shaping

REDIS: tuple[Link, ...] = ("redis-queue", "redis-ledger")
GATEWAY: tuple[Link, ...] = ("gateway",)
ALL: tuple[Link, ...] = (*REDIS, *GATEWAY)

#: The rules for a port.
Rules = Callable[[int], Sequence[str]]
Prepare = Callable[[Plan, random.Random], None]


def _wired(links: Iterable[Link]) -> Prepare:
    """In a private network, through these proxies."""

    def prepare(plan: Plan, rng: random.Random) -> None:
        plan.namespaced = True
        plan.use_proxies |= set(links)

    return prepare


def _filtered(links: Sequence[Link], rules: Rules, seconds: float, *, times: int = 1, anew: bool = False) -> Strike:
    """These rules on all of the links at once. `anew`: connections are broken first, so that new ones meet them."""

    def strike(fire: Fire, rng: random.Random) -> None:
        for _ in range(times):
            if not fire.await_done(rng.uniform(EARLY, LATE)):
                return
            with nft.filtered([rule for link in links for rule in rules(fire.proxy(link).port)]) as met:
                if anew:
                    for link in links:
                        fire.proxy(link).break_all()
                fire.wait(seconds)
                fire.hit(f"packets:{'+'.join(links)}", met.struck())
            fire.wait(rng.uniform(0.2, 0.8))

    return strike


def _drawn(links: Sequence[Link], rules: Callable[[int, int], Sequence[str]], low: int, high: int) -> Strike:
    """A share, in per cent, that the seed draws."""

    def strike(fire: Fire, rng: random.Random) -> None:
        percent = rng.randint(low, high)
        fire.note(f"{percent} % of the packets of {', '.join(links)}")
        _filtered(links, lambda port: rules(port, percent), 4.0)(fire, rng)

    return strike


def _narrow(fire: Fire, rng: random.Random) -> None:
    if fire.await_done(rng.uniform(EARLY, LATE)):
        with shaping.narrowed(fire.proxy("gateway").port, "128kbit"):
            fire.hit("link:narrowed")
            fire.wait(4.0)


def _slow(fire: Fire, rng: random.Random) -> None:
    if fire.await_done(rng.uniform(EARLY, LATE)):
        with shaping.slowed(fire.proxy("gateway").port, 200, 200):
            fire.hit("link:slowed")
            fire.wait(4.0)


def _stutter(links: Sequence[Link]) -> Strike:
    """Nothing flows for a moment, then all of it: latency with jitter, made by the proxies themselves."""

    def strike(fire: Fire, rng: random.Random) -> None:
        if fire.await_done(rng.uniform(0, EARLY)):
            for _ in range(40):
                wire = fire.proxy(rng.choice(links))
                wire.stall()
                fire.hit("link:stuttered")
                fire.wait(rng.uniform(0.02, 0.4))
                wire.resume()
                fire.wait(rng.uniform(0.01, 0.1))

    return strike


def _swizzle(fire: Fire, rng: random.Random) -> None:
    """Links are cut one by one, in any order, and healed one by one, in another."""
    for _ in range(3):
        if not fire.await_done(rng.uniform(EARLY, LATE)):
            return
        links = list(ALL)
        rng.shuffle(links)
        cuts = {link: nft.filtered(nft.cut(fire.proxy(link).port)) for link in links}
        met = {}
        try:
            for link in links:
                met[link] = cuts[link].__enter__()
                fire.wait(rng.uniform(0.1, 0.6))
            rng.shuffle(links)
        finally:
            for link in [link for link in links if link in met]:
                fire.hit(f"packets:{link}", met[link].struck())
                cuts[link].__exit__(None, None, None)
                fire.wait(rng.uniform(0.1, 0.6))


def _one_by_one(fire: Fire, rng: random.Random) -> None:
    """Every connection there is breaks, link after link, again and again."""
    for _ in range(15):
        if not fire.await_done(rng.uniform(0, LATE)):
            return
        link = rng.choice(ALL)
        fire.proxy(link).break_all()
        fire.hit(f"link:broken:{link}")
        fire.wait(rng.uniform(0.05, 0.3))


def _named(plan: Plan, rng: random.Random) -> None:
    """Workers know the gateway by a name, which they ask a name server of ours for."""
    _wired(GATEWAY)(plan, rng)
    plan.gateway_host = "localhost"
    plan.wrap_worker.append(dns.own_names(plan.directory / "etc"))


def _unresolved(mood: dns.Mood) -> Strike:
    """The name is not found when the system begins, and again when workers are replaced: who knows it does not ask."""

    def strike(fire: Fire, rng: random.Random) -> None:
        names = fire.plan.closing.enter_context(dns.NameServer())
        with names.moody(mood):
            fire.wait(3.0)
        for worker in fire.workers():
            if not fire.await_done(rng.uniform(EARLY, LATE)):
                break
            with names.moody(mood):
                fire.proxy("gateway").break_all()
                fire.restart_worker(worker)
                fire.wait(1.5)
        fire.hit(f"dns:{mood}", names.failed)

    return strike


def _cut(name: str, says: str, links: Sequence[Link], rules: Rules, seconds: float, **how: int) -> Fault:
    strike = _filtered(links, rules, seconds, times=how.get("times", 1), anew=bool(how.get("anew")))
    return Fault(name, "network", says, prepare=_wired(links), strike=strike, need=nft.need)


_NAMES = frozenset({"net-dns-nxdomain", "net-dns-servfail", "net-dns-silence"})
_SHAPES = frozenset({"net-gateway-narrow", "net-gateway-slow"})

FAULTS: tuple[Fault, ...] = (
    _cut("net-gateway-cut-1s", "no packet to or from the gateway for 1 s, twice", GATEWAY, nft.cut, 1.0, times=2),
    _cut("net-gateway-cut-3s", "no packet to or from the gateway for 3 s", GATEWAY, nft.cut, 3.0),
    _cut("net-gateway-cut-8s", "no packet to or from the gateway for 8 s", GATEWAY, nft.cut, 8.0),
    _cut("net-gateway-unreachable", "no new connection to the gateway for 2 s", GATEWAY, nft.cut, 2.0, anew=1),
    _cut("net-gateway-mute", "requests reach the gateway, answers are lost, for 2 s", GATEWAY,
         lambda port: nft.cut(port, ["from"]), 2.0),
    _cut("net-gateway-deaf", "requests to the gateway are lost for 2 s", GATEWAY,
         lambda port: nft.cut(port, ["to"]), 2.0),
    _cut("net-gateway-half-open", "connections to the gateway are made and carry nothing for 3 s", GATEWAY,
         nft.half_open, 3.0, anew=1),
    _cut("net-redis-cut", "no packet to or from Redis for 3 s, the gateway is there", REDIS, nft.cut, 3.0),
    _cut("net-redis-half-open", "connections to Redis are made and carry nothing for 3 s", REDIS, nft.half_open, 3.0,
         anew=1),
    _cut("net-redis-mute", "commands reach Redis, replies are lost, for 2 s", REDIS,
         lambda port: nft.cut(port, ["from"]), 2.0),
    _cut("net-ledger-cut", "no packet to or from the ledger for 2 s, the queue is there", ("redis-ledger",), nft.cut,
         2.0),
    _cut("net-queue-cut", "no packet to or from the queue for 2 s, the ledger is there", ("redis-queue",), nft.cut,
         2.0),
    _cut("net-all-cut", "the host is alone for 2 s", ALL, nft.cut, 2.0),
    Fault("net-gateway-loss", "network", "1 to 30 % of the packets to and from the gateway are lost",
          _wired(GATEWAY), _drawn(GATEWAY, nft.lost, 1, 30), nft.need),
    Fault("net-redis-loss", "network", "1 to 15 % of the packets to and from Redis are lost",
          _wired(REDIS), _drawn(REDIS, nft.lost, 1, 15), nft.need),
    Fault("net-gateway-reset", "network", "5 to 40 % of the packets to the gateway are answered by RST",
          _wired(GATEWAY), _drawn(GATEWAY, nft.reset, 5, 40), nft.need),
    Fault("net-redis-reset", "network", "2 to 10 % of the packets to Redis are answered by RST",
          _wired(REDIS), _drawn(REDIS, nft.reset, 2, 10), nft.need),
    _cut("net-gateway-policed", "whatever is faster than 20 KB/s is lost on the way to and from the gateway", GATEWAY,
         lambda port: nft.policed(port, 20), 4.0),
    Fault("net-gateway-narrow", "network", "128 kbit/s to and from the gateway", _wired(GATEWAY), _narrow,
          shaping.need_narrowed, _SHAPES - {"net-gateway-narrow"}),
    Fault("net-gateway-slow", "network", "200 ms more to and from the gateway, give or take 200 ms", _wired(GATEWAY),
          _slow, shaping.need_slowed, _SHAPES - {"net-gateway-slow"}),
    Fault("net-gateway-stutter", "network", "the gateway's link stands still again and again",
          lambda plan, rng: plan.use_proxies.add("gateway"), _stutter(GATEWAY)),
    Fault("net-redis-stutter", "network", "Redis' links stand still again and again",
          lambda plan, rng: plan.use_proxies.update(REDIS), _stutter(REDIS)),
    Fault("net-swizzle-clog", "network", "links are cut one by one and healed in another order", _wired(ALL), _swizzle,
          nft.need),
    Fault("net-break-all", "network", "connections break, link by link, again and again",
          lambda plan, rng: plan.use_proxies.update(ALL), _one_by_one),
    *(
        Fault(f"net-dns-{mood}", "network", f"the gateway's name is answered by {mood} for 3 s", _named,
              _unresolved(mood), dns.need, _NAMES - {f"net-dns-{mood}"})
        for mood in ("nxdomain", "servfail", "silence")
    ),
)  # fmt: skip
