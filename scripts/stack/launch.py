"""Starts one child process that cannot outlive its parent: run as `python launch.py PARENT USER COMMAND…`.

The kernel sends the child SIGINT when its parent dies, `kill -9` included. `USER` is `self`, or `nobody` for PostgreSQL
under root: it refuses to run as root, so it gets an unprivileged user, and keeps only the right to read and write files
whatever their owner, since the data folder may lie below a folder that nobody else may enter.

Standard library only, and nothing of this project: it is the first thing that runs in every child.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
PR_SET_KEEPCAPS = 8
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_RAISE = 2
CAP_DAC_OVERRIDE = 1
"""Covers reading and entering folders too. CAP_DAC_READ_SEARCH is not asked for: containers commonly lack it."""
CAPABILITY_VERSION_3 = 0x20080522
NOBODY = 65_534
PARENT_GONE = 70
"""EX_SOFTWARE: the parent died before the child could bind itself to it."""


class CapabilityHeader(ctypes.Structure):
    """`struct __user_cap_header_struct` of capset(2)."""

    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class CapabilityData(ctypes.Structure):
    """`struct __user_cap_data_struct` of capset(2), of which version 3 wants two."""

    _fields_ = (
        ("effective", ctypes.c_uint32),
        ("permitted", ctypes.c_uint32),
        ("inheritable", ctypes.c_uint32),
    )


def become_nobody(libc: ctypes.CDLL) -> None:
    """Give up root, but for file access: ambient capabilities survive both setuid and exec (capabilities(7)).

    Raises:
        OSError: the kernel refuses, for instance in a container without these capabilities.
    """
    libc.prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    wanted = 1 << CAP_DAC_OVERRIDE
    header = CapabilityHeader(CAPABILITY_VERSION_3, 0)
    data = (CapabilityData * 2)(CapabilityData(wanted, wanted, wanted), CapabilityData(0, 0, 0))
    if libc.capset(ctypes.byref(header), data) != 0:
        raise OSError(ctypes.get_errno(), "capset")
    if libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_CAP_AMBIENT_RAISE")


def main() -> None:
    """Bind to the parent, change user if asked, and become the command."""
    parent, user, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    libc = ctypes.CDLL(None, use_errno=True)
    if user == "nobody":
        become_nobody(libc)
    # A shell that starts us in the background has SIGINT ignored, which survives exec.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # After setuid: a change of credentials clears the signal (prctl(2)).
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGINT, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(PARENT_GONE)
    os.execv(command[0], command)  # noqa: S606 - the command line is our own


if __name__ == "__main__":
    main()
