"""Random calls on every function of the registers, drawn so that most have something to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from tests.contracts.deployment import Deployment
from tests.contracts.drawing import (
    CORRECTIONS,
    DAY,
    LATEST,
    LICENCES,
    LISTINGS,
    PARTIES,
    PLEDGES,
    RIGHTS,
    SCOPES,
    WORDS,
    Made,
    Pools,
)
from tests.contracts.drawn_messages import PartyCalls
from tests.contracts.model_base import Call
from tests.contracts.model_deals import (
    AGREED,
    ASSIGNMENT,
    LICENSED,
    REGISTERED,
    RESULT_DELIVERY,
    DealRecord,
)
from tests.contracts.model_deals import LICENCES as LICENCE_KINDS
from tests.contracts.model_others import Book
from tests.contracts.shapes import (
    ZERO,
    ZERO_ADDRESS,
    Confirmation,
    Correction,
    Deal,
    Fill,
    Freeze,
    KeyEnrolment,
    Licence,
    LicenceEnding,
    OfferAcceptance,
    Pledge,
    Release,
    RightEntry,
    SealedSet,
    StandingOffer,
    Unwinding,
    ask_of,
    bid_of,
    deal_id,
    struct_hash,
)
from tests.contracts.signing import packed

GROUPS = ("keys", "dealings", "licences", "others")
"""What a sequence can dwell on; some dwell on nothing."""
LATE = 60
"""Calls after which a next version may be announced: it stops much for good."""
SWITCHED = ("Register", "Register", "EncumbranceRegister", "SealedBidRegister", "FillRegister")


class Calls(Pools):
    """One random call after another."""

    def __init__(self, seed: int, deployment: Deployment) -> None:
        super().__init__(seed, deployment)
        self._party = PartyCalls(self)
        self._drawn = 0
        self._focus = seed % (len(GROUPS) + 1)
        opening = [self._first_keys, self._first_rights] if self.chance(0.85) else []
        self._opening: list[Callable[[], Call]] = opening

    def next(self) -> Call:
        """Draw a call; the clock goes on before it."""
        self.pass_time()
        self._drawn += 1
        if self._opening:
            return self._opening.pop(0)()
        choices = [
            (weight * (4 if number == self._focus else 1), make)
            for number, group in enumerate((self._keys(), self._dealings(), self._grants(), self._others()))
            for weight, make in group
        ]
        return self.draw.choices([make for _, make in choices], [weight for weight, _ in choices])[0]()

    def _keys(self) -> list[tuple[float, Callable[[], Call]]]:
        few = len(self.live_keys()) < 3
        return [
            (8 if few else 0.7, self._party.enrol),
            (4, self._party.own_message),
            (1.2, self._party.propose),
            (3 if self._party.recoveries() else 0.3, self._party.end_of_recovery),
            (0.6, self._party.standing),
        ]

    def _dealings(self) -> list[tuple[float, Callable[[], Call]]]:
        deals = self.register.deals
        assignments = sum(self._deal(name).kind == ASSIGNMENT for name in self._agreed())
        return [
            (7 if len(self.live_keys()) > 1 else 0.5, self.deals),
            (0.8, self.cancel),
            (1.5 if deals else 0.2, self.settlement),
            (1.2 if deals else 0.2, lambda: self.batch("unwindDeals", "settler", self.unwinding)),
            (2.5, self.offers),
            (4 if self.register.offers else 0.3, self.acceptances),
            (0.8, self.withdraw),
            (3.5 if len(self.live_keys()) > 1 else 0.2, self.fillings),
            (
                0.3 + 1.5 * min(assignments, 3),
                lambda: self.batch("confirmRegistrations", "registrar", self.confirmation),
            ),
            (0.6, lambda: self.batch("recordRights", "registrar", self.right)),
            (8 if self.register.stopped and self.register.next_version == ZERO_ADDRESS else 0, self.resume),
        ]

    def _grants(self) -> list[tuple[float, Callable[[], Call]]]:
        agreed = sum(self._deal(name).kind in LICENCE_KINDS for name in self._agreed())
        few = agreed < 3 and self._focus == GROUPS.index("licences")
        return [
            (0.3 + 2 * min(agreed, 4), lambda: self.batch("recordLicences", "settler", self.licence)),
            (
                1.2 if self.register.licences else 0.1,
                lambda: self.batch("endLicences", "settler", self.ending),
            ),
            (6 if few else 0, self.deals),
        ]

    def _others(self) -> list[tuple[float, Callable[[], Call]]]:
        return [
            (1, lambda: self.batch("recordCorrections", "registrar", self.correction)),
            (3, self.encumbrance),
            (1, lambda: self.batch("fixSealedBids", "settler", self.sealed_set, None, "SealedBidRegister")),
            (4 if self._drawn > LATE else 1, self.switch),
            (1.5, self.anchoring),
        ]

    def _first_keys(self) -> Call:
        """A register in use: five parties with a key each."""
        chosen = self.draw.sample(self.fresh_keys(), 5)
        items = [KeyEnrolment(PARTIES[i], key, WORDS[0], LATEST) for i, key in enumerate(chosen)]
        possessions = packed([self.signer.sign(item.key, item, 0.0) for item in items])
        return self.call("Register", "enrolKeys", self.deployment.roles["registrar"], items, possessions)

    def _first_rights(self) -> Call:
        items = [RightEntry(right, PARTIES[i], WORDS[0]) for i, right in enumerate(RIGHTS)]
        return self.call("Register", "recordRights", self.deployment.roles["registrar"], items)

    def settlement(self) -> Call:
        """Mostly of deals that are ready for it."""
        ready = [
            name
            for name, deal in self.register.deals.items()
            if deal.state in {REGISTERED, LICENSED} or (deal.kind == RESULT_DELIVERY and deal.state == AGREED)
        ]
        known = ready if ready and self.chance(0.7) else list(self.register.deals)
        chosen = [self.one(known, [*WORDS, ZERO], 0.93) for _ in range(self.draw.choice((0, 1, 2, 5)))]
        names = (chosen * 257)[:257] if self.chance(0.05) else chosen
        return self.call("Register", "settleDeals", self.sender("settler"), names)

    def resume(self) -> Call:
        """The guardian lets deals go on."""
        return self.call("Register", "resumeDeals", self.sender("guardian"))

    def right(self) -> RightEntry:
        return RightEntry(self.one(RIGHTS), self.one(PARTIES[:3]), self.one(WORDS))

    def deal(self) -> Deal:
        seller = self.one(self.live_keys(), self.addresses)
        others = [key for key in self.live_keys() if key != seller]
        buyer = seller if self.chance(0.02) else self.one(others, self.addresses)
        number = self.draw.randrange(16)
        name = deal_id(seller, buyer, number) if self.chance(0.97) else deal_id(buyer, seller, number)
        kind = self.one([1, 1, 2, 2, 3, 4, 4, 5], [0, 6, 255], 0.97)
        counters = (self.counter(seller), self.counter(buyer))
        return Deal(
            self.one(RIGHTS[:1], RIGHTS, 0.5),
            name,
            kind,
            seller,
            buyer,
            WORDS[0],
            WORDS[1],
            self.deadline(),
            *counters,
        )

    def deals(self) -> Call:
        return self.batch(
            "recordAgreements", "settler", self.deal, lambda deal: [(deal.seller, deal), (deal.buyer, deal)]
        )

    def cancel(self) -> Call:
        made = self.made.get("recordAgreements", [])
        deal = self.draw.choice(made).item if made and self.chance(0.5) else self.deal()
        # Kept, so that the cancelled deal is sent later on.
        signatures = [self.signer.sign(signer, deal, 0.0) for signer in (deal.seller, deal.buyer)]
        self.made.setdefault("recordAgreements", []).append(Made(deal, signatures))
        key = self.one([deal.seller, deal.buyer], self.addresses, 0.85)
        return self._party.cancellation(deal, key)

    def unwinding(self) -> Unwinding:
        return Unwinding(self.one(self._agreed() or list(self.register.deals), WORDS), self.one(WORDS))

    def offer(self) -> StandingOffer:
        seller = self.one(self.live_keys(), self.addresses)
        return StandingOffer(
            self.one(RIGHTS),
            seller,
            WORDS[0],
            WORDS[1],
            self.draw.choice((DAY, 30 * DAY)),
            self.draw.choice((1, 1, 2, 5)),
            self.deadline(),
            self.counter(seller),
            self.draw.randrange(3).to_bytes(32, "big"),
        )

    def offers(self) -> Call:
        return self.batch("recordOffers", "settler", self.offer, lambda offer: [(offer.seller, offer)])

    def acceptance(self, chosen: Sequence[StandingOffer] = ()) -> OfferAcceptance:
        standing = list(self.register.offers.values())
        if not standing:
            buyer = self.one(self.addresses)
            return OfferAcceptance(RIGHTS[0], deal_id(buyer, buyer, 1), WORDS[0], buyer, self.deadline(), 0)
        open_ones = [
            record for record in standing if not record.withdrawn and record.accepted < record.offer.most
        ]
        offer = self.draw.choice(chosen) if chosen else self.one(open_ones, standing, 0.85).offer
        buyer = self.one([key for key in self.live_keys() if key != offer.seller], self.addresses)
        name = deal_id(offer.seller, buyer, self.draw.randrange(16)) if self.chance(0.97) else self.one(WORDS)
        offered = struct_hash(offer) if self.chance(0.97) else self.one(WORDS)
        right = self.one([offer.right], RIGHTS)
        return OfferAcceptance(right, name, offered, buyer, self.deadline(), self.counter(buyer))

    def acceptances(self) -> Call:
        standing = [record.offer for record in self.register.offers.values() if not record.withdrawn]
        ends = sorted(
            offer.expires_at for offer in standing if self.now < offer.expires_at < self.now + 20 * DAY
        )
        chosen: list[StandingOffer] = []
        if ends and self.chance(0.25):
            self.now = ends[0] + self.draw.choice((0, 1))
            chosen = [offer for offer in standing if offer.expires_at == ends[0]]
        acceptance = partial(self.acceptance, chosen)
        return self.batch("acceptOffers", "settler", acceptance, lambda item: [(item.buyer, item)])

    def fill(self) -> Fill:
        """Of few orders, so that some are filled more than once and beyond their quantity."""
        seller = self.one(self.live_keys(), self.addresses)
        others = [key for key in self.live_keys() if key != seller]
        buyer = seller if self.chance(0.02) else self.one(others, self.addresses)
        number = 100 + self.draw.randrange(40)
        name = (
            deal_id(seller, buyer, number) if self.chance(0.97) else self.one([*self.register.deals, *WORDS])
        )
        return Fill(
            right=self.one(RIGHTS),
            deal=name,
            register=self.register.address,
            terms=WORDS[0],
            seller=seller,
            buyer=buyer,
            price=self.one([9, 10], [0, 8, 11, 12], 0.93),
            quantity=self.one([1, 1, 2], [0, 9], 0.96),
            ask_limit=self.draw.choice((0, 8, 9)),
            ask_quantity=self.draw.choice((3, 9)),
            ask_expires_at=self.deadline(),
            ask_counter=self.counter(seller),
            ask_salt=self.draw.randrange(2).to_bytes(32, "big"),
            bid_limit=self.draw.choice((10, 11, 12)),
            bid_quantity=self.draw.choice((2, 9)),
            bid_expires_at=self.deadline(),
            bid_counter=self.counter(buyer),
            bid_salt=self.draw.randrange(2).to_bytes(32, "big"),
        )

    def fillings(self) -> Call:
        return self.batch(
            "recordFills",
            "settler",
            self.fill,
            lambda fill: [(fill.seller, ask_of(fill)), (fill.buyer, bid_of(fill))],
            "FillRegister",
        )

    def withdraw(self) -> Call:
        standing = [record.offer for record in self.register.offers.values()]
        offer = self.draw.choice(standing) if standing and self.chance(0.8) else self.offer()
        # Kept, so that the withdrawn offer is sent later on.
        signature = self.signer.sign(offer.seller, offer, 0.0)
        self.made.setdefault("recordOffers", []).append(Made(offer, [signature]))
        return self._party.withdrawal(offer)

    def confirmation(self) -> Confirmation:
        deals = [name for name in self._agreed() if self._deal(name).kind == ASSIGNMENT]
        chosen = self.one(deals, [*self.register.deals, ZERO, ZERO, *WORDS], 0.75)
        deal = self.register.deals.get(chosen)
        right = self.one(RIGHTS) if deal is None else self.one([deal.content.right], RIGHTS)
        known = self.register.rights.get(right)
        old = self.one([PARTIES[0] if known is None else known.holder], [*PARTIES[:3], ZERO])
        new = self.one([party for party in PARTIES[:3] if party != old], [old])
        return Confirmation(right, chosen, old, new, self.one(WORDS[:2], [ZERO]))

    def licence(self) -> Licence:
        deals = [name for name in self._agreed() if self._deal(name).kind in LICENCE_KINDS]
        chosen = self.one(deals, [*self.register.deals, *WORDS], 0.93)
        deal = self.register.deal_or_fill(chosen)
        right = self.one(RIGHTS) if deal is None else self.one([deal.content.right], RIGHTS)
        heads = [record.item for record in self.register.licences.values() if record.item.right == right]
        head = self.draw.choice(heads) if heads and self.chance(0.5) else None
        starts = self.now // DAY * DAY + self.draw.randrange(-3, 6) * DAY
        ends = starts + self.draw.choice((1, DAY, 4 * DAY, 30 * DAY))
        if head is not None and self.chance(0.85):
            starts, ends = head.starts_at + self.draw.choice((0, 0, 1)), self.register.end_of(head.licence)
        if self.chance(0.04):
            ends = self.draw.choice((starts, starts - 1, 2**40, 2**40 - 1))
        named = ZERO if head is None else self.one([head.licence], [*LICENCES, WORDS[0]], 0.97)
        free = [name for name in LICENCES if name not in self.register.licences]
        name = self.one(free, [*LICENCES, bytes(31) + b"\x01", b"\x01" * 20 + bytes(12)], 0.9)
        who = (self.one(PARTIES), self.one(PARTIES))
        return Licence(
            name,
            right,
            chosen,
            named,
            *who,
            WORDS[0],
            self.one(SCOPES[:1], SCOPES, 0.7),
            starts,
            ends,
            self.chance(0.8),
        )

    def ending(self) -> LicenceEnding:
        standing = list(self.register.licences.values())
        if not standing:
            return LicenceEnding(self.one(LICENCES), self.one(RIGHTS), self.now, WORDS[0])
        item = self.draw.choice(standing).item
        edges = (item.starts_at - 1, item.starts_at, item.ends_at - 1, item.ends_at)
        inside = (item.starts_at + item.ends_at) // 2
        ended = self.draw.choice(edges) if self.chance(0.4) else inside
        name = self.one([item.licence], LICENCES, 0.93)
        return LicenceEnding(name, self.one([item.right], RIGHTS), ended, self.one(WORDS[:2]))

    def correction(self) -> Correction:
        last = self.register.seq
        number = self.draw.choice((1, last, last, last + 1, last + 2, 0)) if last else 1
        return Correction(
            number, self.one(CORRECTIONS), self.one(WORDS), self.one(WORDS), self.one(WORDS, [ZERO])
        )

    def encumbrance(self) -> Call:
        contract = "EncumbranceRegister"
        function, new = self.draw.choice(
            (
                ("recordPledges", self._pledge),
                (
                    "freezeRights",
                    lambda: Freeze(self.one(RIGHTS[:2]), self.one(PLEDGES), self.one(WORDS[:2])),
                ),
                ("dischargePledges", lambda: self._release(self.encumbrances.pledges)),
                ("releaseRights", lambda: self._release(self.encumbrances.freezes)),
            )
        )
        return self.batch(function, "registrar", new, None, contract)

    def sealed_set(self) -> SealedSet:
        listing, bids = self.one(LISTINGS), self.draw.randrange(3)
        return SealedSet(listing, self.draw.choice((0, 1, 1, 2, 3, 65_535)), self.one(WORDS), bids, self.now)

    def switch(self) -> Call:
        contract = self.draw.choice(SWITCHED)
        stopped = self.models[contract].stopped
        kind = self.draw.random()
        if kind < 0.1:
            return self.call(contract, "setAuthority", self.anyone(), self.one(self.addresses))
        if kind < (0.7 if self._drawn > LATE else 0.2):
            rightful = [
                version
                for version, before in self.deployment.predecessors.items()
                if before == self.models[contract].address and self._drawn > LATE
            ]
            others = [
                *self.deployment.predecessors,
                *self.deployment.accounts,
                ZERO_ADDRESS,
                self.addresses[0],
            ]
            others += [self.deployment.manager, self.deployment.anchor]
            version = self.one(rightful, others, 0.5)
            return self.call(contract, "announceVersion", self.sender("administrator"), version)
        if stopped if self.chance(0.9) else not stopped:
            return self.call(contract, "resumeDeals", self.sender("guardian"))
        return self.call(contract, "pauseDeals", self.sender("pauser"))

    def anchoring(self) -> Call:
        anchor, keys = self.anchor, [*self.deployment.anchor_keys, self.deployment.stranger]
        kind = self.draw.random()
        if kind < 0.2:
            proposal = self.one(keys, [ZERO_ADDRESS], 0.9)
            return self.call("JournalAnchor", "proposeKey", self.one([anchor.key], keys), proposal)
        if kind < 0.4:
            proposed = [] if anchor.proposed == ZERO_ADDRESS else [anchor.proposed]
            return self.call("JournalAnchor", "acceptKey", self.one(proposed, keys))
        growth = self.draw.choice((0, 1, 1, 7, 2**20, 2**20 + 1, -1 if anchor.size else 2))
        before = self.one([anchor.root], WORDS, 0.85)
        root = self.one(WORDS, [ZERO], 0.85)
        return self.call(
            "JournalAnchor", "anchor", self.one([anchor.key], keys), root, anchor.size + growth, before
        )

    def _pledge(self) -> Pledge:
        who = (self.one(PARTIES), self.one(PARTIES))
        return Pledge(self.one(RIGHTS[:2]), self.one(PLEDGES), *who, self.one(WORDS), self.one(WORDS[:2]))

    def _release(self, book: Book) -> Release:
        live = [name for name, record in book.items() if record.release is None]
        chosen = self.one(live or list(book), PLEDGES)
        right = book[chosen].item.right if chosen in book else RIGHTS[0]
        return Release(self.one([right], RIGHTS), chosen, self.one(WORDS[:2], [ZERO]))

    def _agreed(self) -> list[bytes]:
        waiting = [name for name in self.fills.fills if name not in self.register.deals]
        return waiting + [name for name, deal in self.register.deals.items() if deal.state == AGREED]

    def _deal(self, name: bytes) -> DealRecord:
        """A deal that stands, or a fill with which the register has not gone on yet."""
        found = self.register.deal_or_fill(name)
        assert found is not None
        return found
