"""What the files of a deployment say of risk, read once at the boot."""

from __future__ import annotations

from dataclasses import dataclass

from producers.errors import SettingsError
from producers.runtime.problems import Problem
from producers.runtime.settings import Settings
from workers.risk.geoip import Countries, read_countries
from workers.risk.identity import Names, read_names
from workers.risk.rules import RuleSet
from workers.risk.rules_file import read_rules


@dataclass(frozen=True, slots=True)
class RiskFiles:
    """Rules, what names are made by, and which country an address is of, where the merchant has a file of it."""

    rules: RuleSet
    names: Names
    countries: Countries | None


def read_risk_files(settings: Settings) -> RiskFiles | None:
    """What the files say; None where orders are not judged.

    Raises:
        SettingsError: with everything that is wrong in any of them.
    """
    if settings.risk_file is None or settings.card_id_key_file is None:
        return None
    rules, problems = read_rules(settings.risk_file)
    names = read_names(settings.card_id_key_file)
    countries = None if settings.geoip_file is None else read_countries(settings.geoip_file)
    problems += [each for each in (names, countries) if isinstance(each, Problem)]
    if problems or isinstance(names, Problem) or isinstance(countries, Problem):
        raise SettingsError(problems)
    return RiskFiles(rules, names, countries)
