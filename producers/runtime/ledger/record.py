"""The order as the ledger holds it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cardinity_client.money import Money
from producers.contract import states
from producers.contract.payment_data import Sent

#: Content of an order, in the order in which a conflict names it. Set once, by accept.
CONTENT_FIELDS = (
    "kind",
    "parent",
    "amount_minor",
    "currency",
    "country",
    "description",
    "instrument",
    "account",
    "settle",
    "suffix",
    "two_phase",
    "direct",
    "ends_at",
    "backup",
    "needs_customer",
    "customer",
)

#: What the holder of an order needs of it: what its owner wants, since when, how often it was given back and claimed,
#: and when it was now; the sealed card.
BRIEF = (
    "amount_minor",
    "currency",
    "country",
    "description",
    "account",
    "lane",
    "shunned",
    "producer",
    "ref",
    "created_at",
    "since",
    "expires_at",
    "wakes",
    "claims",
    "envelope",
    "kind",
    "parent",
    "settle",
    "suffix",
    "two_phase",
    "direct",
    "held_first",
    "intent_at",
    "last4",
    "further",
    "root",
    "ordered_by",
    "batch",
    "customer",
    "customer_ip",
    "review",
)


#: States of an order whose request may have left. One that has ended is no longer asked.
_SENT = frozenset({states.SENDING, states.PENDING, states.UNKNOWN, states.PARKED})


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One transition: when (ms), into which state, under which token (its first 8 characters), and why."""

    at_ms: int
    state: str
    token: str
    detail: str


@dataclass(frozen=True, slots=True)
class Record:
    """A reading of one order's row. Absent numbers are 0 and absent texts empty."""

    order_id: str
    fields: Mapping[str, bytes]

    def text(self, name: str) -> str:
        """A field as text."""
        return self.fields.get(name, b"").decode()

    def number(self, name: str) -> int:
        """A field as a whole number."""
        return int(self.fields.get(name) or b"0")

    @property
    def state(self) -> str:
        return self.text("state")

    @property
    def token(self) -> str:
        return self.text("token")

    @property
    def ref(self) -> str:
        """What the gateway knows this attempt by: the `order_id` that is sent, or a token in the description."""
        return self.text("ref")

    @property
    def kind(self) -> str:
        """What of `names.FOLLOW_UPS` the order asks for, or `names.LINK`; empty for a charge."""
        return self.text("kind")

    @property
    def parent(self) -> str:
        """The gateway's id of the payment that the order follows; empty for what follows none."""
        return self.text("parent")

    @property
    def account(self) -> str:
        """What its owner asked for."""
        return self.text("account")

    @property
    def lane(self) -> str:
        """The account that may hold its money; before its first intent, what its owner asked for."""
        return self.text("lane") or self.text("account")

    def through(self, account: str, *, held_first: bool = False) -> Record:
        """The same, about to be sent through that account; `held_first` as the account takes charges."""
        mode = {"held_first": b"1"} if held_first else {}
        return Record(self.order_id, {**self.fields, "lane": account.encode(), **mode})

    def promised(self, intent_at_ms: int) -> Record:
        """The same, once its request may leave."""
        sent = {"state": states.SENDING.encode(), "intent_at": str(intent_at_ms).encode()}
        return Record(self.order_id, {**self.fields, **sent})

    @property
    def sent(self) -> Sent | None:
        """When its request could leave; None while it is not sent, and of what was given back unsent."""
        return Sent(self.intent_at_ms, self.number("claims")) if self.state in _SENT else None

    def judged(self, found: bytes) -> Record:
        """The same, with what risk rules found of it."""
        return Record(self.order_id, {**self.fields, "risk": found})

    @property
    def amount(self) -> Money:
        return Money(self.number("amount_minor"), self.text("currency"))

    @property
    def settle(self) -> bool:
        """Whether the amount is to be taken. Only the row of a hold says anything about it."""
        return self.text("settle") != "0"

    @property
    def step(self) -> bytes:
        """The step of 3-D Secure that is due, as it is written; empty where the payment waits for no customer."""
        return self.fields.get("continuation", b"")

    @property
    def asks_two_phase(self) -> bool:
        """Whether its owner asked for two phases: what the envelope says too."""
        return self.text("two_phase") == "1"

    @property
    def asks_direct(self) -> bool:
        """Whether its owner asked for one phase, however the account takes charges."""
        return self.text("direct") == "1"

    @property
    def held_first(self) -> bool:
        """Whether the account through which it went takes charges in two phases. Written with the intent."""
        return self.text("held_first") == "1"

    @property
    def two_phase(self) -> bool:
        """Whether the amount is held first, and one hold then settled."""
        return self.asks_two_phase or self.held_first

    @property
    def holds(self) -> bool:
        """Whether what the gateway is asked for is a hold."""
        return self.two_phase or not self.settle

    @property
    def further(self) -> str:
        """How another order may continue it, in the words of `contract.succession`; empty where none may."""
        return self.text("further")

    @property
    def root(self) -> str:
        """The order that it goes on for; empty for one that was asked for itself."""
        return self.text("root")

    @property
    def sealed_for(self) -> str:
        """The order that its envelope is bound to: itself, or the parked one that operators have sent once more."""
        return self.root if self.text("ordered_by") else self.order_id

    @property
    def successor(self) -> str:
        """The order that goes on for it; of a root the latest. Empty where none does."""
        return self.text("successor")

    @property
    def is_of_batch(self) -> bool:
        """Whether nobody waits for it: it was accepted under the name of a batch."""
        return bool(self.fields.get("batch"))

    @property
    def was_rebuilt(self) -> bool:
        """Whether the ledger was lost since it was accepted: what its row does not have, nobody knows any more."""
        return self.text("recovered") == "1"

    @property
    def logs_missing(self) -> bool:
        """Whether it was rebuilt without all logs of intents: an order may have gone on for it that nobody knows."""
        return self.text("logs_missing") == "1"

    @property
    def is_archived(self) -> bool:
        """Whether it has left the ledger, and this is what its tombstone says (see `tombstones`)."""
        return bool(self.fields.get("archived"))

    @property
    def envelope(self) -> bytes:
        return self.fields.get("envelope", b"")

    @property
    def intent_at_ms(self) -> int:
        return self.number("intent_at")

    @property
    def last_left_ms(self) -> int:
        """After this nothing more of it can have left (ms, the ledger's clock): its intent; of a rebuilt order the
        rebuilding, for the lost ledger may have promised it later than anything that is left tells."""
        return max(self.intent_at_ms, self.number("recovered_at"))

    @property
    def history(self) -> tuple[HistoryLine, ...]:
        """Every transition so far, oldest first."""
        return tuple(_history(self.text("history")))


def record_from(order_id: str, reply: Mapping[bytes, bytes] | Sequence[bytes]) -> Record:
    """A record from HGETALL: a mapping, or the alternating names and values that a script answers."""
    pairs = reply.items() if isinstance(reply, Mapping) else zip(reply[::2], reply[1::2], strict=True)
    return Record(order_id, {name.decode(): value for name, value in pairs})


def _history(text: str) -> Iterator[HistoryLine]:
    for line in text.splitlines():
        at, state, rest = line.split(" ", 2)
        token, _, detail = rest.partition(" ")
        yield HistoryLine(int(at), state, token, detail)
