"""``python -m fitlab.cli`` is ``fitlab``."""

from fitlab.cli import main

main()
