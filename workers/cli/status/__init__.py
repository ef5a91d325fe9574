"""Commands that show the whole system at one moment: `cardinity status` and `top`."""
