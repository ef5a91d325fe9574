"""What each fault of a request that wants a change does: whether the change lands, and how the exchange ends.

A fault that lands a change answers a refused request as if it were not there: there is nothing to spoil.
"""

import asyncio
import functools
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

import msgspec

from cardinity_client.money import Money
from cardinity_client.sandbox.exchange import Exchange, raw_head
from cardinity_client.sandbox.plan import Rule
from cardinity_client.sandbox.wire import HTML, JSON, Answer, encode, refusal

#: Seconds between two bytes of a slow body; a payment then takes about 40.
SLOW_BODY_TICK_S: Final = 0.1
#: Bytes a compressed body unpacks to; it travels as a thousandth of that.
BOMB_BYTES: Final = 100_000_000
#: Objects within objects: more than any parser's own stack can bear.
NESTED: Final = 100_000
#: Bytes an oversized body is padded with: sixteen times what the client is willing to read.
OVERSIZE_BYTES: Final = 1_048_576

#: Ends the exchange. An answer that is returned is still to be sent; None says that nothing is.
Play = Callable[[Exchange, Answer, Rule], Awaitable[Answer | None]]


class Landing(Enum):
    """When what a request wants comes true."""

    NEVER = "never"
    NOW = "now"
    #: `delay_ms` later, whether or not the client is still there.
    LATER = "later"
    #: At once as `processing`, and in its final state at the first look after `delay_ms`.
    PROCESSING = "processing"
    #: At once, and the bank says no.
    DECLINED = "declined"
    #: At once and once more: it was delivered twice.
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Fault:
    """`play` gets the proper answer, or an empty one where nothing landed."""

    landing: Landing
    play: Play


async def _nothing(_exchange: Exchange, answer: Answer, _rule: Rule) -> Answer | None:
    return answer


async def _reset(exchange: Exchange, _answer: Answer, _rule: Rule) -> None:
    await exchange.reset()


async def _close(exchange: Exchange, _answer: Answer, _rule: Rule) -> None:
    await exchange.close()


async def _hang(exchange: Exchange, _answer: Answer, rule: Rule) -> None:
    """Without a delay it hangs until the client has had enough."""
    if not await exchange.client_leaves(rule.delay_s):
        await exchange.close()


async def _silence(exchange: Exchange, _answer: Answer, _rule: Rule) -> None:
    await exchange.client_leaves()


async def _slow_answer(exchange: Exchange, answer: Answer, rule: Rule) -> Answer | None:
    return None if await exchange.client_leaves(rule.delay_s) else answer


async def _slow_body(exchange: Exchange, answer: Answer, rule: Rule) -> None:
    await exchange.send_slowly(answer, SLOW_BODY_TICK_S if rule.delay_s is None else rule.delay_s)


