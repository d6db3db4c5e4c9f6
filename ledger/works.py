"""The worker's works by name, each as one call: what a task, a command line or a test runs.

Every work takes its lock, does a bounded amount, and may be run at any time, any number of times. What is kept between
runs are connections and what saves questions; nothing of it need survive.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from exchange.commands import RecoverChain
from ledger.alarms import Alarms
from ledger.alone import Work, alone, open_database
from ledger.anchoring import Anchored, Anchoring
from ledger.bank import HttpBank
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.chain.manifest import Manifest, read_manifest
from ledger.chain.quorum import Nodes
from ledger.chain_results import ChainResults, Followed
from ledger.errands.filings import Filings
from ledger.errands.payments import Payments
from ledger.errands.register_copies import Memory, RegisterCopies
from ledger.errands.statements import Statements
from ledger.indexer import Indexed, Indexer, Recovered, halted_for, require_running
from ledger.key_reports import report_keys
from ledger.keyring import Keyring
from ledger.log.keeping import Kept, LogKeeping
from ledger.log.stamping import Overdue, Stamped, Stamping
from ledger.log.timestamps import TimestampClient
from ledger.log.witnesses import WitnessClient
from ledger.nonce_gaps import NonceGaps
from ledger.office import HttpOffice
from ledger.outbox import Outbox, Sent
from ledger.outbox_watch import watch_outbox
from ledger.party_reports import report_party_messages
from ledger.reconciling import Reconciling
from ledger.self_audit import SelfAudit
from ledger.service import KeySignatory, Service
from ledger.settings import SettingsRefused
from ledger.spending import Limits

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.secp256k1 import PrivateKey
    from ledger.worker_settings import WorkerSettings


RecoveryGround: TypeAlias = Literal["blocks-lost", "fork-beyond-finality"]
RECOVERY_PATIENCE_S: Final = 15.0
"""How long a recovery waits for each work that the worker is doing just now."""


class Works:
    """Everything that the worker can do, over one venue. May be used by several threads."""

    def __init__(self, settings: WorkerSettings) -> None:
        self.settings = settings
        self._memory = Memory()
        self._overdue = Overdue()
        self._alarms = Alarms()
        self._gaps = NonceGaps()

    def close(self) -> None:
        """Close what has been opened; it opens again when it is needed."""
        for name in ("bank", "office"):
            opened: HttpBank | HttpOffice | None = self.__dict__.pop(name, None)
            if opened is not None:
                opened.close()
        witnesses: list[WitnessClient] = self.__dict__.pop("witnesses", [])
        for witness in witnesses:
            witness.close()
        authority: TimestampClient | None = self.__dict__.pop("authority", None)
        if authority is not None:
            authority.close()
        for name in ("nodes", "judges"):
            nodes: Nodes | None = self.__dict__.pop(name, None)
            if nodes is not None:
                nodes.close()
        keyring: Keyring | None = self.__dict__.pop("keyring", None)
        if keyring is not None:
            keyring.close()

    # --- the chain

    def send_outbox(self) -> Sent:
        """Send what waits for the chain.

        Raises:
            Elsewhere, ChainFault, SettingsRefused, psycopg.Error: nothing is lost, run it again.
        """
        with self._database() as database, alone(database, Work.OUTBOX):
            sender = self.keyring.signer("sender")
            signers = {"settler": sender, "registrar": sender}
            outbox = Outbox(
                database,
                self.chain,
                self.manifest,
                signers,
                replace_after_ms=self.settings.replace_after_ms,
                limits=self._limits,
                alarms=self._alarms,
                gaps=self._gaps,
                read=self.judges.reading,
            )
            return outbox.run()

    def watch_outbox(self) -> int:
        """Raise an alarm for what stands still in the outbox; gives the number of such records.

        Raises:
            psycopg.Error: run it again.
        """
        with self._database() as database:
            return watch_outbox(database, self._alarms, self.settings.stuck_after_ms)

    def read_chain(self) -> Indexed:
        """Read the contracts' logs.

        Raises:
            Elsewhere, ChainFault, SettingsRefused, psycopg.Error: nothing is lost, run it again.
        """
        with self._database() as database, alone(database, Work.INDEXER):
            return Indexer(database, self.nodes.reading(), self.manifest).run()

    def follow_records(self) -> Followed:
        """Bring records to their end, and report them.

        Raises:
            Elsewhere, ChainFault, SequencerRefused, VenueNotOpen, SettingsRefused, psycopg.Error: run it again.
        """
        with (
            self._database() as database,
            alone(database, Work.CHAIN_RESULTS),
            self._service(database) as service,
        ):
            done = ChainResults(database, self.chain, self.manifest, service).run()
            if halted_for(database) is None:
                done.keys = report_keys(database, service)
                done.messages = report_party_messages(database, service)
            return done

    def anchor_journal(self, *, at_once: bool = False) -> Anchored:
        """Anchor the journal if it is due.

        Raises:
            Elsewhere, JournalDiffers, ChainFault, SettingsRefused, psycopg.Error: run it again.
        """
        with self._database() as database, alone(database, Work.ANCHORING):
            anchoring = Anchoring(
                database,
                self.chain,
                self.manifest,
                self.keyring.signer("anchor"),
                every_entries=self.settings.anchor_entries,
                interval_ms=self.settings.anchor_interval_ms,
                replace_after_ms=self.settings.replace_after_ms,
                limits=self._limits,
                alarms=self._alarms,
            )
            return anchoring.run(at_once=at_once)

    def keep_log(self) -> Kept:
        """Write the tiles of the journal's tree, and take its newest checkpoint to the witnesses.

        Raises:
            Elsewhere, LogDiffers, WitnessFault, psycopg.Error: run it again.
        """
        with self._database() as database, alone(database, Work.LOG):
            return LogKeeping(database, self.witnesses).run()

    def stamp_checkpoints(self) -> Stamped:
        """Have checkpoints time-stamped; nothing where no authority is set.

        Raises:
            Elsewhere, TimestampFault, psycopg.Error: run it again.
        """
        if self.authority is None:
            return Stamped()
        with self._database() as database, alone(database, Work.TIME_STAMPS):
            return Stamping(database, self.authority).run(self._overdue)

    def recover_chain(
        self, operator: PrivateKey, reason: str, *, ground: RecoveryGround = "blocks-lost"
    ) -> Recovered:
        """After a halt: queue again what the chain has lost, and go on. The operator's command is journalled first.

        The same halt at the same block is journalled once, however often the recovery is begun.

        Raises:
            ChainFault: CHAIN-NOT-HALTED, CHAIN-RECOVERY-REFUSED (not an operator's key), and what the client raises.
            Elsewhere, SequencerRefused, VenueNotOpen, SettingsRefused, psycopg.Error: nothing is lost, run it again.
        """
        with (
            self._database() as database,
            alone(database, Work.OUTBOX, patience_s=RECOVERY_PATIENCE_S),
            alone(database, Work.INDEXER, patience_s=RECOVERY_PATIENCE_S),
            alone(database, Work.ANCHORING, patience_s=RECOVERY_PATIENCE_S),
            Service(database, self.settings.socket_path, KeySignatory(operator)) as giver,
        ):
            code = halted_for(database)
            if code is None:
                raise ChainFault(code="CHAIN-NOT-HALTED")
            indexer = Indexer(database, self.nodes.reading(), self.manifest)
            agreed = indexer.agreed()
            command = RecoverChain(ground=ground, halted_for=code, agreed_block=agreed.number)
            # The signer in the key: whoever is refused takes nobody else's.
            key = f"chain-recovery:{code}:{agreed.number}:{operator.address}"
            answer = giver.report(key, command, parts={"reason": reason})
            if answer.status == "refused":
                raise ChainFault(code="CHAIN-RECOVERY-REFUSED", detail=str(answer.code))
            return indexer.recover(agreed)

    # --- errands

    def read_statements(self) -> int:
        """Bring in the bank's statement lines; 0 where no bank is set.

        Raises:
            Elsewhere, CounterpartyError, SequencerRefused, VenueNotOpen, SettingsRefused, psycopg.Error: run it again.
        """
        if self.bank is None:
            return 0
        with (
            self._database() as database,
            alone(database, Work.STATEMENTS),
            self._service(database) as service,
        ):
            return Statements(database, self.bank, service).run()

    def instruct_payments(self) -> int:
        """Hand approved payments to the bank; 0 where no bank is set.

        Nothing leaves while the indexer is halted, or while the last reconciliation found a difference in money.

        Raises:
            SettlementHalted: until somebody recovers.
            Elsewhere, CounterpartyError, SequencerRefused, VenueNotOpen, SettingsRefused, psycopg.Error: run it again.
        """
        if self.bank is None:
            return 0
        with (
            self._database() as database,
            alone(database, Work.PAYMENTS),
            self._service(database) as service,
        ):
            require_running(database)
            return Payments(database, self.bank, service, self._alarms).run()

    def read_register(self) -> int:
        """Bring in register copies; 0 where no office is set.

        Raises:
            Elsewhere, CounterpartyError, SequencerRefused, VenueNotOpen, SettingsRefused, psycopg.Error: run it again.
        """
        if self.office is None:
            return 0
        with (
            self._database() as database,
            alone(database, Work.REGISTER_COPIES),
            self._service(database) as service,
        ):
            oldest = self.settings.register_copy_age_ms
            copies = RegisterCopies(database, self.office, service, oldest_age_ms=oldest, memory=self._memory)
            return copies.run()

    def hand_in_filings(self) -> int:
        """File, and bring in decisions; 0 where no office is set. Nothing is filed while the indexer is halted.

        Raises:
            SettlementHalted: until somebody recovers.
            Elsewhere, CounterpartyError, SequencerRefused, VenueNotOpen, SettingsRefused, psycopg.Error: run it again.
        """
        if self.office is None:
            return 0
        with (
            self._database() as database,
            alone(database, Work.FILINGS),
            self._service(database) as service,
        ):
            require_running(database)
            return Filings(database, self.office, service).run()

    # --- the verdict

    def audit_journal(self) -> bool:
        """Audit the venue's own journal if it is time; whether a verdict was made.

        Raises:
            Elsewhere, SelfAuditFailed, ExportRefused, SettingsRefused, ChainFault, psycopg.Error: run it again.
        """
        with self._database() as database, alone(database, Work.SELF_AUDIT):
            return SelfAudit(database, self.settings, self.manifest).run()

    def reconcile_books(self) -> bool:
        """Compare both sides of everything if it is time; whether that was done.

        Raises:
            Elsewhere, ChainFault, CounterpartyError, SettingsRefused, psycopg.Error: run it again.
        """
        with self._database() as database, alone(database, Work.RECONCILING):
            return Reconciling(database, self).run() is not None

    # --- what they stand on

    @cached_property
    def chain(self) -> ChainClient:
        """The node that is written to, and asked what became of it."""
        return ChainClient(self.settings.chain_url)

    @cached_property
    def nodes(self) -> Nodes:
        """The nodes that the indexer reads from, that one among them."""
        return Nodes((self.settings.chain_url, *self.settings.chain_read_urls))

    @cached_property
    def judges(self) -> Nodes:
        """The same nodes, of which the sender asks what a contract refuses: each keeps to one reading at a time."""
        return Nodes((self.settings.chain_url, *self.settings.chain_read_urls))

    @cached_property
    def manifest(self) -> Manifest:
        """The deployment.

        Raises:
            SettingsRefused: there is none, or it is not complete.
            ChainFault: DEPLOY-MANIFEST.
        """
        found = read_manifest(self.settings.manifest_file)
        if found is None or not found.complete:
            name = "IPX_CHAIN_MANIFEST"
            raise SettingsRefused(name, "deploy the contracts first: `ipx up` or `ipx chain deploy`")
        return found

    @cached_property
    def bank(self) -> HttpBank | None:
        """The bank, if one is set."""
        return None if self.settings.bank is None else HttpBank.at(self.settings.bank)

    @cached_property
    def office(self) -> HttpOffice | None:
        """The patent office, if one is set."""
        return None if self.settings.office is None else HttpOffice.at(self.settings.office)

    @cached_property
    def witnesses(self) -> list[WitnessClient]:
        """Whoever is set to cosign checkpoints."""
        return [WitnessClient(endpoint) for endpoint in self.settings.witnesses]

    @cached_property
    def authority(self) -> TimestampClient | None:
        """The time-stamping authority, if one is set."""
        return None if self.settings.timestamp is None else TimestampClient(self.settings.timestamp)

    @property
    def _limits(self) -> Limits:
        settings = self.settings
        return Limits(transaction_wei=settings.most_wei_transaction, day_wei=settings.most_wei_day)

    def _database(self) -> Database:
        return open_database(self.settings.database_url)

    def _service(self, database: Database) -> Service:
        return Service(database, self.settings.socket_path, self.keyring.service())

    @cached_property
    def keyring(self) -> Keyring:
        """The venue's own keys, or the signer that has them."""
        return Keyring(self.settings)


BY_NAME: Final[dict[str, Callable[[Works], Any]]] = {
    "read_chain": Works.read_chain,
    "follow_records": Works.follow_records,
    "send_outbox": Works.send_outbox,
    "watch_outbox": Works.watch_outbox,
    "anchor_journal": Works.anchor_journal,
    "keep_log": Works.keep_log,
    "stamp_checkpoints": Works.stamp_checkpoints,
    "read_statements": Works.read_statements,
    "instruct_payments": Works.instruct_payments,
    "read_register": Works.read_register,
    "hand_in_filings": Works.hand_in_filings,
    "audit_journal": Works.audit_journal,
    "reconcile_books": Works.reconcile_books,
}
"""What the worker does by itself, at every tick."""
