"""Reports about what happened, read from the archive and from nothing else; they change nothing.

A scope says which days, `queries` what is asked, `figures` what follows from the answers, and the rest how it is shown.
"""

from workers.analytics.report import Report, make_report
from workers.analytics.scope import Scope, read_scope
from workers.analytics.sections import Section
from workers.analytics.sources import DatabaseSource, ParquetSource

__all__ = ["DatabaseSource", "ParquetSource", "Report", "Scope", "Section", "make_report", "read_scope"]
