"""Asking witnesses for their cosignatures (C2SP tlog-witness): bounded, impatient, and believing nothing unchecked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import httpx

from ledger.answers import AnswerTooLarge, bounded_client, take
from ledger.log.notes import Note, NoteRefused, SignatureLine, read_lines, verify
from ledger.merkle import LARGEST_TREE, consistency_path
from ledger.witness.requests import AddCheckpoint

if TYPE_CHECKING:
    from ledger.log.endpoints import WitnessEndpoint
    from ledger.merkle import NodeSource

MOST_QUESTIONS: Final = 3
"""To one witness for one cosignature: once with the size that we take it to have, once with the one it names, once more
where another of ours has asked in between."""
TIMEOUT_S: Final = 5.0
DEADLINE_S: Final = 10.0
"""For the whole of an answer, however slowly it comes."""
LONGEST_ANSWER: Final = 16_384
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n")
_CURES: Final = {
    "WITNESS-UNREACHABLE": "see that the witness runs and that its address is right; the next run asks again",
    "WITNESS-ANSWER": "ask the witness's owner: it answers what no witness answers",
    "WITNESS-AHEAD": "stop: the witness has cosigned entries that this journal does not have. Restore them",
    "WITNESS-REFUSED": "stop and audit: the witness finds that this journal does not extend what it has cosigned",
}


class WitnessFault(Exception):
    """No cosignature was had. `code` is stable; `cure` says what to do; `size` is what the witness has, if it said."""

    def __init__(self, witness: str, *, code: str, detail: str = "", size: int | None = None) -> None:
        self.code = code
        self.cure = _CURES[code]
        self.size = size
        super().__init__(f"{code}: {witness}: {self.cure}" + (f" ({detail[:200]})" if detail else ""))


class WitnessClient:
    """One witness; remembers the size that it has cosigned last."""

    def __init__(self, endpoint: WitnessEndpoint) -> None:
        self.name = endpoint.verifier.name
        self.verifier = endpoint.verifier
        self._size = 0
        self._client = bounded_client(base_url=endpoint.url, timeout_s=TIMEOUT_S)

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def cosign(self, note: Note, size: int, tree: NodeSource) -> SignatureLine:
        """Have a checkpoint of so many entries cosigned; `tree` gives the path from what the witness has.

        Raises:
            WitnessFault: WITNESS-UNREACHABLE, WITNESS-ANSWER, WITNESS-AHEAD, WITNESS-REFUSED.
        """
        for _ in range(MOST_QUESTIONS):
            if self._size > size:
                raise WitnessFault(self.name, code="WITNESS-AHEAD", size=self._size)
            path = tuple(consistency_path(tree, self._size, size))
            status, text = self._ask(AddCheckpoint(self._size, path, note.to_bytes()))
            if status == httpx.codes.OK:
                line = self._checked(note, text)
                self._size = size
                return line
            if status != httpx.codes.CONFLICT:
                known = status in {httpx.codes.FORBIDDEN, httpx.codes.UNPROCESSABLE_ENTITY}
                code = "WITNESS-REFUSED" if known else "WITNESS-ANSWER"
                raise WitnessFault(self.name, code=code, detail=f"{status} {text}", size=self._size)
            self._size = self._size_in(text)
        raise WitnessFault(self.name, code="WITNESS-ANSWER", detail="it names another size each time")

    def _ask(self, request: AddCheckpoint) -> tuple[int, str]:
        asked = self._client.build_request("POST", "/add-checkpoint", content=request.to_bytes())
        try:
            answer, body = take(self._client, asked, deadline_s=DEADLINE_S, most_bytes=LONGEST_ANSWER)
            return answer.status_code, body.decode("utf-8", "replace")
        except AnswerTooLarge as error:
            raise WitnessFault(self.name, code="WITNESS-ANSWER", detail="too long") from error
        except httpx.HTTPError as error:
            raise WitnessFault(self.name, code="WITNESS-UNREACHABLE", detail=type(error).__name__) from error

    def _checked(self, note: Note, text: str) -> SignatureLine:
        try:
            lines = read_lines(text)
            mine = [
                line
                for line in lines
                if (line.name, line.key_id) == (self.verifier.name, self.verifier.key_id)
            ]
            verify(Note(note.text, tuple(mine)), self.verifier)
        except NoteRefused as error:
            raise WitnessFault(self.name, code="WITNESS-ANSWER", detail=error.code) from error
        return mine[-1]

    def _size_in(self, text: str) -> int:
        match = _SIZE.fullmatch(text)
        if match is None or int(match[1]) > LARGEST_TREE:
            raise WitnessFault(self.name, code="WITNESS-ANSWER", detail=text)
        return int(match[1])
