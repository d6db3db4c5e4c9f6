"""Questions about processes that may end while they are asked."""

import psutil


def has_ended(process: psutil.Process) -> bool:
    """Whether it runs no more; one that waits to be collected by its parent counts as ended."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two questions
        return True
