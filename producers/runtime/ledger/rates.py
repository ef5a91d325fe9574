"""The rate of an account, as a constructor of a `Call`: the bucket that all workers share is in the ledger."""

from __future__ import annotations

from typing import cast

from producers.runtime.ledger.call import Call, Reply
from producers.runtime.ledger.results import Leased


def tokens(account: str, ceiling: int, wanted: int, keep: int) -> Call[Leased]:
    """Take tokens of an account's rate, at most `ceiling` a second for everybody; `keep` percent of the present rate
    are left when somebody complained. Repeated, it takes again: what a lost reply held is lost."""

    def decode(reply: Reply) -> Leased:
        return Leased(int(cast(bytes, reply[1])), int(cast(bytes, reply[2])) / 1000, float(cast(bytes, reply[3])))

    return Call("tokens", (account, ceiling, wanted, keep), decode)
