"""Data sets in the layouts of their owners: each module loads one of them, with its split and its labels."""
