"""Claims about a server, one line each; the process exits with 1 if one of them did not hold."""

import contextlib
import sys
import traceback

_failures = 0


@contextlib.contextmanager
def claim(text):
    """Prints whether the block ended without an error, and goes on either way."""
    global _failures
    try:
        yield
    except Exception as error:  # whatever a client raises
        _failures += 1
        print(f"  FAIL  {text}: {type(error).__name__}: {error}", flush=True)
        traceback.print_exc(file=sys.stdout)
    else:
        print(f"  ok    {text}", flush=True)


class Raised:
    """The error, once its block is over."""

    def __init__(self):
        self.error = None

    def __getattr__(self, name):
        return getattr(self.error, name)

    def __str__(self):
        return str(self.error)


@contextlib.contextmanager
def raises(kind, *parts):
    """The block must raise this kind of error, with these parts in its text."""
    raised = Raised()
    try:
        yield raised
    except kind as error:
        raised.error = error
        text = str(error)
        missing = [part for part in parts if part not in text]
        assert not missing, f"{missing} not in {text!r}"
    else:
        raise AssertionError(f"no {kind.__name__}")


def finish():
    sys.exit(1 if _failures else 0)
