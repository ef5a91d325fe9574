"""Arguments and options that several commands about batches take."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import click

from cardinity_client.money import Money
from producers.contract.card_numbers import contains_card_number
from producers.contract.totals import read_totals

#: Hex digits of the manifest hash that name a batch which nobody has given a name.
BATCH_ID_LENGTH: Final = 32
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


class BatchName(click.ParamType[str]):
    """The name of a batch: that of `--name`, or the one that `submit` told."""

    name = "batch"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if not _NAME.fullmatch(value):
            self.fail("1 to 64 of A-Z a-z 0-9 . _ -, no mark first", param, ctx)
        if contains_card_number(value):
            self.fail("a name is kept and shown, and this one may be a card number", param, ctx)
        return str(value)


class Totals(click.ParamType[Mapping[str, Money]]):
    """Amounts by currency."""

    name = "amounts"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Mapping[str, Money]:
        try:
            return read_totals(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


file = click.argument("file", metavar="FILE|-")
optional_file = click.argument("file", metavar="[FILE|-]", required=False)
format = click.option(
    "--format",
    type=click.Choice(["csv", "jsonl"]),
    help="What the file is; unless given, its first character tells.",
)
batch_argument = click.argument("batch", metavar="BATCH", type=BatchName())
