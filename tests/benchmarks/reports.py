"""How long a report of all orders takes, and how that grows: `python -m tests.benchmarks.reports --rows 1000000`.

A year of orders is made by DuckDB as the Parquet export has them, then copied into PostgreSQL and, with --sqlite, into
SQLite. Each database is asked twice, and the second time counts: its pages are in memory then.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import psycopg
from sqlalchemy import insert

from producers.runtime.archive.database import Archive
from tests.archives import archive_settings, upgraded
from tests.postgres import Postgres
from workers.analytics import DatabaseSource, ParquetSource, Scope, make_report
from workers.analytics.kept import KEPT
from workers.analytics.sources import Source
from workers.events.archive.tables import CHARGEBACKS, ORDERS

#: The year that is reported, and the instant after it.
SCOPE = Scope(date(2026, 1, 1), date(2026, 12, 31), "Europe/Vilnius")
END_MS = SCOPE.to_ms
#: What the archive has and reports do not read.
_REST = {
    "orders": {"producer": "'shop'", "changed_at_ms": "accepted_at_ms"},
    "chargebacks": {"payment_id": "'0'", "changed_at_ms": "created_at_ms"},
}
_ROWS_AT_ONCE = 10_000
_DRAWN = """
SELECT i, {year_from} + (i * ({year_to} - {year_from}) // {rows}) AS ts,
    (hash(i * 5 + 1) % 1000000)::BIGINT AS a, (hash(i * 5 + 2) % 1000000)::BIGINT AS b,
    (hash(i * 5 + 3) % 1000000)::BIGINT AS c, (hash(i * 5 + 4) % 1000000)::BIGINT AS d
FROM range({rows}) AS numbers(i)
"""
_ORDERS = """
SELECT 'ORD-' || i AS order_id,
    CASE WHEN a < 960000 THEN 'charge' WHEN a < 970000 THEN 'link' ELSE 'refund' END AS kind,
    ['default', 'eu', 'us'][1 + b % 3] AS account,
    ['LT', 'LV', 'EE', 'DE', 'FR', 'PL', 'US', 'GB', 'SE', 'FI', 'ES', 'IT', 'NL', 'BE', 'AT'][1 + c % 15] AS country,
    100 + d % 20000 AS amount_minor, ['EUR', 'EUR', 'EUR', 'USD', 'JPY', 'KWD'][1 + d % 6] AS currency,
    CASE WHEN b < 840000 THEN 'approved' WHEN b < 975000 THEN 'declined' WHEN b < 985000 THEN 'rejected'
        WHEN b < 995000 THEN 'not_charged' WHEN b < 999000 THEN 'cancelled' WHEN b < 999800 THEN 'pending'
        WHEN b < 999950 THEN 'unknown' ELSE 'parked' END AS state,
    CASE WHEN state = 'declined' THEN ['3000', '3001', '3002', '3005', '3013', '3014'][1 + c % 6] END AS decline_code,
    CASE WHEN state = 'declined' AND d % 2 = 0 THEN ['01', '02', '03', '24'][1 + c % 4] END AS merchant_advice_code,
    ['Visa', 'MasterCard', 'American Express', 'Maestro'][1 + d % 4] AS card_brand,
    printf('%08x-0000-4000-8000-%012x', a, i) AS payment_id,
    CASE WHEN a >= 970000 THEN printf('%08x-0000-4000-8000-%012x',
        (hash((i // 2) * 5 + 1) % 1000000)::BIGINT, i // 2) END AS parent_id,
    a < 960000 AND d % 100 = 0 AS held,
    CASE WHEN a < 400000 THEN 'sub-' || i % ({rows} // 12 + 1) END AS subscription_id,
    CASE WHEN a < 400000 THEN 1 + i // ({rows} // 12 + 1) END AS period,
    CASE WHEN a < 400000 THEN 1 + (d % 10 = 0)::INT END AS attempt,
    NULL::VARCHAR AS root, NULL::VARCHAR AS successor, 1 + (c % 50 = 0)::INT AS claims,
    ts AS accepted_at_ms, ts + 50 + a % 100 AS sent_at_ms,
    CASE WHEN b < 999000 THEN ts + 300 + d % 3000 END AS ended_at_ms,
    CASE WHEN b >= 999800 THEN ts + 40000 END AS unknown_at_ms,
    CASE WHEN b >= 999950 THEN ts + 400000 END AS parked_at_ms
FROM drawn
"""
_CHARGEBACKS = """
SELECT 'cb-' || i AS chargeback_id, ['initiated', 'approved', 'declined'][1 + c % 3] AS status, 'default' AS account,
    100 + d % 20000 AS amount_minor, ['EUR', 'EUR', 'EUR', 'USD', 'JPY', 'KWD'][1 + d % 6] AS currency,
    'ORD-' || i AS order_id, ts + 1000000 AS created_at_ms
FROM drawn WHERE b < 4000
"""


def main(argv: Sequence[str] | None = None) -> None:
    """Tell a line for each database."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, required=True)
    options.add_argument("--sqlite", action="store_true")
    chosen = options.parse_args(argv)
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        draw(folder, chosen.rows)
        _tell(chosen.rows, "Parquet by DuckDB", ParquetSource(folder))
        if chosen.sqlite:
            with upgraded(archive_settings(folder, None)) as archive:
                _insert(archive, folder)
                _tell(chosen.rows, "SQLite", DatabaseSource(archive))
        with _postgres(folder) as archive:
            _tell(chosen.rows, "PostgreSQL", DatabaseSource(archive))


def draw(folder: Path, rows: int) -> None:
    """The files that the export would have written for so many orders of the year."""
    drawn = _DRAWN.format(rows=rows, year_from=SCOPE.from_ms, year_to=SCOPE.to_ms)
    for name, text in (("orders", _ORDERS), ("chargebacks", _CHARGEBACKS)):
        made = f"WITH drawn AS ({drawn}) {text.format(rows=rows)}"
        duckdb.sql(f"COPY ({made}) TO '{folder}/{name}-000001.parquet' (FORMAT parquet, COMPRESSION zstd)")


@contextmanager
def _postgres(folder: Path) -> Iterator[Archive]:
    with Postgres() as server:
        url = server.database()
        with upgraded(archive_settings(folder, url)) as archive:
            with psycopg.connect(url, autocommit=True) as connection:
                for table in KEPT:
                    text = _as_text(folder, table.name)
                    columns = ", ".join([*(column.name for column in KEPT[table]), *_REST[table.name]])
                    copy = f"COPY {table.name} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')"
                    with text.open("rb") as given, connection.cursor().copy(copy.encode()) as taking:
                        while block := given.read(1 << 20):
                            taking.write(block)
                    text.unlink()
                connection.execute("VACUUM ANALYZE")
            yield archive


def _insert(archive: Archive, folder: Path) -> None:
    for table in (ORDERS, CHARGEBACKS):
        names = [*(column.name for column in KEPT[table]), *_REST[table.name]]
        rows = duckdb.connect().execute(_whole(folder, table.name))
        while some := rows.fetchmany(_ROWS_AT_ONCE):
            with archive.writing() as connection:
                connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in some])


def _as_text(folder: Path, name: str) -> Path:
    duckdb.sql(f"COPY ({_whole(folder, name)}) TO '{folder}/{name}.csv' (HEADER false, NULLSTR '\\N')")
    return folder / f"{name}.csv"


def _whole(folder: Path, name: str) -> str:
    rest = ", ".join(f"{value} AS {column}" for column, value in _REST[name].items())
    return f"FROM read_parquet('{folder}/{name}-*.parquet') SELECT *, {rest}"


def _tell(rows: int, name: str, source: Source) -> None:
    first = _timed(lambda: make_report(source, SCOPE, END_MS))
    steps: list[tuple[str, float]] = []
    again = _timed(
        lambda: make_report(source, SCOPE, END_MS, lambda step, _: steps.append((step, time.perf_counter())))
    )
    ends = [at for _, at in steps[1:]]
    told = ", ".join(f"{step} {end - at:.1f}" for (step, at), end in zip(steps, ends, strict=False))
    print(f"{rows:,} orders, {name}: {first:.1f} s, again {again:.1f} s ({told})", flush=True)


def _timed(act: Callable[[], object]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main(sys.argv[1:])
