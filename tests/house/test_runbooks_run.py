"""What runbooks have somebody type at night works on a real system in that state, and shows what they say of it."""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
import redis

from producers.runtime.ledger import keys
from tests.commands import Commands, Ran
from tests.e2e.landing import landed
from tests.eventually import eventually
from tests.house.documents import documents, fenced, spans
from tests.house.test_dry_runs import CHANGES, LOOKS
from tests.house.tree import ROOT, text
from tests.stack import CARD, Stack

RUNBOOKS: Final = {Path(path).stem: path for path in documents() if path.startswith("deploy/runbooks/")}
#: What runbooks call the order that they are about; it is paid twice here. And who it is in those about other states.
MEANT, LATE, PARKED = "ORD-1001", "ORD-1002", "ORD-1003"
ORDERS: Final[Mapping[str, str]] = {"late-charge": LATE, "parked": PARKED}
#: A message in quarantine, an endpoint, and a subscription that nobody has here.
ENTRY, ENDPOINT, NOBODYS = "1764170000000-0", "shop", "gym-42"
#: Exit codes: done, what is wrong with data, what is not there, and not now.
DONE, DIFFERS, MISSING, LATER = 0, 65, 66, 75
#: Commands that are named without what they are about, as a word for what somebody does.
WANTING: Final = frozenset({"explain", "parked resolve"})
#: What a runbook says that a command shows, in the same words.
SHOWN: Final = (
    ("duplicate-charge", "status", "alarms"),
    ("duplicate-charge", f"explain {MEANT}", "ALARM, paid twice"),
    ("late-charge", f"explain {MEANT}", "ALARM, paid after all"),
    ("parked", f"parked show {MEANT}", "look for"),
    ("parked", f"parked show {MEANT}", "evidence"),
    ("unknown", "status", "duties"),
    ("queue-old", "status", "PAUSED"),
    ("ledger-not-durable", "doctor", "redis durability"),
    ("mirror-blind", "doctor", "gateway"),
    ("approval-rate", "payments list --json", "error"),
    ("split-stuck", "splits show SPL-7", "compensating"),
    ("split-stuck", "explain SPL-7.1-r", "parent"),
)


@dataclass(slots=True)
class Night:
    """A system in trouble. Each look at it is taken once; `besides` are the payments that an order does not name."""

    stack: Stack
    commands: Commands
    besides: dict[str, str] = field(default_factory=dict)
    looks: dict[str, Ran] = field(default_factory=dict)

    def run(self, words: str) -> Ran:
        """A command line without its first word."""
        return self.commands.run(*shlex.split(words), env=self.stack.env, cwd=ROOT)

    def look(self, words: str) -> Ran:
        """The same of one that only looks."""
        if words not in self.looks:
            self.looks[words] = self.run(words)
        return self.looks[words]

    def filled(self, stem: str, words: str) -> str:
        """The words of a runbook with what this system has for its examples."""
        order_id = ORDERS.get(stem, MEANT)
        payment_id = self.besides.get(order_id, "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10")
        for example, real in (
            (rf"{MEANT}(?!-)", order_id),
            (r"\bENTRY\b", ENTRY),
            (r"\bNAME\b", ENDPOINT),
            (r"(?<=--since )…", "2026-01-01"),
            (r"(?<=--amount )…", "10.00"),
            (r"(?<=--currency )…", "EUR"),
            (r"…", payment_id),
        ):
            words = re.sub(example, real, words)
        return words


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Iterator[Night]:
    """One order is paid twice, one after all, one is parked; a part cannot be given back, and a queue is paused."""
    directory = tmp_path_factory.mktemp("night")
    faults = [{"fault": "http_500_before", "order_id": order_id} for order_id in (LATE, PARKED)]
    refunds = {"fault": "declined", "operation": "refund", "rate": 1.0}
    with Stack(directory / "stack", faults=[*faults, refunds]) as stack:
        stack.env |= {"WEBHOOKS_FILE": str(_endpoints(directory)), "ALLOW_LOCAL_WEBHOOKS": "1"}
        night = Night(stack, commands)
        assert night.run("archive upgrade").code == DONE
        stack.worker()
        with stack.enqueuer() as enqueuer, redis.Redis.from_url(stack.valkey.url(1)) as ledger:
            # The sandbox declines more than 150.
            parts = [{"recipient": "a", "amount": "50.00"}, {"recipient": "b", "amount": "150.01"}]
            of_all = {"currency": "EUR", "country": "LT", "payment_instrument": CARD}
            enqueuer.split(split_id="SPL-7", total="200.01", parts=parts, all_or_nothing=True, **of_all)
            for order_id in (MEANT, LATE):
                enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
            eventually(lambda: enqueuer.get(MEANT).state == "approved", "it is paid")
            eventually(lambda: enqueuer.get(LATE).state == "not_charged", "it is proven absent")
            eventually(lambda: ledger.hget(keys.split("SPL-7"), "stuck"), "a part cannot be given back")
            stack.kill_workers()
            stack.worker(env={"ABSENT": "park"})
            enqueuer.charge(order_id=PARKED, amount="10.00", currency="EUR", country="LT", **CARD)
            eventually(lambda: enqueuer.get(PARKED).state == "parked", "it is parked")
            stack.admin("faults", [])
            night.besides |= {order_id: landed(stack, order_id, "10.00") for order_id in (MEANT, LATE)}
            eventually(lambda: ledger.xlen(keys.ALARMS) == len(night.besides), "both payments are seen")
            fields = {"reason": "message_format", "size": 4, "card_data": 0, "beginning": b"junk"}
            ledger.xadd(keys.QUARANTINE, fields, id=ENTRY)
        for words in ("queue pause payments_batch --because deploy", "archive run --once", "reconcile run"):
            done = night.run(words)
            assert done.code in {DONE, DIFFERS}, done.err  # the books differ by a payment after all
        yield night


