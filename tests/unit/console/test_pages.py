"""Pages as pure functions: nothing of others becomes markup, and only operators are offered actions."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cardinity_client.models.payments import Payment
from cardinity_client.money import Money
from producers.runtime.ledger.record import Record
from producers.runtime.metrics_table import CONSOLE_ACTIONS
from workers.console.actions import ACTIONS
from workers.console.batches import Progress, batch, batches
from workers.console.confirming import asked, rehearsed
from workers.console.found import Hit, found
from workers.console.layout import Reader, bare, page
from workers.console.quarantine import quarantine
from workers.console.resolving import Case, resolve
from workers.console.users import OPERATOR, VIEWER, User
from workers.operations.choices import against_absence, against_attempt, choices, holes
from workers.operations.evidence import Evidence
from workers.operations.quarantined import Aside
from workers.operations.reattempting import PROPOSAL_MS, proposal_of
from workers.operations.tally import Tally
from workers.resolver.journal import Journal, Stretch
from workers.resolver.verdict import Row, Rules

HOSTILE = "\"><script>alert('x')</script>"
ONA = Reader(User("ona", OPERATOR, "-"), "token")
JONAS = Reader(User("jonas", VIEWER, "-"), "token")
#: When the order below could leave, and H.
SENT_MS, RULES = 1_000_000_000, Rules(1_200_000, 1_000, 3, "park")
PAYMENT = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"


def parked(made: tuple[Payment, ...], age_ms: int, **more: str) -> Evidence:
    """A parked charge of 10.00 EUR, looked at so long after it could leave."""
    fields = {
        "state": "parked", "since": str(SENT_MS + 5_000), "intent_at": str(SENT_MS), "amount_minor": "1000",
        "currency": "EUR", "lane": "default", "ref": "PRK-1", "last4": "1111", "reason": "hole_in_coverage", **more,
    }  # fmt: skip
    record = Record("PRK-1", {name: text.encode() for name, text in fields.items()})
    return Evidence(record, (Row(PAYMENT, "approved", "11.00", "EUR", "1111", SENT_MS),), SENT_MS + age_ms, made)


def payment(minor: int, status: str = "approved") -> Payment:
    """A payment of the order's reference, made a second after it could leave."""
    created_at = datetime.fromtimestamp(SENT_MS / 1000 + 1, UTC)
    return Payment(PAYMENT, "PRK-1", Money(minor, "EUR"), created_at, status, "purchase", False,  # type: ignore[arg-type]
                   "1111", "Visa", None, None, None)  # fmt: skip


def case(evidence: Evidence, unasked: str = "") -> Case:
    """As the page is given it."""
    by = evidence.record.text("proposed_by")
    return Case(
        evidence, choices(evidence, RULES), against_absence(evidence, RULES), against_attempt(evidence, RULES),
        ((SENT_MS, SENT_MS + 60_000),), unasked, proposal_of(evidence.record, evidence.now_ms), by != "ona@console",
    )  # fmt: skip


@pytest.mark.parametrize("name", ACTIONS)
def test_what_an_action_is_about_is_text(name: str) -> None:
    """In the form and in what is confirmed."""
    fields = {each.name: HOSTILE for each in ACTIONS[name].wanted}
    made = asked(ONA, name, ACTIONS[name], HOSTILE) + rehearsed(ONA, name, ACTIONS[name], HOSTILE, fields, HOSTILE)
    assert "<script" not in made
    assert "&lt;script&gt;" in made


def test_what_stands_in_the_ledger_is_text() -> None:
    """A batch's name, why a message was put aside, what was searched for, a reason, and a page's title."""
    progress = Progress(HOSTILE, 4, Tally({"approved": 2, "parked": 1}), HOSTILE)
    hit = Hit(HOSTILE, HOSTILE, "approved", Money(1, "EUR"), HOSTILE, HOSTILE, 1)
    made = batches(ONA, [progress]) + batch(ONA, progress, [hit]) + found(ONA, HOSTILE, [hit], HOSTILE)
    made += quarantine(ONA, [Aside("1-1", HOSTILE, 3, False, b"<b>")]) + page(HOSTILE, ONA)
    evidence = parked((), 0, reason=HOSTILE, evidence=HOSTILE, parent=HOSTILE, lane=HOSTILE)
    made += resolve(ONA, "order-resolve", ACTIONS["order-resolve"], case(evidence, HOSTILE))
    assert "<script" not in made
    assert "2 of 4 (50 %)" in made


