"""Every call that the ledger knows, to be made on a ledger in trouble: what does each answer?"""

from __future__ import annotations

from typing import Any

from producers.errors import ProducerError
from producers.runtime.ledger import calls, due_calls
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.executors import AsyncLedger
from tests.redis_faults.shop import ACCOUNT

#: What a call answers that ran.
RAN = "ran"
TOKEN = "d" * 32
WORKER = "nobody"


def every_call(order_id: str, token: str = TOKEN) -> dict[str, Call[Any]]:
    """One call of each script, about that order where it is about one."""
    content: dict[str, Argument] = {
        "amount_minor": 1000,
        "currency": "EUR",
        "account": ACCOUNT,
        "ref": order_id,
        "batch": "",
    }
    return {
        "accept": calls.accept(order_id, content, grace_ms=60_000),
        "claim": calls.claim(order_id, token, WORKER, lease_ms=60_000, claims_max=5, presence_ms=60_000),
        "intent": calls.intent(order_id, token, window_ms=60_000, account=ACCOUNT),
        "settle": calls.settle(
            order_id,
            token,
            allowed=("sending",),
            to="approved",
            event_id=f"{order_id}:approved",
            event=b"{}",
            detail="drill",
        ),
        "finalize": calls.finalize(order_id, "cres", "drill", answers_max=8),
        "try_answer": calls.try_answer(
            order_id, token, "drill", "drill", WORKER, window_ms=1, presence_ms=1, retry_ms=1, tries_max=1
        ),
        "step": calls.step(order_id, token, seen="", due_ms=1),
        "release": calls.release(order_id, token, delay_ms=0, detail="drill"),
        "present": calls.present(WORKER),
        "lead": calls.lead("drill", token, 1000),
        "sweep": due_calls.sweep(limit=1, grace_ms=60_000, grace_max_ms=60_000),
        "reap": due_calls.reap(presence_ms=600_000, limit=1),
        "fence": calls.fence(),
        "publish": calls.publish("+", 1),
        "begin_scan": calls.begin_scan(ACCOUNT, 60),
        "sight": calls.sight(ACCOUNT, "", token, b"{}", []),
        "evidence": calls.evidence(order_id, ACCOUNT),
    }


async def answers(ledger: AsyncLedger, wanted: dict[str, Call[Any]]) -> dict[str, str]:
    """What each call came to when it was made once: `ran`, or the code of its error."""
    found: dict[str, str] = {}
    for name, call in wanted.items():
        try:
            await ledger.run(call, patience_s=0)
            found[name] = RAN
        except ProducerError as error:
            found[name] = error.code
    return found
