"""`python -m mebench`: the command line."""

from mebench.cli.main import main

main()
