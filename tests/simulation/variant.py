"""Which parts a world is built of: the product's and the honest doubles', or a mutant's in place of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.simulation.content import DIVIDED, SCENES, Scene
from tests.simulation.gateway import GatewayDouble
from tests.simulation.ledger import LedgerDouble
from tests.simulation.times import verdict_rules
from workers.duties.leader import Leader
from workers.payments.charge import Charger
from workers.resolver.verdict import Rules


@dataclass(frozen=True)
class Variant:
    """The parts. `faults` are turned on in every world, beside those of its seed."""

    ledger: type[LedgerDouble] = LedgerDouble
    gateway: type[GatewayDouble] = GatewayDouble
    charger: type[Charger] = Charger
    leader: type[Leader] = Leader
    verdict: Rules = field(default_factory=verdict_rules)
    watchdog: bool = True
    sweeper: bool = True
    #: Messages are acknowledged before their handler runs.
    early_ack: bool = False
    faults: Mapping[str, float] = field(default_factory=dict)
    #: Orders of every world; 0 leaves it to the seed.
    orders: int = 0
    #: The shares of worlds that are about something else than charges, and of those with two accounts.
    scenes: Mapping[Scene, float] = field(default_factory=lambda: SCENES)
    divided: float = DIVIDED


#: The product as it is.
PRODUCT = Variant()