def test_only_an_operator_is_offered_actions() -> None:
    """A viewer sees the same without the links, and without an empty column for them."""
    aside = [Aside("1-1", "not ours", 3, False, b"<b>")]
    assert "/actions/quarantine-drop?about=1-1" in quarantine(ONA, aside)
    assert "/actions/" not in quarantine(JONAS, aside) and ">Do<" not in quarantine(JONAS, aside)


def test_nobody_is_shown_a_menu_before_the_login() -> None:
    """The login's page says nothing of what is inside."""
    assert "<nav" not in bare("Log in") and "<nav" not in page("Not done", Reader(None, "token"))


def test_every_action_is_counted_under_its_name() -> None:
    """The table of metrics is below this package, and has the same names."""
    assert set(ACTIONS) == set(CONSOLE_ACTIONS)


@pytest.mark.parametrize(
    ("counts", "halt", "offered"),
    [
        ({"accepted": 3, "approved": 1}, "", {"batch-pause", "batch-cancel"}),
        ({"accepted": 3, "approved": 1}, "paused", {"batch-resume", "batch-cancel"}),
        ({"approved": 4}, "paused", {"batch-resume", "batch-cancel"}),
        ({"accepted": 1, "cancelled": 3}, "cancelled", {"batch-cancel"}),
        ({"cancelled": 4}, "cancelled", set()),
        ({"approved": 4}, "", set()),
        ({"approved": 3, "parked": 1}, "", set()),
    ],
)
def test_a_batch_is_offered_what_can_still_be_done(counts: dict[str, int], halt: str, offered: set[str]) -> None:
    """Nothing where nothing is left to be sent; a cancelled one can be cancelled to its end."""
    made = batch(ONA, Progress("b1", 4, Tally(counts), halt), ())
    assert {name for name in ACTIONS if f"/actions/{name}?about=b1" in made} == offered


@pytest.mark.parametrize(
    ("counts", "word"),
    [
        ({"approved": 3, "declined": 1}, "done"),
        ({"approved": 3, "parked": 1}, "waits for a human"),
        ({"approved": 3, "unknown": 1}, "goes on"),
        ({"approved": 3}, "goes on"),
    ],
)
def test_a_batch_goes_on_as_long_as_something_of_it_can_move(counts: dict[str, int], word: str) -> None:
    """What is 100 % is done; the legend names what there is."""
    made = batches(ONA, [Progress("b1", 4, Tally(counts), "")])
    assert [each for each in ("done", "waits for a human", "goes on") if f">{each}<" in made] == [word]
    assert ("(100 %)" in made) == (word == "done")
    assert "Open</li>" not in batch(ONA, Progress("b1", 4, Tally({**counts, "sending": 0}), ""), ())


def test_rows_that_no_order_was_accepted_of_are_told() -> None:
    """A batch that is half submitted is not half done."""
    made = batch(ONA, Progress("b1", 10, Tally({"approved": 4}), ""), None)
    assert "not in the ledger" in made and ">6<" in made and "4 of 10" in made


def test_a_payment_that_fits_can_be_chosen_and_another_cannot() -> None:
    """With what speaks against it beside it, so that nobody learns that from a refusal."""
    fits = resolve(ONA, "order-resolve", ACTIONS["order-resolve"], case(parked((payment(1000),), 60_000)))
    other = resolve(ONA, "order-resolve", ACTIONS["order-resolve"], case(parked((payment(1100),), 60_000)))
    assert f'name="decision" value="{PAYMENT}" required>' in fits
    assert f'name="decision" value="{PAYMENT}" disabled>' in other
    assert "it is not what the order asked for: amount" in other
    assert "1.0\u00a0s after the order could leave" in fits


