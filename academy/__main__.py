"""`python -m academy` is the same as `academy`."""

from academy.cli import main

main()
