"""The market of the benchmarks as an audit wants it: every instruction and every document signed by whose it is.

`SignedMarket` says what is asked for, `Asked.admitted` how it reaches the sequencer. All keys are made from their names
and known to everybody, for a venue that nobody trades at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import msgspec

from exchange import canonical
from exchange import commands as c
from exchange.sealed import commitment
from ledger.attestation import attest, statement_digest
from ledger.journal import TERMS_LABEL, Signature, giver_of, type_of
from ledger.messages import KeyEnrolment
from ledger.office import RegisterCopy
from ledger.reported import copy_reported, signed_line
from ledger.sequencer.admission import Admitted
from ledger.signatures import (
    NO_TERMS,
    Instruction,
    PrivateKey,
    exchange_domain,
    instruction_digest,
    message_digest,
    reference_of,
    register_domain,
    sign,
)
from scripts.bench.bid_flow import LISTINGS, BidFlow
from scripts.bench.market import OPERATOR, SECOND_OPERATOR, SERVICE, MarketRequests

APPLICANT = "applicant"
VALID_FOR_MS = 24 * 3600 * 1000
PACE_MS = 345_600
"""From one request to the next: 250 a day, so that a right that is listed anew every 31,000 entries is listed for 120
days, and what has ended leaves memory 30,000 entries later."""
LISTED_ANEW_EVERY = 12
"""Operations of bidders after which a listing is taken back and its right listed anew, each in its turn."""


@cache
def named_key(name: str) -> PrivateKey:
    """The key of this name."""
    return PrivateKey(hashlib.sha256(f"benchmark key {name}".encode()).digest())


def party_key(number: int) -> str:
    """Address of the key of the party of this number."""
    return named_key(f"party {number}").address


class SignedMarket:
    """A market of which an audit finds nothing to say: from the opening on, for as long as one likes."""

    def __init__(self, chain_id: int, register: str, anchor: str, seed: int) -> None:
        """Take the chain's id and the addresses of the contracts that witness the journal."""
        self._register_domain = register_domain(chain_id, register)
        self._exchange_domain = exchange_domain(chain_id, anchor)
        self._place = {"chain_id": chain_id, "register": register, "anchor": anchor}
        self._requests = MarketRequests(LISTINGS, pace_ms=PACE_MS, key_of=party_key)
        self._flow = BidFlow(seed)
        self._given = 0
        self._private = {
            stand_in: named_key(name)
            for stand_in, name in (
                (OPERATOR, "operator 1"),
                (SECOND_OPERATOR, "operator 2"),
                (SERVICE, "service"),
            )
        } | {party_key(number): named_key(f"party {number}") for number in range(LISTINGS)}

    def opening(self) -> c.OpenVenue:
        """The command that opens the venue."""
        return msgspec.structs.replace(
            self._requests.opening(),
            **self._place,
            operators=(self._private[OPERATOR].address, self._private[SECOND_OPERATOR].address),
            service=self._private[SERVICE].address,
            bank=named_key("bank").address,
            office=named_key("office").address,
        )

    def admitted(self, tell: Callable[[str], None]) -> Iterator[tuple[int, Admitted]]:
        """What comes to the sequencer, and when (ms UTC): the set-up, then what bidders do, without end."""
        for request in self._requests.set_up(tell):
            yield request.time_ms, self._admitted(request)
        listing = 0
        while True:
            for request in self._requests.requests(self._flow.steps(LISTED_ANEW_EVERY)):
                yield request.time_ms, self._admitted(request)
            for request in self._requests.list_anew(listing):
                yield request.time_ms, self._admitted(request)
            self._flow.list_anew(listing)
            listing = (listing + 1) % LISTINGS

    def _admitted(self, request: c.Request) -> Admitted:
        """A request with its documents and itself signed, as the sequencer takes it apart."""
        command, terms = self._documents(request)
        key = self._private[request.signer]
        self._given += 1
        reference = reference_of(f"bench-{self._given}")
        written = b"" if terms is None else canonical.encode(terms)
        salt = bytes.fromhex(request.terms_salt)
        committed = b"" if terms is None else commitment(TERMS_LABEL, salt, terms)
        until_ms = request.time_ms + VALID_FOR_MS
        instruction = Instruction(
            action=type_of(command),
            party=request.actor or APPLICANT,
            reference=reference,
            content=canonical.digest(command),
            terms=committed or NO_TERMS,
            valid_until_ms=until_ms,
        )
        value = sign(instruction_digest(self._exchange_domain, instruction), key)
        return Admitted(
            scope=giver_of(command, request.actor, key.address),
            actor=request.actor,
            key_hash=reference,
            client_order_id="",
            body_digest="",
            command=command,
            terms=terms,
            terms_bytes=written,
            terms_salt=salt,
            terms_commitment=committed.hex(),
            signature=Signature(signer=key.address, value=value, valid_until_ms=until_ms),
            api_key_sha256=request.api_key_sha256,
        )

    def _documents(self, request: c.Request) -> tuple[c.AnyCommand, c.Terms | None]:
        """Command and terms, with what the office, the bank or a new key has signed in them."""
        command, terms = request.command, request.terms
        match command, terms:
            case c.EnrolKey(), c.KeyTerms():
                return self._enrolment(command, terms, request.terms_salt), terms
            case c.RecordRegisterCopy(), c.RegisterFacts():
                return copy_reported(_register_copy(command, terms))
            case c.RecordStatementLine(), c.StatementLineTerms():
                signature = sign(statement_digest(signed_line(command, terms)), named_key("bank"))
                return command, msgspec.structs.replace(terms, attestation=signature)
        return command, terms

    def _enrolment(self, command: c.EnrolKey, terms: c.KeyTerms, salt: str) -> c.EnrolKey:
        message = KeyEnrolment(
            party=commitment(TERMS_LABEL, bytes.fromhex(salt), terms),
            key=command.key,
            authorisation=bytes.fromhex(command.erasable["authorisation_letter"]),
            deadline_s=command.deadline_s,
        )
        possession = sign(message_digest(self._register_domain, message), self._private[command.key])
        return msgspec.structs.replace(command, possession=possession)


def _register_copy(command: c.RecordRegisterCopy, facts: c.RegisterFacts) -> RegisterCopy:
    """The office's signed copy that says these facts."""
    content: dict[str, Any] = {
        "type": "office.register_copy",
        "right_id": command.right_id,
        "office": "CN",
        "right_type": "invention",
        "title": f"演示数据 · DEMO {command.right_id}",
        "status": facts.status,
        "holders": [{"company_number": each.company_number} for each in facts.holders],
        "filing_date": "2019-03-01",
        "grant_date": "2021-06-01",
        "expiry_date": facts.expiry_date,
        "version": 1,
        "as_of_ms": command.as_of_ms,
        "simulated": True,
        "attestation": {"signer": "", "signature": ""},
    }
    whole = msgspec.to_builtins(msgspec.convert(content, RegisterCopy))
    return msgspec.convert(attest(whole, named_key("office")), RegisterCopy)
