// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Corrections} from "../Corrections.sol";
import {Deals} from "../Deals.sol";
import {Offers} from "../Offers.sol";
import {Parties} from "../Parties.sol";
import {Register} from "../Register.sol";
import {Standings} from "../Standings.sol";
import {Versions} from "../Versions.sol";
import {LicenceFixture} from "./LicenceFixture.sol";
import {AnyRegister} from "./RegisterFixture.sol";

/// @dev The switch for new deals, and the next version.
contract VersionsTest is LicenceFixture {
    function test_a_register_names_its_other_logs() public view {
        Register whole = Register(address(register));
        same(whole.encumbranceRegister(), ENCUMBRANCES, "pledges and freezes");
        same(whole.sealedBidRegister(), SEALED_BIDS, "sealed bids");
        same(whole.fillRegister(), address(fills), "fills");
    }

    function test_pausing_and_resuming_are_recorded_once_each_with_old_and_new() public {
        check(!register.dealsPaused(), "open at first");
        register.pauseDeals();
        expectEvent(Versions.DealsPauseChanged.selector, word(address(this)), abi.encode(false, true));
        check(register.dealsPaused(), "stopped");
        register.pauseDeals();
        expectNothing();
        register.resumeDeals();
        expectEvent(Versions.DealsPauseChanged.selector, word(address(this)), abi.encode(true, false));
        register.resumeDeals();
        expectNothing();
    }

    function test_pausing_stops_new_deals_offers_and_acceptances() public {
        bytes32 offerId = offer(newOffer(2));
        register.pauseDeals();
        absorb();
        _expectStopped(offerId);
        register.resumeDeals();
        record(newDeal(DEAL, 1));
        accept(acceptance(offerId, "accepted"));
        same(absorb().length, 3, "resumed, recorded, accepted");
    }

    function test_pausing_stops_nothing_else() public {
        _prepare();
        register.pauseDeals();
        absorb();
        _everythingElse();
    }

    function test_cancelling_and_withdrawing_work_while_paused() public {
        register.pauseDeals();
        absorb();
        cancel(newDeal(DEAL, 1), BUYER_KEY);
        expectOne(Deals.DealCancelled.selector);
        withdraw(newOffer(2));
        expectOne(Offers.OfferWithdrawn.selector);
        advance(SELLER, SELLER_KEY, 1);
        expectOne(Parties.CounterAdvanced.selector);
    }

    function test_the_next_version_is_announced_once_and_stops_new_deals_for_good() public {
        bytes32 offerId = offer(newOffer(2));
        _prepare();
        absorb();
        AnyRegister next = newRegister(address(register));
        same(next.predecessor(), address(register), "predecessor");
        same(register.nextVersion(), address(0), "none yet");
        register.announceVersion(address(next));
        expectEvent(Versions.VersionAnnounced.selector, word(address(next)), "");
        same(register.nextVersion(), address(next), "announced");
        check(register.dealsPaused(), "stopped");
        register.announceVersion(address(next));
        register.pauseDeals();
        expectNothing();
        _expectStopped(offerId);
        reverts(abi.encodeCall(register.resumeDeals, ()), Batches.DealsAreStopped.selector);
        address other = address(newRegister(address(register)));
        reverts(
            abi.encodeCall(register.announceVersion, (other)),
            abi.encodeWithSelector(Versions.VersionIsAnnounced.selector, address(next))
        );
        _everythingElse();
    }

    function test_a_paused_register_announces_and_is_never_resumed() public {
        register.pauseDeals();
        absorb();
        register.announceVersion(address(newRegister(address(register))));
        expectOne(Versions.VersionAnnounced.selector);
        reverts(abi.encodeCall(register.resumeDeals, ()), Batches.DealsAreStopped.selector);
    }

    function test_a_version_must_be_a_contract_that_names_this_register_as_its_predecessor() public {
        address first = address(newRegister(address(0)));
        address foreign = address(newRegister(address(manager)));
        address[4] memory wrong = [address(register), first, address(0xBEEF), foreign];
        for (uint256 i = 0; i < wrong.length; ++i) {
            reverts(
                abi.encodeCall(register.announceVersion, (wrong[i])),
                abi.encodeWithSelector(Versions.NotAVersion.selector, wrong[i])
            );
        }
        reverts(
            abi.encodeCall(register.announceVersion, (address(0))),
            abi.encodeWithSelector(Versions.NotAVersion.selector, address(0))
        );
        reverts(
            abi.encodeCall(register.announceVersion, (address(manager))),
            abi.encodeWithSelector(Versions.NotAVersion.selector, address(manager))
        );
        check(!register.dealsPaused(), "nothing was stopped");
    }

    function _expectStopped(bytes32 offerId) private {
        bytes4 stopped = Batches.DealsAreStopped.selector;
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory both = bytes.concat(signed(SELLER_KEY, deal), signed(BUYER_KEY, deal));
        reverts(abi.encodeCall(register.recordAgreements, (listOf(deal), both)), stopped);
        Offers.StandingOffer[] memory offers = new Offers.StandingOffer[](1);
        offers[0] = newOffer(3);
        bytes memory signature = signedMessage(SELLER_KEY, hashOffer(offers[0]));
        reverts(abi.encodeCall(register.recordOffers, (offers, signature)), stopped);
        Offers.OfferAcceptance memory item = acceptance(offerId, "accepted");
        signature = signedMessage(BUYER_KEY, hashAcceptance(item));
        reverts(abi.encodeCall(register.acceptOffers, (listOf(item), signature)), stopped);
    }

    function _prepare() private {
        recordRight(RIGHT, SELLER_HOLDER);
        record(newDeal(dealId("assignment"), 1));
        record(newDeal(dealId("unwound"), 1));
        record(newDeal(licence(LICENCE).dealId, ORDINARY));
    }

    /// @dev Every other function that writes, once each.
    function _everythingElse() private {
        confirm(RIGHT, dealId("assignment"), SELLER_HOLDER, BUYER_HOLDER, PROOF);
        settle(dealId("assignment"));
        unwind(dealId("unwound"), "LATE");
        grant(licence(LICENCE));
        end(LICENCE, START);
        recordRight("other right", SELLER_HOLDER);
        same(absorb().length, 6, "the public register and the settler go on");
        enrol("party", 0xF0);
        propose(NEW_KEY);
        register.endRecoveryWait(SELLER, vm.addr(NEW_KEY), PROOF);
        rotate(NEW_KEY, 0xF1);
        advance(SELLER, 0xF1, 1);
        revoke(0xF1);
        register.revokeKeyAsGuardian(Parties.KeyRevocation(BUYER, BUYER_ADDRESS, "STOLEN", 0));
        Standings.StandingChange[] memory findings = new Standings.StandingChange[](1);
        findings[0] = Standings.StandingChange(SELLER, 2, "SANCTION");
        register.recordStandings(findings);
        Corrections.Correction[] memory corrections = new Corrections.Correction[](1);
        corrections[0] = Corrections.Correction(1, "c1", "old", "new", PROOF);
        register.recordCorrections(corrections);
        same(absorb().length, 9, "keys, standing and corrections go on");
    }
}
