"""Who takes part: fictional companies with keys of their own, two operators, and the counterparties' control rooms."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
from msgspec import UNSET

from api.client import AcknowledgementLog, Client, OperatorClient, Trust
from api.rights.schemas import EnrolledRightView
from exchange.commands import Category, Jurisdiction, Paper, Role
from exchange.money.amount import Currency
from exchange.rules.onboarding import PAPERS
from ledger.bank import HttpBank, StatementLine
from ledger.counterparty import Endpoint
from ledger.signatures import PrivateKey
from scripts.demo.waiting import DemoFailed, wait_for
from scripts.simulated.catalogue import BANK, COMPANIES, UNIVERSITY, FictionalCompany
from scripts.stack.keys import OPERATORS, Keys
from scripts.stack.venue import Place

HONG_KONG_COMPANY_NUMBER = "99990001"
"""Digits as the Hong Kong business register prints them; a number that it has not given out."""
OPENING_BALANCE = 50_000_000_00
"""Minor units of CNY that each buyer pays into the supervised account in the morning."""
AT_ONCE = 8


@dataclass
class Player:
    """One company: its client, its party id, and the statement line that its money came in by."""

    company: FictionalCompany
    client: Client
    party_id: str = ""
    line_id: str = ""

    @property
    def name(self) -> str:
        """Its name in both languages."""
        return f"{self.company.name} / {self.company.english_name}"


class ControlRoom:
    """What only the simulation can do: move the bank's and the office's clocks, enter rights into the register."""

    def __init__(self, place: Place, keys: Keys, bank_signer: str) -> None:
        self._statements = HttpBank.at(
            Endpoint(url=place.bank_url, token=keys.token("bank"), signer=bank_signer)
        )
        self._bank = httpx.Client(
            base_url=place.bank_url, headers={"Authorization": f"Bearer {keys.token('bank')}"}, timeout=10
        )
        self._office = httpx.Client(
            base_url=place.office_url, headers={"Authorization": f"Bearer {keys.token('office')}"}, timeout=10
        )

    def advance_clocks(self, milliseconds: int) -> None:
        """Let time pass at the bank and at the office as well."""
        for room in (self._bank, self._office):
            room.post("/simulation/clock", json={"advance_ms": milliseconds}).raise_for_status()

    def hurry(self) -> None:
        """Let the bank and the office decide at once: their days are seconds here."""
        for room in (self._bank, self._office):
            body = {"seed": 1, "modes": {}, "processing_delay_ms": 0}
            room.post("/simulation/faults", json=body).raise_for_status()

    def enter_rights(self, entries: list[dict[str, Any]]) -> None:
        """Enter rights into the simulated register."""
        self._office.post("/simulation/register", json={"entries": entries}).raise_for_status()

    def statement(self, currency: Currency) -> list[StatementLine]:
        """Every line of the bank's own statement, in its order, each under the bank's signature."""
        lines: list[StatementLine] = []
        while more := self._statements.statement(currency, lines[-1].sequence if lines else 0):
            lines += more
        return lines

    def is_confirmed(self, filing_id: str) -> bool:
        """Whether the office itself says that it has confirmed a filing."""
        answer = self._office.get(f"/filings/{filing_id}")
        answer.raise_for_status()
        return bool(answer.json()["statement"]["state"] == "confirmed")

    def close(self) -> None:
        """Close the connections."""
        self._statements.close()
        self._bank.close()
        self._office.close()


class Cast:
    """Everybody who takes part."""

    def __init__(
        self,
        place: Place,
        keys: Keys,
        log: AcknowledgementLog,
        trust: Trust,
        companies: Sequence[FictionalCompany] = COMPANIES,
    ) -> None:
        """`trust` is what was deployed: nobody here takes the venue's own word for its keys."""
        self.log = log
        self.control = ControlRoom(place, keys, trust.bank)
        self.operators = [
            OperatorClient(place.url, keys.token(name), keys.private_key(name), trust=trust, log=log)
            for name in OPERATORS
        ]
        self.players = [
            Player(company, Client(place.url, key=PrivateKey.generate(), trust=trust, log=log))
            for company in companies
        ]

    @property
    def operator(self) -> OperatorClient:
        """The operator on duty."""
        return self.operators[0]

    def player(self, company: FictionalCompany | int) -> Player:
        """A company's player, by the company or by its place in the list."""
        found = COMPANIES[company] if isinstance(company, int) else company
        return next(player for player in self.players if player.company == found)

    @property
    def bank(self) -> Player:
        """The pledgee."""
        return self.player(BANK)

    @property
    def university(self) -> Player:
        """The seller that owes a public notice."""
        return self.player(UNIVERSITY)

    @property
    def firms(self) -> list[Player]:
        """Mainland companies that trade, without university and bank."""
        return [
            player
            for player in self.players
            if player.company.category == "company" and player.company.jurisdiction == "CN"
        ]

    @property
    def addresses(self) -> frozenset[str]:
        """Whose signatures this log must account for: every company's and operator's address."""
        clients = [*self.operators, *(player.client for player in self.players)]
        return frozenset(client.giver.key.address for client in clients)

    def of(self, party_id: str) -> Player:
        """The player with a party id."""
        return next(player for player in self.players if player.party_id == party_id)

    def holders(self, right_id: str) -> list[str]:
        """Company numbers of a right's holders of record, as staff see them."""
        right = self.operator.right(right_id)
        if not isinstance(right, EnrolledRightView):
            message = "the operator is not shown who holds a right"
            raise DemoFailed(message)
        return [holder.company_number for holder in right.holder_of_record]

    def enrol(self) -> None:
        """Everybody applies with its own key, and the operator approves."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self._enrol, self.players))

    def _enrol(self, player: Player) -> None:
        company = player.company
        roles: tuple[Role, ...] = ("pledgee",) if company.category == "bank" else ("seller", "buyer")
        jurisdiction: Jurisdiction = "CN"
        number = company.company_number
        if company.jurisdiction == "HK":
            jurisdiction, number = "HK", number if number.isdigit() else HONG_KONG_COMPANY_NUMBER
        elif company.jurisdiction == "MO":
            jurisdiction = "MO"
        category: Category = company.category
        letter = f"演示授权委托书：{company.name}"
        given, _ = player.client.apply(
            roles=roles,
            jurisdiction=jurisdiction,
            company_number=number,
            category=category,
            profile={"name": company.name, "english_name": company.english_name},
            authorisation_letter=letter,
        )
        player.party_id = given.result["party_id"]
        player.client.enrol_key(number, letter)
        now_ms = player.client.time_ms()
        papers = [
            Paper(
                paper=kind,
                digest=hashlib.sha256(f"演示{kind}".encode()).hexdigest(),
                dated_ms=now_ms,
                nominee=False if kind == "beneficial_owners" else UNSET,
            )
            for kind in PAPERS
        ]
        reason = "demonstration: papers read and lists screened"
        self.operator.approve_party(player.party_id, reason, papers, persons="演示人员（虚构）")

    def pay_in(self, currency: Currency = "CNY") -> None:
        """Every buyer pays money into the supervised account; waits until the statement shows it."""
        buyers = [player for player in self.players if player.company.category != "bank"]
        for player in buyers:
            player.client.simulated_credit(
                player.party_id, currency, OPENING_BALANCE, idempotency_key=f"demo-credit-{player.party_id}"
            )

        def all_in() -> bool:
            lines = {line.party_id: line.id for line in self.operator.statement_lines() if line.party_id}
            for player in buyers:
                player.line_id = lines.get(player.party_id, "")
            return all(player.line_id for player in buyers)

        wait_for(all_in, "the bank's statement to show every credit")

    def close(self) -> None:
        """Close every connection."""
        for client in [*self.operators, *(player.client for player in self.players)]:
            client.close()
        self.control.close()
        self.log.close()
