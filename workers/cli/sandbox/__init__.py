"""`cardinity sandbox`: the gateway's double, and its clock."""
