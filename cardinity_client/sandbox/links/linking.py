"""Making, changing and deleting a link as deeds."""

from dataclasses import dataclass

from msgspec.structs import replace

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.links.link import Link
from cardinity_client.sandbox.plan import Operation
from cardinity_client.sandbox.wire import Answer, encode, identity


@dataclass(frozen=True, slots=True)
class Linking:
    """A link in its next state. `operation` says which of the three brought it there."""

    account: Account
    operation: Operation
    link: Link
    expires_ms: int

    def answer(self) -> Answer:
        return Answer(201 if self.operation == "link" else 200, encode(self.link))

    def land(self, _at_ms: int) -> None:
        self.account.links.put(self.link, self.expires_ms)
        new = self.operation == "link"
        parent_id, description = (None, self.link.description) if new else (self.link.id, None)
        self.account.tallies.note_effect(self.operation, parent_id, description, "approved")

    def holds(self) -> bool:
        """A link that was deleted meanwhile stays deleted."""
        entry = self.account.links.get(self.link.id)
        return entry is None or not entry.link.deleted

    def processing(self) -> None:
        """There is no such state."""
        return None

    def declined(self, _error: str, _advice: str | None) -> None:
        """No bank is asked."""
        return None

    def again(self) -> "Linking | None":
        """A second link; the same change or deletion a second time changes nothing."""
        if self.operation != "link":
            return None
        link_id = link_identity(self.account, self.link.description, again=True)
        url = self.link.url.removesuffix(self.link.id) + link_id
        return Linking(self.account, "link", replace(self.link, id=link_id, url=url), self.expires_ms)


def link_identity(account: Account, description: str, *, again: bool = False) -> str:
    """The id of the link that the latest request with this description makes."""
    nth = account.tallies.posts("link", None, description)
    return identity(account.settings.seed, f"link\x1f{description}", -nth if again else nth)
