"""Which key was live under which counter at each event, by the register's own events alone.

With it every agreed deal, offer, acceptance and fill is checked again: its keys were live, and the signatures are over
the struct with the counters of that moment. A register's keys are its own: a next version starts without any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ledger.chain.events import (
    CounterAdvanced,
    DealAgreed,
    KeyEnrolled,
    KeyRecovered,
    KeyRevoked,
    KeyRotated,
    OfferAccepted,
    OfferMade,
    OrdersFilled,
    RecoveryProposed,
)
from ledger.messages import ORDER_SIDES, Deal, LicenceOrder, OfferAcceptance, StandingOffer
from ledger.secp256k1 import SignatureRefused, checksum_address
from ledger.signatures import message_digest, recover, register_domain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ledger.audit.findings import Findings
    from ledger.chain.events import ChainEvent
    from ledger.chain.records import FillRecord
    from ledger.messages import RegisterMessage

    SignaturesOf = Callable[[ChainEvent], Sequence[str]]

MOST_LISTED: Final = 2_000
"""Enrolments and recoveries that a report lists one by one; recoveries come first."""


class KeyEvent(msgspec.Struct, frozen=True, kw_only=True):
    """How a key came to a party: enrolled, proposed for a recovery, or recovered, and who attested it.

    Addresses are lower case, `party` is its commitment, `ground` the hash of what ended a recovery's wait, if anything.
    """

    event: str
    party: str
    key: str
    attestor: str
    authorisation: str = ""
    replaced: str = ""
    ground: str = ""
    contract: str
    block: int
    transaction: str


class KeysSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What the key events came to.

    `signatures` were checked again; `unsigned` deals and offers had none in the journal; those of `contract_accounts`
    could not be recovered here.
    """

    listed: tuple[KeyEvent, ...] = ()
    enrolled: int = 0
    proposed: int = 0
    recovered: int = 0
    signatures: int = 0
    unsigned: int = 0
    contract_accounts: int = 0


class _Key(msgspec.Struct, kw_only=True):
    party: str
    live: bool = True
    counter: int = 0


