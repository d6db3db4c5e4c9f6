// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "../Deals.sol";
import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {ContractAccount} from "./ContractAccount.sol";
import {PartyFixture} from "./PartyFixture.sol";
import {Vm} from "./TestBase.sol";

/// @dev Parties whose key is a contract (ERC-1271), honest ones and others.
contract ContractAccountsTest is PartyFixture {
    function test_a_contract_account_enrols_and_signs_by_its_owner() public {
        address account = _account(ContractAccount.Manner.AcceptsOwner);
        Deals.Deal memory deal = _sold(account);
        record(deal, signedLong(STRANGER_KEY, hashDeal(deal)), signed(BUYER_KEY, deal));
        expectRefused(deal.dealId, Deals.SellerSignatureInvalid.selector);
        record(deal, signedHigh(STRANGER_KEY, hashDeal(deal)), signed(BUYER_KEY, deal));
        expectRefused(deal.dealId, PartySignature.SignatureMalleable.selector);
        record(deal, signedLong(NEW_KEY, hashDeal(deal)), signed(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_which_form_of_signature_a_contract_account_takes_is_its_own_affair() public {
        Deals.Deal memory deal = _sold(_account(ContractAccount.Manner.AcceptsOwner));
        record(deal, signedHigh(NEW_KEY, hashDeal(deal)), signed(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_contract_account_enrols_only_with_its_own_consent() public {
        address account = address(new ContractAccount(ContractAccount.Manner.AcceptsOwner, vm.addr(NEW_KEY)));
        Parties.KeyEnrolment memory item = Parties.KeyEnrolment("company", account, LETTER, DEADLINE);
        enrol(item, signedLong(STRANGER_KEY, hashEnrolment(item)));
        expectRefused("company", PartySignature.KeySignatureInvalid.selector);
        enrol(item, signedLong(NEW_KEY, hashEnrolment(item)));
        expectOne(Parties.KeyEnrolled.selector);
    }

    function test_a_misbehaving_contract_account_is_refused_and_harms_no_other_item() public {
        ContractAccount.Manner[4] memory manners = [
            ContractAccount.Manner.BurnsGas,
            ContractAccount.Manner.AnswersShort,
            ContractAccount.Manner.AnswersWrong,
            ContractAccount.Manner.Reverts
        ];
        for (uint256 i = 0; i < manners.length; ++i) {
            Deals.Deal[] memory deals = new Deals.Deal[](2);
            deals[0] = _sold(_account(manners[i]));
            deals[1] = newDeal(dealId(bytes12(uint96(i))), 1);
            register.recordAgreements(
                deals,
                bytes.concat(
                    signed(SELLER_KEY, deals[0]),
                    signed(BUYER_KEY, deals[0]),
                    signed(SELLER_KEY, deals[1]),
                    signed(BUYER_KEY, deals[1])
                )
            );
            Vm.Log[] memory entries = absorb();
            same(entries.length, 2, "both are answered");
            same(entries[0].data, abi.encode(Deals.SellerSignatureInvalid.selector), "refused");
            same(entries[1].topics[0], Deals.DealAgreed.selector, "the other stands");
        }
    }

    function test_a_long_answer_of_a_contract_account_is_not_copied() public {
        Deals.Deal memory deal = _sold(_account(ContractAccount.Manner.AnswersAtLength));
        record(deal, "x", signed(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_sender_cannot_starve_a_contract_account_into_refusal(uint256 gas_) public {
        Deals.Deal memory deal = _sold(_account(ContractAccount.Manner.SpendsMuch));
        bytes memory signatures = bytes.concat(packed("x"), signed(BUYER_KEY, deal));
        bytes memory data = abi.encodeCall(register.recordAgreements, (listOf(deal), signatures));
        (bool ok,) = address(register).call{gas: bound(gas_, 60_000, 400_000)}(data);
        if (ok) {
            expectOne(Deals.DealAgreed.selector);
        } else {
            vm.getRecordedLogs();
            expectNothing();
        }
    }

    function test_a_starved_check_reverts_the_whole_call_by_name() public {
        Deals.Deal memory deal = _sold(_account(ContractAccount.Manner.SpendsMuch));
        bytes memory signatures = bytes.concat(packed("x"), signed(BUYER_KEY, deal));
        vm.expectRevert(PartySignature.TooLittleGas.selector);
        register.recordAgreements{gas: 150_000}(listOf(deal), signatures);
        vm.getRecordedLogs();
        expectNothing();
    }

    function test_an_account_with_delegated_code_still_signs_with_its_key() public {
        ContractAccount refuses = new ContractAccount(ContractAccount.Manner.AnswersWrong, address(0));
        vm.etch(SELLER_ADDRESS, address(refuses).code);
        record(newDeal(DEAL, 1));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_an_account_with_delegated_code_may_sign_by_its_code() public {
        ContractAccount accepts = new ContractAccount(ContractAccount.Manner.AcceptsAll, address(0));
        vm.etch(SELLER_ADDRESS, address(accepts).code);
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal, "passkey", signed(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_signature_of_up_to_4096_bytes_is_looked_at_and_a_longer_one_reverts_whole() public {
        Deals.Deal memory deal = _sold(_account(ContractAccount.Manner.AcceptsAll));
        bytes memory buyer = signed(BUYER_KEY, deal);
        bytes memory signatures = bytes.concat(packed(new bytes(4097)), buyer);
        reverts(
            abi.encodeCall(register.recordAgreements, (listOf(deal), signatures)),
            PartySignature.SignaturesMisplaced.selector
        );
        record(deal, new bytes(4096), buyer);
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_length_near_the_top_of_a_word_reverts_whole(uint256 length) public {
        length = bound(length, 4097, type(uint256).max);
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory signatures = bytes.concat(abi.encode(0, length), signed(BUYER_KEY, deal));
        reverts(
            abi.encodeCall(register.recordAgreements, (listOf(deal), signatures)),
            PartySignature.SignaturesMisplaced.selector
        );
    }

    function test_the_account_is_asked_about_the_registers_own_digest_and_the_whole_signature() public {
        address account = _account(ContractAccount.Manner.AcceptsOwner);
        Deals.Deal memory deal = _sold(account);
        bytes memory padded = bytes.concat(signedLong(NEW_KEY, hashDeal(deal)), "the account's own appendix");
        record(deal, padded, signed(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    /// @dev An account that behaves in this manner and is a party's key.
    function _account(ContractAccount.Manner manner) private returns (address account) {
        ContractAccount honest = new ContractAccount(ContractAccount.Manner.AcceptsOwner, vm.addr(NEW_KEY));
        account = address(new ContractAccount(manner, vm.addr(NEW_KEY)));
        bytes memory code = account.code;
        // Enrolled while it answers honestly; how it answers later is its own affair.
        vm.etch(account, address(honest).code);
        Parties.KeyEnrolment memory item =
            Parties.KeyEnrolment(keccak256(abi.encode(account)), account, LETTER, DEADLINE);
        enrol(item, signedLong(NEW_KEY, hashEnrolment(item)));
        vm.etch(account, code);
        absorb();
    }

    function _sold(address account) private view returns (Deals.Deal memory deal) {
        deal = newDeal(dealIdOf(account, BUYER_ADDRESS, "deal"), 1);
        deal.seller = account;
    }
}
