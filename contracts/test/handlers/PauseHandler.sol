// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../../Batches.sol";
import {Corrections} from "../../Corrections.sol";
import {Deals} from "../../Deals.sol";
import {EncumbranceRegister} from "../../EncumbranceRegister.sol";
import {Licences} from "../../Licences.sol";
import {Offers} from "../../Offers.sol";
import {Parties} from "../../Parties.sol";
import {Recoveries} from "../../Recoveries.sol";
import {Rights} from "../../Rights.sol";
import {SealedBidRegister} from "../../SealedBidRegister.sol";
import {Standings} from "../../Standings.sol";
import {Versions} from "../../Versions.sol";
import {QuickHandler} from "./Handler.sol";

/// @dev Stops and resumes the three registers, and then tries every function. All parameters are `uint8`.
contract PauseHandler is QuickHandler {
    Versions[3] private _registers;
    bool[3] public stopped;
    bool[3] public announced;
    /// @dev Calls that were let through or stopped where it had to be the other way round.
    uint256 public surprises;
    bytes[] private _calls;
    uint96 private _number;
    uint32 private _counter;

    function setUp() public override {
        super.setUp();
        _registers[0] = register;
        _registers[1] = Versions(_deployed("SealedBidRegister.sol:SealedBidRegister"));
        _registers[2] = Versions(_deployed("EncumbranceRegister.sol:EncumbranceRegister"));
        _calls.push(abi.encodeCall(register.recordAgreements, (new Deals.Deal[](0), "")));
        _calls.push(abi.encodeCall(register.recordOffers, (new Offers.StandingOffer[](0), "")));
        _calls.push(abi.encodeCall(register.acceptOffers, (new Offers.OfferAcceptance[](0), "")));
        _calls.push(abi.encodeCall(register.settleDeals, (new bytes32[](0))));
        _calls.push(abi.encodeCall(register.unwindDeals, (new Deals.Unwinding[](0))));
        _calls.push(abi.encodeCall(register.recordLicences, (new Licences.Licence[](0))));
        _calls.push(abi.encodeCall(register.endLicences, (new Licences.LicenceEnding[](0))));
        _calls.push(abi.encodeCall(register.recordRights, (new Rights.RightEntry[](0))));
        _calls.push(abi.encodeCall(register.confirmRegistrations, (new Rights.Confirmation[](0))));
        _calls.push(abi.encodeCall(register.recordCorrections, (new Corrections.Correction[](0))));
        _calls.push(abi.encodeCall(register.enrolKeys, (new Parties.KeyEnrolment[](0), "")));
        _calls.push(abi.encodeCall(register.proposeRecoveries, (new Recoveries.KeyRecovery[](0), "")));
        _calls.push(abi.encodeCall(register.recordStandings, (new Standings.StandingChange[](0))));
    }

    function pause(uint8 which) external {
        which %= 3;
        _registers[which].pauseDeals();
        stopped[which] = true;
        count("pause");
    }

    function resume(uint8 which) external {
        which %= 3;
        try _registers[which].resumeDeals() {
            if (announced[which]) ++surprises;
            stopped[which] = false;
            count("resume");
        } catch {
            if (!announced[which]) ++surprises;
        }
    }

    function announce(uint8 which, uint8 rarely) external {
        if (rarely % 16 != 0) return;
        which %= 3;
        address next = address(new Successor(address(_registers[which])));
        try _registers[which].announceVersion(next) {
            if (announced[which]) ++surprises;
            (stopped[which], announced[which]) = (true, true);
            count("announce");
        } catch {
            if (!announced[which]) ++surprises;
        }
    }

    /// @dev What parties do by themselves goes on whatever is stopped: a revert here fails the run.
    function actForAParty(uint8 which) external {
        if (which % 3 == 0) cancel(newDeal(dealId(bytes12(++_number)), 1), SELLER_KEY);
        else if (which % 3 == 1) advance(BUYER, BUYER_KEY, ++_counter);
        else withdraw(_offer());
        count("act");
    }

    /// @dev Every function that takes a role; the first three and the sealed sets are stopped, and no others.
    function tryAll(uint8) external {
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool ok, bytes memory reason) = address(register).call(_calls[i]);
            bool mustStop = i < 3 && stopped[0];
            if (ok == mustStop) ++surprises;
            if (!ok && bytes4(reason) != Batches.DealsAreStopped.selector) ++surprises;
        }
        try SealedBidRegister(address(_registers[1])).fixSealedBids(new SealedBidRegister.SealedSet[](0)) {
            if (stopped[1]) ++surprises;
        } catch {
            if (!stopped[1]) ++surprises;
        }
        EncumbranceRegister encumbrances = EncumbranceRegister(address(_registers[2]));
        encumbrances.recordPledges(new EncumbranceRegister.Pledge[](0));
        encumbrances.dischargePledges(new EncumbranceRegister.Release[](0));
        encumbrances.freezeRights(new EncumbranceRegister.Freeze[](0));
        encumbrances.releaseRights(new EncumbranceRegister.Release[](0));
        count(stopped[0] ? bytes32("try stopped") : bytes32("try open"));
    }

    function isStopped(uint256 which) external view returns (bool) {
        return _registers[which].dealsPaused();
    }

    /// @dev The administrator may call every function that is not given to another role.
    function _deployed(string memory name) private returns (address) {
        return deploy(name, abi.encode(address(manager), address(0)));
    }

    function _offer() private returns (Offers.StandingOffer memory item) {
        item = newOffer(1);
        item.salt = bytes32(uint256(++_number));
    }
}

/// @dev Enough of a next version to be announced.
contract Successor {
    address public immutable predecessor;

    constructor(address predecessor_) {
        predecessor = predecessor_;
    }
}
