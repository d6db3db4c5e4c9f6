"""Bundles at the front door: for a deal's parties and the venue alone, whole at every step, saying what they lack."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from typer.testing import CliRunner

from api.cli.app import app as command_line
from api.client import Client, VenueProblem
from api.settings import Custody, from_environment, read_custody
from exchange import commands as c
from exchange.canonical import encode
from exchange.rules.civil_code import TITLE_LABEL
from exchange.sealed import commitment
from ledger.alone import open_database
from ledger.bundle import ipx_verify
from ledger.bundle.assembly import BundleTooLarge, assemble
from ledger.bundle.ipx_verify import DIFFERS, MISSING, Line, Roots, verify
from ledger.log.keeping import LogKeeping
from ledger.settings import SettingsRefused
from ledger.signatures import exchange_domain
from tests.api.rights.test_imports_again import right_number, table
from tests.api.running_venue import ANCHOR, CHAIN_ID, REGISTER, RunningVenue
from tests.api.test_offers import accepted, offered
from tests.ledger.bundle.golden import golden

PRICE = 1_000_00
DEADLINE_S = 60.0


def awarded(venue: RunningVenue) -> tuple[Client, Client, str]:
    """A seller, a buyer, and their deal, which nobody has signed."""
    seller, buyer = venue.party("seller"), venue.party("buyer")
    listing_id = venue.listing(seller, venue.right(seller))
    venue.money(buyer, 2 * PRICE)
    return seller, buyer, buyer.accept_price(listing_id, PRICE).result["deal_id"]


def api_key(client: Client) -> str:
    """Another API key of the party's, for what is asked without this client."""
    key = client.issue_api_key(client.party_id)[1]
    assert key is not None
    return key


def logged(venue: RunningVenue) -> None:
    """Wait until a checkpoint holds everything so far; the tiles are written as the worker would."""
    newest = max(record.entry for record in venue.public.events())
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        with open_database(venue.database_url) as database:
            if LogKeeping(database, []).run().size > newest:
                return
        time.sleep(0.1)
    message = f"no checkpoint reached entry {newest}"
    raise AssertionError(message)


def trusted(venue: RunningVenue) -> Roots:
    return Roots(
        log=venue.public.transport.get("/v1/log")["vkey"], chain_id=CHAIN_ID, register=REGISTER, anchor=ANCHOR
    )


def checked(venue: RunningVenue, client: Client, deal_id: str) -> tuple[Any, dict[str, Line]]:
    """A deal's bundle and its lines by their checks; nothing may differ."""
    data = client.bundle(deal_id)
    lines = {line.check: line for line in verify(data, trusted(venue))}
    assert {check: line.what for check, line in lines.items() if line.verdict == DIFFERS} == {}
    return json.loads(data), lines


def missing(bundle: Any) -> set[str]:
    return {each["code"] for each in bundle["missing"]}


def test_only_those_concerned_get_a_bundle_or_a_certificate(venue: RunningVenue) -> None:
    seller, buyer, deal_id = awarded(venue)
    outsider = venue.party("buyer")
    for ask in (Client.bundle, Client.certificate):
        for reader in (seller, buyer, venue.operator):
            assert ask(reader, deal_id)
        for reader, status in ((outsider, 404), (venue.public, 401)):
            with pytest.raises(VenueProblem) as refused:
                ask(reader, deal_id)
            assert refused.value.status == status
        with pytest.raises(VenueProblem) as refused:
            ask(seller, "D-999999")
        assert (refused.value.status, refused.value.code) == (404, "UNKNOWN-ID")


def test_a_deal_is_bundled_at_every_step_and_says_what_it_lacks(venue: RunningVenue) -> None:
    seller, buyer, deal_id = awarded(venue)
    bundle, lines = checked(venue, seller, deal_id)
    assert missing(bundle) - {"CHECKPOINT", "TIME-STAMP"} == {
        *("SIGNED-BY-SELLER", "SIGNED-BY-BUYER", "CHAIN-EVENT", "WITNESS", "ANCHOR"),
    }
    assert lines["signature seller"].verdict == lines["recorded"].verdict == MISSING
    seller.sign_deal(deal_id, price=PRICE)
    bundle, lines = checked(venue, buyer, deal_id)
    assert "SIGNED-BY-SELLER" not in missing(bundle)
    assert "SIGNED-BY-BUYER" in missing(bundle)
    assert lines["signature seller"].verdict == "HOLDS"
    buyer.sign_deal(deal_id, price=PRICE)
    logged(venue)
    bundle, lines = checked(venue, buyer, deal_id)
    assert not missing(bundle) & {"SIGNED-BY-SELLER", "SIGNED-BY-BUYER", "ATTESTATION", "CHECKPOINT"}
    assert lines["signature seller"].verdict == lines["signature buyer"].verdict == "HOLDS"
    assert lines["attestation"].verdict == lines["log"].verdict == "HOLDS"
    assert ipx_verify.exit_code(list(lines.values()), trusted(venue)) == 2, "it is not on the chain"
    types = [entry["public"]["command"]["type"] for entry in bundle["entries"]]
    assert types[0] == "open_venue"
    assert {"submit_listing", "approve_listing", "accept_price", "enrol_key", "sign_agreement"} <= set(types)
    assert types.count("sign_agreement") == 2


