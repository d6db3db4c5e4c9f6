"""The published signature vectors are what the code gives, and the JavaScript example signs the same.

To write the vectors anew after a new case: `.venv/bin/python tests/ledger/test_signature_vectors.py`.
"""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange.canonical import encode
from exchange.commands import BidTerms, OrderSide, PlaceBid, WithdrawBid
from exchange.identifiers import deal_chain_id
from exchange.listings.bid_commitment import SealedBid, commitment_of
from exchange.listings.order_signing import order_digest
from exchange.rows import SignedOrder
from exchange.sealed import commitment
from ledger.messages import (
    DealCancellation,
    KeyRecovery,
    OfferAcceptance,
    OfferWithdrawal,
    RecoveryVeto,
    RegisterMessage,
    StandingOffer,
)
from ledger.order_messages import order_message
from ledger.secp256k1 import SignatureRefused, normalised, require_signer
from ledger.signatures import (
    DEAL_KINDS,
    NO_TERMS,
    Deal,
    Instruction,
    PrivateKey,
    content_of,
    domain_separator,
    exchange_domain,
    instruction_digest,
    message_digest,
    recover,
    reference_of,
    register_domain,
    sign,
    struct_hash,
    typed_data,
)

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT / "docs" / "vectors" / "signatures.json"
EXAMPLE = ROOT / "docs" / "examples" / "sign-bid.mjs"
NODE = Path(sys.executable).with_name("node")

ANCHOR = "0xCf7Ed3AccA5a467e9e704C703E8D87F634fB0Fc9"
REGISTER = "0x9fE46736679d2D9a65F0992F2272dE9f3c7fa6e0"
SELLER, BUYER = PrivateKey(b"\x11" * 32), PrivateKey(b"\x22" * 32)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
INPUTS: list[dict[str, Any]] = [
    {
        "about": "a bid: public fields, confidential terms behind a commitment",
        "domain": {"chain_id": 31337, "journal_anchor": ANCHOR},
        "party": "P-2",
        "idempotency_key": "bid-0001",
        "command": {"type": "place_bid", "erasable": {}, "listing_id": "L-1"},
        "terms": {"salt": "5a" * 32, "value": {"client_order_id": "mine-1", "price": 120000000}},
        "valid_until_ms": 1893456000000,
    },
    {
        "about": "a withdrawal: no terms, so 32 zero bytes",
        "domain": {"chain_id": 31337, "journal_anchor": ANCHOR},
        "party": "P-2",
        "idempotency_key": "withdraw-0001",
        "command": {"type": "withdraw_bid", "erasable": {}, "bid_id": "B-1"},
        "terms": None,
        "valid_until_ms": 1893456000000,
    },
    {
        "about": "text beyond ASCII and beyond the BMP, on another chain: keys in UTF-16 order",
        "domain": {"chain_id": 1, "journal_anchor": ANCHOR},
        "party": "P-\u793a\u4f8b",
        "idempotency_key": "\u5bc6\u94a5-1",
        "command": {
            "type": "example",
            "\U0001f600": '\u20ac\u000f\n"\\/',
            "\ue000": [True, False, None, -9007199254740991],
        },
        "terms": {"salt": "00" * 31 + "01", "value": ["\u4e13\u5229", 0]},
        "valid_until_ms": 9007199254740991,
    },
]


def instruction_vector(given: dict[str, Any]) -> dict[str, Any]:
    domain = exchange_domain(given["domain"]["chain_id"], given["domain"]["journal_anchor"])
    terms = given["terms"]
    message = Instruction(
        action=given["command"]["type"],
        party=given["party"],
        reference=reference_of(given["idempotency_key"]),
        content=content_of(given["command"]),
        terms=commitment("terms", bytes.fromhex(terms["salt"]), terms["value"]) if terms else NO_TERMS,
        valid_until_ms=given["valid_until_ms"],
    )
    digest = instruction_digest(domain, message)
    return {
        **given,
        "private_key": "0x" + BUYER.secret().hex(),
        "canonical_command": encode(given["command"]).decode(),
        "domain_separator": "0x" + domain_separator(domain).hex(),
        "typed_data": typed_data(domain, message),
        "digest": "0x" + digest.hex(),
        "signer": BUYER.address,
        "signature": sign(digest, BUYER),
    }


