"""An uploaded file's rows, each given as a command for which the signer signs with the service's key."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING, Any, TypeVar

from api import commands, problems
from api.auth import Caller
from api.commands import Given, Signature
from api.problems import Problem
from api.rights import imported
from api.rights.schemas import RowOutcome
from exchange.commands import ImportRight
from exchange.parties import VENUE_ACTOR
from exchange.sealed import SALT_BYTES, Opening

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from api.door import Door
    from api.rights.imports.report import ImportedRight
    from ledger.service import Signatory
    from ledger.signatures import Domain, Instruction

AT_ONCE = 64
"""Rows in flight together; the sequencer decides them in few batches."""
VALID_FOR_MS = 10 * 60 * 1000
_Result = TypeVar("_Result")


async def in_thread(function: Callable[..., _Result], *arguments: Any) -> _Result:  # noqa: ANN401 - passed through
    """Run a parser beside the event loop, which goes on serving."""
    return await asyncio.to_thread(function, *arguments)


async def submit_rows(
    door: Door, request_key: str, file_digest: str, rows: Sequence[ImportedRight]
) -> list[RowOutcome]:
    """Give every row's command, a bounded number at once, and say what became of each, in order.

    The first row goes alone, under the request's own key and with the file's digest in its meaning: the same key with
    another file is refused before anything is given. The other rows' keys follow from that key, so that a repeated
    request repeats its answer.

    Raises:
        Problem: IDEMPOTENCY-KEY-REUSED; UNAVAILABLE without a signer, or when the sequencer does not answer: rows
            given before it stand, and the same request can be sent again.
        ChainFault: SIGNER-UNREACHABLE, SIGNER-REFUSED: as above.
    """
    if door.signatory is None:
        raise Problem(problems.UNAVAILABLE, detail="no signer is set up for uploads")
    outcomes: list[RowOutcome] = []
    if rows:
        outcomes.append(await _submit(door, door.signatory, rows[0], request_key, file_digest))
    for start in range(1, len(rows), AT_ONCE):
        batch = rows[start : start + AT_ONCE]
        outcomes += await asyncio.gather(
            *(_submit(door, door.signatory, row, imported.key_in_upload(request_key, row)) for row in batch)
        )
    return outcomes


async def _submit(
    door: Door, signatory: Signatory, row: ImportedRight, idempotency_key: str, file_digest: str = ""
) -> RowOutcome:
    engine = (await door.venue()).engine
    parts = {
        label: Opening(secrets.token_bytes(SALT_BYTES).hex(), words)
        for label, words in imported.erasable_parts(row, engine).items()
    }
    unsigned = Given(
        command=commands.build(ImportRight, imported.public_fields(row, engine), parts),
        erasable=parts,
        signature=Signature("", await door.now_ms() + VALID_FOR_MS),
    )
    instruction = commands.instruction_of(VENUE_ACTOR, idempotency_key, unsigned)
    address, signature = await in_thread(_signed, signatory, await door.instruction_domain(), instruction)
    given = Given(
        command=unsigned.command,
        erasable=parts,
        signature=Signature(signature, unsigned.signature.valid_until_ms),
    )
    service = Caller(kind="service", address=address)
    try:
        answer = await commands.submit(door, service, VENUE_ACTOR, idempotency_key, given, beside=file_digest)
    except Problem as problem:
        if (
            problem.kind is problems.IDEMPOTENCY_KEY_REUSED
            or problem.kind.status >= problems.UNAVAILABLE.status
        ):
            raise
        return RowOutcome(line=row.line, right_id=row.right_id, outcome="refused", code=problem.kind.code)
    outcome = imported.OUTCOMES[answer.result["known"]]
    return RowOutcome(line=row.line, right_id=row.right_id, outcome=outcome, entry=answer.entry)


def _signed(signatory: Signatory, domain: Domain, instruction: Instruction) -> tuple[str, str]:
    """Address and signature of the service; blocks."""
    return signatory.address, signatory.sign_instruction(domain, instruction)
