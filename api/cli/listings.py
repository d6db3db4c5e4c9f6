"""`ipx listing`: create, approve, withdraw, show; books are in `api.cli.books`, standing offers in `api.cli.offers`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from msgspec import UNSET, UnsetType

from api.cli import books, checks, offers
from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    Key,
    ListingId,
    PartyId,
    company,
    operator,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from api.cli.moments import moment
from api.cli.waiting import Deadline, wait_for
from api.listings.considerations import ClausesForm
from api.listings.schemas import ListingView
from api.listings.undertakings import UndertakingForm
from exchange.calendar import MS_PER_SECOND
from exchange.commands import (
    Criterion,
    ListingTerms,
    LotMember,
    ScoreSheet,
    SubmitListing,
    Undertaking,
)

app = typer.Typer(no_args_is_help=True, help="Offers of rights.")
app.add_typer(offers.app, name="offer")
app.command("check")(checks.check)
_RESERVE = {True: "设有保留价 · there is one", False: "无保留价 · none"}


def _criterion(text: str) -> Criterion:
    code, _, weight = text.partition("=")
    if not weight.isdigit():
        message = f"{text!r} is not CODE=WEIGHT, e.g. price=6000"
        raise typer.BadParameter(message, param_hint="--criterion")
    return Criterion(code=code, weight=int(weight))  # type: ignore[arg-type]  # the venue checks the words


def clauses(file: Path | None) -> dict[str, Any]:
    """The fields of a listing's terms that stand in a file, as the interface takes them, amounts as decimal strings."""
    if file is None:
        return {}
    try:
        form = ClausesForm.model_validate_json(file.read_bytes())
        given = form.model_dump(exclude_none=True)
        terms = msgspec.convert({"price": 0, **given}, ListingTerms)
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--consideration") from error
    return {name: getattr(terms, name) for name in given}


def undertaking(file: Path | None) -> Undertaking | UnsetType:
    """The seller's answers that stand in a file, as the interface takes them."""
    if file is None:
        return UNSET
    try:
        form = UndertakingForm.model_validate_json(file.read_bytes())
    except (OSError, ValueError) as error:
        raise typer.BadParameter(str(error), param_hint="--undertaking") from error
    return Undertaking(**form.model_dump(exclude_none=True))


def _member(text: str) -> LotMember:
    """One right of a lot, as `RIGHT=SHARE`."""
    right_id, _, share = text.rpartition("=")
    if not right_id or not share.isdecimal():
        raise typer.BadParameter(text, param_hint="--lot")
    return LotMember(right_id=right_id, share=int(share))


