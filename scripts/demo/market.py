"""The floor of the day: twenty listings in two modes, two hundred bids, acceptances, and what the rules refuse."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import msgspec

from api.calls.first_refusals import completer_of
from api.client import VenueProblem
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.commands import (
    DealKind,
    DocumentTerms,
    ListingTerms,
    ModeName,
    SubmitListing,
    Undertaking,
)
from exchange.rules.rule import RULES
from scripts.demo.cast import AT_ONCE, Cast, Player
from scripts.demo.catalogue import Catalogue
from scripts.demo.waiting import DemoFailed, wait_for
from scripts.simulated.catalogue import right_id_of

REGISTRATION_MS = 10 * MS_PER_DAY
COMPETITIVE_MS = 30 * MS_PER_DAY
POSTED_MS = 60 * MS_PER_DAY
LISTED_PRICE = 1_000_000_00
"""Minor units of CNY, as all amounts here."""
DEPOSIT = 100_000_00
STEP = 1_000_00
BIDS = 200
STANDING_PRICE = 200_000_00
AFFILIATE = 7
"""Place of the company that is an affiliate of the first."""
STORY_PRICE = 5_000_000_00
STORY_DEPOSIT = 500_000_00
STORY_BIDS = (5_100_000_00, 5_400_000_00, 5_200_000_00)
BIDDERS_EACH = 5
UNDERTAKING = Undertaking(
    state_secret=False,
    open_licence_elsewhere=False,
    venue_staff=False,
    nominee=False,
    co_owners_agreed_otherwise=False,
)
"""What every seller of the demonstration undertakes 承诺书."""


@dataclass(frozen=True)
class Refused:
    """Something that a rule refused, as it should."""

    what: str
    what_zh: str
    code: str
    citation: str
    citation_zh: str
    cure: str
    cure_zh: str


@dataclass
class Floor:
    """What stands on the floor: listing ids by their part in the day."""

    story: str = ""
    competitive: list[str] = field(default_factory=list)
    """Two real Chinese applications and a fictional patent for assignment; two exclusive licences and a sole one."""
    standing: list[str] = field(default_factory=list)
    """Standing licences of real US patents, whose sellers sign once for whoever accepts."""
    nobody: str = ""
    shared_licence: str = ""
    result: str = ""
    unwound: str = ""
    university: str = ""
    open_licence: str = ""
    others: list[str] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    bids: int = 0

    @property
    def count(self) -> int:
        """How many listings there are."""
        single = [self.story, self.nobody, self.shared_licence, self.result, self.unwound]
        single += [self.university, self.open_licence]
        several = (*self.competitive, *self.standing, *self.others)
        return len([listing for listing in (*single, *several) if listing])


CITATIONS_ZH = {
    "CN-PATENT-LAW-44": "专利法第四十二条至第四十四条、第四十七条；专利实施许可合同备案办法（2011）第十二条",
    "CN-TECHNOLOGY-EXPORT-30": "技术进出口管理条例第二条、第三十条至第三十五条",
    "AFFILIATE-MAY-NOT-BID": "本中心规则，参照拍卖法第三十条、第三十七条",
    "HK-AUTOMATED-TRADING-95": "证券及期货条例（香港法例第 571 章）第九十五条",
    "CN-TECHNOLOGY-CONTRACTS-25": "最高人民法院技术合同司法解释第二十五条；专利法第五十一条第三款",
}
"""The rules' citations in Chinese."""


def must_be_refused(refused: list[Refused], what: str, what_zh: str, code: str, attempt: object) -> None:
    """Try something that a rule bars, and note the refusal with the rule's words in both languages.

    Raises:
        DemoFailed: it was not refused, or under another rule.
    """
    try:
        attempt()  # type: ignore[operator]  # a function without arguments
    except VenueProblem as problem:
        if problem.code != code:
            message = f"{what}: refused with {problem.code} instead of {code}"
            raise DemoFailed(message) from problem
        rule = RULES[code]
        refused.append(
            Refused(what, what_zh, code, rule.citation, CITATIONS_ZH[code], rule.cure, rule.cure_zh)
        )
        return
    message = f"{what}: was not refused"
    raise DemoFailed(message)


