"""How a deal comes to a step, what may change before it, and what undoes the change: for `test_rules_at_their_steps`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.rules.rule import Step
from exchange.turn import Outcome
from tests.exchange import encumbering
from tests.exchange.auction_rule_cases import auctioned, fees_of, found_to_collude
from tests.exchange.floor_rule_cases import state_asset
from tests.exchange.law_rule_cases import licensed
from tests.exchange.open_licence_rule_cases import OPEN_LICENCE
from tests.exchange.scene import Scene, digest

PRICE = 100_000_00


@dataclass
class Way:
    """How far a deal has come: what is asked next is `step`."""

    scene: Scene
    step: Step
    seller: str
    right: str
    buyer: str = ""
    listing: str = ""
    deal: str = ""
    known: dict[str, Any] = field(default_factory=dict)

    def go_on(self) -> Outcome:  # noqa: PLR0911 - one for each step
        """Take the step."""
        scene = self.scene
        match self.step:
            case "approve":
                return scene.operator(c.ApproveListing(listing_id=self.listing))
            case "bid":
                return scene.accept(self.listing, self.buyer)
            case "award":
                return scene.by(self.buyer, c.AcceptProposal(proposal_id=self.known["proposal"]))
            case "sign":
                return scene.signature(self.deal, self.seller)
            case "fund":
                command = c.FundDeal(deal_id=self.deal, statement_line=self.known["line"])
                return scene.by(self.buyer, command)
            case "file" if scene.state.deals[self.deal].by_delivery:
                record = digest("a delivery record")
                return scene.by(self.seller, c.ConfirmDelivery(deal_id=self.deal, delivery_digest=record))
            case "file":
                return scene.file(self.deal)
            case _:
                return encumbering.draw_up(scene, self.seller, self.buyer, self.right)


def way_to(
    step: Step,
    scene: Scene,
    seller: str,
    right: str,
    *,
    jurisdiction: str = "CN",
    category: str = "company",
    **fields: Any,
) -> Way:
    """Everything before a step has been done."""
    roles = ("pledgee",) if step == "pledge" else ("buyer",)
    buyer = scene.party(*roles, jurisdiction=jurisdiction, category=category)
    way = Way(scene, step, seller, right, buyer)
    if step == "pledge":
        return way
    if category == "fund":
        scene.document("holders", buyer, holders=("A", "B"))
    scene.credit(buyer, 2 * PRICE)
    mode = fields.pop("mode", "negotiated" if step == "award" else "posted")
    way.listing = scene.listing(seller, right, mode, approve=step != "approve", **fields)
    if step in {"approve", "bid"}:
        return way
    if step == "award":
        scene.propose(way.listing, buyer, PRICE - 1)
        answer = scene.propose(way.listing, seller, PRICE, buyer, last_ms=9 * MS_PER_DAY)
        way.known["proposal"] = answer.result["proposal_id"]
        return way
    way.deal = scene.accept(way.listing, buyer).result["deal_id"]
    if step != "sign":
        scene.sign(way.deal)
        way.known["line"] = scene.credit(buyer, 1)
    if step == "file":
        scene.fund(way.deal)
    return way


Change = Callable[[Way], None]
Begin = Callable[[Step, Scene], Way]


def plain(**fields: Any) -> Begin:
    """A right of the Mainland, assigned unless the fields say otherwise."""

    def begin(step: Step, scene: Scene) -> Way:
        seller = scene.party()
        return way_to(step, scene, seller, scene.right(seller), **fields)

    return begin


def of(right_id: str, right_type: str = "", **facts: Any) -> Begin:
    """A right of another place or type, that a register keeps."""

    def begin(step: Step, scene: Scene) -> Way:
        seller = scene.party()
        if right_type == "achievement":
            facts.update(right_type=right_type, status="achievement", expiry_date=None)
            right = scene.right(seller, **facts)
        elif right_type:
            right = scene.other_right(right_id, right_type, seller, **facts)
        else:
            right = scene.right(seller, right_id=right_id)
        return way_to(step, scene, seller, right)

    return begin


def sole_beside(step: Step, scene: Scene) -> Way:
    """An ordinary licence in the place of a sole licensor that has undertaken that it cannot work its patent."""
    seller, right = licensed(scene, "sole_licence")
    scene.document("licensor_cannot_work", right, valid_until_ms=scene.now + 5 * MS_PER_DAY)
    return way_to(step, scene, seller, right, deal_kind="ordinary_licence")


def state_enterprise(step: Step, scene: Scene) -> Way:
    seller, right = state_asset(scene)
    return way_to(step, scene, seller, right, closes_ms=scene.now + 60 * MS_PER_DAY)


def pledged(step: Step, scene: Scene) -> Way:
    way = plain()(step, scene)
    way.known["bank"] = scene.party("pledgee")
    return way


def copy(**facts: Any) -> Change:
    """A register copy says so of the right, its holder being the seller."""

    def change(way: Way) -> None:
        own = {"filing_date": None} if way.right.startswith("CN-trademark") else {}
        status = way.scene.state.rights[way.right].status
        way.scene.copy(way.right, way.seller, **({"status": status, **own} | facts))

    return change


def copy_with(*, alone: bool) -> Change:
    """A register copy names somebody else, alone or beside the seller."""

    def change(way: Way) -> None:
        stranger = way.scene.party()
        holders = (stranger,) if alone else (way.seller, stranger)
        right = way.scene.state.rights[way.right]
        facts: dict[str, Any] = {"status": right.status, "expiry_date": right.expiry_date}
        if right.right_type == "trademark":
            facts["similar_marks"] = ()
        way.scene.copy(way.right, *holders, **facts)

    return change


def document(kind: str, of_whom: str = "right", **fields: Any) -> Change:
    def change(way: Way) -> None:
        subject = {"right": way.right, "seller": way.seller, "buyer": way.buyer, "venue": "venue"}[of_whom]
        way.scene.document(kind, subject, **fields)

    return change


def classify(export_class: Any) -> Change:
    def change(way: Way) -> None:
        way.scene.operator(c.ClassifyExport(right_id=way.right, export_class=export_class))

    return change


def certify(way: Way) -> None:
    """It is found to be free, and its contract is registered."""
    classify("free")(way)
    way.scene.document("export_registration", way.deal)


def pass_days(days: int) -> Change:
    return lambda way: way.scene.wait(days * MS_PER_DAY)


def closed_days(*days: str) -> Change:
    def change(way: Way) -> None:
        way.scene.operator(c.SetCalendar(closed_days=days))

    return change


def show_a_pledge(way: Way) -> None:
    number = way.scene.numbers[way.known["bank"]]
    copy(pledges=(c.Pledge(company_number=number, amount=1, currency="CNY"),))(way)


def consent(way: Way) -> None:
    way.scene.by(way.known["bank"], c.ConsentToDeal(listing_id=way.listing))


def collusion(kind: str = "collusion_finding") -> Change:
    """The venue finds that the buyer has colluded on the listing, or withdraws that."""

    def change(way: Way) -> None:
        found_to_collude(way.scene, way.listing, way.buyer, kind)

    return change


def fees(share: int) -> Change:
    """A schedule of so many basis points is in force."""

    def change(way: Way) -> None:
        fees_of(way.scene, share)

    return change


def affiliate(way: Way) -> None:
    way.scene.operator(c.RecordAffiliation(party_id=way.buyer, affiliate_id=way.seller))


def bought_and_waited(step: Step, scene: Scene) -> Way:
    """A right that was bought here six working days ago, by whoever sells it now."""
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    deal = scene.deal(scene.listing(seller, right), buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    scene.wait(8 * MS_PER_DAY)
    return way_to(step, scene, buyer, right)


def called_an_auction(step: Step, scene: Scene) -> Way:
    seller = scene.party()
    scene.document("auctioneer_licence", valid_until_ms=scene.now + MS_PER_DAY)
    auction: dict[str, Any] = auctioned(scene)
    listing = scene.listing(seller, scene.right(seller), "english", approve=False, **auction)
    return Way(scene, step, seller, scene.state.listings[listing].right_id, listing=listing)


def of_a_design(step: Step, scene: Scene) -> Way:
    seller = scene.party()
    right = scene.right(seller, right_type="design")
    scene.document("evaluation_report", right, valid_until_ms=scene.now + MS_PER_DAY)
    return way_to(step, scene, seller, right, **OPEN_LICENCE)


def of_an_application(step: Step, scene: Scene) -> Way:
    """A licence under what is granted only after it was listed."""
    seller = scene.party()
    right = scene.right(seller, status="application")
    return way_to(step, scene, seller, right, deal_kind="ordinary_licence")


def let_the_designation_lapse(way: Way) -> None:
    """The venue's designation for state-owned assets ends before the step."""
    document("venue_designation", "venue", valid_until_ms=way.scene.now + MS_PER_DAY)(way)
    way.scene.wait(MS_PER_DAY)
