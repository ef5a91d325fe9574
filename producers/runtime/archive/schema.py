"""What all tables share: one `MetaData`, and the revision that this code works with.

Tables stand in the rooms that own them. How the database comes to have them is told, step by step, in
`deploy/migrations`; a test holds the two against each other on both databases.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

#: The newest revision in `deploy/migrations`.
REVISION: Final = "0006"

#: Constraints have names that can be foreseen, so that a later migration can change them.
METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
