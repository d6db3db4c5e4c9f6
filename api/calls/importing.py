"""Rows of a file, each given as its own command: a few at once, and twice changes nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from api.calls.transport import VenueProblem
from api.cli.import_command import SubmitOutcome
from api.rights import imported
from exchange.commands import ImportRight

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.calls.acknowledgements import Acknowledgement
    from api.rights.imports.report import ImportedRight

AT_ONCE = 8
_SERVER_ERROR = 500


def submit_rights(
    give: Callable[..., Acknowledgement], rows: Sequence[ImportedRight], last_entry: int, engine: int
) -> list[SubmitOutcome]:
    """Give every row's `ImportRight`, and say in order what became of each.

    `last_entry` is the journal's end before: an answer that names an earlier entry is a repeated one. `engine` is the
    version that the venue has activated.

    Raises:
        VenueProblem: the venue cannot decide, or does not take this caller's commands at all.
        VenueUnreachable: no answer; the same rows can be given again.
    """
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(lambda row: _submit(give, row, last_entry, engine), rows))


def _submit(
    give: Callable[..., Acknowledgement], row: ImportedRight, last_entry: int, engine: int
) -> SubmitOutcome:
    command = ImportRight(**imported.public_fields(row, engine))  # type: ignore[arg-type]  # the fields by name
    parts = imported.erasable_parts(row, engine)
    key = imported.idempotency_key(row, engine)
    while True:
        try:
            given = give("/v1/rights", command, parts=parts, idempotency_key=key)
        except VenueProblem as problem:
            if problem.code == "IDEMPOTENCY-KEY-REUSED":
                # The same facts came before with other words; what became of them the engine alone can say.
                key = imported.next_key(key, last_entry)
            elif problem.entry is None or problem.status >= _SERVER_ERROR:
                raise
            elif problem.entry <= last_entry:
                # A refusal of an earlier day, repeated: what was in the way may be gone.
                key = imported.next_key(key, problem.entry)
            else:
                return SubmitOutcome(row.line, row.right_id, "refused", problem.code, problem.cure)
            continue
        if given.entry <= last_entry:
            # The answer of an earlier day, repeated: the engine took this very row then.
            return SubmitOutcome(row.line, row.right_id, "unchanged")
        return SubmitOutcome(row.line, row.right_id, imported.OUTCOMES[given.result["known"]])
