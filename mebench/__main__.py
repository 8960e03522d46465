"""`python -m mebench`: the command line."""

from mebench.cli import main

main()
