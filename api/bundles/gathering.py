"""Everything that a deal's bundle holds, read for one asker: rows, entries, paths, chain, in the bundle's own shape."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

from api import problems
from api.annexes import opening_of
from api.bundles import chain_evidence, signed_parts
from api.bundles.entries import gathered_entries, last_of
from api.log.proofs import proof
from exchange.identifiers import chain_key, deal_chain_id
from exchange.rows import Bid, Deal, Key, Listing, Offer, Party, Right
from exchange.rules.civil_code import TITLE_LABEL
from exchange.terms import offer_terms
from exchange.terms.offer_terms import came_of
from ledger.bundle import words
from ledger.log.checkpoints import stated_by
from ledger.log.notes import COSIGNATURE_LENGTH, read_note
from ledger.merkle import MerkleRefused, consistency_path, inclusion_path

if TYPE_CHECKING:
    from api.auth import Caller
    from api.door import Door
    from api.reading import Stored
    from exchange.rows import Venue
    from ledger.merkle import NodeSource

DISTRIBUTION: Final = "ip-exchange"


class Gathering:
    """One bundle under way: what was found, and the codes of what is missing."""

    def __init__(self, door: Door, caller: Caller, deal: Stored[Deal], venue: Venue) -> None:
        self.door = door
        self.caller = caller
        self.stored = deal
        self.deal = deal.row
        self.venue = venue
        self.missing: list[str] = []

    async def parts(self) -> dict[str, Any]:
        """Every part, as `ledger.bundle.assembly` takes them."""
        deal, reader = self.deal, self.door.reader
        offer, sides = await self._offer(), await self._sides()
        keys = await reader.rows(Key, sorted({deal.seller_key, deal.buyer_key}))
        signed = await self._signed(offer, keys)
        made_at = await self._making_entries(offer, keys)
        entries, cut = await gathered_entries(self.door, self.caller, self.stored, made_at)
        await self._show_title(entries, offer, sides)
        if cut:
            self.missing.append("ENTRIES-CUT")
        checkpoint = await self._checkpoint(entries)
        anchor = await self._anchor(entries, checkpoint)
        chain = await self._chain(offer)
        contract = self._contract(offer, sides)
        token = None if checkpoint is None else checkpoint["timestamp_token"]
        if checkpoint is not None and token is None:
            self.missing.append("TIME-STAMP")
        custody = self._custody()
        return {
            "about": self._about(),
            "anchor": anchor,
            "capture": await self._capture(entries),
            "chain": chain,
            "checkpoint": checkpoint,
            "contract": contract,
            "custody": custody,
            "deal": self._deal(),
            "entries": entries,
            "missing": [{"code": code, **words.MISSING[code]} for code in dict.fromkeys(self.missing)],
            "recipe": words.RECIPE,
            "signed": signed,
        }

    # --- rows

    async def _offer(self) -> Offer | None:
        stored = await self.door.reader.row(Offer, self.deal.listing_id)
        return None if stored is None or not came_of(stored.row, self.deal) else stored.row

    async def _sides(self) -> tuple[Party, Party]:
        reader, deal = self.door.reader, self.deal
        seller, buyer = await reader.row(Party, deal.seller), await reader.row(Party, deal.buyer)
        if seller is None or buyer is None:
            raise problems.unknown_id(deal.id, "deal")
        return seller.row, buyer.row

    async def _making_entries(self, offer: Offer | None, keys: list[Stored[Key]]) -> list[int]:
        """Entries that made what the deal stands on: the venue, right, listing, bid, and both keys."""
        reader, deal = self.door.reader, self.deal
        right = await reader.row(Right, deal.right_id)
        titled = [] if deal.title_entry is UNSET else [deal.title_entry]
        rows: list[Stored[Any] | None] = [
            right,
            await reader.row(Listing, deal.listing_id),
            await reader.row(Bid, deal.bid_id) if deal.bid_id else None,
            await reader.row(Offer, deal.listing_id) if offer else None,
        ]
        rows += keys
        return [
            0,
            self.stored.created_entry,
            *titled,
            *(each.created_entry for each in rows if each is not None),
        ]

    def _about(self) -> dict[str, Any]:
        on_development = self.venue.chain_id == words.DEVELOPMENT_CHAIN
        shown = self.venue.simulated or on_development
        return {"title": words.TITLE, "demo": words.DEMO_MARK if shown else None}

    def _deal(self) -> dict[str, Any]:
        """The deal's terms in short; amounts in minor units, times in ms UTC, the deadline in seconds."""
        deal = self.deal
        return {
            "id": deal.id,
            "kind": deal.deal_kind,
            "right_id": deal.right_id,
            "right_key": "0x" + chain_key("right", deal.right_id).hex(),
            "deal_key": "0x" + deal_chain_id(deal.id, deal.seller_key, deal.buyer_key).hex(),
            "listing_id": deal.listing_id,
            "bid_id": deal.bid_id,
            "state": deal.state,
            "seller": deal.seller,
            "buyer": deal.buyer,
            "seller_key": deal.seller_key.lower(),
            "buyer_key": deal.buyer_key.lower(),
            "currency": deal.currency,
            "price_minor": deal.price,
            "quantity": deal.quantity if isinstance(deal.quantity, int) else None,
            "awarded_ms": deal.awarded_ms,
            "settled_ms": deal.settled_ms,
            "deadline_s": deal.deadline_s,
            "by_delivery": deal.by_delivery,
            "licence_id": deal.licence_id,
            "filing_id": deal.filing_id or None,
            "package": deal.package,
            "proof_digest": deal.proof_digest or None,
            "terms_commitment": deal.terms_commitment,
            "contract_commitment": deal.contract_commitment,
        }

    def _contract(self, offer: Offer | None, sides: tuple[Party, Party]) -> dict[str, Any] | None:
        """What opens both commitments: the terms, and the hash set over every text or an older deal's one text."""
        deal, simulated = self.deal, self.venue.simulated
        label, opened = offer_terms.contract_opening_of(deal, *sides, offer, simulated=simulated)
        contract = offer_terms.contract_of(deal, *sides, offer, simulated=simulated)
        return {
            "label": label,
            "opened": opened,
            "salt": deal.terms_salt,
            "terms": offer_terms.terms_of(deal, *sides, offer, simulated=simulated),
            "texts": offer_terms.texts_of(deal, *sides, offer, simulated=simulated),
            "prevails": offer_terms.EARLIER_LANGUAGE if contract is None else contract.prevails,
        }

    async def _show_title(
        self, entries: list[dict[str, Any]], offer: Offer | None, sides: tuple[Party, Party]
    ) -> None:
        """The contract's parties have its annex: the import that seals the title is opened for them, too."""
        contract = offer_terms.contract_of(self.deal, *sides, offer, simulated=self.venue.simulated)
        if contract is None or not contract.names_its_right:
            return
        opening = await opening_of(self.door.reader, contract)
        if opening is None:
            self.missing.append("TITLE")
            return
        for each in entries:
            if each["public"]["command"].get("erasable", {}).get(TITLE_LABEL) == contract.right.bibliography:
                each["openings"][TITLE_LABEL] = {"salt": opening.salt, "value": opening.value}

    async def _signed(self, offer: Offer | None, keys: list[Stored[Key]]) -> list[dict[str, Any]]:
        record = await self.door.reader.queued_record("deal", self.deal.id)
        counters = {stored.row.id: stored.row.counter for stored in keys}
        now = (counters.get(self.deal.seller_key, 0), counters.get(self.deal.buyer_key, 0))
        domain = await self.door.deal_domain()
        made = signed_parts.signed(domain, self.deal, offer, record, now, [each.row for each in keys])
        shown = {each["role"] for each in made}
        self.missing += [
            code
            for role, code in (("seller", "SIGNED-BY-SELLER"), ("buyer", "SIGNED-BY-BUYER"))
            if role not in shown
        ]
        return made

    # --- the log

    async def _checkpoint(self, entries: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The best checkpoint that holds every entry, and each entry's path to it."""
        reader = self.door.reader
        row = await reader.covering_checkpoint(last_of(entries))
        numbers = [each["entry"] for each in entries]
        if row is not None:
            size = int(row["size"])
            paths: list[list[bytes]] = []

            def make(tree: NodeSource) -> list[list[bytes]]:
                return [inclusion_path(tree, number, size) for number in numbers]

            try:
                paths = await proof(reader, size, make)
            except MerkleRefused:
                row = None  # its tiles are not written yet
            for each, path in zip(entries, paths, strict=False):
                each["path"] = [node.hex() for node in path]
        if row is None:
            self.missing += ["CHECKPOINT", "WITNESS"]
            return None
        note = read_note(bytes(row["note"]))
        if not any(len(line.signature) == COSIGNATURE_LENGTH for line in note.signatures):
            self.missing.append("WITNESS")
        return {
            "size": int(row["size"]),
            "root": stated_by(note).root.hex(),
            "made_ms": int(row["made_ms"]),
            "note": note.to_bytes().decode(),
            "timestamp_token": signed_parts.base64_of(row["token"]),
        }

    async def _anchor(
        self, entries: list[dict[str, Any]], checkpoint: dict[str, Any] | None
    ) -> dict[str, Any] | None:
        """The first final anchor that holds every entry, and the path between it and the checkpoint."""
        reader = self.door.reader
        row = None if checkpoint is None else await reader.covering_anchor(last_of(entries))
        event = None if row is None else await reader.anchored_event(int(row["size"]), self.venue.anchor)
        path: list[bytes] = []
        if row is not None and event is not None and checkpoint is not None:
            old, new = sorted((int(row["size"]), checkpoint["size"]))
            try:
                path = await proof(reader, new, lambda tree: consistency_path(tree, old, new))
            except MerkleRefused:
                row = None  # its tiles are not written yet
        if row is None or event is None:
            self.missing.append("ANCHOR")
            return None
        return {
            "size": int(row["size"]),
            "root": row["root"].hex(),
            "state": row["state"],
            "consistency": [node.hex() for node in path],
            "event": (await chain_evidence.shown(reader, self.venue.chain_id, [event]))[0],
        }

    async def _chain(self, offer: Offer | None) -> dict[str, Any]:
        """The chain's own evidence: every event of this deal, its licence, its offer and its keys."""
        found = await chain_evidence.events_of(self.door.reader, self.deal, offer)
        about = "0x" + deal_chain_id(self.deal.id, self.deal.seller_key, self.deal.buyer_key).hex()
        if not any(event["data"].get("deal_id") == about for event in found):
            self.missing.append("CHAIN-EVENT")
        elif not all(event["final"] for event in found):
            self.missing.append("CHAIN-FINAL")
        subjects = [row_id for row_id in (self.deal.id, self.deal.licence_id) if row_id]
        records = await self.door.reader.records_of(subjects)
        return {
            "chain_id": self.venue.chain_id,
            "register": self.venue.register.lower(),
            "anchor": self.venue.anchor.lower(),
            "events": await chain_evidence.shown(self.door.reader, self.venue.chain_id, found),
            "records": [
                {name: record[name] for name in ("kind", "subject_id", "state")} for record in records
            ],
        }

    # --- what the venue states

    def _custody(self) -> dict[str, Any]:
        """Who runs the node, the witness and the time stamp, and how they stand to the parties."""
        declared = self.door.settings.custody
        if self.venue.chain_id == words.DEVELOPMENT_CHAIN:
            return dict.fromkeys(("node", "witness", "time_stamp"), words.DEVELOPMENT)
        if declared is None:
            self.missing.append("CUSTODY")
            return dict.fromkeys(("node", "witness", "time_stamp"), words.UNDECLARED)
        return {name: {"zh": each.zh, "en": each.en} for name, each in declared.by_name().items()}

    async def _capture(self, entries: list[dict[str, Any]]) -> dict[str, Any]:
        head = await self.door.reader.head() or {}
        return {
            "read_at_ms": await self.door.now_ms(),
            "clock_offset_ms": self.venue.clock_offset_ms,
            "software": DISTRIBUTION,
            "version": version(DISTRIBUTION),
            "schema": self.venue.schema,
            "engine": self.venue.engine,
            "rulebook": self.venue.rulebook,
            "journal_last_entry": head.get("last_entry"),
            "entries": len(entries),
            "for_staff": self.caller.staff,
            "sources": words.CAPTURED,
            "time_source": words.TIME_SOURCE,
        }