def deal_vector(kind: str, number: int) -> dict[str, Any]:
    domain = register_domain(31337, REGISTER)
    message = Deal(
        deal_id=bytes((number,)) * 32,
        right_id=bytes((number + 16,)) * 32,
        kind=DEAL_KINDS[kind],
        seller=SELLER.address,
        buyer=BUYER.address,
        terms=bytes((number + 32,)) * 32,
        contract_text=bytes((number + 48,)) * 32,
        deadline_s=1_893_456_000 + number,
    )
    digest = message_digest(domain, message)
    return {
        "about": kind,
        "domain": {"chain_id": 31337, "register": REGISTER},
        "seller_private_key": "0x" + SELLER.secret().hex(),
        "buyer_private_key": "0x" + BUYER.secret().hex(),
        "domain_separator": "0x" + domain_separator(domain).hex(),
        "typed_data": typed_data(domain, message),
        "digest": "0x" + digest.hex(),
        "seller_signature": sign(digest, SELLER),
        "buyer_signature": sign(digest, BUYER),
    }


def offer_messages() -> list[tuple[str, RegisterMessage, PrivateKey]]:
    """What parties sign about standing offers and of a deal's cancellation, each with its signer."""
    offer = StandingOffer(
        right_id=b"\x51" * 32,
        seller=SELLER.address,
        terms=b"\x52" * 32,
        contract_text=b"\x53" * 32,
        term_s=31_536_000,
        most=25,
        expires_at_s=1_893_456_000,
        seller_counter=2,
        salt=b"\x54" * 32,
    )
    acceptance = OfferAcceptance(
        right_id=offer.right_id,
        deal_id=deal_chain_id("D-1", SELLER.address, BUYER.address),
        offer_id=struct_hash(offer),
        buyer=BUYER.address,
        deadline_s=1_893_456_000,
        buyer_counter=1,
    )
    cancelled = Deal(
        right_id=offer.right_id,
        deal_id=acceptance.deal_id,
        kind=DEAL_KINDS["assignment"],
        seller=SELLER.address,
        buyer=BUYER.address,
        terms=offer.terms,
        contract_text=offer.contract_text,
        deadline_s=1_893_456_000,
    )
    return [
        ("a standing offer, by its seller", offer, SELLER),
        ("its acceptance, by a buyer: offerId is the first one's struct hash", acceptance, BUYER),
        (
            "its withdrawal, by its seller: offer is the first one's struct hash",
            OfferWithdrawal(offer=struct_hash(offer)),
            SELLER,
        ),
        ("a deal that is cancelled, as both would sign it", cancelled, SELLER),
        (
            "its cancellation, by its buyer: deal is that one's struct hash",
            DealCancellation(deal=struct_hash(cancelled)),
            BUYER,
        ),
    ]


def offer_vector(about: str, message: RegisterMessage, key: PrivateKey) -> dict[str, Any]:
    domain = register_domain(31337, REGISTER)
    digest = message_digest(domain, message)
    return {
        "about": about,
        "domain": {"chain_id": 31337, "register": REGISTER},
        "private_key": "0x" + key.secret().hex(),
        "typed_data": typed_data(domain, message),
        "struct_hash": "0x" + struct_hash(message).hex(),
        "digest": "0x" + digest.hex(),
        "signer": key.address,
        "signature": sign(digest, key),
    }


def order_vectors() -> list[dict[str, Any]]:
    """An order to sell and one to buy, on one listing's terms; a fill of both is a deal."""
    ask = SignedOrder(
        key=SELLER.address,
        terms_commitment="62" * 32,
        limit=900_00,
        quantity=10,
        expires_at_s=1_893_456_000,
        counter=0,
        salt="63" * 32,
        signature="",
    )
    bid = msgspec.structs.replace(ask, key=BUYER.address, limit=950_00, quantity=3, salt="64" * 32)
    sides: tuple[tuple[str, SignedOrder, OrderSide, PrivateKey], ...] = (
        ("the seller asks for ten licences", ask, "sell", SELLER),
        ("a buyer bids for three", bid, "buy", BUYER),
    )
    return [
        {
            **offer_vector(about, order_message(signed, "HK-99990010.7", side), key),
            "order_digest": order_digest(signed, "HK-99990010.7", side),
        }
        for about, signed, side, key in sides
    ]


