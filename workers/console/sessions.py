"""Sessions as signed cookies, and the tokens of forms that follow from them. Pure but for the clock it is given.

The key is made when the console starts, so a restart ends all sessions. Whoever has none gets one without a name, so
that the form of the login has its token as every other. What was ended is remembered until it would have been over
anyway: a copy of its cookie is worth nothing.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from workers.console.users import User

#: Seconds after which a session is over: without anything done, and whatever was done. A page that refreshes itself
#: does nothing.
IDLE_S, LONGEST_S = 900, 43_200
#: Ended sessions that are remembered. Nobody logs out so often: when they are as many, all sessions end.
ENDED_MAX: Final = 10_000
_KEY_BYTES: Final = 32
#: Characters of a cookie that are looked at.
_COOKIE_MAX: Final = 512


@dataclass(frozen=True, slots=True)
class Session:
    """Who, since when and when last (s), a number of its own, and what the users file said of that one when it began.
    No name: nobody has logged in."""

    name: str
    since_s: int
    seen_s: int
    number: str
    line: str = ""


class Sessions:
    """Makes, reads and ends them. `clock` answers seconds since 1970. Belongs to one thread."""

    def __init__(self, clock: Callable[[], float], *, ended_max: int = ENDED_MAX) -> None:
        self._clock = clock
        self._ended_max = ended_max
        self._key = secrets.token_bytes(_KEY_BYTES)
        #: By its number, when an ended session would have been over (s).
        self._ended: dict[str, int] = {}

    def begun(self, user: User | None = None) -> Session:
        """A new one; a login always makes one, so that nobody logs in on a number that somebody else has chosen."""
        now_s = int(self._clock())
        name, line = (user.name, self._line(user)) if user else ("", "")
        return Session(name, now_s, now_s, secrets.token_urlsafe(16), line)

    def touched(self, session: Session) -> Session:
        """The same, in which something was done now."""
        return replace(session, seen_s=int(self._clock()))

    def ended(self, session: Session) -> None:
        """No cookie of it counts any more."""
        now_s = self._clock()
        self._ended = {number: over_s for number, over_s in self._ended.items() if over_s > now_s}
        if len(self._ended) >= self._ended_max:
            # Forgetting one would give its cookie back. Another key takes all of them away.
            self._key, self._ended = secrets.token_bytes(_KEY_BYTES), {}
            return
        self._ended[session.number] = session.since_s + LONGEST_S

    def is_of(self, session: Session, user: User) -> bool:
        """Whether the user is still who began it: another role or password is another user."""
        return session.name == user.name and _same(session.line, self._line(user))

    def written(self, session: Session) -> str:
        """The cookie's value."""
        text = "\n".join((session.name, str(session.since_s), str(session.seen_s), session.number, session.line))
        body = _text(text.encode())
        return f"{body}.{self._signed('session', body)}"

    def read(self, cookie: str) -> Session | None:
        """The session of a cookie; None where it is none of ours, ended, or over."""
        body, _, signature = cookie[:_COOKIE_MAX].partition(".")
        # Of what was sent, not of what it decodes to: two texts can decode to the same.
        if not _same(signature, self._signed("session", body)):
            return None
        text = urlsafe_b64decode(body + "=" * (-len(body) % 4)).decode()
        name, since, seen, number, line = text.split("\n")
        session, now_s = Session(name, int(since), int(seen), number, line), self._clock()
        over = now_s >= session.seen_s + IDLE_S or now_s >= session.since_s + LONGEST_S
        return None if over or number in self._ended else session

    def token(self, session: Session) -> str:
        """What a form of this session carries."""
        return self._signed("form", f"{session.name}\n{session.number}")

    def allows(self, session: Session, token: str) -> bool:
        """Whether a form was made for this session."""
        return _same(token, self.token(session))

    def _line(self, user: User) -> str:
        return self._signed("user", f"{user.name}\n{user.role}\n{user.hash}")

    def _signed(self, purpose: str, text: str) -> str:
        return _text(hmac.digest(self._key, f"{purpose}\n{text}".encode(), hashlib.sha256))


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), right.encode())
