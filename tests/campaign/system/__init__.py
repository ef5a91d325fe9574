"""Tools of the system that make faults: one file per tool, each with a `need` that says why it cannot run here."""
