"""Which commands make up which step of a deal's way, so that a reader of the rulebook knows when a rule is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.rules.rule import Step

if TYPE_CHECKING:
    from exchange.commands import Command

COMMANDS: dict[Step, tuple[str, ...]] = {
    "join": (
        *("apply_party", "verify_party", "approve_party", "suspend_party", "close_party"),
        *("record_affiliation", "end_affiliation", "appoint_agent"),
        *("dismiss_agent", "issue_api_key", "enrol_key", "rotate_key", "revoke_key", "advance_counter"),
        *("report_key", "propose_recovery", "veto_recovery"),
    ),
    "catalogue": (
        "import_right",
        "record_register_copy",
        "classify_export",
        "record_document",
        "lodge_evidence",
        "record_holding",
        "record_completers",
        "tie_family",
        "record_freeze",
        "extend_freeze",
        "lift_freeze",
    ),
    "list": ("submit_listing", "withdraw_listing"),
    "approve": (
        *(
            "approve_listing",
            "reject_listing",
            "consent_to_deal",
            "consent_to_listing",
            "lodge_co_owner_consent",
        ),
        *("object_to_listing", "withdraw_objection", "decide_objection"),
    ),
    "bid": (
        *("register_bidder", "qualify_bidder", "leave_listing", "place_bid", "amend_bid", "withdraw_bid"),
        *("accept_price", "make_proposal", "refuse_proposal", "seal_bid", "reveal_bid"),
        *("place_order", "amend_order", "cancel_order", "cancel_orders"),
        *("post_need", "amend_need", "withdraw_need", "fulfil_need"),
    ),
    "award": (
        *("accept_bid", "accept_proposal", "record_scores", "accept_award", "decline_award"),
        *("give_refusal_notice", "waive_refusal", "exercise_refusal"),
    ),
    "sign": (
        *("sign_offer", "withdraw_offer", "report_party_message", "choose_deal_key", "sign_deal"),
        *("sign_agreement", "cancel_deal", "report_chain_record"),
    ),
    "fund": ("fund_deal", "pay_earnest"),
    "file": (
        *("file_deal", "confirm_registration", "refuse_registration", "confirm_delivery", "unwind_deal"),
        *("raise_dispute", "record_dispute_outcome", "order_reverse_deal", "choose_remedy", "decide_lot"),
        "rescind_deal",
    ),
    "pay": (
        *("record_statement_line", "request_withdrawal", "approve_payment", "refuse_payment"),
        *("assign_suspense", "return_suspense", "withdraw_fees", "resume_releases", "release_deposit"),
        *("pay_obligation", "pay_part", "report_royalty", "call_inspection", "state_inspection"),
        *("record_reward", "demand_instalments"),
    ),
    "pledge": (
        *("draw_up_pledge", "sign_pledge", "withdraw_pledge", "file_pledge", "record_pledge_refusal"),
        *("hand_in_pledge", "confirm_pledge_filing", "refuse_pledge_filing"),
        *("change_pledge", "discharge_pledge", "enforce_pledge"),
        *("consent_to_pledge", "lodge_pledge_consent"),
    ),
    "operate": (
        *("open_venue", "activate_version", "tick", "outage", "record_state_hash", "jump_clock"),
        *("set_calendar", "recover_chain", "erase_sealed_part", "place_legal_hold", "lift_legal_hold"),
        *("open_surveillance_case", "close_surveillance_case"),
        *("record_trading_authorisation", "withdraw_trading_authorisation", "set_fee_schedule"),
        *("halt_trading", "resume_trading", "record_exchange_rate"),
    ),
}
"""Step to the type tags of its commands; every command stands in one step."""
_STEP_OF: dict[str, Step] = {tag: step for step, tags in COMMANDS.items() for tag in tags}


def step_of(command: type[Command]) -> Step:
    """The step that a command belongs to."""
    return _STEP_OF[str(command.__struct_config__.tag)]
