"""What the routes of the public log answer in JSON."""

from pydantic import BaseModel


class LogView(BaseModel):
    """The log's name and key: `vkey` is the C2SP verifier key under which its checkpoints are signed."""

    origin: str
    vkey: str
    size: int
    root: str
    witnesses: list[str]


class ConsistencyView(BaseModel):
    """The RFC 9162 path (hex) that shows that the tree of `new` entries begins with that of `old`."""

    old: int
    new: int
    path: list[str]
