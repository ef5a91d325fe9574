"""Puts the migrations into the wheel, beside the code that runs them: in the tree they stand in `deploy`."""

from __future__ import annotations

from pathlib import Path

from setuptools.command.build_py import build_py

MIGRATIONS = Path("deploy/migrations")
TARGET = Path("producers/runtime/archive/migrations")


class BuildWithMigrations(build_py):
    """`build_py`, and the migrations. An editable install finds them where they are."""

    def run(self) -> None:
        """Build."""
        super().run()
        if not self.editable_mode:
            for source in _scripts():
                target = Path(self.build_lib, TARGET, source.relative_to(MIGRATIONS))
                self.mkpath(str(target.parent))
                self.copy_file(str(source), str(target))

    def get_source_files(self) -> list[str]:
        """What a source distribution needs."""
        return [*super().get_source_files(), "deploy/wheel.py", *map(str, _scripts())]


def _scripts() -> list[Path]:
    return sorted(MIGRATIONS.rglob("*.py"))
