"""The page on which a parked order is decided: what was asked for, what the gateway shows, what nobody saw. Pure.

Whoever decides is woken at night and must not have to look anywhere else. So every payment stands there with what
speaks against it, and what cannot be said yet stands there with when it can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cardinity_client import Payment
from cardinity_client.models.follow_ups import FollowUp
from producers.contract.succession import attempt_id
from workers.analytics.pages.markup import Markup, element
from workers.console import proposals
from workers.console.actions import Action
from workers.console.confirming import REHEARSE, step, steps
from workers.console.deciding import CONFIRM, NAMED, NOTHING, PROPOSE
from workers.console.layout import Reader, field, form, link, note, notice, page, part
from workers.console.orders import address, price
from workers.console.reasons import told
from workers.console.shapes import choice, clock, facts, span, table, word
from workers.operations.choices import Choice
from workers.operations.errors import NotNow, OperationRefused
from workers.operations.evidence import Evidence
from workers.operations.reattempting import PROPOSAL_MS, Proposal
from workers.resolver.verdict import Row


@dataclass(frozen=True, slots=True)
class Case:
    """A parked order as it is put before somebody. `unasked` is why the gateway's word is missing, or empty.

    `absence` is what speaks against it that nothing was charged, `attempt` what against sending it once more. `holes`
    are stretches of time (ms) since the order could leave in which the gateway's list was not seen. A `proposal` is
    open, and who decides `confirms` it: it is somebody else's.
    """

    evidence: Evidence
    choices: tuple[Choice, ...]
    absence: OperationRefused | None
    attempt: OperationRefused | None
    holes: tuple[tuple[int, int], ...]
    unasked: str = ""
    proposal: Proposal | None = None
    confirms: bool = False


def resolve(reader: Reader, name: str, action: Action, case: Case) -> str:
    """The page."""
    record = case.evidence.record
    return page(
        f"Resolve {record.order_id}",
        reader,
        *([notice(case.unasked, kind="stop")] if case.unasked else []),
        *_proposed(case),
        element(
            "div",
            {"class": "two"},
            element(
                "div",
                {},
                part("What was asked for", facts(_asked(case.evidence))),
                part("What was seen", *_seen(case)),
            ),
            element("div", {}, part("What is it?", _form(reader, name, action, case))),
        ),
    )


def _proposed(case: Case) -> Iterable[Markup]:
    if case.proposal:
        yield proposals.told(case.proposal, case.evidence.now_ms, confirms=case.confirms)


def _asked(evidence: Evidence) -> Iterable[tuple[str, str]]:
    record, now_ms = evidence.record, evidence.now_ms
    since_ms = record.number("since")
    card = " ".join(
        filter(None, (record.text("card_brand"), "·" + record.text("last4") if record.text("last4") else ""))
    )
    yield "Order", link(address(record.order_id), record.order_id)
    yield "Amount", price(record)
    yield "Kind", record.kind or "charge"
    yield "Card", card
    yield "Account", record.lane
    yield "Reference", record.ref
    yield "Of payment", record.parent
    yield "Could leave", _moment(record.intent_at_ms, now_ms) if record.intent_at_ms else "never"
    yield "Parked", _moment(since_ms, now_ms)
    yield "Why", told(record.text("reason"))
    yield "Evidence then", record.text("evidence")
    yield "Proof then", record.text("proof")


def _seen(case: Case) -> Iterable[Markup]:
    evidence = case.evidence
    yield table(
        "Rows of the gateway's list",
        ("Payment", "Status", "Amount#", "Card", "Created"),
        (_row(row) for row in evidence.rows),
        empty="The mirror has kept no row of the gateway's list under the order's reference.",
    )
    if not evidence.whole:
        yield notice("A row of the gateway's list could not be read: it may be this payment.", kind="stop")
    if evidence.settled:
        yield notice(f"Something was taken of {', '.join(evidence.settled)}.", kind="stop")
    if case.holes:
        when = "; ".join(f"{clock(begin_ms)} to {clock(end_ms)}" for begin_ms, end_ms in case.holes)
        yield notice(f"Nobody saw the gateway's list from {when}. A payment of that time may be in no row here.")
    else:
        yield note("The gateway's list was seen without a gap since the order could leave.")


def _row(row: Row) -> Sequence[str]:
    card = f"·{row.last4}" if row.last4 else ""
    return row.payment_id, _status(row.status), f"{row.amount} {row.currency}", card, clock(row.created_ms)


def _form(reader: Reader, name: str, action: Action, case: Case) -> Markup:
    evidence = case.evidence
    if case.unasked:
        return note("Nothing can be decided until the gateway answers: load the page again.")
    found = [_choice(each, evidence) for each in case.choices]
    named = choice(
        "decision",
        NAMED,
        element("b", {}, "Another payment"),
        element("small", {}, "that the gateway shows elsewhere"),
        usable=not evidence.record.two_phase,
    )
    because = next(each for each in action.wanted if each.name == "because")
    return form(
        reader,
        f"/actions/{name}",
        *step(evidence.record.order_id, REHEARSE),
        element(
            "fieldset",
            {"class": "choices"},
            element("legend", {}, "The gateway shows under its reference"),
            *(found or [note("No payment.")]),
            named,
            field("payment_id", "Its id", most=36),
        ),
        element(
            "fieldset",
            {"class": "choices"},
            element("legend", {}, "Or"),
            _other(NOTHING, "It was not charged", "and nothing can land any more", case.absence),
            _once_more(case),
            field("because", because.title, most=because.most),
        ),
        note("The gateway is asked again before anything is done."),
        steps("/doubtful", "Check"),
    )


def _once_more(case: Case) -> Markup:
    """It takes two: what the reader can say of it depends on what was said before."""
    words, successor = "It was not charged, and is to be sent once more", attempt_id(case.evidence.record.order_id)
    if case.proposal and not case.confirms:
        mine = NotNow("proposed_before", "it is proposed, and an operator of another name must confirm it")
        return _other(PROPOSE, words, "", case.attempt or mine)
    if case.proposal:
        told = (
            f"as {case.proposal.by} proposed: {successor} leaves at once. If both of you are wrong, it is charged twice"
        )
        return _other(CONFIRM, "Confirm: it was not charged, and is sent once more", told, case.attempt)
    told = f"as {successor}, once another operator has confirmed it within {PROPOSAL_MS // 60_000} minutes"
    return _other(PROPOSE, words, told, case.attempt)


def _other(value: str, words: str, told: str, against: OperationRefused | None) -> Markup:
    """What can be said beside the payments; `told` where nothing speaks against it."""
    if against:
        told = f"{'Not now' if isinstance(against, NotNow) else 'Not possible'}: {against.message}"
    return choice("decision", value, element("b", {}, words), element("small", {}, told), usable=against is None)


def _choice(each: Choice, evidence: Evidence) -> Markup:
    made = each.made
    words = [element("b", {}, f"It was charged: {_amount(made)}"), element("code", {}, made.id), _status(made.status)]
    card = f"card ·{made.last4}, " if isinstance(made, Payment) and made.last4 else ""
    created_ms = int(made.created_at.timestamp() * 1000)
    later_ms = created_ms - evidence.record.intent_at_ms
    when = f"{span(later_ms)} {'after' if later_ms >= 0 else 'before'} the order could leave"
    words.append(element("small", {}, f"{card}made {clock(created_ms)}, {when}"))
    if each.against:
        words.append(element("small", {"class": "against"}, f"Not this one: {each.against.message}"))
    return choice("decision", made.id, *words, usable=each.against is None)


def _amount(made: Payment | FollowUp) -> str:
    """A void has no amount of its own."""
    amount = getattr(made, "amount", None)
    return f"{amount.text} {amount.currency}" if amount else "all of it"


def _status(status: str) -> Markup:
    return word(status, {"approved": "good", "declined": "declined"}.get(status, "busy"))


def _moment(at_ms: int, now_ms: int) -> str:
    return f"{clock(at_ms)}, {span(now_ms - at_ms)} ago"
