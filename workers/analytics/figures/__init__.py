"""From rows that were counted by a database to the sections of a report. Pure: each file knows its sections alone."""
