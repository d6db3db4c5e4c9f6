"""Shapes of recoveries, in and out."""

from typing import Annotated, Any

from pydantic import Field

from api.forms import Address, Body, Hash, SealedForm, Shape, View
from api.parties.schemas import DeadlineS, KeySignature


class ProposalParts(Shape):
    """Sealed and erasable: who asks and by what right, and why the operator takes it to be so."""

    recovery_papers: Annotated[
        SealedForm,
        Field(
            description="The papers, or their SHA-256, under the salt that the new key signed over: the register "
            "knows them by this commitment."
        ),
    ]
    reason: SealedForm


class Proposal(Body):
    """A new key for a party that lost its own; it signs the register's `KeyRecovery`."""

    party_commitment: Annotated[
        Hash, Field(description="The party that was signed for, as the chain knows it.")
    ]
    new_key: Address
    deadline_s: DeadlineS
    possession: KeySignature
    erasable: ProposalParts  # type: ignore[assignment]  # another set of parts


class Veto(Body):
    """The party's live key refuses a recovery; it signs the register's `RecoveryVeto`."""

    party_commitment: Annotated[
        Hash, Field(description="The party that was signed for, as the chain knows it.")
    ]
    deadline_s: DeadlineS
    veto_signature: KeySignature


class RecoveryView(View):
    """A recovery: PROPOSED, then REPLACED, VETOED, ENDED, REFUSED or COMPLETED."""

    new_key: str
    party_id: str
    state: str
    party: Annotated[str, Field(description="By which the chain knows the party.")]
    proposed_ms: int
    veto_until_ms: Annotated[
        int | None,
        Field(
            description="The live key can veto it until then at the least, unless the guardian ends the wait on a "
            "court's order or the company's sealed statement; null once it is not PROPOSED any more."
        ),
    ]
    completes_ms: Annotated[
        int | None,
        Field(description="When the venue has it take effect; null while the chain's record is not final."),
    ]
    authorisation: Annotated[str, Field(description="The commitment to the papers.")]
    papers: Annotated[Any, Field(description="As sealed with the proposal; null once erased.")] = None


class RecoveryPage(View):
    """Recoveries in the order of their proposal."""

    recoveries: list[RecoveryView]
    next_cursor: str | None


class RecoveryMessageToSign(View):
    """What a key signs about a recovery, and what that means."""

    signer: Annotated[str, Field(description="The address that must sign.")]
    party: Annotated[str, Field(description="By which the chain knows the party.")]
    deadline_s: int
    typed_data: Annotated[dict[str, Any], Field(description="For `eth_signTypedData_v4`.")]
    digest: Annotated[str, Field(description="The 32 bytes that are signed.")]
    words: Annotated[str, Field(description="What this signature means.")]
    words_zh: str