def test_a_key_that_cancels_what_it_signed_leaves_the_bundle_without_its_signature(
    venue: RunningVenue,
) -> None:
    seller, _, deal_id = awarded(venue)
    seller.sign_deal(deal_id, price=PRICE)
    seller.advance_counter()
    bundle, lines = checked(venue, seller, deal_id)
    assert "SIGNED-BY-SELLER" in missing(bundle)
    assert lines["signature seller"].verdict == MISSING


def test_an_accepted_offer_shows_the_sellers_one_signature_and_the_buyers(venue: RunningVenue) -> None:
    _, listing_id = offered(venue)
    buyer, deal_id = accepted(venue, listing_id)
    buyer.sign_deal(deal_id, price=PRICE)
    bundle, lines = checked(venue, buyer, deal_id)
    types = [each["typed_data"]["primaryType"] for each in bundle["signed"]]
    assert types == ["StandingOffer", "OfferAcceptance"]
    assert lines["signature seller"].verdict == lines["signature buyer"].verdict == "HOLDS"
    assert lines["contract"].verdict == "HOLDS"


def test_each_sees_its_own_openings_and_the_venue_those_of_both(venue: RunningVenue) -> None:
    seller, buyer, deal_id = awarded(venue)
    given = {"seller": seller.party_id, "buyer": buyer.party_id}
    opened: dict[str, set[str]] = {}
    for name, reader in (("seller", seller), ("buyer", buyer), ("staff", venue.operator)):
        bundle = json.loads(reader.bundle(deal_id))
        opened[name] = {
            entry["public"]["actor"]
            for entry in bundle["entries"]
            if entry["openings"].keys() - {TITLE_LABEL}
        }
        text = json.dumps(bundle)
        assert "outcome_salt" not in text
        assert bundle["capture"]["for_staff"] == (name == "staff")
    assert opened["seller"] <= {given["seller"], ""}
    assert opened["buyer"] <= {given["buyer"], ""}
    assert {given["seller"], given["buyer"]} <= opened["staff"]


def test_each_side_has_the_title_that_the_contract_names_and_what_opens_it(venue: RunningVenue) -> None:
    seller, buyer, deal_id = awarded(venue)
    for reader in (seller, buyer):
        bundle, lines = checked(venue, reader, deal_id)
        named = bundle["contract"]["terms"]["right"][TITLE_LABEL]
        (opened,) = [
            each["openings"][TITLE_LABEL] for each in bundle["entries"] if TITLE_LABEL in each["openings"]
        ]
        assert commitment(TITLE_LABEL, bytes.fromhex(opened["salt"]), opened["value"]).hex() == named
        assert opened["value"]["title"]
        assert lines["contract"].verdict == "HOLDS"


def test_a_bundle_whose_contract_names_another_title_is_noticed(venue: RunningVenue) -> None:
    seller, _, deal_id = awarded(venue)
    bundle, _ = checked(venue, seller, deal_id)
    for each in bundle["entries"]:
        erasable = each["public"]["command"].get("erasable", {})
        if TITLE_LABEL in erasable:
            erasable[TITLE_LABEL] = "5a" * 32
    lines = {line.check: line for line in verify(encode(bundle), Roots())}
    assert (lines["contract"].verdict, lines["contract"].what) == (DIFFERS, "title")


def test_a_bundle_holds_no_more_than_its_bound(monkeypatch: pytest.MonkeyPatch, venue: RunningVenue) -> None:
    from ledger.bundle import assembly

    seller, _, deal_id = awarded(venue)
    monkeypatch.setattr(assembly, "LARGEST_BUNDLE", 1_000)
    with pytest.raises(VenueProblem) as refused:
        seller.bundle(deal_id)
    assert (refused.value.status, refused.value.code) == (413, "BUNDLE-TOO-LARGE")
    assert "ipx export --auditor" in refused.value.cure
    whole = json.loads(golden(1))
    with pytest.raises(BundleTooLarge):
        assemble(whole, exchange_domain(CHAIN_ID, ANCHOR), None)


def test_a_venue_without_a_signer_says_that_nobody_attests(
    monkeypatch: pytest.MonkeyPatch, venue: RunningVenue
) -> None:
    seller, _, deal_id = awarded(venue)
    monkeypatch.setattr(venue.recorder.app.state.door, "signatory", None)
    bundle, lines = checked(venue, seller, deal_id)
    assert bundle["attestation"] is None
    assert "ATTESTATION" in missing(bundle)
    assert lines["attestation"].verdict == MISSING