class KeyHistory:
    """Follows the events of all versions in their order."""

    def __init__(
        self,
        chain_id: int,
        signatures_of: SignaturesOf,
        is_contract: Callable[[str], bool],
        findings: Findings,
    ) -> None:
        """Take where the journal's signatures for an event are found, and how a contract account is told."""
        self._chain_id, self._signatures_of, self._is_contract = chain_id, signatures_of, is_contract
        self._findings = findings
        self._keys: dict[tuple[str, str], _Key] = {}
        self._attestors: dict[tuple[str, str, str], str] = {}
        self._enrolments: list[KeyEvent] = []
        self._recoveries: list[KeyEvent] = []
        self._signatures = self._unsigned = self._contract_accounts = self._recovered = 0

    def follow(self, events: Iterable[ChainEvent]) -> KeysSeen:
        """Take events in the chain's order; gives what they came to."""
        for event in events:
            self._take(event)
        return KeysSeen(
            listed=tuple([*self._recoveries, *self._enrolments][:MOST_LISTED]),
            enrolled=len(self._enrolments),
            proposed=len(self._recoveries) - self._recovered,
            recovered=self._recovered,
            signatures=self._signatures,
            unsigned=self._unsigned,
            contract_accounts=self._contract_accounts,
        )

    def _take(self, event: ChainEvent) -> None:
        match event:
            case KeyEnrolled():
                self._keys[event.place.contract, event.key] = _Key(party=event.party)
                self._enrolments.append(_listed(event, event.key, event.attestor))
            case KeyRotated():
                self._end(event, event.old_key, event.party)
                self._keys[event.place.contract, event.new_key] = _Key(party=event.party)
            case KeyRevoked():
                self._end(event, event.key, event.party)
            case CounterAdvanced():
                self._advance(event)
            case RecoveryProposed():
                self._attestors[event.place.contract, event.party, event.new_key] = event.attestor
                self._recoveries.append(_listed(event, event.new_key, event.attestor))
            case KeyRecovered():
                self._recover(event)
            case _:
                self._take_signed(event)

    def _take_signed(self, event: ChainEvent) -> None:
        match event:
            case DealAgreed():
                self._check_deal(event)
            case OfferMade():
                self._check_offer(event)
            case OfferAccepted():
                self._check_acceptance(event)
            case OrdersFilled():
                self._check_fill(event)
            case _:
                pass

    # --- the keys themselves

    def _end(self, event: ChainEvent, address: str, party: str) -> None:
        key = self._keys.get((event.place.contract, address))
        if key is None or not key.live or key.party != party:
            self._say(event, f"{address} was not the party's live key")
            return
        key.live = False

    def _advance(self, event: CounterAdvanced) -> None:
        key = self._keys.get((event.place.contract, event.key))
        if key is None or not key.live or key.counter != event.old_counter:
            self._say(event, f"{event.key} was not live under counter {event.old_counter}")
            return
        key.counter = event.new_counter

    def _recover(self, event: KeyRecovered) -> None:
        place = event.place.contract
        old = self._keys.get((place, event.old_key))
        attestor = self._attestors.get((place, event.party, event.new_key), "")
        if old is None or not attestor:
            self._say(event, "no recovery to this key was proposed")
        if old is not None:
            old.live = False
        self._keys[place, event.new_key] = _Key(party=event.party)
        self._recovered += 1
        self._recoveries.append(_listed(event, event.new_key, attestor))

    # --- what they signed

    def _check_deal(self, event: DealAgreed) -> None:
        message = Deal(
            right_id=_word(event.right_id),
            deal_id=_word(event.deal_id),
            kind=event.kind,
            seller=event.seller,
            buyer=event.buyer,
            terms=_word(event.terms),
            contract_text=_word(event.contract_text),
            deadline_s=event.deadline,
            seller_counter=self._counter(event, event.seller),
            buyer_counter=self._counter(event, event.buyer),
        )
        self._check_signatures(event, message, (event.seller, event.buyer))

    def _check_offer(self, event: OfferMade) -> None:
        if self._counter(event, event.seller) != event.seller_counter:
            self._say(event, f"{event.seller} was under another counter")
        self._check_signatures(event, offer_of(event), (event.seller,))

    def _check_acceptance(self, event: OfferAccepted) -> None:
        message = OfferAcceptance(
            right_id=_word(event.right_id),
            deal_id=_word(event.deal_id),
            offer_id=_word(event.offer_id),
            buyer=event.buyer,
            deadline_s=event.deadline,
            buyer_counter=self._counter(event, event.buyer),
        )
        self._check_signatures(event, message, (event.buyer,))

    def _check_fill(self, event: OrdersFilled) -> None:
        """Each side signed its own order, in the domain of the register that knows its key."""
        for order in orders_of(event):
            if self._counter(event, order.trader, event.register) != order.counter:
                self._say(event, f"{order.trader} was under another counter")
            self._check_signatures(event, order, (order.trader,), event.register)

    def _counter(self, event: ChainEvent, address: str, register: str = "") -> int:
        key = self._keys.get((register or event.place.contract, address))
        if key is None or not key.live:
            self._say(event, f"{address} was no live key")
            return 0
        return key.counter

    def _check_signatures(
        self, event: ChainEvent, message: RegisterMessage, signers: tuple[str, ...], register: str = ""
    ) -> None:
        given = self._signatures_of(event)
        if not given:
            self._unsigned += 1
            return
        digest = message_digest(register_domain(self._chain_id, register or event.place.contract), message)
        found = set()
        for signature in given:
            try:
                found.add(recover(digest, signature))
            except SignatureRefused:
                continue
        for signer in signers:
            if checksum_address(signer) in found:
                self._signatures += 1
            elif self._is_contract(signer):
                self._contract_accounts += 1
            else:
                detail = f"{type(event).__name__} {event.seq}: no signature of {signer} over it"
                self._findings.add("AUDIT-CHAIN-SIGNATURE", detail)

    def _say(self, event: ChainEvent, what: str) -> None:
        self._findings.add("AUDIT-CHAIN-KEY", f"{type(event).__name__} {event.seq}: {what}")


def offer_of(event: OfferMade) -> StandingOffer:
    """Give the offer that its seller signed, as the event states it; its struct hash is the offer's identifier."""
    return StandingOffer(
        right_id=_word(event.right_id),
        seller=event.seller,
        terms=_word(event.terms),
        contract_text=_word(event.contract_text),
        term_s=event.term_seconds,
        most=event.most,
        expires_at_s=event.expires_at,
        seller_counter=event.seller_counter,
        salt=_word(event.salt),
    )


def orders_of(event: OrdersFilled | FillRecord) -> tuple[LicenceOrder, LicenceOrder]:
    """Give the order to sell and the order to buy that were signed, as the event, or its record, states them."""
    ask, bid = (
        LicenceOrder(
            right_id=_word(event.right_id),
            trader=trader,
            side=ORDER_SIDES[side],
            terms=_word(event.terms),
            limit=getattr(event, f"{name}_limit"),
            quantity=getattr(event, f"{name}_quantity"),
            expires_at_s=getattr(event, f"{name}_expires_at"),
            counter=getattr(event, f"{name}_counter"),
            salt=_word(getattr(event, f"{name}_salt")),
        )
        for side, name, trader in (("sell", "ask", event.seller), ("buy", "bid", event.buyer))
    )
    return ask, bid


def _listed(event: KeyEnrolled | RecoveryProposed | KeyRecovered, key: str, attestor: str) -> KeyEvent:
    return KeyEvent(
        event=type(event).__name__,
        party=event.party,
        key=key,
        attestor=attestor,
        authorisation="" if isinstance(event, KeyRecovered) else event.authorisation,
        replaced=event.old_key if isinstance(event, KeyRecovered) else "",
        ground=event.ground if isinstance(event, KeyRecovered) else "",
        contract=event.place.contract,
        block=event.place.block_number,
        transaction="0x" + event.place.transaction_hash.hex(),
    )


def _word(text: str) -> bytes:
    return bytes.fromhex(text[2:])
