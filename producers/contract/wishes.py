"""What one order may ask for."""

from __future__ import annotations

from typing import TypeAlias

from producers.contract.commands import Charge
from producers.contract.follow_ups import FollowUp
from producers.contract.links import LinkOrder

#: A charge, what follows a payment, or a link to be paid.
Wish: TypeAlias = Charge | FollowUp | LinkOrder
