"""A number of seconds on the command line: no NaN, which is neither over nor not over, so that a wait never ends."""

from __future__ import annotations

import math
from typing import Any

import click


class Seconds(click.FloatRange):
    """Zero or more; `inf` waits for ever."""

    def __init__(self) -> None:
        super().__init__(min=0)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        number = float(super().convert(value, param, ctx))
        if math.isnan(number):
            self.fail("it is not a number", param, ctx)
        return number
