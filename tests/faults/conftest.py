"""The chains and venues of the works' tests, for the faults that take longer."""

from __future__ import annotations

from tests.ledger.works.conftest import deep, deep_fork, desk, shallow, shallow_fork

__all__ = ["deep", "deep_fork", "desk", "shallow", "shallow_fork"]
