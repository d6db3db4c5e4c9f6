// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Roles in the access manager
/// @notice Numbers and labels of the roles; the deployment labels them with these very names. Role 0, the access
/// manager's own, is the administrator: it grants roles and announces the next version, each after a delay in which
/// the guardian can cancel it. The journal anchor's key is no role: that contract stands outside the access manager.
library Roles {
    /// @notice Records what the public register confirmed (rights, holders, pledges, freezes), parties' keys and
    /// standing, and corrections.
    uint64 internal constant REGISTRAR = 1;
    /// @notice Records what parties signed, and settles or unwinds it.
    uint64 internal constant SETTLER = 2;
    /// @notice Can stop new deals, nothing else.
    uint64 internal constant PAUSER = 3;
    /// @notice Can let new deals go on, revoke keys, end the wait of a recovery, and cancel what the administrator
    /// has scheduled.
    uint64 internal constant GUARDIAN = 4;
    /// @notice The administrator once more: its functions are filed under this role, since role 0 can have no guardian
    /// who cancels what it has scheduled. Only the administrator holds it, with the same delay.
    uint64 internal constant ADMINISTRATION = 5;
}
