// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "../Deals.sol";
import {FillRegister} from "../FillRegister.sol";
import {InclusionProof} from "../InclusionProof.sol";
import {JournalAnchor} from "../JournalAnchor.sol";
import {Offers} from "../Offers.sol";
import {Parties} from "../Parties.sol";
import {Rights} from "../Rights.sol";
import {ContractAccount} from "./ContractAccount.sol";
import {FillFixture} from "./FillFixture.sol";

/// @dev Gas of whole transactions, base and calldata included, in steady state: the register has recorded before, and
/// its sender has its roles. The figures stand in snapshots/; a drift fails (`make contracts`), and so does a budget
/// that is passed.
/// hardhat-config: isolate = true
contract GasTest is FillFixture {
    uint256 private constant MANY = 50;

    function setUp() public override {
        super.setUp();
        record(newDeal(dealId("earlier"), 1));
        recordFill(_fill(BUYER_KEY, "earlier"));
        for (uint256 i = 0; i < MANY; ++i) {
            recordRight(_right(i), SELLER_HOLDER);
            enrol(keccak256(abi.encode(_seller(i))), _seller(i));
            enrol(keccak256(abi.encode(_buyer(i))), _buyer(i));
        }
    }

    function test_gas_of_a_deal_and_its_confirmation() public {
        recordRight(RIGHT, SELLER_HOLDER);
        Deals.Deal memory deal = _deal(_seller(0), _buyer(0), 0);
        bytes memory signatures = _signed(deal, _seller(0), _buyer(0));
        register.recordAgreements(listOf(deal), signatures);
        _within("deal", 90_000);
        confirm(deal.rightId, deal.dealId, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        _within("confirmation", 62_000);
    }

    function test_gas_of_50_deals_and_their_confirmations() public {
        Deals.Deal[] memory deals = new Deals.Deal[](MANY);
        Rights.Confirmation[] memory items = new Rights.Confirmation[](MANY);
        bytes memory signatures;
        for (uint256 i = 0; i < MANY; ++i) {
            deals[i] = _deal(_seller(i), _buyer(i), i);
            signatures = bytes.concat(signatures, _signed(deals[i], _seller(i), _buyer(i)));
            bytes32 newHolder = keccak256(abi.encode("new", i));
            bytes32 proof = keccak256(abi.encode("proof", i));
            items[i] = Rights.Confirmation(deals[i].rightId, deals[i].dealId, SELLER_HOLDER, newHolder, proof);
        }
        register.recordAgreements(deals, signatures);
        uint256 gasOfDeals = _within("deals_50", MANY * 46_000);
        register.confirmRegistrations(items);
        uint256 gasOfConfirmations = _within("confirmations_50", MANY * 20_000);
        check(gasOfDeals + gasOfConfirmations <= MANY * 66_000, "deal and confirmation together");
    }

    function test_gas_of_50_deals_of_two_parties() public {
        Deals.Deal[] memory deals = new Deals.Deal[](MANY);
        bytes memory signatures;
        for (uint256 i = 0; i < MANY; ++i) {
            deals[i] = _deal(SELLER_KEY, BUYER_KEY, i);
            signatures = bytes.concat(signatures, _signed(deals[i], SELLER_KEY, BUYER_KEY));
        }
        register.recordAgreements(deals, signatures);
        _within("deals_50_two_parties", MANY * 46_000);
    }

    function test_gas_of_a_deal_of_contract_accounts() public {
        Deals.Deal memory deal = _deal(SELLER_KEY, BUYER_KEY, 0);
        (deal.seller, deal.buyer) = (_account(SELLER_KEY), _account(BUYER_KEY));
        deal.dealId = dealIdOf(deal.seller, deal.buyer, "deal");
        bytes memory signatures = bytes.concat(
            packed(signedLong(SELLER_KEY, hashDeal(deal))), packed(signedLong(BUYER_KEY, hashDeal(deal)))
        );
        register.recordAgreements(listOf(deal), signatures);
        vm.snapshotGasLastCall("deal_contract_accounts");
    }

    function test_gas_of_acceptances_of_a_standing_offer() public {
        Offers.StandingOffer memory standing = newOffer(100);
        bytes32 offerId = offer(standing);
        Offers.OfferAcceptance[] memory items = new Offers.OfferAcceptance[](MANY);
        bytes memory signatures;
        for (uint256 i = 0; i < MANY; ++i) {
            items[i] = _acceptance(offerId, _buyer(i));
            signatures = bytes.concat(signatures, signedMessage(_buyer(i), hashAcceptance(items[i])));
        }
        accept(_acceptance(offerId, BUYER_KEY));
        vm.snapshotGasLastCall("acceptance");
        register.acceptOffers(items, signatures);
        vm.snapshotGasLastCall("acceptances_50");
    }

    function test_gas_of_fills_of_one_order_to_sell() public {
        recordFill(_fill(BUYER_KEY, "alone"));
        vm.snapshotGasLastCall("fill");
        FillRegister.Fill[] memory items = new FillRegister.Fill[](MANY);
        bytes memory signatures;
        for (uint256 i = 0; i < MANY; ++i) {
            items[i] = _fill(_buyer(i), "fill");
            signatures = bytes.concat(signatures, signedFill(items[i], SELLER_KEY, _buyer(i)));
        }
        fills.recordFills(items, signatures);
        vm.snapshotGasLastCall("fills_50");
    }

    function test_gas_of_50_enrolments() public {
        Parties.KeyEnrolment[] memory items = new Parties.KeyEnrolment[](MANY);
        bytes memory possessions;
        for (uint256 i = 0; i < MANY; ++i) {
            items[i] = enrolment(keccak256(abi.encode("party", i)), 3_000 + i);
            possessions = bytes.concat(possessions, signedMessage(3_000 + i, hashEnrolment(items[i])));
        }
        register.enrolKeys(items, possessions);
        vm.snapshotGasLastCall("enrolments_50");
    }

    function test_gas_of_a_licence() public {
        record(newDeal(licence(LICENCE).dealId, ORDINARY));
        grant(licence(LICENCE));
        vm.snapshotGasLastCall("licence");
    }

    function test_gas_of_an_anchor() public {
        JournalAnchor journal =
            JournalAnchor(deploy("JournalAnchor.sol:JournalAnchor", abi.encode(address(this))));
        journal.anchor(keccak256("first"), 1_000, journal.EMPTY_ROOT());
        journal.anchor(keccak256("second"), 2_000, keccak256("first"));
        _within("anchor", 55_000);
    }

    function test_gas_of_an_inclusion_proof_at_depth_20_inside_a_call() public {
        bytes32[] memory path = new bytes32[](20);
        bytes32 leaf = keccak256("leaf");
        bytes32 node = leaf;
        for (uint256 i = 0; i < 20; ++i) {
            path[i] = keccak256(abi.encode(i));
            node = sha256(abi.encodePacked(hex"01", node, path[i]));
        }
        uint256 used = this.gasOfInclusion(node, leaf, path);
        vm.snapshotValue("inclusion_depth_20", used);
        check(used <= 12_000, "budget");
    }

    function gasOfInclusion(bytes32 root, bytes32 leaf, bytes32[] calldata path) external view returns (uint256) {
        uint256 before = gasleft();
        bool proven = InclusionProof.leadsTo(root, leaf, 0, 1 << 20, path);
        uint256 used = before - gasleft();
        check(proven, "proven");
        return used;
    }

    function _within(string memory name, uint256 budget) private returns (uint256 used) {
        used = vm.snapshotGasLastCall(name);
        check(used <= budget, name);
    }

    function _account(uint256 owner) private returns (address account) {
        account = address(new ContractAccount(ContractAccount.Manner.AcceptsOwner, vm.addr(owner)));
        Parties.KeyEnrolment memory item = Parties.KeyEnrolment(word(account), account, LETTER, DEADLINE);
        enrol(item, signedLong(owner, hashEnrolment(item)));
    }

    function _acceptance(bytes32 offerId, uint256 buyer) private view returns (Offers.OfferAcceptance memory) {
        bytes32 id = dealIdOf(SELLER_ADDRESS, vm.addr(buyer), bytes12(keccak256(abi.encode(buyer))));
        return Offers.OfferAcceptance(RIGHT, id, offerId, vm.addr(buyer), DEADLINE, 0);
    }

    /// @dev One licence, of a new order to buy and of the one order to sell that all of these meet.
    function _fill(uint256 buyer, bytes12 number) private view returns (FillRegister.Fill memory fill) {
        fill = newFill(number);
        (fill.buyer, fill.quantity, fill.askQuantity, fill.bidSalt) = (vm.addr(buyer), 1, 100, number);
        fill.dealId = dealIdOf(SELLER_ADDRESS, fill.buyer, number);
    }

    function _deal(uint256 seller, uint256 buyer, uint256 number) private pure returns (Deals.Deal memory deal) {
        (deal.seller, deal.buyer) = (vm.addr(seller), vm.addr(buyer));
        bytes12 free = bytes12(keccak256(abi.encode("deal", number)));
        deal.dealId = dealIdOf(deal.seller, deal.buyer, free);
        (deal.rightId, deal.kind, deal.deadline) = (_right(number), 1, DEADLINE);
        (deal.terms, deal.contractText) = (keccak256(abi.encode("terms", number)), keccak256(abi.encode("text", number)));
    }

    function _signed(Deals.Deal memory deal, uint256 seller, uint256 buyer) private view returns (bytes memory) {
        return bytes.concat(signed(seller, deal), signed(buyer, deal));
    }

    function _right(uint256 number) private pure returns (bytes32) {
        return keccak256(abi.encode("right", number));
    }

    function _seller(uint256 number) private pure returns (uint256) {
        return 1_000 + number;
    }

    function _buyer(uint256 number) private pure returns (uint256) {
        return 2_000 + number;
    }
}
