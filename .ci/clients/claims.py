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


@contextlib.contextmanager
def raises(kind, *parts):
    """The block must raise this kind of error, with these parts in its text."""
    try:
        yield
    except kind as error:
        text = str(error)
        missing = [part for part in parts if part not in text]
        assert not missing, f"{missing} not in {text!r}"
    else:
        raise AssertionError(f"no {kind.__name__}")


def finish():
    sys.exit(1 if _failures else 0)
