"""What happened to rights of first refusal."""

from __future__ import annotations

from exchange.events.event import Event


class CompletersFound(Event, frozen=True):
    """The venue has found whether a right was made in service, how many completed it, and by which parties they act."""

    right_id: str
    service_invention: bool
    count: int
    parties: tuple[str, ...]


class RefusalNoticed(Event, frozen=True):
    """Everyone with a first refusal of a deal was given notice; `until_ms` (ms UTC) ends their term."""

    deal_id: str
    notice_digest: str
    count: int
    until_ms: int


class RefusalWaived(Event, frozen=True):
    """Some have waived. `left`: how many have not."""

    deal_id: str
    left: int


class RefusalExercised(Event, frozen=True):
    """A first refusal was exercised: `new_deal_id` takes the place of the deal."""

    deal_id: str
    new_deal_id: str
