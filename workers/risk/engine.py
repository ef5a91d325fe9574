"""Facts and rules to a verdict with its reasons. Pure, and total: every order gets exactly one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from producers.contract.risk import ALLOW, VERDICTS
from workers.risk.asked import Asked, Seen, Volume
from workers.risk.rules import Facts, Mode, RuleSet


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says of one order; `met` is None where it does not know enough."""

    rule: str
    mode: Mode
    verdict: str
    met: bool | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The strongest verdict of the rules that act, and what each rule says."""

    verdict: str
    findings: tuple[Finding, ...]

    @property
    def met(self) -> tuple[Finding, ...]:
        """The rules that are met, whether they act or not."""
        return tuple(each for each in self.findings if each.met)

    @property
    def reasons(self) -> tuple[str, ...]:
        """The rules that the verdict is for."""
        return tuple(each.rule for each in self.met if each.mode == "live" and each.verdict == self.verdict)


def judge(facts: Facts, rules: RuleSet) -> Judgement:
    """The verdict of these rules on these facts."""
    findings = tuple(
        Finding(name, use.mode, use.verdict, use.rule.met(facts, use.limits))
        for name, use in rules.uses.items()
        if use.mode != "off"
    )
    acting = (each.verdict for each in findings if each.met and each.mode == "live")
    return Judgement(max(acting, key=VERDICTS.index, default=ALLOW), findings)


def facts_of(asked: Asked, seen: Mapping[str, Seen], volume: Volume) -> Facts:
    """What the counters' answers make of the order."""

    def count(name: str) -> int | None:
        return seen[name].count if name in seen else None

    def known(name: str) -> bool:
        return name in seen and seen[name].known

    return Facts(
        amount_minor=asked.amount_minor,
        currency=asked.currency,
        country=asked.country,
        hour=asked.hour,
        ip_country=asked.ip_country,
        failed_by_address=count("failed_by_address"),
        cards=count("cards"),
        customers=count("customers"),
        small_by_card=count("small_by_card"),
        small_by_address=count("small_by_address"),
        places=count("country_known"),
        country_known=known("country_known"),
        ip_country_known=known("ip_country_known"),
        hours=count("hour_known"),
        hour_known=known("hour_known"),
        volume=volume.count,
        volume_usual=volume.usual,
    )
