"""3-D Secure: what the bank is told of the customer's browser, where the customer is sent, what comes back.

Version 2 is asked for with a `ThreedsRequest`. The gateway falls back to version 1 on its own: a payment that has both
steps must take version 1, for version 2 has failed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from cardinity_client.errors import RequestInvalid
from cardinity_client.models.checks import require_number, require_text, require_url
from cardinity_client.secret import Secret

WindowSize = Literal["250x400", "390x400", "500x600", "600x400", "full-screen"]

WINDOW_SIZES: Final = frozenset(get_args(WindowSize))

#: Characters of a header that a browser sends, as EMV 3-D Secure bounds them.
HEADER_MAX: Final = 2048

#: Characters of what comes back from the bank's page. A real one has a few thousand.
RESULT_MAX: Final = 65_536

_LANGUAGE: Final = re.compile(r"[A-Za-z-]{2,8}", re.ASCII)
#: The gateway's SDKs differ: two letters, two to four, or three in a sample.
_ADDRESS_COUNTRY: Final = re.compile(r"[A-Z]{2,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BrowserInfo:
    """The customer's browser. `time_zone` is its `getTimezoneOffset()`: minutes, negative east of Greenwich."""

    accept_header: str
    browser_language: str
    screen_width: int
    screen_height: int
    challenge_window_size: WindowSize
    user_agent: str
    color_depth: int
    time_zone: int
    ip_address: str | None = None
    javascript_enabled: bool | None = None
    java_enabled: bool | None = None

    def __post_init__(self) -> None:
        require_text(self.accept_header, "browser_info.accept_header", HEADER_MAX)
        require_text(self.user_agent, "browser_info.user_agent", HEADER_MAX)
        require_text(self.browser_language, "browser_info.browser_language", 8, least=2)
        if not _LANGUAGE.fullmatch(self.browser_language):
            raise RequestInvalid(
                "language_format", "must be 2 to 8 letters, like en-US", "browser_info.browser_language"
            )
        require_number(self.screen_width, "browser_info.screen_width", 1, 999_999)
        require_number(self.screen_height, "browser_info.screen_height", 1, 999_999)
        require_number(self.color_depth, "browser_info.color_depth", 1, 48)
        require_number(self.time_zone, "browser_info.time_zone", -840, 840)
        if self.challenge_window_size not in WINDOW_SIZES:
            sizes = ", ".join(sorted(WINDOW_SIZES))
            raise RequestInvalid("window_size", f"must be one of {sizes}", "browser_info.challenge_window_size")
        if self.ip_address is not None:
            require_text(self.ip_address, "browser_info.ip_address", 45)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the card's bill or the goods go. `country` has two capital letters, or three."""

    address_line1: str
    city: str
    country: str
    postal_code: str
    address_line2: str | None = None
    address_line3: str | None = None
    state: str | None = None

    def __post_init__(self) -> None:
        for member, most in (("address_line1", 50), ("city", 50), ("postal_code", 16)):
            require_text(getattr(self, member), member, most)
        for member, most in (("address_line2", 50), ("address_line3", 50), ("state", 14)):
            if getattr(self, member) is not None:
                require_text(getattr(self, member), member, most)
        require_text(self.country, "country", 3, least=2)
        if not _ADDRESS_COUNTRY.fullmatch(self.country):
            raise RequestInvalid("country_format", "must be two or three capital letters, like LT", "country")


@dataclass(frozen=True, slots=True)
class CardholderInfo:
    """How the bank may know its customer."""

    email_address: str | None = None
    mobile_phone_number: str | None = None
    home_phone_number: str | None = None
    work_phone_number: str | None = None

    def __post_init__(self) -> None:
        if self.email_address is not None:
            require_text(self.email_address, "cardholder_info.email_address", 254)
        for member in ("mobile_phone_number", "home_phone_number", "work_phone_number"):
            if getattr(self, member) is not None:
                require_text(getattr(self, member), f"cardholder_info.{member}", 32)


@dataclass(frozen=True, slots=True)
class ThreedsRequest:
    """Asks for version 2. The bank's page posts its result to `notification_url`, through the customer's browser."""

    notification_url: str
    browser_info: BrowserInfo
    billing_address: Address | None = None
    delivery_address: Address | None = None
    cardholder_info: CardholderInfo | None = None

    def __post_init__(self) -> None:
        require_url(self.notification_url, "threeds2_data.notification_url")


@dataclass(frozen=True, slots=True)
class ThreedsV2:
    """The customer's browser posts `creq` to `acs_url`; what comes back is a `ChallengeResult`."""

    acs_url: str
    creq: str


@dataclass(frozen=True, slots=True)
class ThreedsV1:
    """The customer's browser posts `data` as PaReq to `url`; what comes back is an `AuthorizeData`."""

    url: str
    data: str


@dataclass(frozen=True, slots=True)
class ChallengeResult:
    """Version 2: the `cres` that the bank's page posted."""

    cres: Secret[str]

    def __post_init__(self) -> None:
        require_text(self.cres.reveal(), "cres", RESULT_MAX)


@dataclass(frozen=True, slots=True)
class AuthorizeData:
    """Version 1: the `PaRes` that the bank's page posted. Old ones have line breaks; they mean nothing and are gone."""

    pares: Secret[str]

    def __post_init__(self) -> None:
        require_text("".join(self.pares.reveal().split()), "authorize_data", RESULT_MAX)
