// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {Corrections} from "./Corrections.sol";
import {Encumbrances} from "./Encumbrances.sol";
import {Licences} from "./Licences.sol";

/// @title The witness register
/// @notice Append-only evidence of what parties agreed and of what public registers confirmed: two families of
/// events that never mix. It holds no money, issues nothing that can be owned, sold or approved, and moves no
/// title. One numbered log with one head over everything; no upgrade path.
/// @dev Events of the parties: DealAgreed, DealSettled, DealUnwound, LicenceGranted, LicenceEnded. Events of the
/// public register: RightRegistered, RegistryConfirmed, PledgeRegistered, PledgeDischarged, RightFrozen,
/// RightReleased. The one event outside the numbered log is the access manager's address, at construction.
contract Register is Encumbrances, Licences, Corrections {
    /// @param accessManager Access manager that knows the roles; fixed for good.
    constructor(address accessManager) AccessManaged(accessManager) EIP712("IPX Register", "1") {}
}
