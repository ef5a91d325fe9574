"""`cardinity keys`: the keys that seal and open cards, from made to destroyed, and those of HTTP callers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import click

from producers.vault import KeyFiles, add_api_key, generate_keys, generate_vault_keys
from workers.cli.keys import life
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking


@click.group("keys")
def command() -> None:
    """The keys of cards, from made to destroyed, and those of HTTP callers."""


@command.command("generate")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--producer", default="default", show_default=True, help="Whose signing key to make: its PRODUCER_ID.")
@click.option("--vault", is_flag=True, help="Only the first key of a vault, which makes and opens tokens of cards.")
@speaking
def generate(screen: Screen, directory: Path, producer: str, vault: bool) -> None:
    """Write a first set of keys into DIRECTORY, which only its owner may enter.

    Producers get the public sealing key and their own signing key; workers get the private keys and the list
    of producers. Nothing is ever overwritten.
    """
    if vault:
        files = generate_vault_keys(directory.absolute(), now_ms=int(time.time() * 1000))
        producers = {"VAULT_PUBLIC_KEY_FILE": str(files.vault_public)}
        _tell(screen, files, producers, {"VAULT_PRIVATE_KEYS_FILE": str(files.vault_private)})
        return
    files = generate_keys(directory.absolute(), producer=producer)
    producers = {
        "PRODUCER_ID": producer,
        "SEAL_PUBLIC_KEY_FILE": str(files.seal_public),
        "PRODUCER_KEY_FILE": str(files.producer_key),
    }
    workers = {"SEAL_PRIVATE_KEYS_FILE": str(files.seal_private), "PRODUCERS_FILE": str(files.producers)}
    _tell(screen, files, producers, workers)


@command.command("api")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--producer", required=True, help="Whom the key is for; keys of one producer share its limits.")
@click.option("--requests-per-s", type=float, default=50.0, show_default=True, help="Requests on average.")
@click.option("--burst", type=int, default=100, show_default=True, help="Requests at once.")
@speaking
def api(screen: Screen, file: Path, producer: str, requests_per_s: float, burst: int) -> None:
    """Add a key for a caller of the HTTP application to FILE, its API_KEYS_FILE.

    Prints the key, once: the file holds its hash only. A running application reads the file when it starts.
    """
    key = add_api_key(file.absolute(), producer=producer, requests_per_s=requests_per_s, burst=burst)
    told = {"file": str(file.absolute()), "producer": producer, "key": key.secret.reveal()}
    screen.result(told, key.secret.reveal())


def _tell(screen: Screen, files: KeyFiles, producers: Mapping[str, str], workers: Mapping[str, str]) -> None:
    lines = [[f"{name}={value}" for name, value in settings.items()] for settings in (producers, workers)]
    told = "\n".join(("# for producers", *lines[0], "# for workers", *lines[1]))
    screen.result({"directory": str(files.directory), "settings": {**producers, **workers}}, told)


for _other in (life.show, life.rotate, life.retire, life.destroy):
    command.add_command(_other)
