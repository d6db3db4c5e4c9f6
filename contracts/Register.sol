// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Batches} from "./Batches.sol";
import {Corrections} from "./Corrections.sol";
import {Deals} from "./Deals.sol";
import {Licences} from "./Licences.sol";
import {Offers} from "./Offers.sol";
import {Recoveries} from "./Recoveries.sol";
import {Rights} from "./Rights.sol";
import {Standings} from "./Standings.sol";
import {Versions} from "./Versions.sol";

/// @title The witness register
/// @notice Append-only evidence of what parties agreed and of what public registers confirmed: two families of
/// events that never mix. It holds no money, issues nothing that can be owned, sold or approved, and moves no
/// title. One numbered log with one head over everything; no upgrade path.
/// @dev Events of the parties: keys, offers, DealAgreed, OfferAccepted, DealCancelled, DealSettled, DealUnwound,
/// LicenceGranted, LicenceEnded. Events of the public register: RightRegistered, RegistryConfirmed; pledges and freezes
/// stand in {EncumbranceRegister}. The one event outside the numbered log is the access manager's address, at
/// construction.
contract Register is Offers, Rights, Licences, Recoveries, Standings, Corrections, Versions {
    address private immutable _ENCUMBRANCE_REGISTER;
    address private immutable _SEALED_BID_REGISTER;

    // Both other registers are compared with the manifest at every verification.
    // slither-disable-start missing-zero-check

    /// @param accessManager Access manager that knows the roles; fixed for good.
    /// @param predecessor_ The register that this one goes on from, or zero.
    /// @param encumbranceRegister_ Where pledges and freezes stand.
    /// @param sealedBidRegister_ Where sealed bids are fixed.
    /// @param fillRegister_ Where fills of signed orders are recorded.
    constructor(
        address accessManager,
        address predecessor_,
        address encumbranceRegister_,
        address sealedBidRegister_,
        address fillRegister_
    )
        Batches(accessManager)
        Versions(predecessor_)
        Deals(fillRegister_)
        EIP712("IPX Register", "1")
    {
        _ENCUMBRANCE_REGISTER = encumbranceRegister_;
        _SEALED_BID_REGISTER = sealedBidRegister_;
    }

    // slither-disable-end missing-zero-check

    /// @notice Where pledges and freezes stand: a log of its own, which belongs to this register's history.
    function encumbranceRegister() external view returns (address) {
        return _ENCUMBRANCE_REGISTER;
    }

    /// @notice Where sealed bids are fixed: a log of its own, which belongs to this register's history.
    function sealedBidRegister() external view returns (address) {
        return _SEALED_BID_REGISTER;
    }

    /// @notice Where fills of signed orders are recorded: a log of its own, which belongs to this register's history.
    function fillRegister() external view returns (address) {
        return _FILL_REGISTER;
    }
}
