"""The cards of the tables: every number that must never be told back, and other ways to write one."""

from __future__ import annotations

from tests.unit.contract.builders import CARD, PAN, grouped, with_check_digit

#: A card that live mode takes; made here, because no such digits may be written down.
LIVE_PAN = with_check_digit("400000000000123")
#: A published test card of another scheme.
OTHER_PAN = "5555555555554444"
#: Numbers with a wrong check digit: mistyped cards are cards all the same.
MISTYPED_PAN, MISTYPED_OTHER_PAN = PAN[:-1] + "2", "4242424242424241"
#: Numbers of the tables that are no published test cards.
MADE_UP = (LIVE_PAN, MISTYPED_PAN, MISTYPED_OTHER_PAN)
#: The security code of every card here.
CVC = str(CARD["cvc"])

#: The ASCII digits in other scripts, for `str.translate`.
ARABIC, FULL_WIDTH = ({ord("0") + digit: zero + digit for digit in range(10)} for zero in (0x0660, 0xFF10))
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
SPACED, DASHED = grouped(" "), grouped("-")
