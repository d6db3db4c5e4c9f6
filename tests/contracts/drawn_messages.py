"""Random calls about parties' keys, most of them messages that a party signs itself."""

from __future__ import annotations

from typing import Any

from tests.contracts.drawing import PARTIES, WORDS, Pools
from tests.contracts.model_base import Call
from tests.contracts.shapes import (
    ZERO,
    ZERO_ADDRESS,
    CounterAdvance,
    Deal,
    DealCancellation,
    KeyEnrolment,
    KeyRecovery,
    KeyRevocation,
    KeyRotation,
    OfferWithdrawal,
    RecoveryVeto,
    Signed,
    StandingChange,
    StandingOffer,
    struct_hash,
)

REGISTER = "Register"


class PartyCalls:
    """Draws from the pools of a sequence."""

    def __init__(self, pools: Pools) -> None:
        self.pools = pools
        self._sent: list[Call] = []

    def enrol(self) -> Call:
        return self.pools.batch("enrolKeys", "registrar", self._enrolment, lambda item: [(item.key, item)])

    def propose(self) -> Call:
        pools = self.pools
        return pools.batch(
            "proposeRecoveries", "registrar", self._recovery, lambda item: [(item.new_key, item)]
        )

    def standing(self) -> Call:
        return self.pools.batch("recordStandings", "registrar", self._standing)

    def own_message(self) -> Call:
        """What a party signs and anyone submits; also one that was submitted before."""
        pools = self.pools
        if self._sent and pools.chance(0.15):
            return pools.draw.choice(self._sent)._replace(at=pools.now, sender=pools.anyone())
        vetoes = [self._veto] * (4 if self.recoveries() else 1)
        made = pools.draw.choice(
            [self._rotate, self._rotate, self._revoke, self._advance, self._advance, *vetoes]
        )()
        self._sent.append(made)
        return made

    def recoveries(self) -> list[tuple[bytes, str, int]]:
        """Recoveries under way: party, new key, second of effect."""
        return [
            (name, party.recovery_key, party.recovery_at)
            for name, party in self.pools.register.parties.items()
            if party.recovery_key != ZERO_ADDRESS
        ]

    def end_of_recovery(self) -> Call:
        """Completion, or the guardian's word; also of a recovery that is not under way."""
        pools = self.pools
        party, key, due = pools.one(self.recoveries(), [(pools.one(PARTIES), pools.one(pools.addresses), 0)])
        if pools.chance(0.35):
            ground = pools.one(WORDS, [ZERO], 0.8)
            return pools.call(REGISTER, "endRecoveryWait", pools.sender("guardian"), party, key, ground)
        if due and pools.chance(0.6):
            pools.now = max(pools.now, due + pools.draw.choice((-1, 0, 0, 1)))
        return pools.call(REGISTER, "completeRecovery", pools.anyone(), party, key)

    def cancellation(self, deal: Deal, key: str) -> Call:
        signature = self._signature(key, DealCancellation(struct_hash(deal)))
        return self.pools.call(REGISTER, "cancelDeal", self.pools.anyone(), deal, key, signature)

    def withdrawal(self, offer: StandingOffer) -> Call:
        signature = self._signature(offer.seller, OfferWithdrawal(struct_hash(offer)))
        return self.pools.call(REGISTER, "withdrawOffer", self.pools.anyone(), offer, signature)

    def _enrolment(self) -> KeyEnrolment:
        pools = self.pools
        new = [party for party in PARTIES if party not in pools.register.parties]
        party, key = pools.one(new, PARTIES), pools.one(pools.fresh_keys(), [*pools.addresses, ZERO_ADDRESS])
        return KeyEnrolment(party, key, pools.one(WORDS, [ZERO], 0.98), pools.deadline())

    def _recovery(self) -> KeyRecovery:
        pools = self.pools
        party = pools.one(list(pools.register.parties), PARTIES)
        key = pools.one(pools.fresh_keys(), [*pools.addresses, ZERO_ADDRESS], 0.9)
        return KeyRecovery(party, key, pools.one(WORDS, [ZERO], 0.98), pools.deadline())

    def _standing(self) -> StandingChange:
        pools = self.pools
        party = pools.one(list(pools.register.parties), PARTIES)
        return StandingChange(party, pools.one([1, 2, 2, 2, 3], [0, 4]), pools.one(WORDS))

    def _holder(self) -> tuple[bytes, str]:
        """A party and its key; at times not its key, or a revoked one."""
        pools = self.pools
        parties = pools.register.parties
        known = [(name, party.key) for name, party in parties.items()]
        return pools.one(pools.live(), [*known, (pools.one(PARTIES), pools.one(pools.addresses))], 0.93)

    def _rotate(self) -> Call:
        pools = self.pools
        party, old = self._holder()
        new = pools.one(pools.fresh_keys(), [*pools.addresses, ZERO_ADDRESS], 0.93)
        rotation = self._changed(KeyRotation(party, old, new, pools.one(WORDS), pools.deadline()))
        signatures = [self._signature(key, rotation) for key in (rotation.old_key, rotation.new_key)]
        return pools.call(REGISTER, "rotateKey", pools.anyone(), rotation, *signatures)

    def _revoke(self) -> Call:
        pools = self.pools
        revocation = self._changed(KeyRevocation(*self._holder(), pools.one(WORDS), pools.deadline()))
        if pools.chance(0.4):
            return pools.call(REGISTER, "revokeKeyAsGuardian", pools.sender("guardian"), revocation)
        signature = self._signature(revocation.key, revocation)
        return pools.call(REGISTER, "revokeKey", pools.anyone(), revocation, signature)

    def _advance(self) -> Call:
        pools = self.pools
        party, key = self._holder()
        record = pools.register.keys.get(key)
        counter = (0 if record is None else record.counter) + pools.draw.choice((1, 1, 1, 2, 0))
        advance = self._changed(CounterAdvance(party, key, counter, pools.deadline()))
        return pools.call(
            REGISTER, "advanceCounter", pools.anyone(), advance, self._signature(advance.key, advance)
        )

    def _veto(self) -> Call:
        pools = self.pools
        party, new, _ = pools.one(self.recoveries(), [(pools.one(PARTIES), pools.one(pools.addresses), 0)])
        standing = pools.register.parties.get(party)
        key = pools.one(pools.addresses) if standing is None else standing.key
        veto = self._changed(RecoveryVeto(party, new, key, pools.deadline()))
        return pools.call(REGISTER, "vetoRecovery", pools.anyone(), veto, self._signature(veto.key, veto))

    def _changed(self, item: Any) -> Any:
        return self.pools.altered(item) if self.pools.chance(0.05) else item

    def _signature(self, signer: str, message: Signed) -> bytes:
        return self.pools.signer.sign(signer, message, 0.12)
