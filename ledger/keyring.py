"""The venue's own keys as the works see them: each an address and what it signs, wherever the key itself lies.

With `IPX_SIGNER_SOCKET` set the signer's process has them, and this one never does. Without it they are read from
`IPX_KEYS_DIR` into this process, which suits a test and one's own machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ledger.chain.signer import LocalSigner
from ledger.service import KeySignatory
from ledger.signer.client import SignerClient, SignerKey

if TYPE_CHECKING:
    from ledger.chain.signer import Signer
    from ledger.service import Signatory
    from ledger.worker_settings import WorkerSettings


class Keyring:
    """Signers by name. May be used by several threads."""

    def __init__(self, settings: WorkerSettings) -> None:
        self._settings = settings
        path = settings.signer_socket
        self._client = SignerClient(path) if path else None
        self._signers: dict[str, Signer] = {}

    def signer(self, name: Literal["sender", "anchor"]) -> Signer:
        """Whoever signs transactions under this name.

        Raises:
            SettingsRefused: the key is to be in this process, and is not there.
        """
        found = self._signers.get(name)
        if found is None:
            found = (
                LocalSigner(self._settings.key(name))
                if self._client is None
                else SignerKey(self._client, name)
            )
            self._signers[name] = found
        return found

    def service(self) -> Signatory:
        """Whoever signs the service's instructions to the exchange.

        Raises:
            SettingsRefused: as `signer`.
        """
        if self._client is None:
            return KeySignatory(self._settings.key("service"))
        return SignerKey(self._client, "service")

    def close(self) -> None:
        """Close the connection to the signer; it opens again when it is needed."""
        if self._client is not None:
            self._client.close()
