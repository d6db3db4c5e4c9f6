"""The simulated bank as a process: `python -m scripts.simulated.bank --port 0 --data FILE`.

It keeps the supervised accounts 资金监管账户 of the venue. The shared secret comes from `IPX_BANK_TOKEN`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from exchange.money.amount import CURRENCIES
from ledger.bank import LARGEST_PAGE, Approval, PaymentInstruction
from scripts.simulated import faults
from scripts.simulated.bank_accounts import SCHEMA, Accounts, Credit
from scripts.simulated.service import Call, Problem, Service, arguments, serve, shared_secret
from scripts.simulated.store import Store

if TYPE_CHECKING:
    from pathlib import Path

_LAST_SEQUENCE = 2**53 - 1


class ApprovedInstruction(PaymentInstruction, frozen=True, kw_only=True):
    """A payment with the approvals of the operators."""

    approvals: Annotated[tuple[Approval, ...], msgspec.Meta(max_length=10)]

    def instruction(self) -> PaymentInstruction:
        """Give the payment alone."""
        return PaymentInstruction(
            instruction_id=self.instruction_id,
            currency=self.currency,
            amount_minor=self.amount_minor,
            payee_reference=self.payee_reference,
        )


class Signatories(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operators' addresses that the bank accepts approvals from."""

    addresses: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)]


class Bank:
    """The bank's calls: what the exchange may ask, and what only the simulation knows."""

    def __init__(self, store: Store, token: str) -> None:
        self._store = store
        self.service = Service("bank", "模拟银行 · simulated bank", store, token, self._catch_up)
        self.accounts = Accounts(store, self.service.faults)
        self.service.route("/statements", "GET", self._statements)
        self.service.route("/balances", "GET", self._balances)
        self.service.route("/instructions", "POST", self._instruct)
        self.service.route("/instructions/{instruction_id}", "GET", self._status)
        self.service.control("/simulation/credits", "POST", self._credit)
        self.service.control("/simulation/signatories", "POST", self._signatories)

    def _catch_up(self, now_ms: int) -> None:
        self.accounts.catch_up(now_ms)

    def _statements(self, call: Call) -> dict[str, Any]:
        currency = call.query.get("account", "")
        if currency not in CURRENCIES:
            raise Problem(422, "ACCOUNT-UNKNOWN", f"name the account by one of {', '.join(CURRENCIES)}")
        after = call.number("after", 0, _LAST_SEQUENCE)
        limit = call.number("limit", LARGEST_PAGE, LARGEST_PAGE)
        return self.service.page(self.accounts.lines(currency, after, limit))

    def _balances(self, _: Call) -> dict[str, Any]:
        return self.service.one("balances", self.accounts.balances(self._store.now_ms()))

    def _instruct(self, call: Call) -> dict[str, Any]:
        body = call.read(ApprovedInstruction)
        status = self.accounts.instruct(body.instruction(), body.approvals, self._store.now_ms())
        return self.service.one("instruction", status)

    def _status(self, call: Call) -> dict[str, Any]:
        return self.service.one("instruction", self.accounts.status(call.path["instruction_id"]))

    def _credit(self, call: Call) -> dict[str, Any]:
        return self.accounts.credit(call.read(Credit), self._store.now_ms())

    def _signatories(self, call: Call) -> dict[str, Any]:
        return {"addresses": self.accounts.set_signatories(call.read(Signatories).addresses)}


def open_bank(data: Path, token: str) -> Bank:
    """Open the bank whose state lies in this file."""
    return Bank(Store(data, (*faults.SCHEMA, *SCHEMA)), token)


def main() -> None:
    """Run the bank until it is told to stop."""
    parser = arguments("bank")
    parser.add_argument(
        "--signatory",
        action="append",
        default=[],
        metavar="ADDRESS",
        help="operator who may approve payments",
    )
    options = parser.parse_args()
    bank = open_bank(options.data, shared_secret("bank"))
    with bank.service.store.transaction():
        if options.processing_delay_ms is not None:
            bank.service.store.put("processing_delay_ms", max(0, options.processing_delay_ms))
        if options.signatory:
            bank.accounts.set_signatories(options.signatory)
    serve(bank.service, options.host, options.port)


if __name__ == "__main__":
    main()