def recovery_vectors() -> list[dict[str, Any]]:
    """The seller's key is lost and the buyer's is to take its place; the lost one turns up and refuses."""
    party, papers = bytes((0x41,)) * 32, {"salt": "5b" * 32, "value": "ab" * 32}
    authorisation = commitment("recovery_papers", bytes.fromhex(papers["salt"]), papers["value"])
    proposed = KeyRecovery(
        party=party, new_key=BUYER.address, authorisation=authorisation, deadline_s=1_893_456_000
    )
    refused = RecoveryVeto(party=party, new_key=BUYER.address, key=SELLER.address, deadline_s=1_893_456_001)
    domain = register_domain(31337, REGISTER)
    return [
        {
            "about": about,
            "domain": {"chain_id": 31337, "register": REGISTER},
            **more,
            "private_key": "0x" + key.secret().hex(),
            "domain_separator": "0x" + domain_separator(domain).hex(),
            "typed_data": typed_data(domain, message),
            "digest": "0x" + message_digest(domain, message).hex(),
            "signer": key.address,
            "signature": sign(message_digest(domain, message), key),
        }
        for about, message, key, more in (
            (
                "another key in the place of a lost one, signed by the new key",
                proposed,
                BUYER,
                {"papers": papers},
            ),
            ("the live key refuses it", refused, SELLER, {}),
        )
    ]


def sealed_bid_vectors() -> list[dict[str, Any]]:
    """A sealed bid and a sealed tender, with the commitment that each is."""
    bid = SealedBid(listing="L-1", bidder="P-2", price=125_000_00, currency="CNY", nonce="5c" * 32)
    tender = msgspec.structs.replace(bid, proposal="5d" * 32)
    return [
        {
            "about": about,
            "domain": {"chain_id": 31337, "journal_anchor": ANCHOR},
            "type": name,
            "opening": msgspec.to_builtins(opening),
            "commitment": commitment_of(31337, ANCHOR, opening),
        }
        for about, name, opening in (
            ("a bid by price alone", "SealedBid", bid),
            ("a tender, with the digest of its proposal document", "SealedTender", tender),
        )
    ]


def refused_vectors(digest: bytes) -> list[dict[str, str]]:
    good = sign(digest, BUYER)
    r, s, v = good[2:66], int(good[66:130], 16), good[130:]
    mirrored = "0x" + r + f"{ORDER - s:064x}" + ("1c" if v == "1b" else "1b")
    cases = [
        ("s in the upper half of the order", mirrored, "SIGNATURE-HIGH-S"),
        ("v is neither 27 nor 28", good[:-2] + "00", "SIGNATURE-V"),
        ("two bytes short", good[:-4], "SIGNATURE-MALFORMED"),
        ("no 0x", good[2:], "SIGNATURE-MALFORMED"),
        ("all zero", "0x" + "00" * 64 + "1b", "SIGNATURE-INVALID"),
        ("made by another key", sign(digest, SELLER), "SIGNATURE-SIGNER"),
    ]
    return [
        {
            "about": about,
            "digest": "0x" + digest.hex(),
            "signer": BUYER.address,
            "signature": text,
            "code": code,
        }
        for about, text, code in cases
    ]


def made() -> dict[str, Any]:
    instructions = [instruction_vector(given) for given in INPUTS]
    return {
        "about": "Signature vectors of the IP rights exchange. The keys are for tests only.",
        "instructions": instructions,
        "deals": [deal_vector(kind, number) for number, kind in enumerate(DEAL_KINDS, start=1)],
        "offers": [offer_vector(*each) for each in offer_messages()],
        "orders": order_vectors(),
        "recoveries": recovery_vectors(),
        "sealed_bids": sealed_bid_vectors(),
        "refused": refused_vectors(bytes.fromhex(instructions[0]["digest"][2:])),
    }


