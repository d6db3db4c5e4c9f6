"""A venue to knock at: real PostgreSQL, a real sequencer process, the application behind a real server, real clients.

What the ledger's own tasks would report (register copies, statement lines, chain records) is given here by the service's
key over the sequencer's socket, as those tasks do.
"""

from __future__ import annotations

import hashlib
import itertools
import secrets
import socket
import threading
import time
from pathlib import Path
from typing import Any, Literal, Self

import httpx
import msgspec
import psycopg
import uvicorn
from fastapi import FastAPI
from msgspec import UNSET
from starlette.types import Message, Receive, Scope, Send
from stdnum.cn import uscc

from api import commands
from api.app import create_app
from api.auth import key_hash, new_api_key
from api.bids import hot_path
from api.client import AcknowledgementLog, Client, OperatorClient
from api.commands import Given, Signature
from api.server import configuration
from api.settings import Settings, StaffKeys
from exchange import commands as c
from exchange.deals.filing import filing_digest
from exchange.money.amount import Currency
from exchange.rows import Filing
from exchange.sealed import Opening
from ledger.chain.manifest import write_manifest
from ledger.sequencer.messages import Answer, Submission
from ledger.signatures import PrivateKey, exchange_domain, instruction_digest, sign
from ledger.store.connections import psycopg_url
from tests.ledger.sequencer_process import SequencerProcess
from tests.ledger.signer.deployment import KEYS
from tests.ledger.signer.deployment import manifest as deployment
from tests.ledger.signer_process import SignerProcess
from tests.papers import papers
from tests.undertakings import offered

CHAIN_ID = 31_337
ANCHOR = "0x" + "02" * 20
REGISTER = "0x" + "01" * 20
DAY_MS = 24 * 3600 * 1000
START_S = 60.0
_serials = itertools.count(secrets.randbelow(10**8))


def company_number() -> str:
    """A Mainland company number with a right check character, another at each call."""
    body = f"91440300{next(_serials) % 10**9:09d}"
    return body + uscc.calc_check_digit(body)


def digest(text: str) -> str:
    """A SHA-256 digest (hex) that stands for some paper's."""
    return hashlib.sha256(text.encode()).hexdigest()


