"""One merchant, one gateway, one ledger, and workers that come, stall and die as a story says.

Everything is the product's own and real but time: instead of waiting, `later` moves what an order remembers into the
past. The gateway is the sandbox, on the loop of the test, so a story can look into its book and land a charge late.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import redis

from cardinity_client import CardinityClient
from cardinity_client.sandbox.plan import Rule as Fault
from cardinity_client.sandbox.serving import Running, running
from cardinity_client.sandbox.settings import SandboxSettings
from cardinity_client.sandbox.wire import Instrument, Payment, identity, timestamp
from producers.acceptance import prepare
from producers.contract import states
from producers.contract.commands import parse_charge
from producers.contract.events import decode
from producers.contract.names import QUEUE_PAYMENTS
from producers.errors import LedgerLockdown
from producers.runtime.clients import async_client, sync_client
from producers.runtime.ledger import keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.epoch import pin_ledger
from producers.runtime.ledger.executors import AsyncLedger, Executor, SyncLedger
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.scripts import NAMESPACE
from producers.runtime.settings import Settings
from producers.vault import Sealer, generate_keys
from tests.conftest import LEDGER_DB, QUEUE_DB
from tests.eventually import eventually_async
from tests.rules.mutants import Ground, Harm
from tests.rules.witness import Witness
from tests.stack import CARD, ROOT, SCALED
