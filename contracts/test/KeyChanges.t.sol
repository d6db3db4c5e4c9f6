// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {PartyFixture} from "./PartyFixture.sol";

/// @dev Rotation, revocation and the counter: what a party does with its own key.
contract KeyChangesTest is PartyFixture {
    function test_a_key_is_replaced_by_what_both_keys_signed() public {
        rotate(SELLER_KEY, NEW_KEY);
        expectEvent(
            Parties.KeyRotated.selector, SELLER, word(SELLER_ADDRESS), abi.encode(vm.addr(NEW_KEY), LETTER)
        );
        _expectKey(SELLER_ADDRESS, Parties.KeyStatus.Replaced);
        _expectKey(vm.addr(NEW_KEY), Parties.KeyStatus.Live);
        (address key,,,) = register.partyOf(SELLER);
        same(key, vm.addr(NEW_KEY), "the party's key");
        rotate(SELLER_KEY, NEW_KEY);
        expectNothing();
    }

    function test_a_replaced_key_never_comes_back() public {
        rotate(SELLER_KEY, NEW_KEY);
        absorb();
        Parties.KeyRotation memory back = rotation(NEW_KEY, SELLER_KEY);
        bytes32 content = hashRotation(back);
        reverts(
            _rotation(back, signedMessage(NEW_KEY, content), signedMessage(SELLER_KEY, content)),
            Parties.KeyTaken.selector
        );
    }

    function test_a_rotation_takes_both_signatures() public {
        Parties.KeyRotation memory item = rotation(SELLER_KEY, NEW_KEY);
        bytes32 content = hashRotation(item);
        bytes memory old = signedMessage(SELLER_KEY, content);
        bytes memory fresh = signedMessage(NEW_KEY, content);
        bytes4 invalid = PartySignature.KeySignatureInvalid.selector;
        reverts(_rotation(item, fresh, fresh), invalid);
        reverts(_rotation(item, old, old), invalid);
        reverts(_rotation(item, fresh, old), invalid);
        reverts(_rotation(item, "", ""), invalid);
        bytes4 malleable = PartySignature.SignatureMalleable.selector;
        reverts(_rotation(item, signedHigh(SELLER_KEY, content), fresh), malleable);
        reverts(_rotation(item, old, signedHigh(NEW_KEY, content)), malleable);
    }

    function test_a_rotation_names_the_partys_own_live_key() public {
        Parties.KeyRotation memory item = rotation(BUYER_KEY, NEW_KEY);
        bytes32 content = hashRotation(item);
        reverts(
            _rotation(item, signedMessage(BUYER_KEY, content), signedMessage(NEW_KEY, content)),
            Parties.NotThePartysKey.selector
        );
        item = rotation(SELLER_KEY, NEW_KEY);
        item.party = "nobody";
        item.oldKey = address(0);
        reverts(_rotation(item, "", ""), Parties.NotThePartysKey.selector);
        revoke(SELLER_KEY);
        absorb();
        item = rotation(SELLER_KEY, NEW_KEY);
        content = hashRotation(item);
        reverts(
            _rotation(item, signedMessage(SELLER_KEY, content), signedMessage(NEW_KEY, content)),
            Parties.KeyNotLive.selector
        );
    }

    function test_a_rotation_takes_a_key_that_was_never_used_here() public {
        Parties.KeyRotation memory item = rotation(SELLER_KEY, BUYER_KEY);
        reverts(_rotation(item, "", ""), Parties.KeyTaken.selector);
        item = rotation(SELLER_KEY, SELLER_KEY);
        reverts(_rotation(item, "", ""), Parties.KeyTaken.selector);
        item.newKey = address(0);
        reverts(_rotation(item, "", ""), Parties.KeyTaken.selector);
    }

    function test_an_expired_rotation_reverts_and_the_last_second_does_not() public {
        Parties.KeyRotation memory item = rotation(SELLER_KEY, NEW_KEY);
        bytes32 content = hashRotation(item);
        vm.warp(uint256(DEADLINE) + 1);
        reverts(
            _rotation(item, signedMessage(SELLER_KEY, content), signedMessage(NEW_KEY, content)),
            Parties.MessageExpired.selector
        );
        vm.warp(DEADLINE);
        rotate(SELLER_KEY, NEW_KEY);
        expectOne(Parties.KeyRotated.selector);
    }

    function test_anyone_may_bring_what_the_keys_signed(address stranger) public {
        vm.assume(stranger != address(vm));
        Parties.KeyRotation memory item = rotation(SELLER_KEY, NEW_KEY);
        bytes32 content = hashRotation(item);
        bytes memory old = signedMessage(SELLER_KEY, content);
        bytes memory fresh = signedMessage(NEW_KEY, content);
        vm.prank(stranger);
        register.rotateKey(item, old, fresh);
        expectOne(Parties.KeyRotated.selector);
    }

    function test_a_key_revokes_itself_at_once() public {
        revoke(SELLER_KEY);
        expectEvent(
            Parties.KeyRevoked.selector, SELLER, word(SELLER_ADDRESS), abi.encode(bytes32("STOLEN"), false)
        );
        _expectKey(SELLER_ADDRESS, Parties.KeyStatus.Revoked);
        (address key,,,) = register.partyOf(SELLER);
        same(key, SELLER_ADDRESS, "stays the party's, revoked");
        revoke(SELLER_KEY);
        register.revokeKeyAsGuardian(revocation(SELLER_KEY));
        expectNothing();
    }

    function test_the_guardian_revokes_without_the_key_and_after_the_deadline() public {
        vm.warp(uint256(DEADLINE) + 1);
        register.revokeKeyAsGuardian(revocation(SELLER_KEY));
        expectEvent(
            Parties.KeyRevoked.selector, SELLER, word(SELLER_ADDRESS), abi.encode(bytes32("STOLEN"), true)
        );
    }

    function test_a_revocation_names_the_partys_own_live_key() public {
        bytes4 notThePartys = Parties.NotThePartysKey.selector;
        Parties.KeyRevocation memory item = revocation(BUYER_KEY);
        bytes memory signature = signedMessage(BUYER_KEY, hashRevocation(item));
        reverts(abi.encodeCall(register.revokeKey, (item, signature)), notThePartys);
        reverts(abi.encodeCall(register.revokeKeyAsGuardian, (item)), notThePartys);
        rotate(SELLER_KEY, NEW_KEY);
        absorb();
        reverts(abi.encodeCall(register.revokeKeyAsGuardian, (revocation(SELLER_KEY))), notThePartys);
    }

    function test_a_revocation_takes_the_keys_signature_in_time() public {
        Parties.KeyRevocation memory item = revocation(SELLER_KEY);
        bytes32 content = hashRevocation(item);
        reverts(
            abi.encodeCall(register.revokeKey, (item, signedMessage(STRANGER_KEY, content))),
            PartySignature.KeySignatureInvalid.selector
        );
        reverts(
            abi.encodeCall(register.revokeKey, (item, signedHigh(SELLER_KEY, content))),
            PartySignature.SignatureMalleable.selector
        );
        bytes memory signature = signedMessage(SELLER_KEY, content);
        vm.warp(uint256(DEADLINE) + 1);
        reverts(abi.encodeCall(register.revokeKey, (item, signature)), Parties.MessageExpired.selector);
    }

    function test_the_counter_goes_up_by_the_keys_signature() public {
        advance(SELLER, SELLER_KEY, 7);
        expectEvent(Parties.CounterAdvanced.selector, SELLER, word(SELLER_ADDRESS), abi.encode(7, 0));
        advance(SELLER, SELLER_KEY, 7);
        expectNothing();
        advance(SELLER, SELLER_KEY, type(uint32).max);
        expectEvent(
            Parties.CounterAdvanced.selector, SELLER, word(SELLER_ADDRESS), abi.encode(type(uint32).max, 7)
        );
        (,, uint32 counter,) = register.keyOf(SELLER_ADDRESS);
        same(counter, type(uint32).max, "counter");
    }

    function test_the_counter_never_goes_down(uint32 from, uint32 to) public {
        from = uint32(bound(from, 1, type(uint32).max));
        to = uint32(bound(to, 0, from - 1));
        advance(SELLER, SELLER_KEY, from);
        absorb();
        Parties.CounterAdvance memory item = Parties.CounterAdvance(SELLER, SELLER_ADDRESS, to, DEADLINE);
        bytes memory signature = signedMessage(SELLER_KEY, hashAdvance(item));
        reverts(abi.encodeCall(register.advanceCounter, (item, signature)), Parties.CounterDiffers.selector);
    }

    function test_the_counter_takes_the_partys_live_key_and_signature_in_time() public {
        Parties.CounterAdvance memory item = Parties.CounterAdvance(SELLER, SELLER_ADDRESS, 1, DEADLINE);
        bytes32 content = hashAdvance(item);
        bytes memory signature = signedMessage(SELLER_KEY, content);
        reverts(
            abi.encodeCall(register.advanceCounter, (item, signedMessage(BUYER_KEY, content))),
            PartySignature.KeySignatureInvalid.selector
        );
        reverts(
            abi.encodeCall(register.advanceCounter, (item, signedHigh(SELLER_KEY, content))),
            PartySignature.SignatureMalleable.selector
        );
        item.party = BUYER;
        reverts(abi.encodeCall(register.advanceCounter, (item, signature)), Parties.NotThePartysKey.selector);
        item.party = SELLER;
        vm.warp(uint256(DEADLINE) + 1);
        reverts(abi.encodeCall(register.advanceCounter, (item, signature)), Parties.MessageExpired.selector);
        vm.warp(NOW);
        revoke(SELLER_KEY);
        absorb();
        reverts(abi.encodeCall(register.advanceCounter, (item, signature)), Parties.KeyNotLive.selector);
    }

    function test_a_new_key_starts_with_counter_zero() public {
        advance(SELLER, SELLER_KEY, 9);
        rotate(SELLER_KEY, NEW_KEY);
        (,, uint32 counter,) = register.keyOf(vm.addr(NEW_KEY));
        same(counter, 0, "counter");
    }

    function _rotation(Parties.KeyRotation memory item, bytes memory old, bytes memory fresh)
        private
        view
        returns (bytes memory)
    {
        return abi.encodeCall(register.rotateKey, (item, old, fresh));
    }

    function _expectKey(address key, Parties.KeyStatus expected) private view {
        (Parties.KeyStatus status,,,) = register.keyOf(key);
        same(uint8(status), uint8(expected), "status");
    }
}
