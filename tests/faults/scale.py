"""How large the fault tests are: small for CI, larger where `IPX_FAULTS_SCALE` says so (`make faults IPX_FAULTS_SCALE=7`)."""

from __future__ import annotations

import os
from typing import Final

SCALE: Final = int(os.environ.get("IPX_FAULTS_SCALE", "1"))
"""Rows, deals and forks are so many times as in CI: with 7, ten thousand rows of the outbox."""
SEED: Final = int(os.environ.get("IPX_FAULTS_SEED", "5"))
"""The same faults for the same seed."""
