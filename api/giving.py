"""The dependency of every POST: who gives the command, under which Idempotency-Key, and the call that submits it."""

from typing import Annotated, Any, TypeAlias, TypeVar

import msgspec
from fastapi import Depends, Header, Request

from api import commands, problems
from api.auth import Caller, CallerKind, Permission
from api.commands import Given, Signature
from api.door import Door
from api.forms import Accepted, Body, ReasonedBody, SealedForm, Shape
from api.problems import Problem
from exchange.commands import Command, Terms
from exchange.sealed import Opening

IDEMPOTENCY_HEADER = "Idempotency-Key"
_NOT_FIELDS = {"terms", "erasable", "signature"}
_TermsType = TypeVar("_TermsType", bound=Terms)


class Giver:
    """One caller with one Idempotency-Key, about to give one command."""

    def __init__(self, door: Door, caller: Caller, key: str) -> None:
        self.door = door
        self.caller = caller
        self.key = key

    def require_self(self, party_id: str) -> None:
        """Raises Problem CALLER-NOT-PERMITTED unless the caller is this very party."""
        if not self.caller.is_party(party_id):
            raise Problem(problems.CALLER_NOT_PERMITTED, permitted=["the party itself"])

    async def give(
        self,
        command_type: type[Command],
        body: Body | ReasonedBody,
        *,
        terms: Terms | None = None,
        **fields: str,
    ) -> Accepted:
        """Give the command that a body describes; `fields` are those that stand in the path.

        Raises:
            Problem: see `api.commands.submit`.
        """
        given = given_by(command_type, body, terms=terms, **fields)
        answer = await commands.submit(self.door, self.caller, self.caller.actor, self.key, given)
        return accepted(answer)


def given_by(
    command_type: type[Command], body: Body | ReasonedBody, *, terms: Terms | None = None, **fields: str
) -> Given:
    """What a body gives: the command, its terms and salt, the openings of its erasable parts, its signature."""
    parts = {
        label: Opening(part.salt, part.value) for label, part in body.erasable if isinstance(part, SealedForm)
    }
    own = body.model_dump(exclude=_NOT_FIELDS)
    form = getattr(body, "terms", None)
    return Given(
        command=commands.build(command_type, {**own, **fields}, parts),  # type: ignore[arg-type]  # every Command is one of AnyCommand
        terms=terms,
        terms_salt="" if form is None else form.salt,
        erasable=parts,
        signature=Signature(body.signature.value, body.signature.valid_until_ms, body.signature.signer),
    )


def terms_of(terms_type: type[_TermsType], form: Shape) -> _TermsType:
    """The confidential terms of a form, without their salt.

    Raises:
        Problem: BODY-MALFORMED where a value does not fit.
    """
    try:
        # What was not given is left to the terms' own defaults: some are older than the field, and none is null.
        return msgspec.convert(form.model_dump(exclude={"salt"}, exclude_none=True), terms_type)
    except msgspec.ValidationError as error:
        raise commands.malformed(["terms"], str(error)[:200]) from error


def accepted(answer: Any) -> Accepted:  # noqa: ANN401 - the sequencer's Answer, whose receipt is a Struct
    """An accepted answer as it goes out."""
    return Accepted(
        entry=answer.entry,
        time_ms=answer.time_ms,
        result=dict(sorted(answer.result.items())),  # a repeated answer has the same bytes as the first
        receipt=msgspec.to_builtins(answer.receipt),
    )


class Giving(Permission):
    """A dependency that lets some kinds of caller give a command, as JSON unless the route `takes_file`."""

    def __init__(self, kinds: frozenset[CallerKind], *, takes_file: bool = False) -> None:
        super().__init__(kinds)
        self._takes_file = takes_file

    async def __call__(  # type: ignore[override]  # FastAPI reads the parameters of the dependency itself
        self,
        request: Request,
        idempotency_key: Annotated[
            str | None,
            Header(
                alias=IDEMPOTENCY_HEADER,
                description="1 to 128 visible ASCII characters, fresh for each new command.",
            ),
        ] = None,
    ) -> Giver:
        """Find out who gives.

        Raises:
            Problem: UNAUTHENTICATED, CALLER-NOT-PERMITTED, IDEMPOTENCY-KEY-MISSING, IDEMPOTENCY-KEY-MALFORMED,
                MEDIA-TYPE-UNKNOWN.
        """
        door: Door = request.app.state.door
        caller = await self.check(door.doorkeeper, request.headers.get("authorization"))
        key = commands.idempotency_key(idempotency_key)
        if not self._takes_file:
            commands.require_json(request.headers.get("content-type"))
        return Giver(door, caller, key)


def gives(*kinds: CallerKind, takes_file: bool = False) -> Any:  # noqa: ANN401 - FastAPI's own type for a dependency
    """Say who may give a command on a route."""
    return Depends(Giving(frozenset(kinds), takes_file=takes_file))


PartyGives: TypeAlias = Annotated[Giver, gives("party")]
OperatorGives: TypeAlias = Annotated[Giver, gives("operator")]
EnrolledGives: TypeAlias = Annotated[Giver, gives("party", "operator", "service")]
AnybodyGives: TypeAlias = Annotated[Giver, gives("public", "party", "operator", "service")]
"""For commands that prove their giver by signature alone."""
