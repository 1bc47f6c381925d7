"""The two kinds of failure that a user can mend; the command line turns them into one line.

Everything else is a bug and keeps its traceback.
"""


class InputError(ValueError):
    """Input that cannot be used: a file, a value, a name.  The command line exits with code 2.

    The message reads ``<thing> must <contract>, got <actual>; <how to fix it>``.
    """


class SetupError(RuntimeError):
    """The environment lacks something: a package, disk space, a browser.  Exit code 3."""