def test_every_first_command_succeeds(night: Night) -> None:
    """Whoever is woken types it before anything else is known."""
    first = {fenced(path, "sh")[0].strip().removeprefix("cardinity ") for path in RUNBOOKS.values()}
    ended = {words: night.look(words).code for words in sorted(first)}
    assert {words: code for words, code in ended.items() if code != DONE} == {"reconcile report": DIFFERS}


@pytest.mark.parametrize("stem", sorted(RUNBOOKS))
def test_what_a_runbook_has_somebody_type_is_taken(stem: str, night: Night) -> None:
    """What only looks succeeds; what changes something can be rehearsed as it stands, or is refused by a rule."""
    for words in _typed(RUNBOOKS[stem]):
        line = night.filled(stem, words)
        if known := _command(words, LOOKS):
            done = night.look(line)
            allowed = {MISSING} if NOBODYS in line else {DONE, DIFFERS} if known == "reconcile report" else {DONE}
        elif _command(words, CHANGES):
            done = night.look(f"{line} --dry-run")
            allowed = {DONE, DIFFERS, MISSING, LATER}
        else:
            continue
        assert done.code in allowed, f"{line}: {done.out}{done.err}"


@pytest.mark.parametrize(("stem", "words", "shown"), SHOWN)
def test_a_command_shows_what_the_runbook_says(stem: str, words: str, shown: str, night: Night) -> None:
    """In the words that stand there, so that nobody looks for others at night."""
    assert shown in text(RUNBOOKS[stem])
    assert shown in night.look(night.filled(stem, words)).out


def test_a_second_payment_is_given_back_as_the_runbook_says(night: Night) -> None:
    """Then its order's story says so, and nothing is left for anybody to decide."""
    (refund,) = (words for words in _typed(RUNBOOKS["duplicate-charge"]) if words.startswith("refund "))
    done = night.run(night.filled("duplicate-charge", refund))
    assert (done.code, done.out) == (DONE, f"{MEANT}-dup: refund approved, of payment {night.besides[MEANT]}\n")
    told = " ".join(night.run(f"explain {MEANT}").out.split())
    assert "10.00 EUR of it were given back" in told
    assert "next: nothing: this is final" in told


def _endpoints(directory: Path) -> Path:
    """One that nobody serves."""
    secret, file = directory / "secret", directory / "webhooks.toml"
    secret.touch(0o600)
    secret.write_text(f"whsec_{base64.b64encode(b'k' * 32).decode()}")
    lines = (f"[endpoints.{ENDPOINT}]", 'url = "http://127.0.0.1:9/shop"', f'secret_file = "{secret}"')
    file.write_text("\n".join((*lines, 'events = ["payment.approved"]\n')))
    return file


def _typed(path: str) -> list[str]:
    """The command lines of a runbook without their first word, each once."""
    lines = [line for block in fenced(path, "sh") for line in block.splitlines()]
    lines += [code for _, code in spans(path) if code.startswith("cardinity ")]
    return list(dict.fromkeys(line.strip().removeprefix("cardinity ") for line in lines))


def _command(words: str, table: frozenset[str]) -> str:
    """Which command of the table it is, if it has what it needs."""
    found = next((known for known in table if f"{words} ".startswith(f"{known} ")), "")
    return "" if found == words and found in WANTING else found
