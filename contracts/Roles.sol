// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Roles in the access manager
/// @notice Numbers and labels of the roles; the deployment labels them with these very names. Role 0 is the
/// access manager's own administrator. The journal anchor knows no role: it stands outside the access manager.
library Roles {
    /// @notice Records what the public register confirmed: rights, holders, pledges, freezes, licences' recordal.
    uint64 internal constant REGISTRAR = 1;
    /// @notice Records what parties signed, and settles or unwinds it.
    uint64 internal constant SETTLER = 2;
    /// @notice Can stop new deals, nothing else.
    uint64 internal constant PAUSER = 3;
    /// @notice Can let new deals go on, and announce the next version of the register.
    uint64 internal constant GUARDIAN = 4;
}
