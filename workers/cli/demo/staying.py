"""The demo that stays: traffic with faults until somebody ends it, and the books held at the end as all the way."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Final

from producers.contract import states
from producers.enqueue import Enqueuer
from producers.runtime.archive.database import Archive
from producers.runtime.ledger import keys
from producers.runtime.ledger.operation_calls import ACCOUNT, QUEUE, words_from
from producers.runtime.logs import configure_logging
from producers.subscriptions.clock import clock_of
from producers.subscriptions.schedule.renewals import Renewals
from producers.subscriptions.till import LedgerTill
from workers.cli.demo.asking import asked_to_end
from workers.cli.demo.books import Audit
from workers.cli.demo.clearing import Clearing
from workers.cli.demo.deaths import Deaths
from workers.cli.demo.opening import Doubts, Rooms, open_rooms, raise_doubts, subscribe
from workers.cli.demo.pulse import Pulse
from workers.cli.demo.reckoning import Reckoning
from workers.cli.demo.rounds import Rounds
from workers.cli.demo.rows import PREFIX
from workers.cli.demo.stage import Stage
from workers.cli.demo.traffic import Traffic
from workers.cli.demo.welcome import welcome
from workers.cli.shell.output import Screen
from workers.operations.reading import Reader

#: Seconds between two looks at what there is to do.
LOOK_S: Final = 0.05
#: Seconds between two payments, batches, orders in doubt, runs of the renewals, kills, and times that the books are
#: held and room is made.
PAY_S, BATCH_S, DOUBT_S, RENEW_S, KILL_S, HOLD_S = 0.8, 600.0, 240.0, 30.0, 180.0, 60.0
#: What comes once, and how long the batch that is to be paused goes on.
ONCE, PAUSE_S = float("inf"), 6.0
#: Orders that may wait for a human before another one is left in doubt.
DOUBTS_MAX: Final = 3
#: Seconds without any progress after which the end is not waited for any longer.
STALLED_S: Final = 60.0
#: How the order_ids begin of what the demo hands in.
OURS: Final = (PREFIX, "DOUBT-", "MEMBER-", "sub.")
#: The size from which on Valkey writes its append-only file anew.
APPEND_ONLY: Final = "32mb"


def stay(screen: Screen, stage: Stage, ledger: Reader, *, payments: int, seed: int) -> Audit:
    """Stay until Ctrl-C or SIGTERM, and hold all that was ever charged against the gateway's books.

    Raises:
        CommandError: a process of the demo ended.
    """
    screen.say("demo: opening the console and the archive; workers start anew with ABSENT=park")
    rooms = open_rooms(stage)
    ledger.ask(("CONFIG", "SET", "auto-aof-rewrite-min-size", APPEND_ONLY))
    with ExitStack() as closing:
        log = closing.enter_context((stage.directory / "demo.log").open("a", encoding="utf-8"))
        closing.enter_context(configure_logging(stage.settings, stream=log))
        enqueuer = closing.enter_context(Enqueuer(stage.settings))
        archive = closing.enter_context(Archive(stage.settings))
        traffic = Traffic(stage, enqueuer, payments)
        reckoning = Reckoning(stage, enqueuer)
        traffic.set_faults()
        subscribe(stage, enqueuer, archive, traffic)
        doubts = raise_doubts(stage, traffic)
        reckoning.listen()
        asked = closing.enter_context(asked_to_end())
        _welcome(screen, rooms, doubts, reckoning)
        pulse = closing.enter_context(Pulse(screen))
        till = closing.enter_context(LedgerTill(stage.settings))
        clock, rate_max = clock_of(stage.settings), stage.settings.renewal_rate_max
        renewals = Renewals(archive, till, clock=clock, rate_max=rate_max)
        clearing = Clearing(stage, enqueuer, archive, reckoning)
        host = Host(stage, ledger, traffic, reckoning, clearing, renewals, pulse)
        host.keep_going(seed, asked)
        return host.end()


class Host:
    """Keeps it going, and brings it to an end."""

    def __init__(
        self,
        stage: Stage,
        ledger: Reader,
        traffic: Traffic,
        reckoning: Reckoning,
        clearing: Clearing,
        renewals: Renewals,
        pulse: Pulse,
    ) -> None:
        self._stage = stage
        self._ledger = ledger
        self._traffic = traffic
        self._reckoning = reckoning
        self._clearing = clearing
        self._renewals = renewals
        self._pulse = pulse
        self._deaths = Deaths(stage, ledger, pulse.say)
        self._told: set[str] = set()

    def keep_going(self, seed: int, asked: Callable[[], bool]) -> None:
        """Until it is asked to end."""
        rounds, now = Rounds(seed), time.monotonic()
        rounds.add(PAY_S, self._traffic.pay, first_at=now)
        rounds.add(RENEW_S, self._renewals.run, first_at=now)
        rounds.add(ONCE, self._traffic.submit_paused, first_at=now + PAUSE_S)
        rounds.add(ONCE, self._traffic.pause, first_at=now + 2 * PAUSE_S)
        rounds.add(BATCH_S, self._traffic.submit, first_at=now + 2 * PAUSE_S)
        rounds.add(DOUBT_S, self._doubt, first_at=now + DOUBT_S)
        rounds.add(KILL_S, lambda: self._deaths.kill("at work"), first_at=now + KILL_S / 3)
        rounds.add(HOLD_S, self._hold, first_at=now + HOLD_S)
        while not asked():
            rounds.go(time.monotonic())
            self._look()
            time.sleep(LOOK_S)

    def end(self) -> Audit:
        """Hand in nothing more, wait for what is under way, and hold the books."""
        self._pulse.say("demo: ending; what is under way is waited for")
        self._resume()
        self._traffic.cancel()
        self._await_ends()
        still_open = self._reckoning.heard.open
        ours = [order_id for order_id in still_open if order_id.startswith(OURS)]
        if others := len(still_open) - len(ours):
            self._pulse.say(f"demo: {others} orders of yours are open, and in no books that are held here")
        return self._reckoning.hold(ours)

    def _look(self) -> None:
        self._stage.check()
        self._deaths.tell()
        self._reckoning.listen()
        self._pulse.show(self._reckoning.counts)

    def _doubt(self) -> None:
        if self._reckoning.counts.get(states.PARKED, 0) < DOUBTS_MAX:
            self._traffic.doubt(charged=False)

    def _hold(self) -> None:
        """Tell at once of what is wrong, and make room."""
        audit = self._reckoning.hold()
        for trouble in (*audit.lost, *audit.doubled):
            if trouble not in self._told:
                self._told.add(trouble)
                self._pulse.say(f"demo: {trouble}")
        if self._clearing.clear():
            self._traffic.set_faults()
        self._stage.cut_logs()

    def _resume(self) -> None:
        """What a visitor has paused would be waited for in vain."""
        (words,) = self._ledger.ask(("HGETALL", keys.OPERATIONS))
        for kind, command in ((QUEUE, "queue"), (ACCOUNT, "account")):
            for name in words_from(words, kind):
                self._stage.run(command, "resume", name)

    def _await_ends(self) -> None:
        moved_at, before = time.monotonic(), -1
        while moving := self._moving():
            if moving != before:
                moved_at, before = time.monotonic(), moving
            if time.monotonic() - moved_at > STALLED_S:
                self._pulse.say(f"demo: nothing has moved for {STALLED_S:g} s, {moving} orders are open")
                return
            time.sleep(LOOK_S)
            self._look()

    def _moving(self) -> int:
        """Orders of ours that will end or be parked by themselves."""
        told = self._reckoning.heard.open.items()
        return sum(order_id.startswith(OURS) and each.state != states.PARKED for order_id, each in told)


def _welcome(screen: Screen, rooms: Rooms, doubts: Doubts, reckoning: Reckoning) -> None:
    told = (each for _, each in reckoning.heard.ended.values())
    story = next((each.order_id for each in told if each.state == states.NOT_CHARGED), f"{PREFIX}000007")
    for line in welcome(rooms, doubts, story):
        screen.say(line)
    if screen.as_json:
        places = {"console": rooms.console, "metrics": rooms.metrics, "env": str(rooms.env)}
        screen.record({"event": "staying", **places, "password": rooms.password})
