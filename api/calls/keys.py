"""A company's keys: bound for the chain, rotated, revoked, and whatever they signed cancelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.calls.base import GivingClient
from exchange.calendar import MS_PER_SECOND
from exchange.commands import AdvanceCounter, EnrolKey, KeyTerms, RevokeKey, RotateKey
from ledger.messages import CounterAdvance, KeyEnrolment, KeyRevocation, KeyRotation
from ledger.outbox_row import code_word
from ledger.signatures import message_digest, sign

if TYPE_CHECKING:
    from api.calls.acknowledgements import Acknowledgement
    from exchange.commands import AnyCommand
    from ledger.signatures import PrivateKey

KEY_DEADLINE_S = 90 * 86_400
"""How long a key's binding may wait for approval and for the chain."""


class KeyCalls(GivingClient):
    """What a company does about its own keys; every one of them signs for itself."""

    @property
    def party_id(self) -> str:
        """The company that this client speaks for."""
        raise NotImplementedError

    def enrol_key(
        self,
        company_number: str,
        authorisation_letter: str,
        *,
        key: PrivateKey | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Bind this client's key for the chain, or another `key` that is to sign single deals; it signs that itself.

        Before approval as well as after; until a key is bound no deal can be signed with it.
        """
        own = key or self.giver.key
        deadline_s = self._key_deadline_s()

        def signed(command: AnyCommand, party: bytes) -> AnyCommand:
            message = KeyEnrolment(
                party=party,
                key=own.address,
                authorisation=bytes.fromhex(command.erasable["authorisation_letter"]),
                deadline_s=deadline_s,
            )
            possession = sign(message_digest(self.giver.trust.deals, message), own)
            return msgspec.structs.replace(command, possession=possession)

        given, _ = self.giver.give(
            self.party_id,
            f"/v1/parties/{self.party_id}/keys",
            EnrolKey(key=own.address, deadline_s=deadline_s, possession=""),
            terms=KeyTerms(company_number=company_number),
            parts={"authorisation_letter": authorisation_letter},
            complete=signed,
            idempotency_key=idempotency_key,
        )
        return given

    def rotate_key(self, new: PrivateKey, authorisation_letter: str) -> Acknowledgement:
        """Put a new key in the place of this client's own; from now on the client signs with it."""
        deadline_s = self._key_deadline_s()
        old, party = self.giver.key, self._key_commitment(self.giver.key)

        def signed(command: AnyCommand, _: bytes) -> AnyCommand:
            message = KeyRotation(
                party=party,
                old_key=old.address,
                new_key=new.address,
                authorisation=bytes.fromhex(command.erasable["authorisation_letter"]),
                deadline_s=deadline_s,
            )
            digest = message_digest(self.giver.trust.deals, message)
            return msgspec.structs.replace(
                command, old_signature=sign(digest, old), new_signature=sign(digest, new)
            )

        given, _ = self.giver.give(
            self.party_id,
            f"/v1/parties/{self.party_id}/keys/rotation",
            RotateKey(
                party_commitment=party.hex(),
                new_key=new.address,
                deadline_s=deadline_s,
                old_signature="",
                new_signature="",
            ),
            parts={"authorisation_letter": authorisation_letter},
            complete=signed,
        )
        self.key = self.giver.key = new
        return given

    def revoke_key(self, reason: str, *, key: PrivateKey | None = None) -> Acknowledgement:
        """End this client's own key, or another of the party's. `reason` is a code that stands on the chain."""
        ended = key or self.giver.key
        message = KeyRevocation(
            party=self._key_commitment(ended),
            key=ended.address,
            reason=bytes.fromhex(code_word(reason)[2:]),
            deadline_s=self._key_deadline_s(),
        )
        command = RevokeKey(
            party_commitment=message.party.hex(),
            key=ended.address,
            reason=reason,
            deadline_s=message.deadline_s,
            key_signature=sign(message_digest(self.giver.trust.deals, message), ended),
        )
        return self.give(f"/v1/parties/{self.party_id}/keys/revocation", command)

    def advance_counter(self, *, key: PrivateKey | None = None) -> Acknowledgement:
        """Cancel whatever this client's key, or another of the party's, signed and the chain has not recorded."""
        own = key or self.giver.key
        message = CounterAdvance(
            party=self._key_commitment(own),
            key=own.address,
            counter=self.enrolled_key(own.address).counter + 1,
            deadline_s=self._key_deadline_s(),
        )
        command = AdvanceCounter(
            party_commitment=message.party.hex(),
            key=own.address,
            counter=message.counter,
            deadline_s=message.deadline_s,
            key_signature=sign(message_digest(self.giver.trust.deals, message), own),
        )
        return self.give(f"/v1/parties/{self.party_id}/keys/counter", command)

    def _key_commitment(self, key: PrivateKey) -> bytes:
        return bytes.fromhex(self.enrolled_key(key.address).commitment)

    def _key_deadline_s(self) -> int:
        return self.giver.venue_time_ms() // MS_PER_SECOND + KEY_DEADLINE_S
