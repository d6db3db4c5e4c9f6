// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Corrections} from "../Corrections.sol";
import {Deals} from "../Deals.sol";
import {Licences} from "../Licences.sol";
import {Offers} from "../Offers.sol";
import {Parties} from "../Parties.sol";
import {Recoveries} from "../Recoveries.sol";
import {Standings} from "../Standings.sol";
import {LicenceFixture} from "./LicenceFixture.sol";

/// @dev Items are logged word for word, so a word with bits above its member's width must never come through, even
/// if a party signed that very word. Each test sets each bit above each
/// member's width, sees the revert, and then the clean item pass.
contract DirtyWordsTest is LicenceFixture {
    bytes private item;
    /// @dev Place and width of each member that is narrower than a word.
    uint8[2][] private members;

    function test_recordDeals_takes_no_dirty_word() public {
        item = abi.encode(newDeal(DEAL, 1));
        members.push([2, 8]);
        members.push([3, 160]);
        members.push([4, 160]);
        members.push([7, 64]);
        members.push([8, 32]);
        members.push([9, 32]);
        _tryBatch(Deals.recordAgreements.selector, _dealType(), SELLER_KEY, BUYER_KEY);
    }

    function test_cancelDeal_takes_no_dirty_word() public {
        item = abi.encode(newDeal(DEAL, 1));
        members.push([2, 8]);
        members.push([3, 160]);
        members.push([4, 160]);
        members.push([7, 64]);
        members.push([8, 32]);
        members.push([9, 32]);
        bytes32 cancellation = keccak256("DealCancellation(bytes32 deal)");
        bytes[] memory forms = _forms();
        for (uint256 i = 0; i < forms.length; ++i) {
            bytes memory words = forms[i];
            bytes32 content = keccak256(bytes.concat(_dealType(), words));
            bytes memory signature = signedMessage(SELLER_KEY, keccak256(abi.encode(cancellation, content)));
            _send(
                bytes.concat(
                    Deals.cancelDeal.selector, words, abi.encode(SELLER_ADDRESS, words.length + 64, 64), signature
                ),
                i + 1 == forms.length
            );
        }
    }

    function test_enrolKeys_takes_no_dirty_word() public {
        item = abi.encode(enrolment("party", NEW_KEY));
        members.push([1, 160]);
        members.push([3, 64]);
        bytes32 type_ = keccak256("KeyEnrolment(bytes32 party,address key,bytes32 authorisation,uint64 deadline)");
        _tryBatch(Parties.enrolKeys.selector, type_, NEW_KEY, 0);
    }

    function test_rotateKey_takes_no_dirty_word() public {
        item = abi.encode(rotation(SELLER_KEY, NEW_KEY));
        members.push([1, 160]);
        members.push([2, 160]);
        members.push([4, 64]);
        bytes32 type_ = keccak256(
            "KeyRotation(bytes32 party,address oldKey,address newKey,bytes32 authorisation,uint64 deadline)"
        );
        bytes[] memory forms = _forms();
        for (uint256 i = 0; i < forms.length; ++i) {
            bytes memory words = forms[i];
            bytes32 content = keccak256(bytes.concat(type_, words));
            bytes memory signatures = bytes.concat(
                abi.encode(words.length + 64, words.length + 160, 64),
                signedMessage(SELLER_KEY, content),
                abi.encode(64),
                signedMessage(NEW_KEY, content)
            );
            _send(bytes.concat(Parties.rotateKey.selector, words, signatures), i + 1 == forms.length);
        }
    }

    function test_revokeKey_takes_no_dirty_word() public {
        item = abi.encode(revocation(SELLER_KEY));
        members.push([1, 160]);
        members.push([3, 64]);
        bytes32 type_ = keccak256("KeyRevocation(bytes32 party,address key,bytes32 reason,uint64 deadline)");
        _trySingle(Parties.revokeKey.selector, type_, SELLER_KEY);
    }

    function test_revokeKeyAsGuardian_takes_no_dirty_word() public {
        item = abi.encode(revocation(SELLER_KEY));
        members.push([1, 160]);
        bytes[] memory forms = _forms();
        for (uint256 i = 0; i < forms.length; ++i) {
            _send(bytes.concat(Parties.revokeKeyAsGuardian.selector, forms[i]), i + 1 == forms.length);
        }
    }

    function test_advanceCounter_takes_no_dirty_word() public {
        item = abi.encode(Parties.CounterAdvance(SELLER, SELLER_ADDRESS, 1, DEADLINE));
        members.push([1, 160]);
        members.push([2, 32]);
        members.push([3, 64]);
        bytes32 type_ = keccak256("CounterAdvance(bytes32 party,address key,uint32 counter,uint64 deadline)");
        _trySingle(Parties.advanceCounter.selector, type_, SELLER_KEY);
    }

    function test_proposeRecoveries_takes_no_dirty_word() public {
        item = abi.encode(recovery(NEW_KEY));
        members.push([1, 160]);
        members.push([3, 64]);
        bytes32 type_ = keccak256("KeyRecovery(bytes32 party,address newKey,bytes32 authorisation,uint64 deadline)");
        _tryBatch(Recoveries.proposeRecoveries.selector, type_, NEW_KEY, 0);
    }

    function test_vetoRecovery_takes_no_dirty_word() public {
        propose(NEW_KEY);
        absorb();
        item = abi.encode(Recoveries.RecoveryVeto(SELLER, vm.addr(NEW_KEY), SELLER_ADDRESS, DEADLINE));
        members.push([1, 160]);
        members.push([2, 160]);
        members.push([3, 64]);
        bytes32 type_ = keccak256("RecoveryVeto(bytes32 party,address newKey,address key,uint64 deadline)");
        _trySingle(Recoveries.vetoRecovery.selector, type_, SELLER_KEY);
    }

    function test_recordStandings_takes_no_dirty_word() public {
        item = abi.encode(Standings.StandingChange(SELLER, 2, "SANCTION"));
        members.push([1, 8]);
        _tryBatch(Standings.recordStandings.selector);
    }

    function test_recordOffers_takes_no_dirty_word() public {
        item = abi.encode(newOffer(2));
        members.push([1, 160]);
        members.push([4, 64]);
        members.push([5, 32]);
        members.push([6, 64]);
        members.push([7, 32]);
        _tryBatch(Offers.recordOffers.selector, _offerType(), SELLER_KEY, 0);
    }

    function test_withdrawOffer_takes_no_dirty_word() public {
        item = abi.encode(newOffer(2));
        members.push([1, 160]);
        members.push([4, 64]);
        members.push([5, 32]);
        members.push([6, 64]);
        members.push([7, 32]);
        bytes[] memory forms = _forms();
        for (uint256 i = 0; i < forms.length; ++i) {
            bytes memory words = forms[i];
            bytes32 offerId = keccak256(bytes.concat(_offerType(), words));
            bytes32 content = keccak256(abi.encode(keccak256("OfferWithdrawal(bytes32 offer)"), offerId));
            bytes memory signature = signedMessage(SELLER_KEY, content);
            _send(
                bytes.concat(Offers.withdrawOffer.selector, words, abi.encode(words.length + 32, 64), signature),
                i + 1 == forms.length
            );
        }
    }

    function test_acceptOffers_takes_no_dirty_word() public {
        item = abi.encode(acceptance(offer(newOffer(1)), "deal"));
        absorb();
        members.push([3, 160]);
        members.push([4, 64]);
        members.push([5, 32]);
        bytes32 type_ = keccak256(
            "OfferAcceptance(bytes32 rightId,bytes32 dealId,bytes32 offerId,address buyer,uint64 deadline,"
            "uint32 buyerCounter)"
        );
        _tryBatch(Offers.acceptOffers.selector, type_, BUYER_KEY, 0);
    }

    function test_recordLicences_takes_no_dirty_word() public {
        Licences.Licence memory granted_ = licence(LICENCE);
        record(newDeal(granted_.dealId, ORDINARY));
        absorb();
        item = abi.encode(granted_);
        members.push([8, 64]);
        members.push([9, 64]);
        members.push([10, 1]);
        _tryBatch(Licences.recordLicences.selector);
    }

    function test_endLicences_takes_no_dirty_word() public {
        granted(ORDINARY, licence(LICENCE));
        item = abi.encode(Licences.LicenceEnding(LICENCE, RIGHT, START, "BREACH"));
        members.push([2, 64]);
        _tryBatch(Licences.endLicences.selector);
    }

    function test_recordCorrections_takes_no_dirty_word() public {
        item = abi.encode(Corrections.Correction(1, "c1", "old", "new", PROOF));
        members.push([0, 64]);
        _tryBatch(Corrections.recordCorrections.selector);
    }

    /// @dev Every dirty form of the item, then the clean one.
    function _forms() private view returns (bytes[] memory forms) {
        uint256 count = 1;
        for (uint256 i = 0; i < members.length; ++i) {
            count += 256 - members[i][1];
        }
        forms = new bytes[](count);
        uint256 next;
        for (uint256 i = 0; i < members.length; ++i) {
            for (uint256 bit = members[i][1]; bit < 256; ++bit) {
                forms[next++] = withBit(item, members[i][0], bit);
            }
        }
        forms[next] = item;
    }

    function _tryBatch(bytes4 selector) private {
        bytes[] memory forms = _forms();
        for (uint256 i = 0; i < forms.length; ++i) {
            _send(bytes.concat(selector, abi.encode(32, 1), forms[i]), i + 1 == forms.length);
        }
    }

    /// @dev A batch of one, signed by one key or by two, each over the words as they stand.
    function _tryBatch(bytes4 selector, bytes32 type_, uint256 first, uint256 second) private {
        bytes[] memory forms = _forms();
        for (uint256 i = 0; i < forms.length; ++i) {
            bytes32 content = keccak256(bytes.concat(type_, forms[i]));
            bytes memory signatures = signedMessage(first, content);
            if (second != 0) signatures = bytes.concat(signatures, signedMessage(second, content));
            bytes memory head = bytes.concat(selector, abi.encode(64, 96 + forms[i].length, 1));
            _send(bytes.concat(head, forms[i], abi.encode(signatures.length), signatures), i + 1 == forms.length);
        }
    }

    function _trySingle(bytes4 selector, bytes32 type_, uint256 key) private {
        bytes[] memory forms = _forms();
        for (uint256 i = 0; i < forms.length; ++i) {
            bytes memory signature = signedMessage(key, keccak256(bytes.concat(type_, forms[i])));
            bytes memory tail = abi.encode(forms[i].length + 32, 64);
            _send(bytes.concat(selector, forms[i], tail, signature), i + 1 == forms.length);
        }
    }

    function _send(bytes memory data, bool clean) private {
        if (clean) {
            vm.getRecordedLogs();
            (bool ok,) = address(register).call(data);
            check(ok, "the clean item passes");
            same(absorb().length, 1, "one event");
        } else {
            reverts(address(register), data, bytes(""));
        }
    }

    function _dealType() private pure returns (bytes32) {
        return keccak256(
            "Deal(bytes32 rightId,bytes32 dealId,uint8 kind,address seller,address buyer,bytes32 terms,"
            "bytes32 contractText,uint64 deadline,uint32 sellerCounter,uint32 buyerCounter)"
        );
    }

    function _offerType() private pure returns (bytes32) {
        return keccak256(
            "StandingOffer(bytes32 rightId,address seller,bytes32 terms,bytes32 contractText,uint64 termSeconds,"
            "uint32 most,uint64 expiresAt,uint32 sellerCounter,bytes32 salt)"
        );
    }
}
