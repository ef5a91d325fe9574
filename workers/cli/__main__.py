"""`python -m workers.cli`: the command line without an installed script."""

from workers.cli.program import main

if __name__ == "__main__":
    main(prog_name="cardinity")