def written() -> str:
    return json.dumps(made(), ensure_ascii=False, indent=2) + "\n"


def test_the_published_vectors_are_what_the_code_gives() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == written()


def test_the_published_signatures_hold_and_the_refused_ones_do_not() -> None:
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    for vector in [*published["instructions"], *published["recoveries"]]:
        assert recover(bytes.fromhex(vector["digest"][2:]), vector["signature"]) == vector["signer"]
    for vector in published["deals"]:
        message = vector["typed_data"]["message"]
        for side in ("seller", "buyer"):
            signature = vector[f"{side}_signature"]
            assert recover(bytes.fromhex(vector["digest"][2:]), signature) == message[side]
    for vector in [*published["offers"], *published["orders"]]:
        assert recover(bytes.fromhex(vector["digest"][2:]), vector["signature"]) == vector["signer"]
    codes = set()
    for vector in published["refused"]:
        with pytest.raises(SignatureRefused) as refused:
            require_signer(bytes.fromhex(vector["digest"][2:]), vector["signature"], vector["signer"])
        assert refused.value.code == vector["code"]
        codes.add(vector["code"])
    assert len(codes) == 5


def test_a_message_that_names_another_by_its_hash_names_the_published_one() -> None:
    offer, acceptance, withdrawal, deal, cancellation = json.loads(PUBLISHED.read_text("utf-8"))["offers"]
    assert acceptance["typed_data"]["message"]["offerId"] == offer["struct_hash"]
    assert withdrawal["typed_data"]["message"]["offer"] == offer["struct_hash"]
    assert cancellation["typed_data"]["message"]["deal"] == deal["struct_hash"]


def test_the_published_bid_is_a_command_of_the_exchange() -> None:
    bid, withdrawal = INPUTS[:2]
    assert encode(PlaceBid(listing_id="L-1")) == encode(bid["command"])
    assert encode(BidTerms(price=120000000, client_order_id="mine-1")) == encode(bid["terms"]["value"])
    assert encode(WithdrawBid(bid_id="B-1")) == encode(withdrawal["command"])


def test_the_python_example_of_the_page_gives_the_published_signature() -> None:
    page = (ROOT / "docs" / "signatures.md").read_text(encoding="utf-8")
    after = page.split("## In Python")[1].split("\nThis gives")[0]
    names: dict[str, Any] = {}
    exec(textwrap.dedent(after), names)  # noqa: S102 - our own page, tested as it stands
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert names["signature"] == published["instructions"][1]["signature"]


@pytest.mark.parametrize("number", range(len(INPUTS)))
def test_the_javascript_example_signs_what_the_exchange_checks(number: int, tmp_path: Path) -> None:
    vector = json.loads(PUBLISHED.read_text(encoding="utf-8"))["instructions"][number]
    given = tmp_path / "instruction.json"
    given.write_text(json.dumps(INPUTS[number]), encoding="utf-8")
    ran = subprocess.run(
        [NODE, EXAMPLE, given],
        env={"PATH": os.defpath, "IPX_PRIVATE_KEY": vector["private_key"]},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    printed = json.loads(ran.stdout)
    assert printed["typed_data"] == vector["typed_data"]
    assert printed["signer"] == vector["signer"]
    require_signer(bytes.fromhex(vector["digest"][2:]), printed["signature"], vector["signer"])
    assert normalised(printed["signature"]) == printed["signature"]


def test_the_javascript_example_refuses_what_has_no_canonical_form(tmp_path: Path) -> None:
    given = tmp_path / "instruction.json"
    given.write_text(
        json.dumps({**INPUTS[0], "command": {"type": "place_bid", "price": 1.5}}), encoding="utf-8"
    )
    ran = subprocess.run(
        [NODE, EXAMPLE, given],
        env={"PATH": os.defpath, "IPX_PRIVATE_KEY": "0x" + "22" * 32},
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode != 0
    assert b"only integers" in ran.stderr


if __name__ == "__main__":
    PUBLISHED.write_text(written(), encoding="utf-8")