@app.command("create")
def create(  # noqa: PLR0913 - what an offer consists of
    right_id: Annotated[str, typer.Option("--right", help="E.g. CN-201610178553.5.")],
    price: Annotated[int, typer.Option(parser=amount, help="Decimal string, e.g. 120000.00.")],
    closes: Annotated[int, typer.Option(parser=moment, help="RFC 3339 with offset, or milliseconds UTC.")],
    mode: Annotated[
        str,
        typer.Option(help="posted, competitive, negotiated, english, dutch, sealed, tender, continuous."),
    ] = "posted",
    kind: Annotated[
        str, typer.Option(help="assignment, exclusive_licence, sole_licence or ordinary_licence.")
    ] = "assignment",
    currency: Annotated[str, typer.Option(help="CNY, HKD or MOP.")] = "CNY",
    deposit: Annotated[int, typer.Option(parser=amount, help="Bid deposit 保证金.")] = "0",  # type: ignore[assignment]  # parsed
    step: Annotated[
        int, typer.Option(parser=amount, help="Bids rise by whole steps; Dutch: the price falls by one.")
    ] = "0",  # type: ignore[assignment]  # parsed
    registration_closes: Annotated[
        int | None,
        typer.Option(parser=moment, help="Competitive, English, sealed, tender: end of registration."),
    ] = None,
    reserve: Annotated[
        int | None, typer.Option(parser=amount, help="English: the least that you take 保留价.")
    ] = None,
    floor: Annotated[
        int | None, typer.Option(parser=amount, help="Dutch: the price falls no further.")
    ] = None,
    interval: Annotated[
        int | None, typer.Option(min=1, help="Dutch: seconds until the price falls by the next step.")
    ] = None,
    reveal: Annotated[
        int | None, typer.Option(min=1, help="Sealed and tender: seconds for bidders to open their bids in.")
    ] = None,
    criteria: Annotated[
        list[str] | None,
        typer.Option(
            "--criterion", help="Tender: CODE=WEIGHT in basis points, e.g. price=6000; once for each."
        ),
    ] = None,
    call: Annotated[
        int | None, typer.Option(min=1, help="Continuous: seconds of the call auction that opens trading.")
    ] = None,
    bidding: Annotated[
        str | None,
        typer.Option(help="Competitive, where several bid: once (one price each) or rising (rounds)."),
    ] = None,
    round_seconds: Annotated[
        int | None, typer.Option("--round", min=1, help="Rising: seconds of each round after the first.")
    ] = None,
    most: Annotated[
        int, typer.Option(help="Posted and continuous licences: how many there are to be had.")
    ] = 1,
    announcement_number: Annotated[
        str | None,
        typer.Option(
            help="Posted: the office's number of its announcement, where this is an open licence 开放许可."
        ),
    ] = None,
    consideration: Annotated[
        Path | None,
        typer.Option(
            help="JSON file: instalments, royalty, shares, and clauses beside them; see docs/terms.md."
        ),
    ] = None,
    undertakes: Annotated[
        Path | None,
        typer.Option(
            "--undertaking",
            help="JSON file of your answers 承诺书, every one true or false: state_secret, open_licence_elsewhere, "
            "venue_staff, nominee (then holders), co_owners_agreed_otherwise (of several owners); see docs/terms.md.",
        ),
    ] = None,
    ends: Annotated[
        int | None,
        typer.Option(parser=moment, help="Licences: the end of the term; the right's expiry if not given."),
    ] = None,
    may_sublicense: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--may-sublicense", help="Licences: the licensee may license others 再许可.")
    ] = False,
    head_licence: Annotated[
        str | None,
        typer.Option(help="Of a sub-licence: your own licence under which you grant it, e.g. LIC-1."),
    ] = None,
    description: Annotated[str | None, typer.Option(help="Sealed, erasable.")] = None,
    lot: Annotated[
        list[str] | None,
        typer.Option(
            help="RIGHT=SHARE in parts per million, e.g. CN-201610178553.5=600000; once for each right of a lot, "
            "--right being the first."
        ),
    ] = None,
    check: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--check", help="Submit nothing: say all that would bar it.")
    ] = False,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Offer a right, or several as one lot; the operator opens the listing."""
    listing = SubmitListing(
        right_id=right_id,
        mode=mode,  # type: ignore[arg-type]  # the venue checks the words
        deal_kind=kind,  # type: ignore[arg-type]  # as above
        currency=currency,  # type: ignore[arg-type]  # as above
        closes_ms=closes,
        registration_closes_ms=registration_closes,
        max_acceptances=most,
        announcement_number=announcement_number,
        lot=UNSET if not lot else tuple(map(_member, lot)),
    )
    territory = (right_id.partition("-")[0],)
    terms = ListingTerms(
        price=price,
        deposit=deposit,
        step=step,
        territory=territory,
        ends_ms=ends,
        may_sublicense=may_sublicense,
        head_licence=UNSET if head_licence is None else head_licence,
        reserve=UNSET if reserve is None else reserve,
        floor=UNSET if floor is None else floor,
        interval_ms=UNSET if interval is None else interval * MS_PER_SECOND,
        reveal_ms=UNSET if reveal is None else reveal * MS_PER_SECOND,
        criteria=UNSET if not criteria else tuple(map(_criterion, criteria)),
        call_ms=UNSET if call is None else call * MS_PER_SECOND,
        bidding=UNSET if bidding is None else bidding,  # type: ignore[arg-type]  # the venue checks the words
        round_ms=UNSET if round_seconds is None else round_seconds * MS_PER_SECOND,
        undertaking=undertaking(undertakes),
        **clauses(consideration),
    )
    with company() as client:
        if check:
            checks.show_check(client.check_draft(listing, terms), as_json=as_json)
            return
        given = client.submit_listing(
            listing, terms, description=description, idempotency_key=idempotency_key
        )
    show_acknowledgement(given, as_json=as_json)


@app.command("approve")
def approve(
    listing_id: ListingId,
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator opens a listing."""
    with operator() as client:
        given = client.approve_listing(listing_id, reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("withdraw")
def withdraw(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """As the seller: take a listing off, on which nothing is accepted and no bid or proposal of yours binds."""
    with company() as client:
        given = client.withdraw_listing(listing_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("accept")
def accept(
    listing_id: ListingId,
    price: Annotated[int, typer.Argument(parser=amount, help="The posted price, repeated.")],
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Accept a posted price; the full price is held."""
    with company() as client:
        given = client.accept_price(listing_id, price, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("consent-as-co-owner")
def consent_as_co_owner(
    listing_id: ListingId,
    keep_refusal: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--keep-refusal", help="Keep your first refusal of an application right.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """A co-owner of the listed right consents to the listing, and sells with its seller."""
    with company() as client:
        given = client.consent_as_co_owner(listing_id, keeps_refusal=keep_refusal or UNSET)
    show_acknowledgement(given, as_json=as_json)


@app.command("lodge-consent")
def lodge_consent(
    listing_id: ListingId,
    company_number: Annotated[str, typer.Argument(help="Of the co-owner; sealed.")],
    consent: Annotated[
        Path,
        typer.Option(exists=True, dir_okay=False, readable=True, help="The paper; its SHA-256 is sealed."),
    ],
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator lodges a co-owner's written consent to a listing."""
    digest = hashlib.sha256(consent.read_bytes()).hexdigest()
    with operator() as client:
        given = client.lodge_co_owner_consent(listing_id, company_number, digest, reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("consent")
def consent(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """A pledgee consents to deals under a listing of the pledged right."""
    with company() as client:
        given = client.consent(listing_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("register")
def register(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Register as a bidder on a competitive listing; the bid deposit is held."""
    with company() as client:
        given = client.register_bidder(listing_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("leave")
def leave(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Leave a competitive listing while registration is open; the bid deposit comes back."""
    with company() as client:
        given = client.leave(listing_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("take")
def take(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """After a default, as the next bidder: take the award at the price of the own bid."""
    with company() as client:
        given = client.take_award(listing_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("decline")
def decline(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """After a default, as the next bidder: decline the award, which costs nothing."""
    with company() as client:
        given = client.decline_award(listing_id)
    show_acknowledgement(given, as_json=as_json)


@app.command("decide-lot")
def decide_lot(
    listing_id: ListingId,
    decision: Annotated[str, typer.Argument(help="keep or rescind.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """As the buyer of a lot, one of whose rights did not pass: keep the others, or rescind what has not passed."""
    with company() as client:
        given = client.decide_lot(listing_id, decision)  # type: ignore[arg-type]  # the venue checks the word
    show_acknowledgement(given, as_json=as_json)


@app.command("qualify")
def qualify(
    listing_id: ListingId,
    party_id: PartyId,
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator qualifies a registered bidder."""
    with operator() as client:
        given = client.qualify_bidder(listing_id, party_id, reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(
    state: Annotated[str | None, typer.Option(help="E.g. OPEN.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List listings."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.listings(state=state)]
    names = ("id", "right_id", "mode", "deal_kind", "state", "currency", "closes_ms", "terms")
    rows = views if as_json else [{name: view[name] for name in names} for view in views]
    show(rows, as_json=as_json, title="listings")


@app.command("show")
def show_listing(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a listing."""
    with reader() as client:
        view = client.listing(listing_id)
    row = view.model_dump(mode="json")
    if view.has_reserve is not None and not as_json:
        row["保留价"] = _RESERVE[view.has_reserve]
    show_one(row, as_json=as_json, title="listing")


@app.command("wait")
def wait(
    listing_id: ListingId,
    state: Annotated[list[str], typer.Argument(help="Any of these, e.g. BIDDING.")],
    deadline: Deadline = 60,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Wait until a listing has come to one of the states."""

    def seen() -> tuple[ListingView, bool]:
        view = client.listing(listing_id)
        return view, view.state in state

    with reader() as client:
        view = wait_for(seen, f"{listing_id} to be {' or '.join(state)}", deadline)
    show_one(
        {"id": view.id, "state": view.state, "closes_ms": view.closes_ms}, as_json=as_json, title="listing"
    )


app.command("book")(books.book)
app.command("sealed-bids")(books.sealed_bids)


@app.command("score")
def score(
    listing_id: ListingId,
    sheets: Annotated[
        Path,
        typer.Option(
            exists=True, dir_okay=False, help='JSON: [{"expert": …, "points": {bid: {criterion: 0 to 100}}}].'
        ),
    ],
    reason: Annotated[str, typer.Option(help="Sealed with the entry.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records the evaluation committee's sheets of a tender; the award follows from them."""
    try:
        read = msgspec.json.decode(sheets.read_bytes(), type=list[ScoreSheet])
    except msgspec.MsgspecError as error:
        raise typer.BadParameter(str(error), param_hint="--sheets") from error
    with operator() as client:
        given = client.record_scores(listing_id, read, reason)
    show_acknowledgement(given, as_json=as_json)
