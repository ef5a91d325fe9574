"""What can be done in a story of a shop: sentences, and what each of them means."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tests.scenarios.language import meaning
from tests.scenarios.shop import Shop

Deed = Callable[..., object]

_NAME: Final = r"([A-Z]+)"
_ORDER: Final = r"([A-Z]+[.-][0-9]+)"
_MONEY: Final = r"([0-9.]+) ([A-Z]{3})"
_LIST: Final = r"([0-9., ]+[0-9])"


def _shared(key: str, read: Callable[[str], object]) -> Deed:
    def share(shop: Shop, name: str, total: str, currency: str, listed: str, whole: str | None) -> None:
        parts = [{key: read(each)} for each in listed.split(", ")]
        shop.share(name, total, currency, parts, all_or_nothing=whole is not None)

    return share


_SENTENCES: Final[tuple[tuple[str, Deed], ...]] = (
    (rf"somebody pays {_MONEY} for {_NAME}", lambda shop, amount, currency, name: shop.pay(name, amount, currency)),
    (rf"{_NAME} of {_MONEY} is paid in parts of {_LIST}(, all or nothing)?", _shared("amount", str)),
    (rf"{_NAME} of {_MONEY} is paid by shares of {_LIST}(, all or nothing)?", _shared("share", int)),
    (
        rf"the merchant submits {_NAME}, ([0-9]+) rows of {_MONEY}",
        lambda shop, name, rows, amount, currency: shop.submit(name, int(rows), amount, currency),
    ),
    (
        rf"the merchant submits what failed of {_NAME}, with (-\S+)",
        lambda shop, name, suffix: shop.submit_failed(name, suffix),
    ),
    (rf"the merchant (pause|resume|cancel)s {_NAME}", lambda shop, word, name: shop.batch(word, name)),
    (rf"the merchant reports {_NAME}", lambda shop, name: shop.report(name)),
    (rf"the bank declines {_ORDER}", lambda shop, order_id: shop.strike(order_id, "declined")),
    (rf"the gateway has no time for {_ORDER}", lambda shop, order_id: shop.strike(order_id, "rate_limited_429")),
    (
        rf"once {_ORDER} is charged the bank declines {_ORDER}",
        lambda shop, paid, order_id: shop.strike_once(paid, order_id, "declined"),
    ),
    (rf"a worker dies with the answer for {_ORDER}", lambda shop, order_id: shop.employ(order_id)),
    (r"no worker runs", lambda shop: shop.dismiss()),
    (r"workers run again", lambda shop: shop.employ()),
)


def shop_deed(words: str) -> Callable[[Shop], object]:
    """What the sentence means. Raises ValueError: nobody knows."""
    meant, said = meaning(words, _SENTENCES)
    return lambda shop: meant(shop, *said)