class Market:
    """Opens listings and lets companies bid."""

    def __init__(self, cast: Cast, catalogue: Catalogue) -> None:
        self.cast = cast
        self.catalogue = catalogue
        self.floor = Floor()

    def list_right(  # noqa: PLR0913 - what a listing consists of
        self,
        seller: Player,
        right_id: str,
        mode: ModeName,
        deal_kind: DealKind,
        *,
        price: int = LISTED_PRICE,
        deposit: int = 0,
        acceptances: int = 1,
        announcement: str | None = None,
    ) -> str:
        """A listing, submitted by its seller and approved by the operator; its id."""
        now = seller.client.time_ms()
        competitive = mode == "competitive"
        command = SubmitListing(
            right_id=right_id,
            mode=mode,
            deal_kind=deal_kind,
            currency="CNY",
            closes_ms=now + (COMPETITIVE_MS if competitive else POSTED_MS),
            registration_closes_ms=now + REGISTRATION_MS if competitive else None,
            max_acceptances=acceptances,
            announcement_number=announcement,
        )
        place = right_id.partition("-")[0]
        terms = ListingTerms(
            price=price, deposit=deposit, step=STEP if competitive else 0, territory=(place,)
        )
        return self.submit(seller, command, terms)

    def submit(self, seller: Player, command: SubmitListing, terms: ListingTerms) -> str:
        """A listing, submitted by its seller with its undertaking and approved by the operator; its id."""
        given = seller.client.submit_listing(
            command,
            msgspec.structs.replace(terms, undertaking=UNDERTAKING),
            description="演示挂牌",
            undertaking="演示承诺书：材料真实、权利无争议",
        )
        listing_id: str = given.result["listing_id"]
        if command.announcement_number is not None:
            self._record_announcement(command.right_id, command.announcement_number)
        if command.deal_kind == "assignment":
            self._find_completers(listing_id, command.right_id, seller)
        self.cast.operator.approve_listing(listing_id, "demonstration: grounds and undertaking checked")
        return listing_id

    def _record_announcement(self, right_id: str, number: str) -> None:
        """The operator puts the office's announcement of an open licence on record."""
        announcement = DocumentTerms(
            document="open_licence_announcement", subject_id=right_id, announcement_number=number
        )
        digest = hashlib.sha256(f"演示：开放许可公告 {number}".encode()).hexdigest()
        self.cast.operator.record_document(announcement, digest, "demonstration: announcement read")

    def _find_completers(self, listing_id: str, right_id: str, seller: Player) -> None:
        """The operator enters what the undertaking says; the university's completers have waived."""
        operator, reason = self.cast.operator, "demonstration: undertaking read"
        evidence = {"undertaking": "演示承诺书：是否职务技术成果及其完成人"}
        if seller is not self.cast.university:
            operator.record_completers(right_id, evidence, reason, service_invention=False)
            return
        made = [completer_of(name) for name in ("演示完成人甲", "演示完成人乙")]
        operator.record_completers(
            right_id,
            {**evidence, "completers": [opening for _, opening in made]},
            reason,
            service_invention=True,
            completers=[each for each, _ in made],
        )
        waiver = DocumentTerms(document="first_refusal_waiver", subject_id=listing_id)
        digest = hashlib.sha256("演示：完成人放弃优先受让权声明".encode()).hexdigest()
        operator.record_document(waiver, digest, reason)

    def open(self) -> None:
        """All listings of the morning but the story's."""
        floor, firms, fictional = self.floor, self.cast.firms, self.catalogue.fictional
        chinese = self.catalogue.chinese
        lots: tuple[tuple[str, DealKind], ...] = (
            (chinese[0], "assignment"),
            (chinese[6], "assignment"),
            (right_id_of("with_family"), "assignment"),
            (fictional[8], "exclusive_licence"),
            (fictional[10], "exclusive_licence"),
            (fictional[14], "sole_licence"),
        )
        for right_id, kind in lots:
            seller = self.holder(right_id)
            floor.competitive.append(self.list_right(seller, right_id, "competitive", kind, deposit=DEPOSIT))
        floor.nobody = self.list_right(firms[6], fictional[15], "competitive", "assignment", deposit=DEPOSIT)
        floor.shared_licence = self.list_right(
            firms[3], fictional[6], "posted", "ordinary_licence", price=200_000_00, acceptances=2
        )
        results = self.catalogue.achievements
        floor.result = self.list_right(firms[2], results[0], "posted", "assignment", price=800_000_00)
        floor.university = self.list_right(self.cast.university, results[1], "posted", "assignment")
        floor.unwound = self.list_right(
            self.holder(chinese[5]), chinese[5], "posted", "assignment", price=300_000_00
        )
        floor.open_licence = self.list_right(
            firms[0],
            fictional[0],
            "posted",
            "ordinary_licence",
            announcement="DEMO-2026-001",
        )
        notice = self.list_right(self.cast.university, fictional[12], "posted", "ordinary_licence")
        floor.others.append(notice)
        for right_id in self.catalogue.american[:6]:
            seller = self.holder(right_id)
            listing_id = self.list_right(
                seller, right_id, "posted", "ordinary_licence", price=STANDING_PRICE, acceptances=10
            )
            seller.client.sign_offer(listing_id, price=STANDING_PRICE)
            floor.standing.append(listing_id)

    def holder(self, right_id: str) -> Player:
        """Whom the simulated register names as a right's holder."""
        number = self.cast.holders(right_id)[0]
        return next(player for player in self.cast.firms if player.company.company_number == number)

    def others(self, listing_id: str) -> list[Player]:
        """Companies that may deal with a listing's seller: not itself, and of two affiliates not the other."""
        seller = self.holder(self.cast.operator.listing(listing_id).right_id)
        affiliates = {self.cast.firms[0].party_id, self.cast.firms[AFFILIATE].party_id}
        return [
            player
            for player in self.cast.firms
            if player != seller and {player.party_id, seller.party_id} != affiliates
        ]

    def what_the_rules_bar(self) -> None:
        """An expired right, and a right whose technology has not been classified, wanted from Hong Kong."""
        firms, floor = self.cast.firms, self.floor
        hong_kong = next(player for player in self.cast.players if player.company.jurisdiction == "HK")
        must_be_refused(
            floor.refused,
            "listing an expired utility model",
            "以已届满的实用新型挂牌",
            "CN-PATENT-LAW-44",
            lambda: self.list_right(firms[7], right_id_of("expired"), "posted", "assignment"),
        )
        must_be_refused(
            floor.refused,
            "a Hong Kong company accepts a licence of unclassified Mainland technology",
            "香港企业接受未认定类别的内地技术许可",
            "CN-TECHNOLOGY-EXPORT-30",
            lambda: hong_kong.client.accept_price(floor.shared_licence, 200_000_00),
        )

    def register_bidders(self) -> None:
        """Five bidders for each competitive listing, qualified by the operator."""
        jobs = [(listing, player) for listing in self.floor.competitive for player in self._bidders(listing)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda job: self.register_bidder(*job), jobs))

    def register_bidder(self, listing_id: str, player: Player) -> None:
        """One bidder registers and is qualified."""
        player.client.register_bidder(listing_id)
        self.cast.operator.qualify_bidder(listing_id, player.party_id, "demonstration: checked")

    def _bidders(self, listing_id: str) -> list[Player]:
        return self.others(listing_id)[:BIDDERS_EACH]

    def bid(self) -> None:
        """Everybody bids and raises until two hundred bids stand in the journal, the story's among them."""
        left = BIDS - self.floor.bids
        lots = len(self.floor.competitive) * BIDDERS_EACH
        jobs = []
        for number, listing in enumerate(self.floor.competitive):
            for place, player in enumerate(self._bidders(listing)):
                index = number * BIDDERS_EACH + place
                jobs.append((listing, player, place, left // lots + (index < left % lots)))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            self.floor.bids += sum(pool.map(lambda job: self._bid(*job), jobs))

    def _bid(self, listing_id: str, player: Player, place: int, count: int) -> int:
        """One bidder's bids on one listing, each higher than its last; how many."""
        bid_id = ""
        for number in range(count):
            price = LISTED_PRICE + STEP * (number * BIDDERS_EACH + place)
            if bid_id:
                player.client.amend_bid(bid_id, price)
            else:
                bid_id = player.client.place_bid(listing_id, price).result["bid_id"]
        return count

    def accept(self) -> None:
        """Posted prices are accepted; one deal will be unwound again."""
        floor, firms = self.floor, self.cast.firms
        for listing in floor.standing[:2]:
            self.others(listing)[0].client.accept_price(listing, STANDING_PRICE)
        firms[4].client.accept_price(floor.result, 800_000_00)
        firms[5].client.accept_price(floor.university, LISTED_PRICE)
        buyer = self.others(floor.unwound)[-1]
        deal = buyer.client.accept_price(floor.unwound, 300_000_00).result["deal_id"]
        self.cast.operator.unwind_deal(deal, "mutual", "demonstration: both sides let go of it")

    def jump(self, milliseconds: int) -> None:
        """Move every clock of the day."""
        jump(self.cast, milliseconds)

    def close_registration(self) -> None:
        """Ten days pass: registration closes, bidding begins."""
        self.jump(REGISTRATION_MS + MS_PER_HOUR)
        self._until(lambda state: state == "BIDDING", [self.floor.story, *self.floor.competitive])

    def close_bidding(self) -> None:
        """Twenty more days pass: the best bids win, and the public notice has ended."""
        self.jump(COMPETITIVE_MS - REGISTRATION_MS)
        self._until(lambda state: state == "AWARDED", [self.floor.story, *self.floor.competitive])
        self._until(lambda state: state == "LAPSED", [self.floor.nobody])
        self._until(lambda state: state == "OPEN", [self.floor.university])

    def _until(self, condition: object, listings: list[str]) -> None:
        for listing in listings:
            wait_for(
                lambda listing=listing: condition(self.cast.operator.listing(listing).state),  # type: ignore[misc,operator]
                f"listing {listing}",
            )


def jump(cast: Cast, milliseconds: int) -> None:
    """Move the demonstration clock, the bank's and the office's, and wait until nothing is overdue."""
    operator = cast.operator
    target = operator.time_ms() + milliseconds
    operator.jump_clock(target, "the demonstration goes on to a later day")
    cast.control.advance_clocks(milliseconds)
    wait_for(lambda: operator.time_ms() >= target, "the clock to move")
    for player in cast.players:
        player.client.giver.venue_time_ms(ask=True)
