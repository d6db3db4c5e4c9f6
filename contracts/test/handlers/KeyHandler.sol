// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "../../Deals.sol";
import {Parties} from "../../Parties.sol";
import {Recoveries} from "../../Recoveries.sol";
import {Vm} from "../TestBase.sol";
import {Handler} from "./Handler.sol";

/// @dev Keys that come and go, and deals that are signed with any of them. All parameters are `uint8`.
contract KeyHandler is Handler {
    uint256 public constant KEYS = 20;
    uint256 private constant PARTIES = 3;

    address[] public pool;
    mapping(address key => uint256) private secretOf;
    /// @dev By the log: 0 never seen, then as in `KeyStatus`.
    mapping(address key => uint8) public statusByLog;
    mapping(address key => uint32) public counterByLog;
    mapping(address key => bool) public wasEnded;
    mapping(bytes32 party => address) public keyByLog;
    /// @dev Keys that became live after they had ended.
    uint256 public revived;
    uint256 public dealsAgreed;
    uint256 public dealsWithoutConsent;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < KEYS; ++i) {
            pool.push(vm.addr(i + 1));
            secretOf[pool[i]] = i + 1;
        }
    }

    function enrolFirst(uint8 party, uint8 key) external {
        enrol(_party(party), _secret(key));
        _book("enrol", Parties.KeyEnrolled.selector);
    }

    function rotateTo(uint8 party, uint8 key, uint8 forged) external {
        uint256 old = _secretOf(keyByLog[_party(party)]);
        if (old == 0) return;
        Parties.KeyRotation memory item =
            Parties.KeyRotation(_party(party), vm.addr(old), _address(key), LETTER, DEADLINE);
        bytes32 content = hashRotation(item);
        bytes memory oldSignature = signedMessage(forged % 4 == 0 ? _secret(forged) : old, content);
        try register.rotateKey(item, oldSignature, signedMessage(_secret(key), content)) {} catch {}
        _book("rotate", Parties.KeyRotated.selector);
    }

    function revokeOne(uint8 party, uint8 forged, uint8 byGuardian) external {
        if (forged % 3 != 0) return;
        uint256 secret = _secretOf(keyByLog[_party(party)]);
        if (secret == 0) return;
        Parties.KeyRevocation memory item =
            Parties.KeyRevocation(_party(party), vm.addr(secret), "STOLEN", DEADLINE);
        if (byGuardian % 2 == 0) {
            register.revokeKeyAsGuardian(item);
        } else {
            uint256 signer = forged % 2 == 0 ? secret : _secret(forged);
            try register.revokeKey(item, signedMessage(signer, hashRevocation(item))) {} catch {}
        }
        _book("revoke", Parties.KeyRevoked.selector);
    }

    function advanceOne(uint8 party, uint8 counter) external {
        uint256 secret = _secretOf(keyByLog[_party(party)]);
        if (secret == 0) return;
        Parties.CounterAdvance memory item =
            Parties.CounterAdvance(_party(party), vm.addr(secret), counter % 8, DEADLINE);
        try register.advanceCounter(item, signedMessage(secret, hashAdvance(item))) {} catch {}
        _book("advance", Parties.CounterAdvanced.selector);
    }

    function proposeOne(uint8 party, uint8 key) external {
        Recoveries.KeyRecovery memory item = Recoveries.KeyRecovery(_party(party), _address(key), LETTER, DEADLINE);
        propose(item, signedMessage(_secret(key), hashRecovery(item)));
        _book("propose", Recoveries.RecoveryProposed.selector);
    }

    function vetoOne(uint8 party) external {
        (address key,, address recoveryKey,) = register.partyOf(_party(party));
        uint256 secret = _secretOf(key);
        if (secret == 0) return;
        Recoveries.RecoveryVeto memory item = Recoveries.RecoveryVeto(_party(party), recoveryKey, key, DEADLINE);
        try register.vetoRecovery(item, signedMessage(secret, hashVeto(item))) {} catch {}
        _book("veto", Recoveries.RecoveryVetoed.selector);
    }

    function recoverOne(uint8 party, uint8 byGuardian, uint8 days_) external {
        (,, address recoveryKey,) = register.partyOf(_party(party));
        if (byGuardian % 2 == 0) {
            try register.endRecoveryWait(_party(party), recoveryKey, PROOF) {} catch {}
        } else {
            vm.warp(NOW + uint256(days_ % 28) * 1 days);
            try register.completeRecovery(_party(party), recoveryKey) {} catch {}
            vm.warp(NOW);
        }
        _book("recover", Recoveries.KeyRecovered.selector);
    }

    /// @dev A deal by two keys, mostly live ones, under counters and with signatures that are mostly right.
    function agree(uint8 seller, uint8 buyer, uint8 how, uint8 number) external {
        address sellerKey = how % 3 == 0 ? _address(seller) : keyByLog[_party(seller)];
        address buyerKey = how % 5 == 0 ? _address(buyer) : keyByLog[_party(buyer)];
        if (sellerKey == address(0) || buyerKey == address(0)) return;
        Deals.Deal memory deal = newDeal(dealIdOf(sellerKey, buyerKey, bytes12(uint96(number))), 1);
        (deal.seller, deal.buyer) = (sellerKey, buyerKey);
        (deal.sellerCounter, deal.buyerCounter) = (counterByLog[sellerKey], counterByLog[buyerKey]);
        if (how % 7 == 0) deal.sellerCounter ^= 1;
        uint256 sellerSigner = how % 11 == 0 ? _secret(number) : _secretOf(sellerKey);
        uint256 buyerSigner = how % 13 == 0 ? _secret(number) : _secretOf(buyerKey);
        bool consent = sellerSigner == _secretOf(sellerKey) && buyerSigner == _secretOf(buyerKey)
            && _counts(sellerKey, deal.sellerCounter) && _counts(buyerKey, deal.buyerCounter);
        record(deal, signed(sellerSigner, deal), signed(buyerSigner, deal));
        uint256 before = dealsAgreed;
        _book("agree", Deals.DealAgreed.selector);
        if (dealsAgreed != before && !consent) ++dealsWithoutConsent;
    }

    function statusOf(uint256 which) external view returns (uint8 onChain, uint8 byLog, bool ended) {
        (Parties.KeyStatus status,,,) = register.keyOf(pool[which]);
        return (uint8(status), statusByLog[pool[which]], wasEnded[pool[which]]);
    }

    function _counts(address key, uint32 counter) private view returns (bool) {
        return statusByLog[key] == uint8(Parties.KeyStatus.Live) && counterByLog[key] == counter;
    }

    /// @dev Reads the log into the books.
    function _book(bytes32 action, bytes32 topic0) private {
        Vm.Log[] memory entries = collect();
        for (uint256 i = 0; i < entries.length; ++i) {
            Vm.Log memory entry = entries[i];
            if (entry.topics[0] == topic0) count(action);
            address second = entry.topics.length > 3 ? address(uint160(uint256(entry.topics[3]))) : address(0);
            if (entry.topics[0] == Parties.KeyEnrolled.selector) {
                _live(entry.topics[2], second);
            } else if (entry.topics[0] == Parties.KeyRotated.selector) {
                _ended(second, Parties.KeyStatus.Replaced);
                (address fresh,) = abi.decode(entry.data, (address, bytes32));
                _live(entry.topics[2], fresh);
            } else if (entry.topics[0] == Parties.KeyRevoked.selector) {
                _ended(second, Parties.KeyStatus.Revoked);
            } else if (entry.topics[0] == Recoveries.RecoveryVetoed.selector) {
                // A key that was refused once can never come in.
                if (statusByLog[second] == uint8(Parties.KeyStatus.None)) _ended(second, Parties.KeyStatus.Replaced);
            } else if (entry.topics[0] == Recoveries.KeyRecovered.selector) {
                (address old,) = abi.decode(entry.data, (address, bytes32));
                if (statusByLog[old] == uint8(Parties.KeyStatus.Live)) _ended(old, Parties.KeyStatus.Replaced);
                _live(entry.topics[2], second);
            } else if (entry.topics[0] == Parties.CounterAdvanced.selector) {
                (counterByLog[second],) = abi.decode(entry.data, (uint32, uint32));
            } else if (entry.topics[0] == Deals.DealAgreed.selector) {
                ++dealsAgreed;
            }
        }
    }

    function _live(bytes32 party, address key) private {
        if (wasEnded[key]) ++revived;
        statusByLog[key] = uint8(Parties.KeyStatus.Live);
        counterByLog[key] = 0;
        keyByLog[party] = key;
    }

    function _ended(address key, Parties.KeyStatus status) private {
        wasEnded[key] = true;
        statusByLog[key] = uint8(status);
    }

    function _party(uint8 which) private pure returns (bytes32) {
        return bytes32(uint256(which % PARTIES) + 1);
    }

    function _secret(uint8 which) private pure returns (uint256) {
        return which % KEYS + 1;
    }

    function _address(uint8 which) private view returns (address) {
        return pool[which % KEYS];
    }

    function _secretOf(address key) private view returns (uint256) {
        return secretOf[key];
    }
}
