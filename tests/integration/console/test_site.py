"""By which names the console answers, what every answer says to a browser, and what machines are told."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.integration.console.scene import (
    COOKIE,
    Scene,
    at_address,
    logged_in,
    made_scene,
)


async def test_every_answer_has_the_policy_and_a_cookie_that_no_script_reads(browser: httpx.AsyncClient) -> None:
    """Pages, refusals and redirections; nothing is kept, framed, sniffed, or told to others."""
    for path in ("/login", "/", "/actions/queue-pause"):
        headers = (await browser.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "form-action 'self'" in headers["content-security-policy"]
        assert (headers["cache-control"], headers["x-frame-options"]) == ("no-store", "DENY")
        assert (headers["referrer-policy"], headers["x-content-type-options"]) == ("same-origin", "nosniff")
        assert headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict")
        assert "strict-transport-security" not in headers


async def test_behind_tls_the_cookie_is_of_this_host_only(tmp_path: Path, queue_url: str, ledger_url: str) -> None:
    """And its form counts from the public origin, whatever the proxy's scheme to us is; others' forms do not."""
    scene = made_scene(tmp_path, queue_url, ledger_url, "https://console.example")
    async with at_address(scene.guard, "198.51.100.7", "https://console.example") as public:
        headers = (await public.get("/login")).headers
        assert headers["set-cookie"].startswith(f"__Host-{COOKIE}=")
        assert headers["set-cookie"].endswith("; Path=/; HttpOnly; SameSite=Strict; Secure")
        assert headers["strict-transport-security"] == "max-age=31536000"
        assert (await logged_in(public, "ona")).status_code == 303
        token = (await public.get("/")).text.partition("\n")[2]
        for origin, status in (("https://console.example", 200), ("http://console.example", 403), ("null", 403)):
            answer = await public.post("/actions/queue-pause", data={"token": token}, headers={"Origin": origin})
            assert (origin, answer.status_code) == (origin, status)


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "[:", "", "localhost:8088:1", "console.example"]
)
async def test_another_hosts_name_is_not_answered_to(browser: httpx.AsyncClient, host: str) -> None:
    """A page of others whose name suddenly points here gets no login, and no cookie."""
    answer = await browser.get("/login", headers={"Host": host})
    assert (answer.status_code, "set-cookie" in answer.headers) == (421, False)


async def test_two_names_of_hosts_are_none(browser: httpx.AsyncClient) -> None:
    """Whoever stands in front may have gone by the other one."""
    headers = [("Host", "localhost"), ("Host", "evil.example")]
    assert (await browser.get("/login", headers=headers)).status_code == 421


async def test_machines_ask_without_a_login_and_by_any_name(scene: Scene, browser: httpx.AsyncClient) -> None:
    """A probe calls us by an address. It is told nothing but whether people get in, and gets no cookie."""
    answer = await browser.get("/healthz", headers={"Host": "10.1.2.3:8088"})
    assert (answer.status_code, answer.text, "set-cookie" in answer.headers) == (200, "ok\n", False)
    assert (await browser.post("/healthz")).status_code == 405
    scene.users.write_text("nonsense")
    answer = await browser.get("/healthz")
    assert (answer.status_code, answer.text) == (503, "not ok\n")


async def test_numbers_are_for_those_inside(tmp_path: Path, queue_url: str, ledger_url: str) -> None:
    """Not by the public name, and not through a proxy; they count by page and answer."""
    scene = made_scene(tmp_path, queue_url, ledger_url, "https://console.example")
    async with at_address(scene.guard, "198.51.100.7") as inside:
        await inside.get("/")
        text = (await inside.get("/metrics")).text
        assert 'cardinity_console_requests_total{answer="taken",page="overview"} 1.0' in text
        assert (await inside.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"})).status_code == 404
    async with at_address(scene.guard, "198.51.100.7", "https://console.example") as public:
        assert (await public.get("/metrics")).status_code == 404
