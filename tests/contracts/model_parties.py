"""The model's parties: keys, recoveries and standings."""

from __future__ import annotations

from dataclasses import dataclass

from tests.contracts.model_base import Switched, World, refusal_of_signature, revert, split_signatures
from tests.contracts.shapes import (
    ZERO,
    ZERO_ADDRESS,
    CounterAdvance,
    Domain,
    KeyEnrolment,
    KeyRecovery,
    KeyRevocation,
    KeyRotation,
    RecoveryVeto,
    Signed,
    StandingChange,
)

LIVE, REPLACED, REVOKED = 1, 2, 3
RECOVERY_WAIT_S = 14 * 86_400
CLOSED = 3


@dataclass
class Key:
    """An address that is or was somebody's key."""

    seq: int
    recovered: bool = False
    enrolment: KeyEnrolment | None = None
    status: int = LIVE
    counter: int = 0


@dataclass
class Party:
    """A party, with a recovery under way or none."""

    key: str
    standing: int = 1
    recovery_key: str = ZERO_ADDRESS
    recovery_at: int = 0


class Parties(Switched):
    """Which key signs for which party."""

    def __init__(self, name: str, address: str, world: World, chain_id: int) -> None:
        super().__init__(name, address, world)
        self.domain = Domain(chain_id, address)
        self.keys: dict[str, Key] = {}
        self.parties: dict[bytes, Party] = {}

    def signature_refusal(self, signer: str, message: Signed, signature: bytes) -> str | None:
        """Error that refuses this signature of the message, or None."""
        return refusal_of_signature(self.world, signer, self.domain.digest(message), signature)

    def key_refusal(self, key: str, counter: int) -> str | None:
        """Why nothing that a key signs under this counter can be recorded, or None."""
        if key not in self.keys:
            return "KeyUnknown"
        if self.keys[key].status != LIVE:
            return "KeyNotLive"
        return None if self.keys[key].counter == counter else "CounterDiffers"

    def require_signed_by_live(self, key: str, message: Signed, signature: bytes) -> None:
        """A party's own message, without a deadline."""
        if key not in self.keys:
            revert("KeyUnknown")
        if self.keys[key].status != LIVE:
            revert("KeyNotLive")
        self._require_signature(key, message, signature)

    def enrol_keys(self, items: list[KeyEnrolment], possessions: bytes) -> None:
        """Bind first keys."""
        for item, possession in zip(items, split_signatures(possessions, len(items)), strict=True):
            if item.key in self.keys and self.keys[item.key].enrolment == item:
                continue
            refusal = self._enrolment_refusal(item, possession)
            if refusal is not None:
                self.refuse(item.party, refusal)
                continue
            seq = self.emit("KeyEnrolled", item.party, item.key, item.authorisation, self.sender)
            self.keys[item.key] = Key(seq, enrolment=item)
            self.parties[item.party] = Party(item.key)

    def rotate_key(self, rotation: KeyRotation, old_signature: bytes, new_signature: bytes) -> None:
        """Replace a live key; both keys sign."""
        party = self.parties.get(rotation.party)
        old = self.keys.get(rotation.old_key)
        holds_new = party is not None and rotation.new_key == party.key
        if holds_new and old is not None and old.status == REPLACED:
            return
        found = self._require_live(rotation.party, rotation.old_key)
        if rotation.new_key == ZERO_ADDRESS or rotation.new_key in self.keys:
            revert("KeyTaken")
        self._require_in_time(rotation.deadline)
        self._require_signature(rotation.old_key, rotation, old_signature)
        self._require_signature(rotation.new_key, rotation, new_signature)
        self.keys[rotation.old_key].status = REPLACED
        seq = self.emit("KeyRotated", *rotation[:4])
        self._bind(found, rotation.new_key, Key(seq))

    def revoke_key(self, revocation: KeyRevocation, signature: bytes) -> None:
        """End a key by its own signature."""
        if self._is_revoked(revocation):
            return
        self._require_live(revocation.party, revocation.key)
        self._require_in_time(revocation.deadline)
        self._require_signature(revocation.key, revocation, signature)
        self._revoke(revocation, by_guardian=False)

    def revoke_key_as_guardian(self, revocation: KeyRevocation) -> None:
        """End a key by the guardian's word; the deadline is not looked at."""
        if self._is_revoked(revocation):
            return
        self._require_live(revocation.party, revocation.key)
        self._revoke(revocation, by_guardian=True)

    def advance_counter(self, advance: CounterAdvance, signature: bytes) -> None:
        """Cancel what was signed under lower counters."""
        self._require_live(advance.party, advance.key)
        key = self.keys[advance.key]
        if advance.counter == key.counter:
            return
        if advance.counter < key.counter:
            revert("CounterDiffers")
        self._require_in_time(advance.deadline)
        self._require_signature(advance.key, advance, signature)
        self.emit("CounterAdvanced", advance.party, advance.key, advance.counter, key.counter)
        key.counter = advance.counter

    def propose_recoveries(self, items: list[KeyRecovery], possessions: bytes) -> None:
        """Begin the wait for new keys. A proposal of the same key again is passed over, as is the key in force."""
        for item, possession in zip(items, split_signatures(possessions, len(items)), strict=True):
            party = self.parties.get(item.party)
            known = set() if party is None else {party.recovery_key, party.key} - {ZERO_ADDRESS}
            if item.new_key in known:
                continue
            refusal = self._recovery_refusal(item, possession)
            if party is None or refusal is not None:
                self.refuse(item.party, refusal or "RecordUnknown")
                continue
            effective_at = self.now + RECOVERY_WAIT_S
            self.emit("RecoveryProposed", *item[:3], party.recovery_key, effective_at, self.sender)
            party.recovery_key, party.recovery_at = item.new_key, effective_at

    def veto_recovery(self, veto: RecoveryVeto, signature: bytes) -> None:
        """The live key says no."""
        party = self._require_live(veto.party, veto.key)
        self._require_recovery(veto.party, veto.new_key)
        self._require_in_time(veto.deadline)
        self._require_signature(veto.key, veto, signature)
        self.keys.setdefault(veto.new_key, Key(seq=0, status=REPLACED))
        self.emit("RecoveryVetoed", *veto[:3])
        party.recovery_key, party.recovery_at = ZERO_ADDRESS, 0

    def complete_recovery(self, party: bytes, new_key: str) -> None:
        """After the wait, by anyone."""
        found = self._require_recovery(party, new_key)
        if self.now < found.recovery_at:
            revert("RecoveryTooEarly", found.recovery_at)
        self._recover(party, found, new_key, ZERO)

    def end_recovery_wait(self, party: bytes, new_key: str, ground: bytes) -> None:
        """At once, by the guardian's word."""
        found = self._require_recovery(party, new_key)
        if ground == ZERO:
            revert("ZeroValue")
        self._recover(party, found, new_key, ground)

    def record_standings(self, items: list[StandingChange]) -> None:
        """The venue's findings; closed is for good."""
        for item in items:
            party = self.parties.get(item.party)
            if party is None:
                self.refuse(item.party, "RecordUnknown")
            elif item.standing == party.standing:
                continue
            elif not 1 <= item.standing <= CLOSED or party.standing == CLOSED:
                self.refuse(item.party, "StandingForbids")
            else:
                self.emit("StandingChanged", *item, party.standing)
                party.standing = item.standing

    def _enrolment_refusal(self, item: KeyEnrolment, possession: bytes) -> str | None:
        if ZERO in {item.party, item.authorisation} or item.key == ZERO_ADDRESS:
            return "ZeroValue"
        if item.key in self.keys:
            return "KeyTaken"
        if item.party in self.parties:
            return "PartyHasKey"
        if item.deadline < self.now:
            return "MessageExpired"
        return self.signature_refusal(item.key, item, possession)

    def _recovery_refusal(self, item: KeyRecovery, possession: bytes) -> str | None:
        if item.party not in self.parties:
            return "RecordUnknown"
        if item.new_key == ZERO_ADDRESS or item.authorisation == ZERO:
            return "ZeroValue"
        if item.new_key in self.keys:
            return "KeyTaken"
        if item.deadline < self.now:
            return "MessageExpired"
        return self.signature_refusal(item.new_key, item, possession)

    def _recover(self, name: bytes, party: Party, new_key: str, ground: bytes) -> None:
        if new_key in self.keys:
            revert("KeyTaken")
        if self.keys[party.key].status == LIVE:
            self.keys[party.key].status = REPLACED
        seq = self.emit("KeyRecovered", name, new_key, party.key, ground)
        self._bind(party, new_key, Key(seq, recovered=True))

    def _bind(self, party: Party, address: str, key: Key) -> None:
        self.keys[address] = key
        party.key, party.recovery_key, party.recovery_at = address, ZERO_ADDRESS, 0

    def _is_revoked(self, item: KeyRevocation) -> bool:
        party = self.parties.get(item.party)
        return party is not None and party.key == item.key and self.keys[item.key].status == REVOKED

    def _revoke(self, item: KeyRevocation, *, by_guardian: bool) -> None:
        self.emit("KeyRevoked", *item[:3], by_guardian)
        self.keys[item.key].status = REVOKED

    def _require_live(self, name: bytes, key: str) -> Party:
        party = self.parties.get(name)
        if party is None or party.key != key:
            revert("NotThePartysKey")
        if self.keys[key].status != LIVE:
            revert("KeyNotLive")
        return party

    def _require_recovery(self, name: bytes, new_key: str) -> Party:
        party = self.parties.get(name)
        if party is None or new_key == ZERO_ADDRESS or party.recovery_key != new_key:
            revert("RecoveryUnknown")
        return party

    def _require_in_time(self, deadline: int) -> None:
        if deadline < self.now:
            revert("MessageExpired")

    def _require_signature(self, key: str, message: Signed, signature: bytes) -> None:
        refusal = self.signature_refusal(key, message, signature)
        if refusal is not None:
            revert(refusal)