async def _short_body(exchange: Exchange, answer: Answer, _rule: Rule) -> None:
    """Promises the whole body, sends half of it and closes."""
    head = raw_head(answer.status, (*answer.headers, (b"content-length", b"%d" % len(answer.body))))
    await exchange.close(head + answer.body[: len(answer.body) // 2])


async def _bad_chunk(exchange: Exchange, answer: Answer, _rule: Rule) -> None:
    """The whole body in one good chunk, then a chunk size that is no number."""
    head = raw_head(answer.status, (*answer.headers, (b"transfer-encoding", b"chunked")))
    await exchange.close(head + b"%x\r\n%s\r\nnonsense\r\n\r\n" % (len(answer.body), answer.body))


async def _truncated(_exchange: Exchange, answer: Answer, _rule: Rule) -> Answer:
    """Half a document in a perfectly framed response."""
    return Answer(answer.status, answer.body[: len(answer.body) // 2])


async def _empty(_exchange: Exchange, _answer: Answer, _rule: Rule) -> Answer:
    return Answer(201)


async def _oversized(_exchange: Exchange, answer: Answer, _rule: Rule) -> Answer:
    """Still valid JSON, and the padding comes first: reading only the beginning tells nothing."""
    return Answer(answer.status, b'{"padding":"' + b"x" * OVERSIZE_BYTES + b'",' + answer.body[1:])


async def _gzip_bomb(_exchange: Exchange, answer: Answer, _rule: Rule) -> Answer:
    """The payment comes last, after all the padding, and nobody had asked for compression."""
    padding, packer = await asyncio.to_thread(_packed_padding)
    rest = packer.copy()
    body = padding + rest.compress(b'",' + answer.body[1:]) + rest.flush()
    return Answer(answer.status, body, (*answer.headers, (b"content-encoding", b"gzip")))


@functools.cache
def _packed_padding() -> tuple[bytes, "zlib._Compress"]:
    """The beginning of every bomb, and the state to go on from: packing it anew would hold up the other answers."""
    packer = zlib.compressobj(1, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    chunk = b"x" * (BOMB_BYTES // 100)
    parts = [packer.compress(b'{"padding":"'), *(packer.compress(chunk) for _ in range(100))]
    return b"".join(parts) + packer.flush(zlib.Z_FULL_FLUSH), packer


async def _deep_json(_exchange: Exchange, answer: Answer, _rule: Rule) -> Answer:
    """Valid, and as deep as it is long."""
    return Answer(answer.status, b'{"a":' * NESTED + answer.body + b"}" * NESTED, answer.headers)


async def _duplicate_keys(_exchange: Exchange, answer: Answer, _rule: Rule) -> Answer:
    """Two statuses and two ids; which one a reader sees depends on its parser."""
    false = b'{"id":"00000000-0000-4000-a000-000000000000","status":"declined",'
    return Answer(answer.status, false + answer.body[1:])


async def _redirect(exchange: Exchange, _answer: Answer, _rule: Rule) -> Answer:
    """To itself: following it means posting again."""
    location = f"{exchange.scheme}://{exchange.header(b'host') or ''}{exchange.path}"
    return Answer(307, headers=((b"location", location.encode("latin-1")),))


async def _portal(_exchange: Exchange, _answer: Answer, _rule: Rule) -> Answer:
    """A captive portal answered; the gateway never saw the request."""
    return Answer(200, b"<!doctype html><title>Sign in</title><p>Please sign in to this network.</p>", (HTML,))


async def _rate_limited(_exchange: Exchange, _answer: Answer, rule: Rule) -> Answer:
    return refusal(429, headers=[(b"retry-after", rule.retry_after.encode("latin-1"))])


def _says(status: int) -> Play:
    """An error status; a 502 or 504 comes from a proxy, which speaks HTML."""

    async def play(_exchange: Exchange, _answer: Answer, _rule: Rule) -> Answer:
        if status in (502, 504):
            return Answer(status, b"<html><h1>%d</h1></html>" % status, (HTML,))
        return refusal(status)

    return play


def _retells(change: Callable[[dict[str, Any]], None]) -> Play:
    """What the answer tells is not what is in the book. What an object does not have cannot be told wrongly."""

    async def play(_exchange: Exchange, answer: Answer, _rule: Rule) -> Answer:
        document = msgspec.json.decode(answer.body)
        change(document)
        return Answer(answer.status, encode(document), (JSON,))

    return play


def _other_order(document: dict[str, Any]) -> None:
    """And what follows a payment belongs to another payment then."""
    document["order_id"] = f"{document.get('order_id', 'none')[:48]}-x"
    if "parent_id" in document:
        document["parent_id"] = "00000000-0000-4000-a000-000000000000"


def _other_amount(document: dict[str, Any]) -> None:
    if "amount" in document:
        money = Money.parse(document["amount"], document["currency"])
        document["amount"] = Money(money.minor + 1, money.currency).text


def _other_currency(document: dict[str, Any]) -> None:
    if "currency" in document:
        document["currency"] = "USD" if document["currency"] != "USD" else "EUR"


#: By the names of `plan.PostFault` and `plan.EndFault`.
CATALOGUE: Final[Mapping[str, Fault]] = {
    "reset_before": Fault(Landing.NEVER, _reset),
    "close_before": Fault(Landing.NEVER, _close),
    "hang_before": Fault(Landing.NEVER, _hang),
    "http_500_before": Fault(Landing.NEVER, _says(500)),
    "http_502_before": Fault(Landing.NEVER, _says(502)),
    "http_503_before": Fault(Landing.NEVER, _says(503)),
    "http_504_before": Fault(Landing.NEVER, _says(504)),
    "http_401": Fault(Landing.NEVER, _says(401)),
    "http_403": Fault(Landing.NEVER, _says(403)),
    "rate_limited_429": Fault(Landing.NEVER, _rate_limited),
    "redirect_307": Fault(Landing.NEVER, _redirect),
    "html_200": Fault(Landing.NEVER, _portal),
    "late_landing": Fault(Landing.LATER, _silence),
    "processing": Fault(Landing.PROCESSING, _nothing),
    "declined": Fault(Landing.DECLINED, _nothing),
    "delivered_twice": Fault(Landing.TWICE, _nothing),
    "charge_then_reset": Fault(Landing.NOW, _reset),
    "charge_then_close": Fault(Landing.NOW, _close),
    "charge_then_hang": Fault(Landing.NOW, _hang),
    "http_500_after": Fault(Landing.NOW, _says(500)),
    "http_502_after": Fault(Landing.NOW, _says(502)),
    "http_503_after": Fault(Landing.NOW, _says(503)),
    "http_504_after": Fault(Landing.NOW, _says(504)),
    "empty_201": Fault(Landing.NOW, _empty),
    "truncated_json": Fault(Landing.NOW, _truncated),
    "short_body": Fault(Landing.NOW, _short_body),
    "bad_chunk": Fault(Landing.NOW, _bad_chunk),
    "oversized_body": Fault(Landing.NOW, _oversized),
    "gzip_bomb": Fault(Landing.NOW, _gzip_bomb),
    "deep_json": Fault(Landing.NOW, _deep_json),
    "duplicate_keys": Fault(Landing.NOW, _duplicate_keys),
    "wrong_order_in_body": Fault(Landing.NOW, _retells(_other_order)),
    "wrong_amount_in_body": Fault(Landing.NOW, _retells(_other_amount)),
    "wrong_currency_in_body": Fault(Landing.NOW, _retells(_other_currency)),
    "slow_answer": Fault(Landing.NOW, _slow_answer),
    "slow_body": Fault(Landing.NOW, _slow_body),
}