class Recorder:
    """The application, with every problem that it answers written down by its route."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app
        self.seen: set[tuple[str, str, str]] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        content = bytearray()
        is_problem = False

        async def watched(message: Message) -> None:
            nonlocal is_problem
            if message["type"] == "http.response.start":
                is_problem = (b"content-type", b"application/problem+json") in message["headers"]
            elif is_problem:
                content.extend(message.get("body", b""))
            await send(message)

        await self.app(scope, receive, watched)
        route = scope.get("route")
        plain = [path for path, endpoint in hot_path.ROUTES.items() if endpoint is scope.get("endpoint")]
        path = route.path if route is not None else next(iter(plain), None)
        if content and path is not None:
            self.seen.add((path, scope["method"].lower(), msgspec.json.decode(content)["code"]))

    def undescribed(self) -> set[tuple[str, str, str]]:
        """Problems that the page of their route does not name."""
        paths = self.app.openapi()["paths"]
        return {
            (path, method, code)
            for path, method, code in self.seen
            if method in paths.get(path, {}) and code not in paths[path][method]["x-problem-codes"]
        }


class RunningVenue:
    """One venue for a run of tests; they share it, each with parties and rights of its own."""

    def __init__(
        self,
        database_url: str,
        folder: Path,
        bank_url: str = "",
        bank_token: str = "",
        profile: Literal["mainland", "hong-kong"] = "mainland",
    ) -> None:
        self.operator_keys = (PrivateKey.generate(), PrivateKey.generate())
        self.service_key = PrivateKey.generate()
        self.bank_key = PrivateKey.generate()
        self.operator_tokens = (new_api_key(), new_api_key())
        self.service_token = new_api_key()
        genesis = c.OpenVenue(
            profile=profile,
            chain_id=CHAIN_ID,
            register=REGISTER,
            anchor=ANCHOR,
            operators=tuple(key.address for key in self.operator_keys),
            service=self.service_key.address,
            bank=self.bank_key.address,
            office="0x" + "04" * 20,
            receipt_key="",
            fee_basis_points=100,
            simulated=True,
        )
        (folder / "opening.json").write_bytes(msgspec.json.encode(genesis))
        self.folder = folder
        self.database_url = database_url
        self.sequencer = SequencerProcess(database_url, folder, IPX_GENESIS=str(folder / "opening.json"))
        self.signer = self._signer(folder)
        self.settings = Settings(
            database_url=database_url,
            sequencer_socket=self.sequencer.socket_path,
            staff=StaffKeys(
                operators={
                    key.address: key_hash(token)
                    for key, token in zip(self.operator_keys, self.operator_tokens, strict=True)
                },
                service=key_hash(self.service_token),
            ),
            signer_socket=self.signer.door_socket_path,
            bank_url=bank_url,
            bank_token=bank_token,
        )
        self.operator: OperatorClient
        self.second_operator: OperatorClient
        self.public: Client
        self.url = ""
        self.clients: list[Client | OperatorClient] = []
        self.banked: dict[str, int] = {}
        self._numbers = itertools.count(1)

    def _signer(self, folder: Path) -> SignerProcess:
        """The signer over the service's key; nobody asks it for a transaction here."""
        for name, key in (KEYS | {"service": self.service_key}).items():
            (folder / "keys" / f"{name}.key").write_text(key.secret().hex())
        write_manifest(folder / "chain.json", deployment(JournalAnchor=ANCHOR))
        return SignerProcess(folder / "keys", folder / "chain.json", folder / "signer.log")

    def __enter__(self) -> Self:
        self.sequencer.__enter__()
        self.sequencer.start()
        self.signer.__enter__()
        self.sequencer.wait_until_serving()
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.recorder = Recorder(create_app(self.settings))
        self._server = uvicorn.Server(configuration(self.recorder))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]}, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + START_S
        while not self._server.started:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        self.operator, self.second_operator = (
            self.kept(OperatorClient(self.url, token, key))
            for key, token in zip(self.operator_keys, self.operator_tokens, strict=True)
        )
        self.public = self.kept(Client(self.url))
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.clients:
            client.close()
        self._server.should_exit = True
        self._thread.join(timeout=START_S)
        self.signer.__exit__()
        self.sequencer.__exit__()

    def kept(self, client: Any) -> Any:
        """A client that is closed with the venue."""
        self.clients.append(client)
        return client

    def http(self) -> httpx.Client:
        """A bare HTTP client, for what no client of ours would send."""
        return httpx.Client(base_url=self.url, trust_env=False, timeout=30)

    def applicant(self, log: AcknowledgementLog | None = None) -> Client:
        """A client with a key of its own that is no party yet."""
        client: Client = self.kept(Client(self.url, key=PrivateKey.generate(), log=log))
        return client

    def party(
        self,
        *roles: str,
        approve: bool = True,
        log: AcknowledgementLog | None = None,
        jurisdiction: Literal["CN", "HK"] = "CN",
        category: c.Category = "company",
    ) -> Client:
        """A party (seller and buyer if nothing else is said), approved."""
        client = self.applicant(log)
        number = company_number() if jurisdiction == "CN" else f"{10**7 + next(_serials) % 10**7}"
        client.apply(
            roles=roles or ("seller", "buyer"),  # type: ignore[arg-type]  # roles as text
            jurisdiction=jurisdiction,
            company_number=number,
            category=category,
            profile={"name": "示例甲有限公司"},
            authorisation_letter="授权委托书",
        )
        client.enrol_key(number, "授权委托书")
        if approve:
            self.admit(client.party_id, "licence and signatory seen")
        return client

    def admit(self, party_id: str, reason: str) -> None:
        """A company's papers are on record, and it is approved."""
        self.operator.approve_party(party_id, reason, papers(self.operator.time_ms()), persons="示例人")

    def service(self, command: Any, terms: Any = None) -> Answer:
        """A command of the service's, over the sequencer's socket."""
        key = f"service-{secrets.token_hex(8)}"
        salt = secrets.token_hex(32) if terms is not None else ""
        given = Given(command=command, terms=terms, terms_salt=salt, signature=Signature("", 2**50))
        value = sign(
            instruction_digest(
                exchange_domain(CHAIN_ID, ANCHOR), commands.instruction_of("venue", key, given)
            ),
            self.service_key,
        )
        with self.sequencer.client() as client:
            answer = client.submit(
                Submission(
                    party="venue",
                    idempotency_key=key,
                    body_digest=digest(key),
                    command=msgspec.Raw(msgspec.json.encode(command)),
                    terms=None if terms is None else Opening(salt, terms),
                    signer=self.service_key.address,
                    signature=value,
                    valid_until_ms=2**50,
                )
            )
        assert answer.status == "accepted", answer
        return answer

    def right(
        self, holder: Client, *, title: str = "A device 演示", classes: tuple[str, ...] = (), **facts: Any
    ) -> str:
        """A granted right on the register, held by this party, free for export."""
        right_id = f"US-{16_000_000 + next(self._numbers)}"
        holder.give(
            "/v1/rights",
            c.ImportRight(
                right_id=right_id,
                office="US",
                right_type="invention",
                filing_date="2019-03-01",
                classes=classes or UNSET,
                service_invention=False,
            ),
            parts={"bibliography": {"title": title}},
        )
        self.copy(right_id, holder, **facts)
        self.operator.classify_export(right_id, "free", "not in the catalogue")
        return right_id

    def copy(self, right_id: str, holder: Client, **facts: Any) -> None:
        """A register copy that names this holder."""
        number = holder.own_party().company_number
        standing: dict[str, Any] = {
            "status": "granted",
            "holders": (c.Holder(company_number=number),),
            "expiry_date": "2039-03-01",
            "copy": "{}",
            "attestation": "",
            "licences": (),
        }
        command = c.RecordRegisterCopy(
            right_id=right_id, as_of_ms=self.public.time_ms(), copy_digest=digest(right_id)
        )
        self.service(command, c.RegisterFacts(**(standing | facts)))

    def money(self, party: Client, amount: int, currency: Currency = "CNY") -> str:
        """A credit of minor units in a party's favour; the statement line's id."""
        line = f"line-{next(self._numbers)}"
        self.statement_line(line, "credit", amount, party.party_id, currency=currency)
        return line

    def paid_out(self, payment_id: str, amount: int) -> None:
        """A debit of minor units CNY that ends a payment."""
        self.statement_line(f"out-{payment_id}", "debit", amount, "", payment_id)

    def statement_line(
        self,
        line: str,
        direction: Any,
        amount: int,
        reference: str,
        instruction_id: str | None = None,
        currency: Currency = "CNY",
    ) -> None:
        """A line of the bank's statement."""
        signed = amount if direction == "credit" else -amount
        self.banked[currency] = self.banked.get(currency, 0) + signed
        terms = c.StatementLineTerms(
            sequence=1,
            account="SUPERVISED",
            direction=direction,
            currency=currency,
            amount=amount,
            balance_after=self.banked[currency],
            reference=reference,
            instruction_id=instruction_id,
            simulated=True,
            attestation="",
        )
        self.service(c.RecordStatementLine(line_id=line, value_time_ms=0), terms)

    def register(self, deal_id: str, filing_id: str) -> None:
        """The office confirms the deal's filing."""
        filing = self.filing(filing_id)
        command = c.ConfirmRegistration(
            deal_id=deal_id,
            filing_id=filing_id,
            proof_digest=digest(f"proof of {filing_id}"),
            proof_signature="0x" + "44" * 65,
        )
        terms = c.FilingOutcomeTerms(
            kind=filing.filing_kind,
            right_id=filing.right_id,
            package_digest=filing_digest(filing),
            cure=None,
            proof_title=None,
            register_version=2,
            received_ms=1,
            decided_ms=2,
            simulated=True,
            attestation="",
        )
        self.service(command, terms)

    def filing(self, filing_id: str) -> Filing:
        """What was filed under an id."""
        with psycopg.connect(psycopg_url(self.database_url)) as connection:
            row = connection.execute("SELECT data FROM filings WHERE id = %s", (filing_id,)).fetchone()
        assert row is not None
        return msgspec.convert(row[0], Filing)

    def listing(self, seller: Client, right_id: str, *, price: int = 1_000_00, **fields: Any) -> str:
        """An open listing: an ordinary licence at a posted price, unless the fields say otherwise."""
        now = self.public.time_ms()
        deposit = fields.pop("deposit", 1_00 if fields.get("mode") in {"competitive", "english"} else 0)
        values: dict[str, Any] = {
            "right_id": right_id,
            "mode": "posted",
            "deal_kind": "ordinary_licence",
            "currency": "CNY",
            "closes_ms": now + 20 * DAY_MS,
            "max_acceptances": 5 if fields.get("mode", "posted") == "posted" else 1,
        }
        if fields.get("mode") in {"competitive", "english", "sealed", "tender"}:
            values["registration_closes_ms"] = now + 10 * DAY_MS
        if fields.get("deal_kind") not in {None, "ordinary_licence"}:
            values["max_acceptances"] = 1
        own = {name: fields.pop(name) for name in c.ListingTerms.__struct_fields__ if name in fields}
        territory = (right_id.partition("-")[0],)
        terms = offered(price=price, deposit=deposit, territory=territory, **own)
        given = seller.submit_listing(
            c.SubmitListing(**(values | fields)), terms, description="see the claims"
        )
        listing_id = given.result["listing_id"]
        self.operator.approve_listing(listing_id, "papers seen")
        return listing_id

    def bidder(self, listing_id: str, *, money: int = 1_000_000_00) -> Client:
        """A new, qualified bidder with money."""
        client = self.party("buyer")
        self.money(client, money)
        client.register_bidder(listing_id)
        self.operator.qualify_bidder(listing_id, client.party_id, "known")
        return client

    def state_of(self) -> bytes:
        """Everything that a refusal must leave as it is: every row that an operator can see."""
        reader = self.operator
        lists = (
            reader.parties(),
            reader.rights(),
            reader.listings(),
            reader.needs(),
            reader.bids(),
            reader.deals(),
            reader.licences(),
            reader.accounts(),
            reader.payments(),
            reader.statement_lines(),
        )
        return b"\n".join(view.model_dump_json().encode() for rows in lists for view in rows)
