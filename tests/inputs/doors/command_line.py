"""The command line: wrong options, wrong files, wrong settings, each ending in a code on stdout and no traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from click.testing import CliRunner, Result

from tests.inputs.cards import LIVE_PAN, MISTYPED_OTHER_PAN, SPACED
from tests.inputs.finalize_lines import FINALIZING
from tests.inputs.link_lines import LINKING
from tests.inputs.rows import Complaint, Row, Told
from tests.inputs.usage_lines import CHARGE, USAGE
from tests.inputs.world import World
from tests.unit.batches.files import a_row, csv_file, json_file
from tests.unit.contract.builders import CARD, PAN, PAYMENT_ID
from workers.cli import main

#: Stands for a file with these bytes.
_FILE = "FILE"


class Given(NamedTuple):
    """A command line. `env` changes a good environment, `file` is what `FILE` holds."""

    arguments: tuple[str, ...]
    stdin: bytes = b""
    env: Mapping[str, str | None] = {}
    file: bytes = b""


_CARD = json.dumps({**CARD, "exp_year": 2040}).encode()
_GOOD_ROW = a_row(1, exp_year=2040)


def charge(
    *, stdin: bytes = _CARD, env: Mapping[str, str | None] | None = None, options: Mapping[str, str] | None = None
) -> Given:
    """A charge with some options changed; an empty one is left out."""
    given = {**CHARGE, **{f"--{name.replace('_', '-')}": value for name, value in (options or {}).items()}}
    words = [word for name, value in given.items() if value for word in (name, value)]
    return Given(("charge", "--json", *words), stdin, env or {})


_FIELDS: list[tuple[dict[str, str], str, str]] = [
    ({"order_id": "a b"}, "order_id_charset", "order_id"),
    ({"order_id": PAN}, "card_number_in_text", "order_id"),
    ({"order_id": "A-a2"}, "order_id_reserved", "order_id"),
    ({"amount": "10"}, "amount_scale", "amount"),
    ({"amount": "10,00"}, "amount_format", "amount"),
    ({"amount": "-1.00"}, "amount_sign", "amount"),
    ({"amount": PAN}, "amount_maximum", "amount"),
    ({"currency": "eur"}, "currency_unknown", "currency"),
    ({"country": "Lt"}, "country_unknown", "country"),
    ({"description": f"card {SPACED}"}, "card_number_in_text", "description"),
    ({"description": "a\x1b[2J"}, "description_charset", "description"),
    ({"description": "\udcff"}, "description_charset", "description"),
    ({"account": "a:b"}, "account_format", "account"),
    ({"payment_id": PAYMENT_ID}, "instrument_ambiguous", "payment_instrument"),
    ({"payment_id": "77", "card_file": ""}, "payment_id_format", "payment_id"),
    ({"payment_id": PAN, "card_file": ""}, "payment_id_format", "payment_id"),
    ({"card_file": ""}, "instrument_missing", "payment_instrument"),
    ({"amount": "0.00"}, "amount_minimum", "amount"),
    ({"statement_descriptor_suffix": "k" * 21}, "suffix_length", "statement_descriptor_suffix"),
    ({"customer": "a b"}, "customer_format", "customer"),
    ({"customer": PAN}, "card_number_in_text", "customer"),
    ({"customer_ip": "192.0.2.256"}, "customer_ip_format", "customer_ip"),
    ({"threeds_file": "/nowhere"}, "file_missing", ""),
    ({"threeds_file": PAN}, "file_missing", ""),
    ({"threeds_file": "/dev/null"}, "json_invalid", ""),
]
_REPORTS: list[tuple[tuple[str, ...], str, str]] = [
    (("--from", "soon"), "day_format", "from"),
    (("--from", "2026-02-30"), "day_format", "from"),
    (("--to", PAN), "day_format", "to"),
    (("--from", "2026-02-02", "--to", "2026-02-01"), "period_order", "from"),
    (("--from", "2001-01-01", "--to", "2026-02-01"), "period_length", "from"),
]
_CARDS: list[tuple[bytes, str, str]] = [
    (_CARD.replace(b'"cvc"', b'"cvc": "123", "cvv"'), "field_unknown", "payment_instrument.cvv"),
    (b"", "json_invalid", ""),
    (b"{", "json_invalid", ""),
    (b"[]", "payload_type", ""),
    (b"\xff\xfe", "json_invalid", ""),
    (PAN.encode(), "payload_type", ""),
    (_CARD * 2, "json_invalid", ""),
    (b" " * 100_000, "json_invalid", ""),
    (_CARD.replace(PAN.encode(), MISTYPED_OTHER_PAN.encode()), "card_number_invalid", "payment_instrument.pan"),
    (_CARD.replace(PAN.encode(), LIVE_PAN.encode()), "card_number_live_in_test", "payment_instrument.pan"),
    (_CARD.replace(PAN.encode(), SPACED.encode()), "card_number_format", "payment_instrument.pan"),
    (_CARD.replace(b"123", b"12"), "card_cvc_length", "payment_instrument.cvc"),
]
_NO_ORDERS = [
    ("", "order_id_length"), ("a", "order_id_length"), ("x" * 100_000, "order_id_length"), (PAN, "card_number_in_text"),
    (SPACED, "card_number_in_text"), ("a\r\nb", "order_id_charset"), ("../x", "order_id_charset"),
    ("*?", "order_id_charset"), ("\udcff\udcfe", "order_id_charset"), ("AB-a2-a3", "order_id_reserved"),
]  # fmt: skip
_PLANS: list[bytes] = [
    b"", b"{}", b"[1]", b'[{"fault": "nonsense"}]', b'[{"fault": "' + PAN.encode() + b'"}]',
    b'[{"fault": "reset_before", "' + PAN.encode() + b'": 1}]', b'[{"fault": "late_landing"}]', b"\xff", b"[" * 5000,
    b'[{"fault": "reset_before", "rate": 1e400}]', b'[{"fault": "html_200", "rate": NaN}]',
]  # fmt: skip


def _rows() -> Iterator[Row]:
    for number, (arguments, field) in enumerate(USAGE):
        words = (*arguments[:1], "--json", *arguments[1:]) if arguments[0] not in _BARE else (*arguments, "--json")
        yield Row(f"usage: {' '.join(arguments)[:40]} {number}", Given(words), "usage", field)
    for number, (words, code, field) in enumerate(_REPORTS):
        yield Row(f"report: {code} {number}", Given(("report", "--json", *words)), code, field)
    for number, (options, code, field) in enumerate(_FIELDS):
        yield Row(f"charge: {code} {number}", charge(options=options), code, field)
    for number, (card, code, field) in enumerate(_CARDS):
        yield Row(f"card: {code} {number}", charge(stdin=card), code, field)
    yield Row("card: no file", charge(options={"card_file": "/nowhere/card.json"}), "file_missing")
    yield Row("card: a directory", charge(options={"card_file": "/"}), "file_missing")
    yield Row(
        "card: the card itself", charge(options={"card_file": _CARD.decode()}), "file_missing", says="is not shown"
    )
    yield Row("card: its number", charge(options={"card_file": PAN}), "file_missing", says="is not shown")
    yield Row("card: a name too long", charge(options={"card_file": "x" * 5000}), "file_io", says="is not shown")
    yield from _batches()
    for number, (order_id, code) in enumerate(_NO_ORDERS):
        yield Row(f"explain: {code} {number}", Given(("explain", "--json", "--", order_id)), code, "order_id")
    yield Row("explain: nobody's order", Given(("explain", "--json", "NOPE")), "order_unknown", says="NOPE")
    for name, words, content, code, field, says in FINALIZING:
        yield Row(f"finalize: {name}", Given(("finalize", "--json", *words), content, file=content), code, field, says)
    for number, plan in enumerate(_PLANS):
        yield Row(f"plan {number}", Given(("sandbox", "--json", "--faults", _FILE), file=plan), "plan_invalid")
    for pair in ("", "hold_days", "hold_days=soon", "excess_status=500", "seed=1", f"{PAN}=1", f"hold_days={PAN}x"):
        given = Given(("sandbox", "--json", "--setting", pair))
        yield Row(f"sandbox setting {pair[:12]!r}", given, "setting_invalid")
    yield Row("no clock", Given(("sandbox", "clock", "--json")), "clock_missing")
    yield Row("keys: in place of a file", Given(("keys", "generate", "--json", "/dev/null")), "file_exists")
    for name, words, code, field in LINKING:
        yield Row(f"link: {name}", Given(("link", *words[:1], "--json", *words[1:])), code, field)
    yield Row("plan: no file", Given(("sandbox", "--json", "--faults", "/nowhere")), "file_missing")
    for name in ("a b", "", "-shop", "x" * 65, PAN + "\n", "\udcff"):
        given = Given(("keys", "generate", "--json", "--producer", name, _FILE + "-keys"))
        yield Row(f"keys: producer {name!r}"[:30], given, "producer_format")
    for words in (("list",), ("rotate",), ("retire", "x"), ("destroy", PAN)):
        yield Row(f"keys: {words[0]} where there are none", Given(("keys", words[0], "--json", *words[1:])),
                  "keys_elsewhere")  # fmt: skip
    yield from _disputes()
    for number, trail in enumerate((b"{}", PAN.encode(), b"\xff\n\n", b"[" * 5000)):
        given = Given(("audit", "verify", "--json", "--file", _FILE), file=trail)
        yield Row(f"audit: no trail {number}", given, "audit_broken")
    for burst in ("0", "-1", "100001"):
        given = Given((*_API_KEY, "--producer", "shop", "--burst", burst, "/nowhere/keys.json"))
        yield Row(f"keys: burst {burst}", given, "limit_range")
    for rate in ("0", "nan", "1e9"):
        given = Given((*_API_KEY, "--producer", "shop", "--requests-per-s", rate, "/nowhere/keys.json"))
        yield Row(f"keys: rate {rate}", given, "limit_range")
    nobody = Given((*_API_KEY, "--producer", PAN + " ", "/nowhere/keys.json"))
    yield Row("keys: an API key for nobody", nobody, "producer_format")
    shop = (*_API_KEY, "--producer", "shop")
    yield Row("keys: a file in no folder", Given((*shop, "/nowhere/keys.json")), "file_missing")
    yield Row("keys: a file that others may read", Given((*shop, _FILE), file=b"{}"), "secret_permissions")
    yield Row("http: no keys", Given(("http", "--json"), env={"API_KEYS_FILE": "/nowhere"}), "secret_missing",
              "API_KEYS_FILE")  # fmt: skip
    yield Row("http: an old secret alone", Given(("http", "--json"), env={"WEBHOOK_SECRET_OLD": "x"}), "secret_alone",
              "WEBHOOK_SECRET_OLD, WEBHOOK_SECRET")  # fmt: skip
    yield from _environments()


_API_KEY = ("keys", "api", "--json")
#: Commands that have commands, and words that are none.
_BARE = {
    "audit", "recover", "batch", "disputes", "hosted-page", "keys", "link", "payments",
    "chagre", "--nope", "--json", PAN,
}  # fmt: skip


def _batches() -> Iterator[Row]:
    validate, submit = ("batch", "validate", "--json"), ("batch", "submit", "--json")
    bad = csv_file(_GOOD_ROW, {**a_row(2, exp_year=2040), "amount": "1e3"})
    yield Row("validate: a wrong cell", Given((*validate, "-"), bad), "amount_format", "amount")
    yield Row("validate: empty", Given((*validate, "-")), "file_empty")
    yield Row("validate: no csv", Given((*validate, _FILE), file=b"\xff\xfe\x00"), "row_encoding")
    yield Row("validate: no json", Given((*validate, "--format", "jsonl", "-"), b"{\n"), "json_invalid")
    live = Given((*validate, "--mode", "live", "-"), csv_file(_GOOD_ROW))
    yield Row("validate: a test card for live", live, "card_number_test_in_live", "pan")
    for command in (validate, submit, ("batch", "watch", "--json"), ("batch", "report", "--json")):
        yield Row(f"{command[1]}: no file", Given((*command, "/nowhere.csv")), "file_missing")
        yield Row(f"{command[1]}: a directory", Given((*command, "/")), "file_missing")
        yield Row(f"{command[1]}: a card for a file", Given((*command, PAN)), "file_missing", says="is not shown")
    also = (("batch_invalid", ""),)
    yield Row("submit: a wrong cell", Given((*submit, "-"), bad), "amount_format", "amount", also=also)
    yield Row("submit: empty", Given((*submit, "-")), "file_empty", also=also)
    twice = Given((*submit, "-"), json_file(_GOOD_ROW, _GOOD_ROW))
    yield Row("submit: an order twice", twice, "order_id_duplicate", "order_id", also=also)
    taken = Given((*submit, "-"), json_file({**_GOOD_ROW, "order_id": "KNOWN-1", "amount": "9.99"}))
    yield Row("submit: an order that is another", taken, "order_conflict", "order_id", also=also)
    dear = Given((*submit, "--max-total", "EUR=0.01", "-"), json_file(_GOOD_ROW))
    yield Row("submit: more than the limit", dear, "batch_over_limit")
    for word in ("pause", "resume", "cancel"):
        yield Row(f"{word}: nobody's batch", Given(("batch", word, "--json", "nobodys")), "batch_unknown")
    nobody = Given(("batch", "watch", "--json", "-"), json_file(_GOOD_ROW))
    yield Row("watch: nobody's batch", nobody, "batch_unknown")
    yield Row("watch: a wrong cell", Given(("batch", "watch", "--json", "-"), bad), "batch_invalid")


def _disputes() -> Iterator[Row]:
    also: tuple[Complaint, ...] = (("account_format", "account"),)
    for payment_id in ("nope", "-1", PAN, "../voids", "3F3A1B52-7C1E-4D0C-9A51-0B6F4E2D9C10"):
        given = Given(("chargebacks", "--json", f"--payment-id={payment_id}", "--account=a b"))
        yield Row(f"chargebacks: of {payment_id[:4]}", given, "payment_id_format", "payment_id", also=also)
    for limit in ("0", "101", "-1", "ten", "1.5", PAN):
        given = Given(("chargebacks", "--json", "--limit", limit))
        yield Row(f"chargebacks: limit {limit[:4]}", given, "usage", "--limit")
    for words in (("chargebacks",), ("disputes", "list"), ("disputes", "lift", "x")):
        for account, code in (*((account, "account_format") for account in ("", "a b", "-x", "x" * 65)),
                              (PAN + "\n", "card_number_in_text")):  # fmt: skip
            given = Given((*words, "--json", f"--account={account}"))
            yield Row(f"{' '.join(words)}: account {account[:4]!r}", given, code, "account")
    for name in ("nope", PAN, "a/b", "\udcff", "", " ", "x" * 5000):
        given = Given(("disputes", "lift", "--json", "--", name))
        yield Row(f"disputes: nobody's {name[:4]!r}", given, "dispute_unknown")
    bare = Given(("chargebacks", "--json"), env={"CARDINITY_CONSUMER_KEY": None})
    missing: tuple[Complaint, ...] = (
        ("setting_missing", "PRODUCERS_FILE"),
        ("setting_missing", "SEAL_PRIVATE_KEYS_FILE"),
        ("secret_missing", "CARDINITY_CONSUMER_SECRET"),
    )
    yield Row("chargebacks: no credentials", bare, "setting_missing", "CARDINITY_CONSUMER_KEY", "", missing)


def _environments() -> Iterator[Row]:
    yield Row(
        "charge: taken", charge(options={"order_id": "KNOWN-1", "amount": "9.99"}), "order_conflict", says="amount"
    )
    lacking: dict[str, str | None] = {"PRODUCER_KEY_FILE": None}
    yield Row("charge: no key", charge(env=lacking), "secret_missing", "PRODUCER_KEY")
    for name, env, code, field in (
        ("a typo", {"CARDINITY_MODEE": PAN}, "setting_unknown", "CARDINITY_MODEE"),
        ("no number", {"LEASE_S": PAN}, "setting_format", "LEASE_S"),
        ("a file", {"PRODUCER_KEY_FILE": "/nowhere"}, "secret_missing", "PRODUCER_KEY"),
        ("an open url", {"REDIS_LEDGER_URL": "redis://db.example/1"}, "redis_insecure", "REDIS_LEDGER_URL"),
        ("one database", {"REDIS_LEDGER_URL": "redis://127.0.0.1/0", "REDIS_QUEUE_URL": "redis://127.0.0.1/0"},
         "ledger_shared", "REDIS_QUEUE_URL, REDIS_LEDGER_URL"),
    ):  # fmt: skip
        yield Row(f"charge: {name}", charge(env=env), code, field)
        yield Row(f"status: {name}", Given(("status", "--json"), env=env), code, field)
        yield Row(f"explain: {name}", Given(("explain", "--json", "ORD-1"), env=env), code, field)
        yield Row(f"doctor: {name}", Given(("doctor", "--json"), env=env), "wrong", "settings", says=field)
    missing: tuple[Complaint, ...] = (
        ("setting_missing", "PRODUCERS_FILE"),
        ("setting_missing", "SEAL_PRIVATE_KEYS_FILE"),
    )
    missing += (("secret_missing", "CARDINITY_CONSUMER_SECRET"),)
    yield Row("worker: told nothing", Given(("worker", "--json")), "setting_missing", "CARDINITY_CONSUMER_KEY", "",
              missing)  # fmt: skip
    closed = {"REDIS_LEDGER_URL": "redis://127.0.0.1:1/1"}
    yield Row("status: nobody there", Given(("status", "--json"), env=closed), "ledger_unavailable")
    yield Row("explain: nobody there", Given(("explain", "--json", "ORD-1"), env=closed), "ledger_unavailable")
    yield Row("charge: nobody there", charge(env=closed), "ledger_unavailable")


ROWS = [*_rows()]
_RUNNER = CliRunner()


def knock(world: World, given: Given) -> Told:
    """Run the command in this process."""
    world.open()
    path = world.fresh() / "file"
    path.write_bytes(given.file)
    arguments = [word.replace(_FILE, str(path)) if word.startswith(_FILE) else word for word in given.arguments]
    env = {**world.environ, **given.env}
    ran = _RUNNER.invoke(main, arguments, input=given.stdin, env=env)
    return Told(frozenset(_complaints(ran)), ran.output)


def _complaints(ran: Result) -> Iterator[tuple[str, str]]:
    if ran.exit_code in (0, 1):
        yield f"exit code {ran.exit_code}", ""
    for line in ran.stdout.splitlines():
        record: dict[str, Any] = json.loads(line)
        for wrong in record.get("fields", []) if "error" in record else []:
            if isinstance(wrong, dict):
                yield wrong["code"], wrong["field"]
        if "error" in record and not any(isinstance(wrong, dict) for wrong in record.get("fields", [])):
            yield record["error"], record.get("field", "")
        elif "code" in record:
            yield record["code"], record["field"]
        elif record.get("verdict") in ("wrong", "unreachable"):
            yield record["verdict"], record["check"]
