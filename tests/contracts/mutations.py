"""Break the contracts on purpose, one promise after the other: the invariant that guards it must turn red.

`python -m tests.contracts.mutations` takes a copy of the contracts for each mutation and runs the one invariant on it,
unless names of invariants are given. Exit code 1 if one stays green: it guards nothing. Takes minutes for each.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from scripts.node import HARDHAT, NODE

ROOT = Path(__file__).resolve().parents[2]
LONGEST_S = 1_800


@dataclass(frozen=True)
class Mutation:
    """Text of a contract that is replaced, where it stands first, and the invariant that must see it."""

    tests: str
    invariant: str
    contract: str
    old: str
    new: str = ""


MUTATIONS = (
    Mutation(
        "DealInvariants",
        "seq_is_contiguous",
        "EventLog",
        "_eventCount = log.seq;",
        "_eventCount = log.seq > 20 ? log.seq | 1 : log.seq;",
    ),
    Mutation(
        "DealInvariants",
        "the_head_is_the_fold_of_the_whole_log",
        "EventLog",
        "mstore(add(log, 0x20), keccak256(start, sub(end, start)))",
        "if lt(seq, 20) { mstore(add(log, 0x20), keccak256(start, sub(end, start))) }",
    ),
    Mutation(
        "DealInvariants",
        "a_holder_changes_only_by_a_confirmation",
        "Rights",
        "if (holder != item.oldHolder) return HolderMismatch.selector;",
    ),
    Mutation(
        "DealInvariants",
        "holder_and_deal_state_agree",
        "Rights",
        "if (word.state() != uint8(DealState.Agreed)) return DealStateForbids.selector;",
    ),
    Mutation(
        "KeyInvariants",
        "a_key_once_replaced_or_revoked_never_becomes_live_again",
        "Parties",
        "require(rotation.newKey != address(0) && _keys[rotation.newKey].status == KeyStatus.None, KeyTaken());",
    ),
    Mutation(
        "KeyInvariants",
        "every_recorded_deal_has_two_signatures",
        "Deals",
        "if (refusal == PartySignature.KeySignatureInvalid.selector) return BuyerSignatureInvalid.selector;",
        "refusal = 0;",
    ),
    Mutation(
        "LicenceInvariants",
        "no_two_incompatible_licences",
        "Licences",
        "if (from < end && from < item.endsAt && !_isHead(key, headKey)) return LicencesConflict.selector;",
    ),
    Mutation(
        "LicenceInvariants",
        "a_licence_is_active_only_while_its_heads_are",
        "Licences",
        "if (headEnd < end) end = headEnd;",
    ),
    Mutation(
        "OfferInvariants",
        "an_offer_is_never_accepted_more_often_than_its_most",
        "Offers",
        "if (offer.accepted >= offer.most) return OfferUsedUp.selector;",
    ),
    Mutation(
        "FillInvariants",
        "an_order_is_never_filled_beyond_its_quantity_or_its_limit",
        "FillRegister",
        "if (_filled[_orderOf(fill.register, order)] + fill.quantity > order.quantity) return OrderUsedUp.selector;",
    ),
    Mutation(
        "FillInvariants",
        "the_fills_log_is_whole",
        "EventLog",
        "_logHead = log.head;",
        "_logHead = log.seq > 4 ? bytes32(0) : log.head;",
    ),
    Mutation(
        "PauseInvariants",
        "pausing_stops_recordDeals_recordOffers_acceptOffers_fixSealedBids",
        "Offers",
        "_openLogUnlessStopped()",
        "_openLog()",
    ),
    Mutation(
        "AnchorInvariants",
        "anchors_only_grow_from_the_anchored_root",
        "JournalAnchor",
        "require(previousRoot == anchored, PreviousRootDiffers(previousRoot, anchored));",
    ),
    Mutation(
        "AnchorInvariants",
        "the_anchors_log_is_whole",
        "JournalAnchor",
        "abi.encode(msg.sender, previous, proposal), 3);\n        _closeLog(log);",
        "abi.encode(msg.sender, previous, proposal), 3);",
    ),
)


def killed(mutation: Mutation) -> bool:
    """Whether the invariant turns red, and nothing else keeps it from running.

    Raises:
        ValueError: the text to be replaced is not there.
        RuntimeError: the invariant did not run.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in ("hardhat.config.js", "package.json"):
            shutil.copy(ROOT / name, copy / name)
        shutil.copytree(ROOT / "contracts", copy / "contracts")
        (copy / "node_modules").symlink_to(ROOT / "node_modules")
        source = copy / "contracts" / f"{mutation.contract}.sol"
        text = source.read_text()
        if mutation.old not in text:
            message = f"{source.name} has no longer: {mutation.old}"
            raise ValueError(message)
        source.write_text(text.replace(mutation.old, mutation.new, 1))
        test = f"contracts/test/{mutation.tests}.t.sol"
        command = (str(NODE), str(HARDHAT), "test", "solidity", test, "--grep", mutation.invariant)
        environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
        done = subprocess.run(
            command, cwd=copy, env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    red = re.search(rf"^ *\d+\) invariant_{mutation.invariant}", done.stdout, re.MULTILINE)
    if red is None and f"✔ invariant_{mutation.invariant}" not in done.stdout:
        message = f"{mutation.invariant} did not run: {done.stdout[-2_000:]}{done.stderr[-2_000:]}"
        raise RuntimeError(message)
    return red is not None


def main() -> int:
    """Run each mutation, or those of the invariants named."""
    wanted = set(sys.argv[1:])
    alive = 0
    for mutation in MUTATIONS:
        if wanted and mutation.invariant not in wanted:
            continue
        red = killed(mutation)
        alive += not red
        print(f"{'red' if red else 'GREEN'}  {mutation.tests}.{mutation.invariant}", flush=True)  # noqa: T201
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
