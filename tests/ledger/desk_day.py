"""A random day at the evidence desk: several parties lodge few digests over and over, entries are held and let go."""

from __future__ import annotations

import hashlib

from exchange import commands
from exchange.evidence import document_commitment
from exchange.state import State
from ledger.sequencer.messages import Submission
from tests.ledger.trading import RandomDay, salt_of

PAPER = "ab" * 32
DIGESTS = 5


class DeskDay(RandomDay):
    """Chooses among what parties and operators do at the desk."""

    def next(self, state: State, time_ms: int) -> Submission:
        self.time_ms = time_ms
        choices = [self._lodge] * 8 + [self._hold, self._lift, self._clock]
        choices += [self._party] * (6 if self.parties < 4 else 1)
        for _ in range(20):
            made = self.random.choice(choices)(state)
            if made is not None:
                return made
        return self._party(state)

    def _lodge(self, state: State) -> Submission | None:
        party = self._any(row.id for row in state.parties.values() if row.state == "ACTIVE")
        if party is None:
            return None
        number = self.random.randrange(DIGESTS)
        sha256 = hashlib.sha256(f"paper {number}".encode()).hexdigest()
        sm3 = None if number % 2 else salt_of(f"sm3 {number}")
        salt = salt_of(f"{party} {number}")
        terms = commands.EvidenceTerms(sha256=sha256, document_salt=salt, kind="work", sm3=sm3)
        command = commands.LodgeEvidence(document=document_commitment(sha256, sm3, salt))
        return self.door.submission(
            party, state.parties[party].key, command, terms, texts={"description": f"手稿 {number}"}
        )

    def _hold(self, state: State) -> Submission | None:
        entries = tuple(self.random.sample(range(4), self.random.randint(1, 3)))
        ground: commands.HoldGround = self.random.choice(["court_order", "dispute"])
        terms = commands.LegalHoldTerms(entries=entries, ground=ground)
        command = commands.PlaceLegalHold(document_digest=PAPER)
        del state  # entries 0 to 3 are there from the first day on
        return self.door.operator(command, terms=terms, texts={"reference": "号", "reason": "asked"})

    def _lift(self, state: State) -> Submission | None:
        hold = self._any(state.legal_holds)
        if hold is None:
            return None
        command = commands.LiftLegalHold(hold_id=hold, document_digest=PAPER)
        return self.door.operator(command, texts={"reference": "号", "reason": "ended"})
