"""`cardinity report`: the command, and what a terminal shows of a report."""
