"""Orders that go on for a declined one: what keeps a chain to one payment and to one true end, a rule at a time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tests.rules.attempt_stories import (
    the_first_attempt_lands_before_the_other_is_sent,
    the_first_attempt_lands_beside_a_decline,
)
from tests.rules.chain_stories import (
    ChainHarm,
    a_payment_turns_up_beside_the_chain,
    no_answer_comes,
    the_backup_is_not_heard_of,
    the_list_says_otherwise,
    the_root_is_looked_at_in_between,
    the_scheme_forbids_another_try,
    the_scheme_says_something_new,
    two_hear_of_the_decline,
)
from tests.rules.changing import Change
from tests.rules.mutants import Ground

#: Plays a story with the product as it is at that moment, and answers what harm was done.
Story = Callable[[Ground], Coroutine[Any, Any, frozenset[ChainHarm]]]


@dataclass(frozen=True, slots=True)
class ChainMutant:
    """The product without a rule; `sentence` says what it does instead."""

    name: str
    sentence: str
    story: Story
    harm: ChainHarm
    changes: tuple[Change, ...]


_LUA = "producers/runtime/ledger/lua/"
_WAYS = "workers/payments/continuing.py"

MUTANTS = (
    ChainMutant(
        "silence_is_a_decline",
        "The backup is tried when no answer comes.",
        no_answer_comes,
        ChainHarm.DOUBLE,
        (
            Change(
                "workers/payments/charge.py",
                "await self._book.conclude(record, end(record, states.UNKNOWN, reason, http_status=http_status),"
                " ends_at)",
                "await self._book.conclude(record, __import__('tests.rules.chain_stories', fromlist=['x'])"
                ".as_if_declined(record), ends_at)",
            ),
        ),
    ),
    ChainMutant(
        "never_again_is_overruled",
        "The backup is tried whatever the scheme says.",
        the_scheme_forbids_another_try,
        ChainHarm.FORBIDDEN,
        (Change(_WAYS, "decline.remedy in _BACKUP_MENDS and not decline.unknown", "decline.remedy is not None"),),
    ),
    ChainMutant(
        "what_is_not_known_allows_it",
        "A code that nobody knows forbids nothing.",
        the_scheme_says_something_new,
        ChainHarm.FORBIDDEN,
        (Change(_WAYS, " and not decline.unknown", ""),),
    ),
    ChainMutant(
        "a_root_need_not_wait",
        "The first order ends while the fate of its successor is open.",
        the_backup_is_not_heard_of,
        ChainHarm.GHOST,
        (
            Change("workers/payments/chains.py", "if last.state not in states.TERMINAL:", "if not last.state:"),
            Change(_LUA + "settle.lua", "not ended or is_open(ended) or (to", "not ended or (to"),
        ),
    ),
    ChainMutant(
        "the_next_is_the_last",
        "The first order ends as its first successor does, whoever goes on for that one.",
        the_root_is_looked_at_in_between,
        ChainHarm.GHOST,
        (
            Change(
                "workers/payments/chains.py", "while record.successor:", "while record.successor and not record.root:"
            ),
            Change(_LUA + "settle.lua", "if last ~= r.successor then return {'stale', r.state} end", ""),
        ),
    ),
    ChainMutant(
        "each_creates_its_own",
        "Whoever hears of a decline lets another order go on, under a name of its own.",
        two_hear_of_the_decline,
        ChainHarm.DOUBLE,
        (
            Change(
                _LUA + "succeed.lua",
                "if r.successor ~= '' then return {r.successor == next_id and 'again' or 'stale', r.state} end",
                "next_id = next_id .. redis.call('INCR', NS .. ':mutant')",
            ),
            Change(
                _LUA + "succeed.lua",
                "redis.call('HDEL', order_key(id), 'envelope', 'backup_envelope', 'link_envelope',"
                " 'continuation', 'continued_at')",
                "",
            ),
            Change(
                _LUA + "intent.lua",
                "if first[1] ~= 'pending' or first[2] ~= id then return",
                "if first[1] ~= 'pending' then return",
            ),
            Change(
                "producers/verification.py",
                "order_id=record.sealed_for,",
                "order_id='ORD-1-a2' if record.root else record.order_id,",
            ),
            Change("workers/payments/checks.py", "order_id=record.ref,", "order_id=record.order_id,"),
        ),
    ),
    ChainMutant(
        "the_list_is_not_heard",
        "A decline is continued though an approved payment of the same order was seen.",
        the_list_says_otherwise,
        ChainHarm.DOUBLE,
        (Change(_LUA + "succeed.lua", "for i = 2, #seen, 2 do", "for i = 2, 0, 2 do"),),
    ),
    ChainMutant(
        "what_went_on_is_not_watched",
        "Payments of an order that another goes on for are only kept beside it.",
        a_payment_turns_up_beside_the_chain,
        ChainHarm.HIDDEN,
        (
            Change(
                _LUA + "sight.lua",
                "elseif is_open(state) and (ordered or not known[5]) then",
                "elseif is_open(state) then",
            ),
        ),
    ),
    ChainMutant(
        "humans_are_believed_for_ever",
        "What two operators have ordered is sent, whatever the list has shown since.",
        the_first_attempt_lands_before_the_other_is_sent,
        ChainHarm.DOUBLE,
        (Change(_LUA + "intent.lua", "if shown(r.root) then return {'overtaken'} end", ""),),
    ),
    ChainMutant(
        "what_was_sent_anew_is_not_watched",
        "A payment of the first attempt is told, and not kept beside the order.",
        the_first_attempt_lands_before_the_other_is_sent,
        ChainHarm.DOUBLE,
        (
            Change(
                _LUA + "sight.lua",
                "elseif is_open(state) and (ordered or not known[5]) then",
                "elseif is_open(state) and not known[5] then",
            ),
        ),
    ),
    ChainMutant(
        "the_first_ends_as_the_other",
        "Whatever the list has shown of its own attempt.",
        the_first_attempt_lands_beside_a_decline,
        ChainHarm.GHOST,
        (Change(_LUA + "settle.lua", "if not is_open(to) and to ~= 'approved' and shown(id) then", "if false then"),),
    ),
)
#: What they are played in, each once.
STORIES: tuple[Story, ...] = tuple(dict.fromkeys(each.story for each in MUTANTS))
