"""The simulated patent office as a process: `python -m scripts.simulated.office --port 0 --data FILE`.

It keeps one register for all the offices of the demonstration, with fictional holders and status. The shared
secret comes from `IPX_OFFICE_TOKEN`; `--catalogue` enters the fictional rights of
`scripts.simulated.catalogue`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec

from ledger.office import (
    LARGEST_PAGE,
    Date,
    Filing,
    NoticeKind,
    RegisterContent,
    RegisteredFreeze,
    RegisteredLicence,
    RegisteredPledge,
    RightId,
)
from scripts.simulated import faults
from scripts.simulated.catalogue import register_entries
from scripts.simulated.papers import office_date
from scripts.simulated.register import SCHEMA, Register
from scripts.simulated.service import Call, Problem, Service, arguments, serve, shared_secret
from scripts.simulated.store import Store

if TYPE_CHECKING:
    from pathlib import Path

_LAST_NOTICE = 2**53 - 1


class Entries(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rights to enter into the register."""

    entries: Annotated[tuple[RegisterContent, ...], msgspec.Meta(max_length=2_000)]


class FreezeOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Suspend or preserve a right up to a day inclusive, or without a known end."""

    right_id: RightId
    kind: Literal["dispute", "preservation"]
    until: Date | None = None


class PledgeOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Enter a pledge that was filed by others than the exchange."""

    right_id: RightId
    pledge: RegisteredPledge


class LicenceOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Enter a licence, or a declared open licence, that was filed by others than the exchange."""

    right_id: RightId
    licence: RegisteredLicence


class FeePayment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Pay the annual fee up to a day."""

    right_id: RightId
    fee_paid_until: Date


class StatusChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Change nothing but a right's status."""

    right_id: RightId


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Grant an application."""

    right_id: RightId
    grant_date: Date
    expiry_date: Date


class Office:
    """The office's calls: what the exchange may ask, and what only the simulation knows."""

    def __init__(self, store: Store, token: str) -> None:
        self._store = store
        self.service = Service("office", "模拟专利局 · simulated patent office", store, token, self._catch_up)
        self.register = Register(store, self.service.faults)
        route, control = self.service.route, self.service.control
        route("/register/{right_id}", "GET", self._copy)
        route("/filings", "POST", self._file)
        route("/filings/{filing_id}", "GET", self._outcome)
        route("/filings/{filing_id}/proof", "GET", self._proof)
        route("/notices", "GET", self._notices)
        control("/simulation/register", "POST", self._enter)
        control("/simulation/freeze", "POST", self._freeze)
        control("/simulation/release", "POST", self._release)
        control("/simulation/pledge", "POST", self._pledge)
        control("/simulation/licence", "POST", self._licence)
        control("/simulation/fee", "POST", self._fee)
        control("/simulation/grant", "POST", self._grant)
        control("/simulation/refuse", "POST", lambda call: self._end(call, "refused"))
        control("/simulation/lapse", "POST", lambda call: self._end(call, "lapsed"))
        control("/simulation/decide-invalidity", "POST", self._decide_invalidity)
        control("/simulation/uphold", "POST", self._uphold)
        control("/simulation/invalidate", "POST", lambda call: self._end(call, "invalidated"))

    def enter_catalogue(self) -> None:
        """Enter the fictional rights as of today, as far as they are not there yet."""
        with self._store.transaction():
            now = self._store.now_ms()
            for content in register_entries(office_date(now)):
                self.register.enter(content, now)

    def _catch_up(self, now_ms: int) -> None:
        self.register.catch_up(now_ms)

    def _copy(self, call: Call) -> dict[str, Any]:
        return self.service.one("register", self.register.copy(call.path["right_id"], self._store.now_ms()))

    def _file(self, call: Call) -> dict[str, Any]:
        return self.service.one("filing", self.register.file(call.read(Filing), self._store.now_ms()))

    def _outcome(self, call: Call) -> dict[str, Any]:
        return self.service.one("filing", self.register.outcome(call.path["filing_id"]))

    def _proof(self, call: Call) -> bytes:
        return self.register.proof(call.path["filing_id"])

    def _notices(self, call: Call) -> dict[str, Any]:
        after = call.number("after", 0, _LAST_NOTICE)
        return self.service.page(
            self.register.notices(after, call.number("limit", LARGEST_PAGE, LARGEST_PAGE))
        )

    def _enter(self, call: Call) -> dict[str, Any]:
        now = self._store.now_ms()
        entered = [self.register.enter(content, now) for content in call.read(Entries).entries]
        return {"entered": sum(entered), "known": len(entered) - sum(entered)}

    def _freeze(self, call: Call) -> dict[str, Any]:
        order = call.read(FreezeOrder)
        content = self._content(order.right_id)
        freeze = RegisteredFreeze(kind=order.kind, until=order.until)
        others = tuple(known for known in content.freezes if known.kind != order.kind)
        return self._changed(content, "frozen", freezes=(*others, freeze))

    def _release(self, call: Call) -> dict[str, Any]:
        order = call.read(FreezeOrder)
        content = self._content(order.right_id)
        others = tuple(known for known in content.freezes if known.kind != order.kind)
        return self._changed(content, "released", freezes=others)

    def _pledge(self, call: Call) -> dict[str, Any]:
        order = call.read(PledgeOrder)
        content = self._content(order.right_id)
        others = tuple(known for known in content.pledges if known.pledge_id != order.pledge.pledge_id)
        return self._changed(content, "pledged", pledges=(*others, order.pledge))

    def _licence(self, call: Call) -> dict[str, Any]:
        order = call.read(LicenceOrder)
        content = self._content(order.right_id)
        others = tuple(known for known in content.licences if known.licence_id != order.licence.licence_id)
        return self._changed(content, "licence_entered", licences=(*others, order.licence))

    def _fee(self, call: Call) -> dict[str, Any]:
        payment = call.read(FeePayment)
        content = self._content(payment.right_id)
        return self._changed(content, "fee_paid", fee_paid_until=payment.fee_paid_until, grace=False)

    def _grant(self, call: Call) -> dict[str, Any]:
        grant = call.read(Grant)
        content = self._content(grant.right_id)
        if content.status not in {"application", "granted"}:
            raise Problem(409, "RIGHT-ENDED", "grant an application that stands")
        return self._changed(
            content, "granted", status="granted", grant_date=grant.grant_date, expiry_date=grant.expiry_date
        )

    def _end(self, call: Call, status: Literal["refused", "lapsed", "invalidated"]) -> dict[str, Any]:
        content = self._content(call.read(StatusChange).right_id)
        if status == "refused" and content.status not in {"application", "refused"}:
            raise Problem(409, "RIGHT-ENDED", "refuse an application that stands")
        return self._changed(content, status, status=status, grace=False)

    def _decide_invalidity(self, call: Call) -> dict[str, Any]:
        content = self._content(call.read(StatusChange).right_id)
        if content.status not in {"granted", "registered", "invalidity_decided"}:
            raise Problem(409, "RIGHT-ENDED", "decide on a right that stands")
        return self._changed(content, "invalidity_decided", status="invalidity_decided")

    def _uphold(self, call: Call) -> dict[str, Any]:
        """A court has quashed the decision: the right stands as it did before."""
        content = self._content(call.read(StatusChange).right_id)
        if content.status != "invalidity_decided":
            raise Problem(409, "RIGHT-ENDED", "uphold a right whose invalidity is decided, and not finally")
        return self._changed(content, "upheld", status="granted" if content.grant_date else "registered")

    def _content(self, right_id: str) -> RegisterContent:
        return self.register.read(right_id)[0]

    def _changed(self, content: RegisterContent, kind: NoticeKind, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # fields
        """Change an entry and give notice; asking for what is so already changes nothing."""
        changed = msgspec.structs.replace(content, **changes)
        _, version = self.register.read(content.right_id)
        if changed != content:
            try:
                version = self.register.change(changed, kind, self._store.now_ms())
            except ValueError as error:
                raise Problem(422, "ENTRY-MALFORMED", "give dates of the calendar") from error
        return {"right_id": content.right_id, "version": version}


def open_office(data: Path, token: str) -> Office:
    """Open the office whose state lies in this file."""
    return Office(Store(data, (*faults.SCHEMA, *SCHEMA)), token)


def main() -> None:
    """Run the office until it is told to stop."""
    parser = arguments("office")
    parser.add_argument(
        "--catalogue", action="store_true", help="enter the fictional rights of the demonstration"
    )
    options = parser.parse_args()
    office = open_office(options.data, shared_secret("office"))
    if options.processing_delay_ms is not None:
        with office.service.store.transaction():
            office.service.store.put("processing_delay_ms", max(0, options.processing_delay_ms))
    if options.catalogue:
        office.enter_catalogue()
    serve(office.service, options.host, options.port)


if __name__ == "__main__":
    main()
