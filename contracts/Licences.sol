// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "./Deals.sol";
import {RecordWord} from "./RecordWord.sol";

/// @title Licences granted and ended
/// @notice A licence stands on an agreed licence deal that both parties signed; it moves no holder. Terms are a
/// salted commitment. Whether two licences go together is decided before they come here.
abstract contract Licences is Deals {
    using RecordWord for uint256;

    /// @notice A licence as granted.
    /// @param licenceId Identifier of the licence.
    /// @param rightId The right.
    /// @param dealId The licence deal; it becomes licensed.
    /// @param licensor Who grants.
    /// @param licensee Who may use.
    /// @param terms Salted commitment to scope, field, territory and payment.
    /// @param startsAt First second of the term, Unix time.
    /// @param endsAt First second after the term, Unix time.
    struct Licence {
        bytes32 licenceId;
        bytes32 rightId;
        bytes32 dealId;
        bytes32 licensor;
        bytes32 licensee;
        bytes32 terms;
        uint64 startsAt;
        uint64 endsAt;
    }

    /// @notice The end of a licence before its term is over.
    /// @param licenceId The licence.
    /// @param rightId The right.
    /// @param endedAt First second after the end, Unix time.
    /// @param reason Code of the reason.
    struct LicenceEnding {
        bytes32 licenceId;
        bytes32 rightId;
        uint64 endedAt;
        bytes32 reason;
    }

    /// @dev Two words: identity and state, and the term.
    struct LicenceEntry {
        uint256 word;
        uint64 startsAt;
        uint64 endsAt;
    }

    uint8 private constant GRANTED = 1;
    uint8 private constant ENDED = 2;

    mapping(bytes32 licenceId => LicenceEntry) private _licences;

    /// @notice A licence was granted.
    /// @param seq Number of this event in this contract's log.
    /// @param licenceId The licence.
    /// @param rightId The right.
    /// @param dealId The licence deal.
    /// @param licensor Who grants.
    /// @param licensee Who may use.
    /// @param terms Salted commitment to scope, field, territory and payment.
    /// @param startsAt First second of the term, Unix time.
    /// @param endsAt First second after the term, Unix time.
    event LicenceGranted(
        uint64 indexed seq,
        bytes32 indexed licenceId,
        bytes32 indexed rightId,
        bytes32 dealId,
        bytes32 licensor,
        bytes32 licensee,
        bytes32 terms,
        uint64 startsAt,
        uint64 endsAt
    );
    /// @notice A licence ended before its term was over.
    /// @param seq Number of this event in this contract's log.
    /// @param licenceId The licence.
    /// @param rightId The right.
    /// @param previousEndsAt End of the term before, Unix seconds.
    /// @param endedAt End of the term now, Unix seconds.
    /// @param reason Code of the reason.
    event LicenceEnded(
        uint64 indexed seq,
        bytes32 indexed licenceId,
        bytes32 indexed rightId,
        uint64 previousEndsAt,
        uint64 endedAt,
        bytes32 reason
    );

    /// @notice Refused item: the term is empty, or the end lies outside the term.
    error LicenceTermInvalid();

    /// @notice Records granted licences. Role: settler. The same licence again is passed over.
    /// @param licences The licences.
    function recordLicences(Licence[] calldata licences) external restricted bounded(licences.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < licences.length; ++i) {
            Licence calldata item = licences[i];
            bytes32 content = keccak256(abi.encode(item));
            uint256 word = _licences[item.licenceId].word;
            if (word != 0) {
                if (!word.hasContent(content)) _refuse(log, item.licenceId, IdTaken.selector);
                continue;
            }
            uint256 deal = _deals[item.dealId];
            bytes4 refusal = _refusalOfLicence(item, deal);
            if (refusal != 0) {
                _refuse(log, item.licenceId, refusal);
                continue;
            }
            _deals[item.dealId] = deal.advance(uint8(DealState.Licensed), content);
            uint64 seq = _logLicenceGranted(log, item);
            _licences[item.licenceId] = LicenceEntry({
                word: RecordWord.pack(seq, deal.kind(), GRANTED, item.rightId, content),
                startsAt: item.startsAt,
                endsAt: item.endsAt
            });
        }
        _closeLog(log);
    }

    /// @notice Records licences that ended before their term was over. Role: settler. The same end again is passed
    /// over; a licence that merely runs out needs no record.
    /// @param endings The endings.
    function endLicences(LicenceEnding[] calldata endings) external restricted bounded(endings.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < endings.length; ++i) {
            LicenceEnding calldata item = endings[i];
            bytes32 content = keccak256(abi.encode(item));
            LicenceEntry storage licence = _licences[item.licenceId];
            uint256 word = licence.word;
            if (word == 0) {
                _refuse(log, item.licenceId, RecordUnknown.selector);
            } else if (!word.concerns(item.rightId)) {
                _refuse(log, item.licenceId, AnotherRight.selector);
            } else if (word.state() == ENDED) {
                if (!word.hasOutcome(content)) _refuse(log, item.licenceId, AlreadyEnded.selector);
            } else if (item.endedAt < licence.startsAt || item.endedAt >= licence.endsAt) {
                _refuse(log, item.licenceId, LicenceTermInvalid.selector);
            } else {
                licence.word = word.advance(ENDED, content);
                _logLicenceEnded(log, item, licence.endsAt);
                licence.endsAt = item.endedAt;
            }
        }
        _closeLog(log);
    }

    /// @notice What is on record of a licence.
    /// @param licenceId The licence.
    /// @return seq Number of its {LicenceGranted} event, 0 if there is none.
    /// @return kind Kind of its deal: 2 exclusive, 3 sole, 4 ordinary.
    /// @return startsAt First second of the term, Unix time.
    /// @return endsAt First second after the term, Unix time; after an early end, that end.
    function licenceOf(bytes32 licenceId)
        external
        view
        returns (uint64 seq, uint8 kind, uint64 startsAt, uint64 endsAt)
    {
        LicenceEntry storage licence = _licences[licenceId];
        return (licence.word.seq(), licence.word.kind(), licence.startsAt, licence.endsAt);
    }

    function _refusalOfLicence(Licence calldata item, uint256 deal) private pure returns (bytes4) {
        if (item.licenceId == 0 || item.licensor == 0 || item.licensee == 0 || item.terms == 0) {
            return ZeroValue.selector;
        }
        if (item.endsAt <= item.startsAt) return LicenceTermInvalid.selector;
        if (deal == 0) return RecordUnknown.selector;
        if (!deal.concerns(item.rightId)) return AnotherRight.selector;
        uint8 kind = deal.kind();
        if (kind < EXCLUSIVE_LICENCE || kind > ORDINARY_LICENCE) return DealKindForbids.selector;
        if (deal.state() != uint8(DealState.Agreed)) return DealStateForbids.selector;
        return 0;
    }

    function _logLicenceGranted(Cursor memory log, Licence calldata item) private returns (uint64 seq) {
        seq = _nextSeq(log);
        emit LicenceGranted(
            seq,
            item.licenceId,
            item.rightId,
            item.dealId,
            item.licensor,
            item.licensee,
            item.terms,
            item.startsAt,
            item.endsAt
        );
        log.head = keccak256(
            abi.encode(
                log.head,
                LicenceGranted.selector,
                seq,
                item.licenceId,
                item.rightId,
                item.dealId,
                item.licensor,
                item.licensee,
                item.terms,
                item.startsAt,
                item.endsAt
            )
        );
    }

    function _logLicenceEnded(Cursor memory log, LicenceEnding calldata item, uint64 previousEndsAt) private {
        uint64 seq = _nextSeq(log);
        emit LicenceEnded(seq, item.licenceId, item.rightId, previousEndsAt, item.endedAt, item.reason);
        log.head = keccak256(
            abi.encode(
                log.head,
                LicenceEnded.selector,
                seq,
                item.licenceId,
                item.rightId,
                previousEndsAt,
                item.endedAt,
                item.reason
            )
        );
    }
}
