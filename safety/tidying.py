"""Erasing what has had its time: the ground floor's part of the timed work."""

import logging
from datetime import timedelta

from safety import register, timed

log = logging.getLogger(__name__)


@timed.every(timedelta(minutes=10))
def tidy() -> timed.Done:
    """Meet every deadline of the register. Raises NotErasedError at the end if one was not met."""
    done, failed = {}, []
    for name, result in register.overdue():
        if isinstance(result, Exception):
            failed.append(f"{name} ({type(result).__name__})")  # no values: they are personal
        else:
            done[name] = result
    if failed:
        log.error("Not erased: %s", ", ".join(failed))
        raise register.NotErasedError(f"Not erased: {', '.join(failed)}")
    return done