def test_the_page_says_when_it_can_be_called_not_charged() -> None:
    """Before H is over it says until when; afterwards it can be chosen, unless the mirror has a row."""
    evidence = parked((), 60_000)
    early = Evidence(evidence.record, (), evidence.now_ms)
    late = Evidence(evidence.record, (), SENT_MS + RULES.horizon_ms)
    shown = [resolve(ONA, "order-resolve", ACTIONS["order-resolve"], case(each)) for each in (early, late, evidence)]
    assert "Not now: what has left could still be charged: say so after 14:06:40 UTC" in shown[0]
    assert 'value="nothing" required>' in shown[1]
    assert "the gateway shows 3f3a1b52" in shown[2] and 'value="nothing" disabled>' in shown[2]
    assert "Nobody saw the gateway&#x27;s list from 1970-01-12 13:46:40 UTC to 1970-01-12 13:47:40" in shown[0]


def test_nothing_is_decided_while_the_gateway_is_silent() -> None:
    """What the ledger has is shown, and no form."""
    made = resolve(
        ONA, "order-resolve", ACTIONS["order-resolve"], case(parked((), 60_000), "The gateway gave no answer.")
    )
    assert "The gateway gave no answer." in made and "11.00 EUR" in made
    assert 'name="decision"' not in made


def offered(by: str, age_ms: int = RULES.horizon_ms, ago_ms: int = 0, **more: str) -> str:
    """The page of a renewal of which nothing is to be seen, as it stands before ona; whoever `by` is proposed it."""
    now_ms = SENT_MS + age_ms
    renewal = {"charged_from": "pay-0", "envelope": "sealed", "created_at": str(SENT_MS), "proposal": HOSTILE}
    fields = {**renewal, "proposed_by": by, "proposed_at": str(now_ms - ago_ms), **more}
    evidence = parked((), age_ms, **fields)
    return resolve(ONA, "order-resolve", ACTIONS["order-resolve"], case(Evidence(evidence.record, (), now_ms)))


@pytest.mark.parametrize(
    ("by", "ago_ms", "can", "cannot"),
    [
        ("", 0, "propose", "confirm"),
        ("jonas@one", 60_000, "confirm", "propose"),
        ("jonas@one", PROPOSAL_MS, "propose", "confirm"),
    ],
)
def test_it_takes_two_to_send_an_order_once_more(by: str, ago_ms: int, can: str, cannot: str) -> None:
    """One proposes; what somebody else proposed is confirmed, as long as it counts."""
    made = offered(by, ago_ms=ago_ms)
    assert f'value="{can}" required>' in made and f'value="{cannot}"' not in made
    assert ("jonas@one proposed 60.0\u00a0s ago" in made) == (can == "confirm")


def test_who_has_proposed_it_sees_that_another_must_confirm_and_until_when() -> None:
    """And has nothing to choose there; the words are text."""
    made = offered("ona@console", ago_ms=120_000)
    assert 'value="propose" disabled>' in made and 'value="confirm"' not in made
    assert "ona@console proposed 2\u00a0min ago" in made and "until 14:34:40 UTC, for another 28\u00a0min" in made
    assert "an operator of another name must confirm it" in made and "&lt;script&gt;" in made


def test_the_page_says_why_it_is_not_sent_once_more() -> None:
    """What will pass, and what will not: then it says what to do."""
    assert (
        "Not now: what has left could still be charged"
        in offered("jonas@one", age_ms=60_000).partition("once more<")[2]
    )
    assert "Not possible: its card is erased: end it as not_charged" in offered("", envelope="")


@pytest.mark.parametrize(
    ("stretches", "expected"),
    [
        ((), ((100, 200),)),
        (((0, 300),), ()),
        (((0, 150),), ()),
        (((0, 120), (140, 300)), ((120, 140),)),
        (((150, 300),), ((100, 150),)),
        (((0, 50), (60, 70), (180, 190)), ((100, 180),)),
        (((0, 50), (250, 300)), ((100, 200),)),
    ],
)
def test_a_hole_is_what_nobody_saw_of_that_time(
    stretches: tuple[tuple[int, int], ...], expected: tuple[tuple[int, int], ...]
) -> None:
    """What lies behind the last read is none: it was not read yet."""
    assert holes(Journal(tuple(Stretch(*each) for each in stretches)), 100, 200) == expected