def test_while_the_signer_is_away_bundle_and_upload_are_to_be_asked_for_again(venue: RunningVenue) -> None:
    seller, _, deal_id = awarded(venue)
    content = table(right_number())
    venue.signer.end(signal.SIGKILL)
    try:
        with venue.http() as http:
            http.headers["Authorization"] = f"Bearer {api_key(seller)}"
            for paper in ("bundle", "certificate.pdf"):
                answer = http.get(f"/v1/deals/{deal_id}/{paper}")
                assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
            http.headers["Authorization"] = f"Bearer {venue.operator_tokens[0]}"
            headers = {"Idempotency-Key": "while-it-is-away", "Content-Type": "text/csv"}
            answer = http.post("/v1/rights/imports", content=content, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (503, "UNAVAILABLE")
    finally:
        venue.signer.start()
    taken = venue.operator.upload_rights(content, "text/csv", idempotency_key="while-it-is-away")
    assert [row["outcome"] for row in taken["submitted"]] == ["registered"]
    assert json.loads(seller.bundle(deal_id))["attestation"]["signer"] == venue.service_key.address.lower()


def test_an_answer_is_kept_by_nobody_and_is_canonical(venue: RunningVenue) -> None:
    seller, _, deal_id = awarded(venue)
    with venue.http() as http:
        http.headers["Authorization"] = f"Bearer {api_key(seller)}"
        answer = http.get(f"/v1/deals/{deal_id}/bundle")
        pdf = http.get(f"/v1/deals/{deal_id}/certificate.pdf")
    assert answer.headers["cache-control"] == pdf.headers["cache-control"] == "no-store"
    assert encode(answer.json()) == answer.content
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")


def test_the_command_line_writes_files_for_their_owner_alone(venue: RunningVenue, tmp_path: Path) -> None:
    seller, _, deal_id = awarded(venue)
    base = ["--url", venue.url, "--api-key", api_key(seller), "deal"]

    def ipx(*arguments: str) -> tuple[int, str]:
        done = CliRunner().invoke(command_line, [*base, *arguments])
        return done.exit_code, done.stdout

    code, printed = ipx("bundle", deal_id)
    assert code == 0
    assert json.loads(printed)["format"] == "ipx-bundle/1"
    code, written = ipx(
        "bundle", deal_id, "--out", str(tmp_path / "bundle.json"), "--with-verifier", "--json"
    )
    assert code == 0
    assert {Path(row["file"]).name for row in json.loads(written)} == {
        "bundle.json",
        "ipx_verify.py",
        "verify.html",
    }
    assert ipx("bundle", deal_id, "--out", str(tmp_path / "bundle.zip"), "--zip")[0] == 0
    assert ipx("certificate", deal_id, "--out", str(tmp_path / "certificate.pdf"))[0] == 0
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}
    assert len(list(tmp_path.iterdir())) == 5
    assert ipx("bundle", deal_id, "--zip")[0] == 2
    code, _ = ipx("bundle", deal_id, "--out", str(tmp_path / "nowhere" / "bundle.json"))
    assert code == 2


def test_what_the_venue_declares_is_read_at_the_start_or_refused(tmp_path: Path) -> None:
    words = {
        "zh": "由某第三方运行，与各方无利害关系",
        "en": "run by a third party that is nobody's affiliate",
    }
    path = tmp_path / "custody.json"
    path.write_bytes(msgspec.json.encode(dict.fromkeys(("node", "witness", "time_stamp"), words)))
    found = read_custody(str(path))
    assert isinstance(found, Custody)
    assert found.by_name()["node"].zh == words["zh"]
    assert read_custody("") is None
    required = {"IPX_DATABASE_URL": "postgresql://nobody@localhost/none", "IPX_SEQUENCER_SOCKET": "/nowhere"}
    assert from_environment({**required, "IPX_CUSTODY": str(path)}).custody == found
    assert from_environment({**required, "IPX_FILING_NUMBER": " 粤网信备0号 "}).filing_number == "粤网信备0号"
    for text in ("one\ntwo", "9" * 101):
        with pytest.raises(SettingsRefused):
            from_environment({**required, "IPX_FILING_NUMBER": text})
    for content in (b"{}", b"nonsense", msgspec.json.encode({"node": words})):
        path.write_bytes(content)
        with pytest.raises(SettingsRefused):
            read_custody(str(path))
    with pytest.raises(SettingsRefused):
        read_custody(str(tmp_path / "absent.json"))


def test_no_command_bears_the_name_of_the_venues_signature_under_a_bundle() -> None:
    from ledger.bundle.assembly import ACTION

    assert ACTION not in {kind.__struct_config__.tag for kind in get_args(c.AnyCommand)}
