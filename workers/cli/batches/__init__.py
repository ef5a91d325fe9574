"""`cardinity batch`: files of charges are validated, submitted, watched, stopped and reported.

`input` opens what a person names, `submission` hands it in, `report` and `results` read what became of it.
"""
