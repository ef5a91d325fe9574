"""The system that a run will start, as a value that faults may shape before anything of it exists."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from producers.contract.follow_ups import token_of
from tests.campaign.following import kind_of
from tests.campaign.forms import form_of

#: The connections that can be led through a cutting proxy.
Link = Literal["redis-queue", "redis-ledger", "gateway"]


@dataclass(slots=True)
class Plan:
    """Mutable on purpose: several faults shape the same system, one after the other.

    `orders` are the ids of the orders to come, in the order in which they are accepted. `settings` override the scaled
    ones of `tests.stack`. `worker_plan` is what `tests.chaos.worker` reads: where workers are struck from inside; two
    more keys in an entry, `point` and `thaw_s`, say which crash point that is and after how long a frozen one goes on.
    `targets` are the orders that a strike will look after, by its fault's name: no order is meant by two faults.
    `forms` are orders that are not charged at once, by how they are paid (`tests.campaign.forms`). `lost_producers`
    maps an order to the place and the blow at which the process that accepts it is lost. A wrap is the beginning of a
    command line that ends by `exec`ing the rest in its own place, so that the process id stays the one of what is
    wrapped. `directory` is the run's own and exists; what faults make for the whole run, such as a small disk, they
    leave in `closing`, which ends after everything else has. `env_*` are added to the environment of that role.
    `gateway_host` is how workers are told to call the gateway's machine. `second_account` asks for one more merchant
    account. `namespaced` asks for a network namespace of the run's own: everything in it is on its loopback, and `nft`
    and `tc` may do there what they like.
    """

    seed: int
    orders: tuple[str, ...]
    directory: Path
    workers: int = 2
    settings: dict[str, str] = field(default_factory=dict)
    sandbox_faults: list[dict[str, Any]] = field(default_factory=list)
    sandbox_args: list[str] = field(default_factory=list)
    worker_plan: dict[str, dict[str, Any]] = field(default_factory=dict)
    targets: dict[str, list[str]] = field(default_factory=dict)
    lost_producers: dict[str, tuple[str, str]] = field(default_factory=dict)
    forms: dict[str, str] = field(default_factory=dict)
    valkey_config: dict[str, str] = field(default_factory=dict)
    wrap_valkey: list[list[str]] = field(default_factory=list)
    wrap_worker: list[list[str]] = field(default_factory=list)
    wrap_sandbox: list[list[str]] = field(default_factory=list)
    env_worker: dict[str, str] = field(default_factory=dict)
    use_proxies: set[Link] = field(default_factory=set)
    gateway_host: str = "127.0.0.1"
    second_account: bool = False
    namespaced: bool = False
    closing: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.forms = {order_id: form for order_id in self.orders if (form := form_of(order_id))}

    def of_form(self, form: str) -> list[str]:
        """The orders that are paid so, in their order."""
        return [order_id for order_id in self.orders if self.forms.get(order_id) == form]

    def pick(self, rng: random.Random, count: int, *, any_kind: bool = False, form: str = "") -> list[str]:
        """Orders that no other fault means: charges of that form, or with `any_kind` orders of every kind and form."""
        meant = {*self.worker_plan, *self.lost_producers, *(str(rule.get("order_id")) for rule in self.sandbox_faults)}
        meant.update(order_id for orders in self.targets.values() for order_id in orders)
        words = {word for rule in self.sandbox_faults for word in str(rule.get("description")).split()}
        free = [
            order_id
            for order_id in self.orders
            if order_id not in meant
            and (any_kind or (not kind_of(order_id) and self.forms.get(order_id, "") == form))
            and token_of(order_id) not in words
        ]
        return rng.sample(free, min(len(free), count))
