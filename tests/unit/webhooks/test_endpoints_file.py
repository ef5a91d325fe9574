"""WEBHOOKS_FILE is read to the letter: what is wrong is told by field, and hostile URLs are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from cardinity_client.money import Money
from producers.contract.events import payment_event
from workers.events.webhooks.endpoints import TYPES, Endpoints
from workers.events.webhooks.endpoints_file import CONCURRENCY, read_endpoints_file

SECRET = "whsec_" + "A" * 44


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.touch(0o600)
    file.write_text(f"{SECRET}\n")
    return file


def read(directory: Path, text: str, *, local: bool = False) -> tuple[Endpoints, list[tuple[str, str]]]:
    file = directory / "webhooks.toml"
    file.write_text(text)
    found, problems = read_endpoints_file(file, local=local)
    return found, [(problem.code, problem.field.removeprefix("WEBHOOKS_FILE ")) for problem in problems]


def table(secret: Path, url: str = "https://shop.example/hooks", *lines: str, top: str = "") -> str:
    return "\n".join([top, "[endpoints.shop]", f"url = '{url}'", f"secret_file = '{secret}'", *lines])


def test_an_endpoint_is_told_of_everything_else_said(tmp_path: Path, secret: Path) -> None:
    """All types, all accounts, one key."""
    found, problems = read(tmp_path, table(secret))
    assert problems == []
    shop = found["shop"]
    assert (shop.host, shop.port, len(shop.keys), shop.types, shop.accounts, shop.enabled, shop.concurrency) == (
        "shop.example", 443, 1, TYPES, frozenset(), True, CONCURRENCY,
    )  # fmt: skip


def test_an_endpoint_may_be_told_of_less(tmp_path: Path, secret: Path) -> None:
    """By type, by family, by account; and it may be switched off."""
    lines = ("events = ['payment.approved', 'refund.*']", "accounts = ['main']", f"secret_old_file = '{secret}'")
    found, problems = read(tmp_path, table(secret, "https://shop.example:8443/h?a=1", *lines))
    assert problems == []
    shop = found["shop"]
    assert (shop.port, len(shop.keys)) == (8443, 2)
    assert "payment.approved" in shop.types
    assert "refund.declined" in shop.types
    assert not {"payment.declined", "chargeback.initiated"} & shop.types
    facts = {"order_id": "O-1", "attempt_ref": "O-1", "producer": "shop", "amount": Money(1, "EUR"), "time_ms": 0}
    told = [
        shop.wants(payment_event(state=state, account=account, **facts))  # type: ignore[arg-type]
        for state, account in (("approved", "main"), ("approved", "other"), ("declined", "main"))
    ]
    assert told == [True, False, False]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://shop.example/", "webhook_url"),
        ("ftp://shop.example/", "webhook_url"),
        ("https://shop.example", "webhook_url"),
        ("https://user:pass@shop.example/", "webhook_url"),
        ("https://shop.example@10.0.0.1/", "webhook_url"),
        ("https://shop.example\\@10.0.0.1/", "webhook_url"),
        ("https://shop.example/#x", "webhook_url"),
        ("https://shop.example /", "webhook_url"),
        ("https://shop%2eexample/", "webhook_url"),
        ("https://шоп.example/", "webhook_url"),
        ("https:///hooks", "webhook_url"),
        ("//shop.example/", "webhook_url"),
        ("https://localhost/", "webhook_url"),
        ("https://LOCALHOST/", "webhook_url"),
        ("https://127.0.0.1/", "webhook_url"),
        ("https://[::1]/", "webhook_url"),
        ("https://10.0.0.1/", "webhook_url"),
        ("https://169.254.169.254/latest/meta-data", "webhook_url"),
        ("https://[::ffff:169.254.169.254]/", "webhook_url"),
        ("https://[64:ff9b::a9fe:a9fe]/", "webhook_url"),
        ("https://[fe80::1]/", "webhook_url"),
        ("https://[::1%25lo]/", "webhook_url"),
        ("https://[1:2]/", "webhook_url"),
        ("https://shop.example:22/", "webhook_port"),
        ("https://shop.example:6379/", "webhook_port"),
        ("https://shop.example:0/", "webhook_port"),
        ("https://shop.example:99999/", "webhook_port"),
        ("https://shop.example:443:80/", "webhook_url"),
        ("https://" + "a" * 1024 + ".example/", "webhook_url"),
    ],
)
def test_hostile_urls_are_refused(tmp_path: Path, secret: Path, url: str, code: str) -> None:
    """Other schemes, credentials, two readings, this machine, its networks, other ports."""
    assert read(tmp_path, table(secret, url)) == ({}, [(code, "endpoints.shop.url")])


def test_this_machine_is_there_for_play(tmp_path: Path, secret: Path) -> None:
    """With the setting, and by plain HTTP at any port; nothing else is opened by it."""
    found, problems = read(tmp_path, table(secret, "http://127.0.0.1:9000/"), local=True)
    assert (problems, found["shop"].local, found["shop"].port) == ([], True, 9000)
    for url in ("http://shop.example/", "https://10.0.0.1/"):
        assert read(tmp_path, table(secret, url), local=True)[1] == [("webhook_url", "endpoints.shop.url")]


@pytest.mark.parametrize(
    ("lines", "top", "code", "field"),
    [
        ("urls = 1", "", "webhook_field_unknown", "endpoints.shop.?"),
        ("secret = 'whsec_x'", "", "webhook_field_unknown", "endpoints.shop.?"),
        ("events = []", "", "webhook_events", "endpoints.shop.events"),
        ("events = ['payment.approve']", "", "webhook_events", "endpoints.shop.events"),
        ("events = ['*']", "", "webhook_events", "endpoints.shop.events"),
        ("events = [1]", "", "webhook_events", "endpoints.shop.events"),
        ("accounts = ['a b']", "", "webhook_field_type", "endpoints.shop.accounts"),
        ("accounts = 'main'", "", "webhook_field_type", "endpoints.shop.accounts"),
        ("enabled = 1", "", "webhook_field_type", "endpoints.shop.enabled"),
        ("concurrency = 0", "", "webhook_field_type", "endpoints.shop.concurrency"),
        ("concurrency = true", "", "webhook_field_type", "endpoints.shop.concurrency"),
        ("secret_old_file = 'old'", "", "setting_format", "endpoints.shop.secret_old_file"),
        ("secret_old_file = '/nowhere'", "", "secret_missing", "endpoints.shop.secret_old_file"),
        ("", "ports = [0]", "webhook_field_type", "ports"),
        ("", "port = 443", "webhook_field_unknown", "?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_by_field(
    tmp_path: Path, secret: Path, lines: str, top: str, code: str, field: str
) -> None:
    """And what stands there is not repeated."""
    assert read(tmp_path, table(secret, "https://shop.example/", lines, top=top))[1] == [(code, field)]


@pytest.mark.parametrize(
    "text", ["", "endpoints = 1", "[endpoints]", "[endpoints.Shop]", "[endpoints]\nshop = 1", "x = ["]
)
def test_a_file_without_endpoints_is_refused(tmp_path: Path, text: str) -> None:
    """And so is one whose names are none."""
    found, problems = read(tmp_path, text)
    assert found == {}
    assert {code for code, _ in problems} == {"webhooks_format"}


def test_secrets_are_private_and_whole(tmp_path: Path, secret: Path) -> None:
    """A file that others may read, or that holds something else, is not taken."""
    secret.chmod(0o644)
    assert read(tmp_path, table(secret))[1] == [("secret_permissions", "endpoints.shop.secret_file")]
    secret.chmod(0o600)
    secret.write_text("hunter2")
    assert read(tmp_path, table(secret))[1] == [("webhook_secret", "endpoints.shop.secret_file")]
