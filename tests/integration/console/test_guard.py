"""The guard around the pages: who gets where, and with which token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.console_process import CHEAP
from tests.integration.console.scene import (
    COOKIE,
    HEADER,
    PASSWORD,
    PROXY,
    Scene,
    at_address,
    logged_in,
)
from workers.console import forms
from workers.console.guard import needed
from workers.console.passwords import hashed
from workers.console.users import OPERATOR, VIEWER, User, replace_user


async def test_nobody_sees_anything_without_a_login(browser: httpx.AsyncClient) -> None:
    """A page sends to the login, and a form is refused."""
    answer = await browser.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert (await browser.post("/actions/queue-pause", data={"step": "do"})).status_code == 403


async def test_a_login_ends_with_the_logout(browser: httpx.AsyncClient) -> None:
    """And the number of its session is a fresh one."""
    before = (await browser.get("/login")).text
    assert (await logged_in(browser, "ona")).headers["location"] == "/"
    name, _, token = (await browser.get("/")).text.partition("\n")
    assert (name, token == before.partition("\n")[2]) == ("ona", False)
    assert (await browser.post("/logout", data={"token": token})).headers["location"] == "/login"
    assert (await browser.get("/")).status_code == 303


async def test_a_viewer_looks_and_does_not_act(browser: httpx.AsyncClient) -> None:
    """Neither the form of an action nor the action itself."""
    await logged_in(browser, "jonas")
    token = (await browser.get("/")).text.partition("\n")[2]
    assert (await browser.get("/actions/queue-pause")).status_code == 403
    assert (await browser.post("/actions/queue-pause", data={"token": token})).status_code == 403


@pytest.mark.parametrize(
    ("token", "headers", "status"),
    [
        ("mine", {}, 200),
        ("mine", {"Origin": "http://localhost:8088"}, 200),
        ("mine", {"Origin": "http://evil.example"}, 403),
        ("mine", {"Origin": "null"}, 403),
        ("mine", {"Origin": "http://["}, 403),
        ("mine", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("mine", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("mine", {"Sec-Fetch-Site": "same-site"}, 403),
        ("", {}, 403),
        ("another", {}, 403),
    ],
)
async def test_an_operator_acts_with_the_token_of_a_page_of_ours(
    browser: httpx.AsyncClient, token: str, headers: dict[str, str], status: int
) -> None:
    """Not from a page of others, and not with another session's token."""
    await logged_in(browser, "ona")
    mine = (await browser.get("/")).text.partition("\n")[2]
    given = mine if token == "mine" else token
    answer = await browser.post("/actions/queue-pause", data={"token": given}, headers=headers)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "body", [b"token=" + b"a" * 9000, b"a=1&a=2", b"\xff=1", b"&".join(b"f%d=1" % n for n in range(30))]
)
async def test_a_form_that_is_too_much_is_refused(browser: httpx.AsyncClient, body: bytes) -> None:
    """Too long, a field twice, no text, too many fields; and what is no form."""
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await browser.post("/login", content=body, headers=form)).status_code == 400
    assert (await browser.post("/login", content=b"token=a", headers={"Content-Type": "text/plain"})).status_code == 400


