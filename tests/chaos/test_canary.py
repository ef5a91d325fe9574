"""The canary itself: it sings for a card in every form and every place, and for nothing else."""

import base64
import gzip
import os
import random
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.chaos import remains
from tests.chaos.canary import CODINGS, Canary, Planted, forms_of
from tests.chaos.forms import Forms
from tests.eventually import eventually

CARD = Planted("5555555555554444", "973", "Xenophilia Quartermain")
CANARY = Canary(CARD)
#: Every form there is, and a few that are written down by hand, so that a form built wrong is not found with itself.
BY_HAND = {
    "plain": b"card=5555555555554444;",
    "spaced": b"5555 5555 5555 4444",
    "dashed": b"5555-5555-5555-4444",
    "url": b"%35%35%35%35%35%35%35%35%35%35%35%35%34%34%34%34",
    "url of spaced": b"5555%205555%205555%204444",
    "hex": b"35353535353535353535353534343434",
    "utf-16": b"5\x005\x005\x005\x005\x005\x005\x005\x005\x005\x005\x005\x005\x004\x004\x004\x004\x00",
    "reversed": b"5555555555554444"[::-1],
    "base64": b"NTU1NTU1NTU1NTU1NDQ0NA==",
    "base64, one byte later": b"eDU1NTU1NTU1NTU1NTQ0NDQ=",
    "base64, two bytes later": b"eHk1NTU1NTU1NTU1NTU0NDQ0",
    "base64 of the sealed plaintext": b"eyJraW5kIjoiY2FyZCIsInBhbiI6IjQiLCJjdmMiOiI5NzMiLCJob2xkZXIiOiIifQ==",
    "security code in JSON": b'{"pan":"","cvc":"973"}',
    "security code in a repr": b"Card(cvc='973')",
    "security code in a form": b"a=1&cvc=973&b=2",
    "security code in a form in a URL": b"a%3D1%26cvc%3D973",
    "holder": b"XENOPHILIA Xenophilia Quartermain",
    "EBCDIC": bytes.fromhex("f5f5f5f5f5f5f5f5f5f5f5f5f4f4f4f4"),
    "quoted-printable": b"=35=35=35=35=35=35=35=35=35=35=35=35=34=34=34=34",
    "uuencode": b"0-34U-34U-34U-34U-#0T-",
    "gzip": b"log:" + gzip.compress(b"card 5555555555554444"),
    "zlib": zlib.compress(b"5555-5555-5555-4444"),
}


@pytest.mark.parametrize("name", BY_HAND)
def test_a_form_written_by_hand_is_found(name: str) -> None:
    """Every form that people and programs give a card makes the canary sing."""
    assert CANARY.sings(b"before " + BY_HAND[name] + b" after")


def test_every_form_is_found_in_noise() -> None:
    """Each form is found at a random place between random bytes, under its own name or that of a form like it."""
    noise = random.Random(1)
    missed = [
        name
        for name, form in forms_of(CARD)
        if not CANARY.sings(noise.randbytes(noise.randrange(64)) + form + noise.randbytes(noise.randrange(64)))
    ]
    assert missed == []


@pytest.mark.parametrize(
    "encode",
    [base64.b64encode, base64.urlsafe_b64encode, base64.b32encode, base64.b85encode, base64.a85encode],
    ids=lambda encode: encode.__name__,
)
def test_a_base_is_found_at_every_alignment(encode: Callable[[bytes], bytes]) -> None:
    """Wherever in a longer text the card stands, it is found in base64, base32 and base85."""
    texts = [b"x" * before + CARD.pan.encode() + b"y" * after for before in range(6) for after in range(6)]
    assert all(CANARY.sings(encode(text)) for text in texts)


def test_the_canary_knows_so_many_codings_and_forms() -> None:
    """At least twelve encodings are looked for, besides packings, digests and numbers; in thousands of forms."""
    codings = {coding for name, _ in forms_of(CARD) for coding in CODINGS if f", {coding} " in name}
    assert codings == set(CODINGS)
    assert len(codings) >= 12
    assert len(CANARY) > 3000


def test_searching_for_all_at_once_finds_what_searching_one_by_one_does() -> None:
    """At every alignment, in data of every length around a machine word, the fast search equals the plain one."""
    noise = random.Random(3)
    names = {noise.randbytes(length): str(length) for length in range(1, 20)}
    forms = Forms(names)
    for form in names:
        for before in range(17):
            data = noise.randbytes(before) + form + noise.randbytes(noise.randrange(9))
            assert forms.within(data) == {name for each, name in names.items() if each in data}


def test_the_canary_is_silent_without_a_card() -> None:
    """Random bytes, digits and timestamps with the security code in them, and the last four digits are no find."""
    noise = random.Random(2)
    harmless = b'{"at":"2026-11-23T09:73:00.973Z","last4":"4444","amount":"973.00","cvc":"***","token":"973973973"}'
    assert CANARY.sings(noise.randbytes(1 << 20) + harmless) == []


@pytest.mark.parametrize("kind", ["string", "hash", "list", "set", "zset", "stream", "name"])
def test_a_card_is_found_in_every_type_of_key(ledger_url: str, kind: str) -> None:
    """Redis is searched in keys of every type, and in their names."""
    pan = CARD.pan
    commands = {
        "string": ("SET", "k", pan),
        "hash": ("HSET", "k", "field", pan),
        "list": ("RPUSH", "k", "a", pan),
        "set": ("SADD", "k", pan),
        "zset": ("ZADD", "k", 1, pan),
        "stream": ("XADD", "k", "*", "field", pan),
        "name": ("SET", f"k:{pan}", 1),
    }
    with redis.Redis.from_url(ledger_url) as client:
        client.execute_command(*commands[kind])
    assert any(CANARY.sings(data) for where, data in remains.of_redis(ledger_url) if where.startswith("key "))


def test_a_card_is_found_in_files(tmp_path: Path) -> None:
    """Files are searched at any depth."""
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "c.aof").write_bytes(b"\x00$16\r\n" + CARD.pan.encode())
    assert [where for where, data in remains.of_files(tmp_path) if CANARY.sings(data)] == ["file a/b/c.aof"]


@pytest.mark.parametrize("where", ["cmdline", "environ"])
def test_a_card_is_found_on_processes(where: str) -> None:
    """Command lines and environments of descendants are searched, where the system shows them."""
    code = "import sys; sys.stdin.read()"
    argv = [sys.executable, "-c", code, *([CARD.pan] if where == "cmdline" else [])]
    env = {**os.environ, **({"CARD": CARD.pan} if where == "environ" else {})}
    with subprocess.Popen(argv, env=env, stdin=subprocess.PIPE) as child:

        def found() -> bool:
            places = {place for place, data in remains.of_processes() if CANARY.sings(data)}
            return places == {f"{where} of process {child.pid}"}

        assert not remains.PROC.exists() or eventually(found, "the card is seen")
        child.communicate()
