"""Patience for what starts at the same time as the setup Job and the server."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 600


def wait_until(what: str, attempt: Callable[[], bool], expected: tuple[type[Exception], ...] = ()) -> None:
    """Tries once a second until `attempt` returns true; one of the `expected` exceptions counts as false.

    Says what it waits for, at first and then every 30 seconds. After PATIENCE_SECONDS the last exception is raised, or
    SystemExit if there was none.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    said_at = float("-inf")
    while True:
        problem = None
        try:
            if attempt():
                return
        except expected as error:
            problem = error
        now = time.monotonic()
        if now > deadline:
            raise problem or SystemExit(f"waited {PATIENCE_SECONDS} s in vain until {what}")
        if now - said_at >= 30:
            print(f"waiting until {what}" + (f": {problem}" if problem else ""), flush=True)
            said_at = now
        time.sleep(1)
