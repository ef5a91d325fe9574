"""One merchant account of the double: its credentials, its book and the faults in force."""

import time
from collections.abc import Callable, Sequence

from cardinity_client.sandbox.agenda import Agenda
from cardinity_client.sandbox.book import Book
from cardinity_client.sandbox.clock import Clock
from cardinity_client.sandbox.faults import Faults
from cardinity_client.sandbox.links.book import LinkBook
from cardinity_client.sandbox.pages.visits import Visits
from cardinity_client.sandbox.plan import Rule
from cardinity_client.sandbox.records.book import RecordBook
from cardinity_client.sandbox.records.seeded import seeded
from cardinity_client.sandbox.settings import SandboxSettings
from cardinity_client.sandbox.signature import Verifier
from cardinity_client.sandbox.tallies import Tallies


def wall_clock_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Account:
    """What every endpoint works on. `now_ms` is real time; `clock` is made from it, and can be moved."""

    def __init__(self, settings: SandboxSettings, now_ms: Callable[[], int] = wall_clock_ms) -> None:
        self.settings = settings
        self.now_ms = now_ms
        self.clock = Clock(now_ms, settings.starts_at)
        self.reset()

    def reset(self) -> None:
        """Back to the start: an empty book, no nonce seen, the plan counting from one. The clock stays where it is."""
        self.agenda = Agenda(self.now_ms)
        self.book = Book(self.now_ms, self.agenda)
        self.tallies = Tallies()
        self.records = RecordBook(self.now_ms, self.agenda, self.tallies)
        self.links = LinkBook(self.now_ms, self.agenda, self.clock)
        self.visits = Visits(self.settings.seed)
        #: Where the bank's page sends a shopper back to, by payment.
        self.notification_urls: dict[str, str] = {}
        self.take_only(self.settings.consumer_key, self.settings.consumer_secret)
        self.install(self.settings.faults)
        if self.settings.seeded_chargeback:
            payment, chargeback = seeded(self.settings.seed, self.now_ms())
            self.book.put(payment)
            self.records.put_at(chargeback, self.now_ms())

    def take_only(self, consumer_key: str, consumer_secret: str) -> None:
        """From now on requests are to be signed with these, as when a merchant rotates its secret."""
        self.verifier = Verifier(
            consumer_key,
            consumer_secret,
            lambda: self.now_ms() / 1000,
            strict_nonces=self.settings.strict_nonces,
        )

    def pages(self, origin: Callable[[], str]) -> str:
        """Where a browser reaches the pages: as configured, else where the request reached the sandbox."""
        return self.settings.pages_url or origin()

    def install(self, rules: Sequence[Rule]) -> None:
        """Replaces the plan; its counters start again."""
        self.faults = Faults(self.settings.seed, rules)
