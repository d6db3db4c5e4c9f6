// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {EventLog} from "../EventLog.sol";
import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {PartyFixture} from "./PartyFixture.sol";
import {Vm} from "./TestBase.sol";

/// @dev First keys, and the standing of their parties.
contract KeysTest is PartyFixture {
    function test_a_first_key_is_bound_with_every_field(bytes32 party, bytes32 authorisation) public {
        vm.assume(party != 0 && party != SELLER && party != BUYER && authorisation != 0);
        Parties.KeyEnrolment memory item = Parties.KeyEnrolment(party, vm.addr(NEW_KEY), authorisation, DEADLINE);
        enrol(item, signedMessage(NEW_KEY, hashEnrolment(item)));
        expectEvent(Parties.KeyEnrolled.selector, party, word(item.key), abi.encode(authorisation, address(this)));
        (Parties.KeyStatus status, bool recovered, uint32 counter, uint64 seq) = register.keyOf(item.key);
        same(uint8(status), uint8(Parties.KeyStatus.Live), "live");
        check(!recovered, "not recovered");
        same(counter, 0, "counter");
        same(seq, 3, "seq");
        (address key, uint8 standing, address recoveryKey, uint64 recoveryAt) = register.partyOf(party);
        same(key, item.key, "the party's key");
        same(standing, 1, "active");
        same(recoveryKey, address(0), "no recovery");
        same(recoveryAt, 0, "no recovery's time");
    }

    function test_a_party_and_a_key_that_are_not_on_record_read_as_nothing() public view {
        (Parties.KeyStatus status,,, uint64 seq) = register.keyOf(vm.addr(NEW_KEY));
        same(uint8(status), uint8(Parties.KeyStatus.None), "status");
        same(seq, 0, "seq");
        (address key, uint8 standing,,) = register.partyOf("nobody");
        same(key, address(0), "key");
        same(standing, 0, "standing");
    }

    function test_the_same_binding_again_is_passed_over_whatever_became_of_it() public {
        Parties.KeyEnrolment memory item = enrolment(SELLER, SELLER_KEY);
        enrol(item, "");
        expectNothing();
        vm.warp(uint256(DEADLINE) + 1);
        enrol(item, "");
        expectNothing();
        register.revokeKeyAsGuardian(revocation(SELLER_KEY));
        absorb();
        enrol(item, "");
        expectNothing();
    }

    function test_a_key_binds_once() public {
        Parties.KeyEnrolment memory item = enrolment("another party", SELLER_KEY);
        enrol(item, signedMessage(SELLER_KEY, hashEnrolment(item)));
        expectRefused("another party", Parties.KeyTaken.selector);
        revoke(SELLER_KEY);
        absorb();
        enrol(item, signedMessage(SELLER_KEY, hashEnrolment(item)));
        expectRefused("another party", Parties.KeyTaken.selector);
    }

    function test_a_party_has_one_key() public {
        Parties.KeyEnrolment memory item = enrolment(SELLER, NEW_KEY);
        enrol(item, signedMessage(NEW_KEY, hashEnrolment(item)));
        expectRefused(SELLER, Parties.PartyHasKey.selector);
        revoke(SELLER_KEY);
        absorb();
        enrol(item, signedMessage(NEW_KEY, hashEnrolment(item)));
        expectRefused(SELLER, Parties.PartyHasKey.selector);
    }

    function test_a_binding_takes_the_keys_own_signature_over_it() public {
        Parties.KeyEnrolment memory item = enrolment("party", NEW_KEY);
        bytes32 content = hashEnrolment(item);
        enrol(item, signedMessage(STRANGER_KEY, content));
        expectRefused("party", PartySignature.KeySignatureInvalid.selector);
        enrol(item, signedHigh(NEW_KEY, content));
        expectRefused("party", PartySignature.SignatureMalleable.selector);
        Parties.KeyEnrolment memory other = enrolment("other party", NEW_KEY);
        enrol(other, signedMessage(NEW_KEY, content));
        expectRefused("other party", PartySignature.KeySignatureInvalid.selector);
    }

    function test_an_expired_binding_is_refused_and_the_last_second_is_not() public {
        vm.warp(uint256(DEADLINE) + 1);
        enrol("party", NEW_KEY);
        expectRefused("party", Parties.MessageExpired.selector);
        vm.warp(DEADLINE);
        enrol("party", NEW_KEY);
        expectOne(Parties.KeyEnrolled.selector);
    }

    function test_a_binding_without_party_key_or_letter_is_refused() public {
        Parties.KeyEnrolment memory item = enrolment(0, NEW_KEY);
        enrol(item, signedMessage(NEW_KEY, hashEnrolment(item)));
        expectRefused(0, Batches.ZeroValue.selector);
        item = enrolment("party", NEW_KEY);
        item.key = address(0);
        enrol(item, "");
        expectRefused("party", Batches.ZeroValue.selector);
        item = enrolment("party", NEW_KEY);
        item.authorisation = 0;
        enrol(item, signedMessage(NEW_KEY, hashEnrolment(item)));
        expectRefused("party", Batches.ZeroValue.selector);
    }

    function test_a_bad_binding_leaves_the_rest_of_the_batch_standing() public {
        Parties.KeyEnrolment[] memory items = new Parties.KeyEnrolment[](3);
        bytes memory possessions;
        for (uint256 i = 0; i < 3; ++i) {
            items[i] = enrolment(keccak256(abi.encode(i)), 100 + i);
            uint256 signer = i == 1 ? STRANGER_KEY : 100 + i;
            possessions = bytes.concat(possessions, signedMessage(signer, hashEnrolment(items[i])));
        }
        register.enrolKeys(items, possessions);
        Vm.Log[] memory entries = absorb();
        same(entries.length, 3, "three answers");
        same(entries[0].topics[0], Parties.KeyEnrolled.selector, "first");
        same(entries[1].topics[0], EventLog.ItemRefused.selector, "second");
        same(entries[2].topics[0], Parties.KeyEnrolled.selector, "third");
        register.enrolKeys(items, possessions);
        expectRefused(items[1].party, PartySignature.KeySignatureInvalid.selector);
    }

    function test_possessions_that_do_not_end_with_their_items_revert_whole() public {
        Parties.KeyEnrolment[] memory items = new Parties.KeyEnrolment[](1);
        items[0] = enrolment("party", NEW_KEY);
        bytes memory possession = signedMessage(NEW_KEY, hashEnrolment(items[0]));
        bytes4 misplaced = PartySignature.SignaturesMisplaced.selector;
        reverts(abi.encodeCall(register.enrolKeys, (items, "")), misplaced);
        reverts(abi.encodeCall(register.enrolKeys, (items, bytes.concat(possession, "x"))), misplaced);
    }

    function test_a_batch_of_bindings_above_the_bound_reverts_whole() public {
        reverts(
            abi.encodeCall(register.enrolKeys, (new Parties.KeyEnrolment[](257), "")),
            abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256)
        );
    }
}
