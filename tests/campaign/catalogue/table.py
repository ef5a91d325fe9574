"""The catalogue: one file per family, and here all of them in one order that never depends on the machine."""

from __future__ import annotations

from collections.abc import Mapping

from tests.campaign.catalogue.accounts import FAULTS as ACCOUNTS
from tests.campaign.catalogue.clock import FAULTS as CLOCK
from tests.campaign.catalogue.deploy import FAULTS as DEPLOY
from tests.campaign.catalogue.disk import FAULTS as DISK
from tests.campaign.catalogue.gateway import FAULTS as GATEWAY
from tests.campaign.catalogue.inputs import FAULTS as INPUT
from tests.campaign.catalogue.network import FAULTS as NETWORK
from tests.campaign.catalogue.process import FAULTS as PROCESS
from tests.campaign.catalogue.redis import FAULTS as REDIS
from tests.campaign.fault import Fault

#: Every fault there is.
CATALOGUE: tuple[Fault, ...] = (*PROCESS, *REDIS, *NETWORK, *GATEWAY, *ACCOUNTS, *CLOCK, *DISK, *DEPLOY, *INPUT)
BY_NAME: Mapping[str, Fault] = {fault.name: fault for fault in CATALOGUE}
