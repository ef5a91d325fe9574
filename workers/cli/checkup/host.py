"""What this host brings along: settings, a place for its state, keys."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from producers.contract.keys import sign
from producers.errors import KeyFileError, ProducerError, SettingsError
from producers.runtime.settings import Settings
from producers.runtime.settings_rules import missing
from producers.vault import Sealer, Tokeniser, check_apart, load_producers, opening_keys, vault_keys
from workers.cli.checkup.finding import Finding, Verdict
from workers.events.webhooks.endpoints_file import read_endpoints
from workers.risk.files import read_risk_files

#: What is signed to see whether workers believe a producer's key.
_PROBE = b"cardinity doctor"


def of_settings(environ: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """The settings, if they can be used at all, and what is wrong with them."""
    try:
        settings = Settings.from_environ(environ)
    except SettingsError as error:
        return None, [Finding("settings", "wrong", f"{p.field}: {p.message}") for p in error.problems]
    lacking = {role: list(missing(settings, role)) for role in ("producer", "worker")}
    if not lacking["producer"] or not lacking["worker"]:
        roles = " and ".join(role for role, problems in lacking.items() if not problems)
        findings = [Finding("settings", "ok", f"complete for a {roles}")]
        verdict: Verdict = "note"
    else:
        findings, verdict = [], "wrong"
    for problem in (*lacking["producer"], *lacking["worker"]):
        findings.append(Finding("settings", verdict, f"{problem.field}: {problem.message}"))
    return settings, findings


def of_state_dir(directory: Path) -> Finding:
    """Whether a worker could keep its spool there; nothing is made on the way."""
    place = next(path for path in (directory, *directory.parents) if path.exists())
    if place.is_dir() and os.access(place, os.W_OK | os.X_OK):
        return Finding("state", "ok", f"{directory} can be written")
    mend = "give STATE_DIR a directory that this user may write"
    return Finding("state", "wrong", f"{place} cannot be written", mend)


def of_risk(settings: Settings) -> Iterator[Finding]:
    """Whether risk rules can be read, and what they will not know."""
    try:
        risk = read_risk_files(settings)
    except SettingsError as error:
        yield from (Finding("risk", "wrong", f"{p.field}: {p.message}") for p in error.problems)
        return
    if risk is None:
        yield Finding("risk", "note", "no order is judged: RISK_FILE is not set")
        return
    acting = [name for name, use in risk.rules.uses.items() if use.mode == "live"]
    yield Finding("risk", "ok", f"rules that act: {', '.join(acting) or 'none, all are only counted'}")
    if risk.countries is None:
        yield Finding("risk", "note", "nobody knows the country of an address: GEOIP_FILE is not set")


def of_webhooks(settings: Settings) -> Iterator[Finding]:
    """Whether the endpoints and their secrets can be read, where there are any."""
    try:
        endpoints = read_endpoints(settings)
    except SettingsError as error:
        yield from (Finding("webhooks", "wrong", f"{p.field}: {p.message}") for p in error.problems)
        return
    if endpoints:
        yield Finding("webhooks", "ok", f"endpoints: {', '.join(endpoints)}")


def of_keys(settings: Settings) -> Iterator[Finding]:
    """Whether what producers seal and sign here is opened and believed by workers with these files."""
    sealer: Sealer | None = None
    try:
        if not list(missing(settings, "producer")):
            sealer = Sealer.from_settings(settings)
            yield Finding("keys producer", "ok", f"{sealer.producer} seals for {sealer.sealing_key.kid}")
        if (settings.seal_private_keys_file or settings.seal_private_keys_command) and settings.producers_file:
            opening, producers = opening_keys(settings), load_producers(settings.producers_file)
            yield Finding(
                "keys worker", "ok", f"opens {', '.join(opening.kids)}; believes {', '.join(producers.names)}"
            )
            if sealer:
                yield _matching(sealer, opening.kids, producers.find)
            check_apart(opening, vault_keys(settings))
        yield from _of_vault(settings)
    except SettingsError as error:
        yield from (Finding("keys", "wrong", f"{p.field}: {p.message}") for p in error.problems)
    except KeyFileError as error:
        yield Finding("keys", "wrong", error.message, "see `cardinity keys generate`")
    except ProducerError as error:
        mend = "add this producer to PRODUCERS_FILE, or use its PRODUCER_KEY"
        yield Finding("keys", "wrong", error.message, mend)


def _of_vault(settings: Settings) -> Iterator[Finding]:
    """Nothing, where nobody keeps cards."""
    made = Tokeniser.from_settings(settings).vault_key.kid if settings.vault_public_key else ""
    opened = vault_keys(settings).kids
    if made:
        yield Finding("vault producer", "ok", f"makes tokens for {made}")
    if opened:
        yield Finding("vault worker", "ok", f"opens tokens of {', '.join(opened)}")
    if made and opened and made not in opened:
        message = f"producers make tokens for {made}, workers open {', '.join(opened)}"
        yield Finding("vault", "wrong", message, "give both sides the files of one `cardinity keys generate --vault`")


def _matching(sealer: Sealer, kids: tuple[str, ...], find: Callable[[str], Any]) -> Finding:
    kid = sealer.sealing_key.kid
    if kid not in kids:
        message = f"producers seal for {kid}, workers open {', '.join(kids)}"
        return Finding("keys", "wrong", message, "give both sides the files of one `cardinity keys generate`")
    believed = find(sealer.producer)
    if not believed.signed(_PROBE, sign(sealer.signing_keys.producer_key.key, _PROBE)):
        message = f"workers know another signing key of producer {sealer.producer}"
        return Finding("keys", "wrong", message, "put its present key into PRODUCERS_FILE")
    if believed.disabled:
        return Finding("keys", "wrong", f"producer {sealer.producer} is disabled", "enable it in PRODUCERS_FILE")
    return Finding("keys", "ok", "producers and workers fit")
