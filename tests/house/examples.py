"""Examples in documents as they are held against what is answered: what differs from run to run is given a name by the
document, and means what it meant before.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

#: What is another one in each run: ids, the address of the gateway's double, and what was sealed or signed.
VARYING = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|127\.0\.0\.1:[0-9]+|[A-Za-z0-9_-]{40,}")
#: What differs, and is not meant again.
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
#: A member of an object that stands for all that are not shown.
MORE = "…"


@dataclass(frozen=True)
class Message:
    """A request or an answer as it stands in a document."""

    start: str
    headers: dict[str, str]
    body: str


@dataclass
class Meanings:
    """What the varying words of a document mean in this run."""

    known: dict[str, str] = field(default_factory=dict)

    def now(self, text: str) -> str:
        """The text with what its words mean; one that was never told stays as it is."""
        return VARYING.sub(lambda word: self.known.get(word[0], word[0]), text)

    def fits(self, shown: str, told: str, *, whole: bool = False) -> bool:
        """Whether the text that is shown is what was told, or a part of it; then its new words have a meaning."""
        pattern = "".join(self._pattern(MOMENT.sub("then", shown)))
        found = (re.fullmatch if whole else re.search)(pattern, MOMENT.sub("then", told))
        if found is None:
            return False
        self.known |= {self._words[int(name[1:])]: word for name, word in found.groupdict().items()}
        return True

    def _pattern(self, shown: str) -> Iterator[str]:
        self._words: list[str] = []
        at = 0
        for word in VARYING.finditer(shown):
            yield re.escape(shown[at : word.start()])
            yield self._one(word[0])
            at = word.end()
        yield re.escape(shown[at:])

    def _one(self, word: str) -> str:
        if word in self.known:
            return re.escape(self.known[word])
        if word in self._words:
            return f"(?P=w{self._words.index(word)})"
        self._words.append(word)
        return f"(?P<w{len(self._words) - 1}>{VARYING.pattern})"


def read_message(block: str) -> Message:
    """A block of the language `http`."""
    head, _, body = block.rstrip("\n").partition("\n\n")
    start, *headers = head.splitlines()
    return Message(start, dict(line.split(": ", 1) for line in headers), body)


def comparable(shown: str, told: str) -> tuple[str, str]:
    """Two bodies as texts that can be compared: JSON without blanks, and without members that are not shown."""
    if not shown.startswith(("{", "[")):
        return shown, told
    expected = json.loads(shown.replace(f"{MORE}}}", f'"{MORE}": 0}}'))
    return json.dumps(_without_more(expected)), json.dumps(_as_shown(expected, json.loads(told)))


def _as_shown(expected: Any, actual: Any) -> Any:
    if isinstance(expected, Mapping) and isinstance(actual, Mapping):
        shown = {name: _as_shown(expected[name], actual[name]) for name in expected if name in actual}
        others = {} if MORE in expected else {name: actual[name] for name in actual if name not in expected}
        return {**shown, **others}
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [_as_shown(*pair) for pair in zip(expected, actual, strict=True)]
    return actual


def _without_more(expected: Any) -> Any:
    if isinstance(expected, Mapping):
        return {name: _without_more(value) for name, value in expected.items() if name != MORE}
    return [_without_more(value) for value in expected] if isinstance(expected, list) else expected