async def test_a_form_that_does_not_come_is_not_waited_for(
    browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends a byte and then nothing has no page of ours waiting."""
    monkeypatch.setattr(forms, "FORM_S", 0.01)

    async def dripping() -> AsyncIterator[bytes]:
        yield b"t"
        await asyncio.Event().wait()

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert (await browser.post("/login", content=dripping(), headers=form)).status_code == 400


async def test_the_proxys_word_counts_from_the_proxy_only(scene: Scene, browser: httpx.AsyncClient) -> None:
    """From another address the header is a header; a name that is not in the file is nobody, and so is a session
    that the proxy says nothing of."""
    async with at_address(scene.guard, PROXY) as proxied:
        assert (await proxied.get("/", headers={HEADER: "rasa"})).text.startswith("rasa\n")
        assert (await proxied.get("/")).status_code == 303
        assert (await proxied.get("/", headers={HEADER: "stranger"})).status_code == 303
    assert (await browser.get("/", headers={HEADER: "rasa"})).status_code == 303


async def test_a_header_that_the_proxy_let_through_beside_its_own_counts_for_nothing(scene: Scene) -> None:
    """Of two names nobody knows which one the proxy wrote."""
    async with at_address(scene.guard, PROXY) as proxied:
        answer = await proxied.get("/", headers=[(HEADER, "rasa"), (HEADER, "rasa")])
        assert answer.status_code == 303


@pytest.mark.parametrize("path", ["/actions/queue-pause%23x", "/actions%2Fqueue-pause", "/actions/queue-pause%3Fx"])
async def test_an_address_in_disguise_needs_what_it_stands_for(browser: httpx.AsyncClient, path: str) -> None:
    """The guard goes by the same address as the pages."""
    await logged_in(browser, "jonas")
    assert (await browser.get(path)).status_code == 403


async def test_a_page_that_refreshes_itself_keeps_no_session_alive(browser: httpx.AsyncClient) -> None:
    """It sends no new cookie."""
    await logged_in(browser, "ona")
    assert "set-cookie" not in (await browser.get("/?refreshed=1")).headers
    assert COOKIE in (await browser.get("/")).headers["set-cookie"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ona operator ", "was operator "),
        ("ona operator ", "ona viewer "),
        ("ona operator $argon2id", "ona operator -"),
    ],
    ids=["gone", "another role", "no password any more"],
)
async def test_a_user_who_was_changed_is_out_at_once(
    scene: Scene, browser: httpx.AsyncClient, old: str, new: str
) -> None:
    """The file is read at every request, and a session is of the user whom it began with."""
    await logged_in(browser, "ona")
    text = scene.users.read_text()
    line = next(line for line in text.splitlines() if line.startswith("ona "))
    scene.users.write_text(text.replace(line, new + "" if new.endswith("-") else line.replace(old, new)))
    assert (await browser.get("/")).status_code == 303


async def test_another_password_ends_the_sessions_of_its_user(scene: Scene, browser: httpx.AsyncClient) -> None:
    """Whoever has stolen one is out by it, and the old line put back would not help him either: it is another hash."""
    await logged_in(browser, "ona")
    replace_user(scene.users, User("ona", OPERATOR, hashed(PASSWORD, CHEAP)))
    assert (await browser.get("/")).status_code == 303


async def test_a_copied_cookie_is_worth_nothing_after_the_logout(scene: Scene, browser: httpx.AsyncClient) -> None:
    """Neither the last one nor one from before; another session of the same user goes on."""
    await logged_in(browser, "ona")
    copies = [browser.cookies[COOKIE]]
    token = (await browser.get("/")).text.partition("\n")[2]
    copies.append(browser.cookies[COOKIE])
    async with at_address(scene.guard, "198.51.100.8") as other, at_address(scene.guard, "198.51.100.9") as thief:
        await logged_in(other, "ona")
        await browser.post("/logout", data={"token": token})
        for copy in copies:
            assert (await thief.get("/", headers={"Cookie": f"{COOKIE}={copy}"})).status_code == 303
        assert (await other.get("/")).status_code == 200


async def test_a_bug_is_told_without_its_words(browser: httpx.AsyncClient) -> None:
    """What it choked on may be anything."""
    await logged_in(browser, "ona")
    answer = await browser.get("/broken")
    assert answer.status_code == 500
    assert "4111" not in answer.text


def test_what_is_not_known_needs_an_operator_unless_it_only_reads() -> None:
    """The rule for pages that come later."""
    assert [needed("GET", "/new"), needed("HEAD", "/new"), needed("POST", "/new"), needed("PUT", "/")] == [
        VIEWER, VIEWER, OPERATOR, OPERATOR,
    ]  # fmt: skip
