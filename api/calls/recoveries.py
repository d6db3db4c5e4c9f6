"""A lost key: what its new key signs, what the operator hands in, and the live key's veto."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from api.calls.keys import KeyCalls
from exchange.commands import ProposeRecovery, VetoRecovery
from exchange.recoveries import PAPERS_LABEL
from exchange.sealed import SALT_BYTES, Opening, commitment
from ledger.key_messages import recovery_message
from ledger.messages import RecoveryVeto
from ledger.signatures import message_digest, sign

if TYPE_CHECKING:
    from api.calls.acknowledgements import Acknowledgement


class RecoveryRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a company whose key is lost hands to an operator, signed by its new key.

    `papers` (their text, or their SHA-256) and their salt open the commitment that was signed; `deadline_s` in Unix
    seconds.
    """

    party_id: str
    party_commitment: str
    new_key: str
    deadline_s: int
    possession: str
    papers: str
    papers_salt: str

    def __repr__(self) -> str:
        """Name no salt: an opening must not slip into a log."""
        return f"RecoveryRequest(party_id={self.party_id!r}, new_key={self.new_key!r})"

    @property
    def opening(self) -> Opening:
        """The papers as they are sealed."""
        return Opening(self.papers_salt, self.papers)

    def command(self) -> ProposeRecovery:
        """The operator's command, without its reason."""
        papers = commitment(PAPERS_LABEL, bytes.fromhex(self.papers_salt), self.papers).hex()
        return ProposeRecovery(
            party_id=self.party_id,
            party_commitment=self.party_commitment,
            new_key=self.new_key,
            deadline_s=self.deadline_s,
            possession=self.possession,
            erasable={PAPERS_LABEL: papers},
        )


class RecoveryCalls(KeyCalls):
    """What a company does about a lost key, with its new one, or against a recovery, with its live one."""

    def request_recovery(self, party_id: str, papers: str, *, party: bytes | None = None) -> RecoveryRequest:
        """Sign with this client's key that it is to take the place of the party's lost one; nothing is sent.

        `party` is the commitment by which the chain knows the party; without it the venue is asked, for which the
        company's API key, or an operator's, is enough.
        """
        new = self.giver.key
        if party is None:
            own = self.party(party_id).key
            party = bytes.fromhex(next(key.commitment for key in self.keys_of(party_id) if key.id == own))
        unsigned = RecoveryRequest(
            party_id=party_id,
            party_commitment=party.hex(),
            new_key=new.address,
            deadline_s=self._key_deadline_s(),
            possession="",
            papers=papers,
            papers_salt=secrets.token_hex(SALT_BYTES),
        )
        message = recovery_message(unsigned.command())
        possession = sign(message_digest(self.giver.trust.deals, message), new)
        return msgspec.structs.replace(unsigned, possession=possession)

    def veto_recovery(self, new_key: str) -> Acknowledgement:
        """Refuse a recovery with this client's key, the party's live one: `new_key` can then never be anybody's."""
        message = RecoveryVeto(
            party=self._key_commitment(self.giver.key),
            new_key=new_key,
            key=self.giver.key.address,
            deadline_s=self._key_deadline_s(),
        )
        command = VetoRecovery(
            party_commitment=message.party.hex(),
            new_key=new_key,
            deadline_s=message.deadline_s,
            veto_signature=sign(message_digest(self.giver.trust.deals, message), self.giver.key),
        )
        path = f"/v1/parties/{self.party_id}/recoveries/{new_key}/veto"
        return self.give(path, command, in_path=("new_key",))
