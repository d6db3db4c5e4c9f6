"""`ipx need`: post what the company looks for, and see which listings fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    DealId,
    Key,
    company,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from api.cli.moments import moment
from api.demand.schemas import OwnNeedView
from exchange.rights.classes import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable

app = typer.Typer(no_args_is_help=True, help="Technology needs, and what fits them.")
NeedId = Annotated[str, typer.Argument(help="The need, e.g. TN-1: `ipx need list`.")]
Classes: TypeAlias = Annotated[
    list[str] | None, typer.Option("--class", help="IPC or CPC, e.g. H01M10/0525; again for each.")
]
Territories: TypeAlias = Annotated[
    list[str] | None, typer.Option("--territory", help="E.g. CN, CN-GD, HK, world; again for each.")
]
Kinds: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--kind",
        help="assignment, exclusive_licence, sole_licence or ordinary_licence; again for each.",
    ),
]
Currency: TypeAlias = Annotated[str | None, typer.Option(help="CNY, HKD or MOP.")]
Budget: TypeAlias = Annotated[
    int | None,
    typer.Option(parser=amount, help="The most that you would pay: sealed, and no other party learns it."),
]


@app.command("post")
def post(  # noqa: PLR0913 - what a need consists of
    title: Annotated[str, typer.Argument(help="One line; public while the need is open.")],
    until: Annotated[
        int, typer.Option(parser=moment, help="It expires then: RFC 3339 with offset, or ms UTC.")
    ],
    description: Annotated[str, typer.Option(help="Public while the need is open.")] = "",
    classes: Classes = None,
    territories: Territories = None,
    kinds: Kinds = None,
    currency: Currency = None,
    budget: Budget = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Post a technology need."""
    facts = _facts(classes, territories, kinds, currency)
    with company() as client:
        given = client.post_need(
            title, until, description=description, budget=budget, idempotency_key=idempotency_key, **facts
        )
    show_acknowledgement(given, as_json=as_json)


@app.command("amend")
def amend(  # noqa: PLR0913 - what a need consists of
    need_id: NeedId,
    until: Annotated[int | None, typer.Option(parser=moment, help="RFC 3339 with offset, or ms UTC.")] = None,
    classes: Classes = None,
    territories: Territories = None,
    kinds: Kinds = None,
    currency: Currency = None,
    budget: Budget = None,
    no_budget: Annotated[bool, typer.Option("--no-budget", help="Say nothing of a budget any more.")] = False,  # noqa: FBT002 - an option
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Change what is named here and leave the rest; other words are another need."""
    with company() as client:
        view = client.need(need_id)
        stands = {name: getattr(view, name) for name in ("classes", "territories", "kinds", "currency")}
        if isinstance(view, OwnNeedView) and not no_budget:
            stands["budget"] = view.budget
        changed = _facts(classes, territories, kinds, currency) | (
            {} if budget is None else {"budget": budget}
        )
        given = client.amend_need(
            need_id, until or view.until_ms, idempotency_key=idempotency_key, **(stands | changed)
        )
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(
    state: Annotated[str | None, typer.Option(help="OPEN, FULFILLED, WITHDRAWN or EXPIRED.")] = None,
    buyer: Annotated[str | None, typer.Option(help="Only this party's, e.g. P-1.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List needs in the order of their posting."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.needs(state=state, buyer=buyer)]
    names = ("id", "buyer", "title", "classes", "kinds", "territories", "currency", "state", "until_ms")
    show(views if as_json else _only(views, names), as_json=as_json, title="needs")


@app.command("show")
def show_need(need_id: NeedId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a need; its budget to its own buyer alone."""
    with reader() as client:
        view = client.need(need_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="need")


@app.command("matches")
def matches(
    need_id: NeedId,
    most: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List listings that fit a need of your own, best first, with reasons."""
    with reader() as client:
        found = zip(range(most), client.matches(need_id), strict=False)
        views = [view.model_dump(mode="json") for _, view in found]
    names = ("listing_id", "title", "classes", "deal_kind", "currency", "price", "score")
    rows = views if as_json else [_with_reasons(view, names) for view in views]
    show(rows, as_json=as_json, title=f"listings for {need_id}")


@app.command("withdraw")
def withdraw(
    need_id: NeedId,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Take a need back."""
    with company() as client:
        given = client.withdraw_need(need_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("fulfil")
def fulfil(
    need_id: NeedId,
    deal_id: DealId,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Say by which of your own deals a need is met."""
    with company() as client:
        given = client.fulfil_need(need_id, deal_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


def matching_needs(
    listing_id: Annotated[str, typer.Argument(help="A listing of your own, e.g. L-1.")],
    most: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List open needs that fit a listing of your own, best first, with reasons."""
    with reader() as client:
        found = zip(range(most), client.matching_needs(listing_id), strict=False)
        views = [view.model_dump(mode="json") for _, view in found]
    names = ("id", "buyer", "title", "classes", "kinds", "territories", "score")
    rows = views if as_json else [_with_reasons(view["need"] | view, names) for view in views]
    show(rows, as_json=as_json, title=f"needs for {listing_id}")


def _facts(
    classes: list[str] | None, territories: list[str] | None, kinds: list[str] | None, currency: str | None
) -> dict[str, Any]:
    """What was named; the venue checks the words."""
    symbols = None if classes is None else [spelled(each) for each in classes]
    named = {"classes": symbols, "territories": territories, "kinds": kinds, "currency": currency}
    return {name: value for name, value in named.items() if value}


def _only(views: list[dict[str, Any]], names: Iterable[str]) -> list[dict[str, Any]]:
    return [{name: view[name] for name in names} for view in views]


def _with_reasons(view: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    reasons = "\n".join(
        f"{each['words_zh']} · {each['words']} ({each['points']})" for each in view["reasons"]
    )
    return {**{name: view[name] for name in names}, "reasons": reasons}
