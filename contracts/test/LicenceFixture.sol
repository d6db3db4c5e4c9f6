// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Licences} from "../Licences.sol";
import {PartyFixture} from "./PartyFixture.sol";

/// @dev Licences, each on a deal of its own.
abstract contract LicenceFixture is PartyFixture {
    uint8 internal constant EXCLUSIVE = 2;
    uint8 internal constant SOLE = 3;
    uint8 internal constant ORDINARY = 4;
    uint64 internal constant START = uint64(NOW);
    uint64 internal constant END = uint64(NOW + 365 days);
    bytes32 internal constant SCOPE = keccak256("scope");
    bytes32 internal constant LICENCE = keccak256("licence");

    function licence(bytes32 id) internal view returns (Licences.Licence memory) {
        return Licences.Licence({
            licenceId: id,
            rightId: RIGHT,
            dealId: dealId(bytes12(id)),
            headId: 0,
            licensor: SELLER_HOLDER,
            licensee: BUYER_HOLDER,
            terms: "terms",
            scope: SCOPE,
            startsAt: START,
            endsAt: END,
            sublicensable: true
        });
    }

    function licence(bytes32 id, bytes32 headId, uint64 startsAt, uint64 endsAt)
        internal
        view
        returns (Licences.Licence memory item)
    {
        item = licence(id);
        (item.headId, item.startsAt, item.endsAt) = (headId, startsAt, endsAt);
    }

    function grant(Licences.Licence memory item) internal {
        Licences.Licence[] memory items = new Licences.Licence[](1);
        items[0] = item;
        register.recordLicences(items);
    }

    /// @dev On a new deal of this kind.
    function grantAs(uint8 kind, Licences.Licence memory item) internal {
        record(newDeal(item.dealId, kind));
        absorb();
        grant(item);
    }

    function granted(uint8 kind, Licences.Licence memory item) internal {
        grantAs(kind, item);
        expectOne(Licences.LicenceGranted.selector);
    }

    function refused(uint8 kind, Licences.Licence memory item, bytes4 selector) internal {
        grantAs(kind, item);
        expectRefused(item.licenceId, selector);
    }

    function end(bytes32 id, uint64 endedAt) internal {
        endFor(id, RIGHT, endedAt, "BREACH");
    }

    function endFor(bytes32 id, bytes32 rightId, uint64 endedAt, bytes32 reason) internal {
        Licences.LicenceEnding[] memory items = new Licences.LicenceEnding[](1);
        items[0] = Licences.LicenceEnding(id, rightId, endedAt, reason);
        register.endLicences(items);
    }

    /// @dev An identifier that differs from others in its first and its last 12 bytes.
    function idOf(uint256 number) internal pure returns (bytes32) {
        return bytes32((number << 160) | number);
    }
}
