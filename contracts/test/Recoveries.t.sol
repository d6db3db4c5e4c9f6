// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {Recoveries} from "../Recoveries.sol";
import {PartyFixture} from "./PartyFixture.sol";

contract RecoveriesTest is PartyFixture {
    uint256 private constant EFFECT = NOW + 14 days;
    address private immutable NEW_ADDRESS = vm.addr(NEW_KEY);

    function test_a_recovery_is_proposed_with_every_field_and_takes_effect_after_its_wait() public {
        propose(NEW_KEY);
        expectEvent(
            Recoveries.RecoveryProposed.selector,
            SELLER,
            word(NEW_ADDRESS),
            abi.encode(LETTER, address(0), EFFECT, address(this))
        );
        same(register.RECOVERY_WAIT(), 14 days, "wait");
        (,, address recoveryKey, uint64 recoveryAt) = register.partyOf(SELLER);
        same(recoveryKey, NEW_ADDRESS, "proposed");
        same(recoveryAt, EFFECT, "time");
        vm.warp(EFFECT);
        register.completeRecovery(SELLER, NEW_ADDRESS);
        expectEvent(
            Recoveries.KeyRecovered.selector, SELLER, word(NEW_ADDRESS), abi.encode(SELLER_ADDRESS, bytes32(0))
        );
        _expectRecovered();
    }

    function test_no_recovery_takes_effect_before_its_wait_is_over(uint256 time) public {
        propose(NEW_KEY);
        absorb();
        vm.warp(bound(time, NOW, EFFECT - 1));
        reverts(
            abi.encodeCall(register.completeRecovery, (SELLER, NEW_ADDRESS)),
            abi.encodeWithSelector(Recoveries.RecoveryTooEarly.selector, EFFECT)
        );
    }

    function test_anyone_completes_a_recovery(address stranger) public {
        vm.assume(stranger != address(vm));
        propose(NEW_KEY);
        absorb();
        vm.warp(EFFECT);
        vm.prank(stranger);
        register.completeRecovery(SELLER, NEW_ADDRESS);
        expectOne(Recoveries.KeyRecovered.selector);
    }

    function test_a_recovery_that_nobody_proposed_does_not_exist() public {
        bytes4 unknown = Recoveries.RecoveryUnknown.selector;
        reverts(abi.encodeCall(register.completeRecovery, (SELLER, NEW_ADDRESS)), unknown);
        reverts(abi.encodeCall(register.completeRecovery, (SELLER, address(0))), unknown);
        reverts(abi.encodeCall(register.endRecoveryWait, (SELLER, NEW_ADDRESS, PROOF)), unknown);
        propose(NEW_KEY);
        absorb();
        reverts(abi.encodeCall(register.completeRecovery, (SELLER, BUYER_ADDRESS)), unknown);
        reverts(abi.encodeCall(register.completeRecovery, (BUYER, NEW_ADDRESS)), unknown);
        vm.warp(EFFECT);
        register.completeRecovery(SELLER, NEW_ADDRESS);
        absorb();
        reverts(abi.encodeCall(register.completeRecovery, (SELLER, NEW_ADDRESS)), unknown);
    }

    function test_the_guardian_ends_the_wait_only_with_a_ground() public {
        propose(NEW_KEY);
        absorb();
        reverts(abi.encodeCall(register.endRecoveryWait, (SELLER, NEW_ADDRESS, 0)), Batches.ZeroValue.selector);
        register.endRecoveryWait(SELLER, NEW_ADDRESS, "court order");
        expectEvent(
            Recoveries.KeyRecovered.selector,
            SELLER,
            word(NEW_ADDRESS),
            abi.encode(SELLER_ADDRESS, bytes32("court order"))
        );
        _expectRecovered();
    }

    function test_the_mark_of_a_recovery_stays_on_the_key() public {
        propose(NEW_KEY);
        register.endRecoveryWait(SELLER, NEW_ADDRESS, PROOF);
        rotate(NEW_KEY, 0xF0);
        absorb();
        (Parties.KeyStatus status, bool recovered,,) = register.keyOf(NEW_ADDRESS);
        same(uint8(status), uint8(Parties.KeyStatus.Replaced), "replaced");
        check(recovered, "marked");
        (, recovered,,) = register.keyOf(vm.addr(0xF0));
        check(!recovered, "its successor came in by the party's own will");
    }

    function test_the_live_key_vetoes() public {
        propose(NEW_KEY);
        absorb();
        Recoveries.RecoveryVeto memory veto = _veto(SELLER_KEY);
        register.vetoRecovery(veto, signedMessage(SELLER_KEY, hashVeto(veto)));
        expectEvent(
            Recoveries.RecoveryVetoed.selector, SELLER, word(NEW_ADDRESS), abi.encode(SELLER_ADDRESS)
        );
        (,, address recoveryKey, uint64 recoveryAt) = register.partyOf(SELLER);
        same(recoveryKey, address(0), "no recovery");
        same(recoveryAt, 0, "no time");
        vm.warp(EFFECT);
        reverts(
            abi.encodeCall(register.completeRecovery, (SELLER, NEW_ADDRESS)), Recoveries.RecoveryUnknown.selector
        );
    }

    function test_a_vetoed_key_is_never_proposed_again() public {
        propose(NEW_KEY);
        Recoveries.RecoveryVeto memory veto = _veto(SELLER_KEY);
        register.vetoRecovery(veto, signedMessage(SELLER_KEY, hashVeto(veto)));
        absorb();
        propose(NEW_KEY);
        expectRefused(SELLER, Parties.KeyTaken.selector);
    }

    function test_a_revoked_key_cannot_veto_and_a_lost_one_is_still_recovered() public {
        revoke(SELLER_KEY);
        propose(NEW_KEY);
        absorb();
        Recoveries.RecoveryVeto memory veto = _veto(SELLER_KEY);
        bytes memory signature = signedMessage(SELLER_KEY, hashVeto(veto));
        reverts(abi.encodeCall(register.vetoRecovery, (veto, signature)), Parties.KeyNotLive.selector);
        vm.warp(EFFECT);
        register.completeRecovery(SELLER, NEW_ADDRESS);
        absorb();
        (Parties.KeyStatus status,,,) = register.keyOf(SELLER_ADDRESS);
        same(uint8(status), uint8(Parties.KeyStatus.Revoked), "revoked, not replaced");
    }

    function test_a_veto_takes_the_live_keys_signature_in_time_against_a_recovery_under_way() public {
        Recoveries.RecoveryVeto memory veto = _veto(SELLER_KEY);
        bytes32 content = hashVeto(veto);
        bytes memory signature = signedMessage(SELLER_KEY, content);
        reverts(abi.encodeCall(register.vetoRecovery, (veto, signature)), Recoveries.RecoveryUnknown.selector);
        propose(NEW_KEY);
        absorb();
        reverts(
            abi.encodeCall(register.vetoRecovery, (veto, signedMessage(NEW_KEY, content))),
            PartySignature.KeySignatureInvalid.selector
        );
        reverts(
            abi.encodeCall(register.vetoRecovery, (veto, signedHigh(SELLER_KEY, content))),
            PartySignature.SignatureMalleable.selector
        );
        Recoveries.RecoveryVeto memory foreign = _veto(BUYER_KEY);
        bytes memory foreignSignature = signedMessage(BUYER_KEY, hashVeto(foreign));
        reverts(
            abi.encodeCall(register.vetoRecovery, (foreign, foreignSignature)), Parties.NotThePartysKey.selector
        );
        vm.warp(uint256(DEADLINE) + 1);
        reverts(abi.encodeCall(register.vetoRecovery, (veto, signature)), Parties.MessageExpired.selector);
    }

    function test_a_rotation_by_the_live_key_ends_a_recovery() public {
        propose(NEW_KEY);
        rotate(SELLER_KEY, 0xF0);
        absorb();
        vm.warp(EFFECT);
        reverts(
            abi.encodeCall(register.completeRecovery, (SELLER, NEW_ADDRESS)), Recoveries.RecoveryUnknown.selector
        );
    }

    function test_another_proposal_takes_its_place_and_starts_the_wait_anew() public {
        propose(NEW_KEY);
        absorb();
        vm.warp(NOW + 1 days);
        propose(NEW_KEY);
        expectNothing();
        propose(0xF0);
        expectEvent(
            Recoveries.RecoveryProposed.selector,
            SELLER,
            word(vm.addr(0xF0)),
            abi.encode(LETTER, NEW_ADDRESS, EFFECT + 1 days, address(this))
        );
        vm.warp(EFFECT);
        reverts(
            abi.encodeCall(register.completeRecovery, (SELLER, NEW_ADDRESS)), Recoveries.RecoveryUnknown.selector
        );
        reverts(
            abi.encodeCall(register.completeRecovery, (SELLER, vm.addr(0xF0))),
            abi.encodeWithSelector(Recoveries.RecoveryTooEarly.selector, EFFECT + 1 days)
        );
    }

    function test_a_proposal_after_it_took_effect_is_passed_over() public {
        propose(NEW_KEY);
        register.endRecoveryWait(SELLER, NEW_ADDRESS, PROOF);
        absorb();
        propose(NEW_KEY);
        expectNothing();
    }

    function test_a_proposal_takes_a_party_a_new_key_its_signature_and_papers() public {
        Recoveries.KeyRecovery memory item = recovery(NEW_KEY);
        item.party = "nobody";
        propose(item, signedMessage(NEW_KEY, hashRecovery(item)));
        expectRefused("nobody", Batches.RecordUnknown.selector);
        item = recovery(NEW_KEY);
        item.authorisation = 0;
        propose(item, signedMessage(NEW_KEY, hashRecovery(item)));
        expectRefused(SELLER, Batches.ZeroValue.selector);
        item = recovery(NEW_KEY);
        item.newKey = address(0);
        propose(item, "");
        expectRefused(SELLER, Batches.ZeroValue.selector);
        propose(BUYER_KEY);
        expectRefused(SELLER, Parties.KeyTaken.selector);
        item = recovery(NEW_KEY);
        propose(item, signedMessage(STRANGER_KEY, hashRecovery(item)));
        expectRefused(SELLER, PartySignature.KeySignatureInvalid.selector);
        propose(item, signedHigh(NEW_KEY, hashRecovery(item)));
        expectRefused(SELLER, PartySignature.SignatureMalleable.selector);
        vm.warp(uint256(DEADLINE) + 1);
        propose(NEW_KEY);
        expectRefused(SELLER, Parties.MessageExpired.selector);
        vm.warp(DEADLINE);
        propose(NEW_KEY);
        expectOne(Recoveries.RecoveryProposed.selector);
    }

    function test_a_key_enrolled_elsewhere_during_the_wait_takes_no_place() public {
        propose(NEW_KEY);
        enrol("another party", NEW_KEY);
        absorb();
        vm.warp(EFFECT);
        bytes4 taken = Parties.KeyTaken.selector;
        reverts(abi.encodeCall(register.completeRecovery, (SELLER, NEW_ADDRESS)), taken);
        reverts(abi.encodeCall(register.endRecoveryWait, (SELLER, NEW_ADDRESS, PROOF)), taken);
    }

    function test_batches_of_proposals_are_bounded_and_end_with_their_signatures() public {
        reverts(
            abi.encodeCall(register.proposeRecoveries, (new Recoveries.KeyRecovery[](257), "")),
            abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256)
        );
        reverts(
            abi.encodeCall(register.proposeRecoveries, (new Recoveries.KeyRecovery[](1), "")),
            PartySignature.SignaturesMisplaced.selector
        );
    }

    function _veto(uint256 key) private view returns (Recoveries.RecoveryVeto memory) {
        return Recoveries.RecoveryVeto(SELLER, NEW_ADDRESS, vm.addr(key), DEADLINE);
    }

    function _expectRecovered() private view {
        (Parties.KeyStatus status, bool recovered, uint32 counter, uint64 seq) = register.keyOf(NEW_ADDRESS);
        same(uint8(status), uint8(Parties.KeyStatus.Live), "live");
        check(recovered, "marked");
        same(counter, 0, "counter");
        same(seq, 4, "seq");
        (status, recovered,,) = register.keyOf(SELLER_ADDRESS);
        same(uint8(status), uint8(Parties.KeyStatus.Replaced), "replaced");
        check(!recovered, "only the new one is marked");
        (address key,, address recoveryKey,) = register.partyOf(SELLER);
        same(key, NEW_ADDRESS, "the party's key");
        same(recoveryKey, address(0), "no recovery under way");
    }
}
