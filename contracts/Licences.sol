// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "./Deals.sol";
import {RecordWord} from "./RecordWord.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title Licences granted and ended
/// @notice A licence stands on an agreed licence deal that both parties signed; it moves no holder. Terms and scope
/// are salted commitments; that they are those of the deal is for an audit to say. A sub-licence stands on its head
/// licence: it is active only while that one is, so that ending the head ends the whole tree without touching it. Of
/// two licences of the same scope whose terms overlap, both must be ordinary, or one must be the head of the other
/// (Civil Code of the PRC, Articles 865 to 868).
/// @dev Licences whose scopes differ but overlap cannot be told apart here, since scopes are commitments: the venue's
/// rules refuse them, and an audit replays those. Entries of one scope form two lists, of licences that suffer no
/// other and of ordinary ones, each from the newest back.
abstract contract Licences is Deals {
    using RecordWord for uint256;

    /// @notice A licence as granted.
    /// @param licenceId Identifier of the licence.
    /// @param rightId The right.
    /// @param dealId The licence deal; it becomes licensed.
    /// @param headId The licence under which it is granted, or zero.
    /// @param licensor Who grants.
    /// @param licensee Who may use.
    /// @param terms Salted commitment to the terms.
    /// @param scope Salted commitment to territory and field of use, the same for equal ones on one right.
    /// @param startsAt First second of the term, Unix time.
    /// @param endsAt First second after the term, Unix time.
    /// @param sublicensable Whether sub-licences may be granted under it.
    struct Licence {
        bytes32 licenceId;
        bytes32 rightId;
        bytes32 dealId;
        bytes32 headId;
        bytes32 licensor;
        bytes32 licensee;
        bytes32 terms;
        bytes32 scope;
        uint64 startsAt;
        uint64 endsAt;
        bool sublicensable;
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

    /// @dev Three words. Licences are kept under 12 bytes of their identifiers' hashes, so that an entry can name its
    /// head and the entry before it in the list of its scope; to meet a licence under another identifier takes a
    /// second preimage of 96 bits.
    struct LicenceEntry {
        uint96 head;
        uint96 previous;
        uint8 kind;
        uint8 depth;
        bool sublicensable;
        uint40 startsAt;
        uint40 endsAt;
        uint40 seq;
        uint40 ending;
        uint96 content;
        bytes32 rightId;
    }

    /// @dev The newest entry of each list, or zero.
    struct ScopeLists {
        uint96 exclusive;
        uint96 ordinary;
    }

    /// @notice Most levels of a tree, the first licence included.
    uint8 public constant MAX_DEPTH = 8;
    /// @notice Most entries of a list that are looked at for a new licence.
    uint256 public constant MAX_SAME_SCOPE = 1_024;

    mapping(uint96 key => LicenceEntry) private _licences;
    mapping(bytes32 rightAndScope => ScopeLists) private _scopes;

    /// @notice A licence was granted.
    /// @param seq Number of this event in this contract's log.
    /// @param licenceId The licence.
    /// @param rightId The right.
    /// @param dealId The licence deal.
    /// @param headId The licence under which it is granted, or zero.
    /// @param licensor Who grants.
    /// @param licensee Who may use.
    /// @param terms Salted commitment to the terms.
    /// @param scope Salted commitment to territory and field of use.
    /// @param startsAt First second of the term, Unix time.
    /// @param endsAt First second after the term, Unix time.
    /// @param sublicensable Whether sub-licences may be granted under it.
    event LicenceGranted(
        uint64 indexed seq,
        bytes32 indexed licenceId,
        bytes32 indexed rightId,
        bytes32 dealId,
        bytes32 headId,
        bytes32 licensor,
        bytes32 licensee,
        bytes32 terms,
        bytes32 scope,
        uint64 startsAt,
        uint64 endsAt,
        bool sublicensable
    );
    /// @notice A licence ended before its term was over.
    /// @param seq Number of this event in this contract's log.
    /// @param licenceId The licence.
    /// @param rightId The right.
    /// @param endedAt End of the term now, Unix seconds.
    /// @param reason Code of the reason.
    /// @param previousEndsAt End of the term before, Unix seconds.
    event LicenceEnded(
        uint64 indexed seq,
        bytes32 indexed licenceId,
        bytes32 indexed rightId,
        uint64 endedAt,
        bytes32 reason,
        uint64 previousEndsAt
    );

    /// @notice Refused item: the term is empty, lies outside its head's, or the end lies outside the term.
    error LicenceTermInvalid();
    /// @notice Refused item: the head allows no sub-licence, or the tree has {MAX_DEPTH} levels.
    error HeadForbids();
    /// @notice Refused item: a licence of the same scope that suffers none beside it stands in the term.
    error LicencesConflict();
    /// @notice Refused item: more than {MAX_SAME_SCOPE} licences of the same scope would have to be looked at.
    error TooManyLicences();

    /// @notice Records granted licences. Role: settler. The same licence again is passed over.
    /// @dev Refusals: {IdTaken}, {ZeroValue}, {RecordUnknown}, {AnotherRight}, {DealKindForbids}, {DealStateForbids},
    /// {LicenceTermInvalid}, {HeadForbids}, {LicencesConflict}, {TooManyLicences}. Reverts with {BatchTooLong}.
    /// @param licences The licences.
    function recordLicences(Licence[] calldata licences) external restricted bounded(licences.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < licences.length; ++i) {
            Licence calldata item = licences[i];
            bytes32 content = _hashItem(_at(item), 11);
            LicenceEntry storage standing = _licences[_keyOf(item.licenceId)];
            if (standing.seq != 0) {
                if (standing.content != uint96(uint256(content))) _refuse(log, item.licenceId, IdTaken.selector);
                continue;
            }
            uint256 deal = _wordOf(item.dealId);
            bytes4 refusal = _refusalOfLicence(item, deal);
            if (refusal == 0) refusal = _refusalBesideOthers(item, deal.kind());
            if (refusal != 0) {
                _refuse(log, item.licenceId, refusal);
                continue;
            }
            _deals[item.dealId].word = deal.advance(uint8(DealState.Licensed), content);
            _append(log, LicenceGranted.selector, _at(item), 11, 4);
            _enter(item, deal.kind(), log.seq, content);
        }
        _closeLog(log);
    }

    /// @notice Records licences that end, or will end, before their term is over. Role: settler. The same end again is
    /// passed over; an earlier one may follow, a later one never. A licence that merely runs out needs no record.
    /// Sub-licences end with their head by themselves.
    /// @dev Refusals: {RecordUnknown}, {AnotherRight}, {AlreadyEnded}, {LicenceTermInvalid}.
    /// @param endings The endings.
    function endLicences(LicenceEnding[] calldata endings) external restricted bounded(endings.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < endings.length; ++i) {
            LicenceEnding calldata item = endings[i];
            uint40 ending = uint40(uint256(_hashItem(_at(item), 4)));
            LicenceEntry storage licence = _licences[_keyOf(item.licenceId)];
            if (licence.seq == 0) {
                _refuse(log, item.licenceId, RecordUnknown.selector);
            } else if (licence.rightId != item.rightId) {
                _refuse(log, item.licenceId, AnotherRight.selector);
            } else if (licence.ending == ending) {
                continue;
            } else if (item.endedAt < licence.startsAt || item.endedAt >= licence.endsAt) {
                bytes4 ground = licence.ending == 0 ? LicenceTermInvalid.selector : AlreadyEnded.selector;
                _refuse(log, item.licenceId, ground);
            } else {
                _append(log, LicenceEnded.selector, _at(item), 4, abi.encode(licence.endsAt), 4);
                licence.ending = ending;
                licence.endsAt = uint40(item.endedAt);
            }
        }
        _closeLog(log);
    }

    /// @notice What is on record of a licence.
    /// @param licenceId The licence.
    /// @return seq Number of its {LicenceGranted} event, 0 if there is none.
    /// @return kind Kind of its deal: 2 exclusive, 3 sole, 4 ordinary.
    /// @return startsAt First second of the term, Unix time.
    /// @return endsAt First second after the term, Unix time; after an early end of it or of a head, that end.
    function licenceOf(bytes32 licenceId)
        external
        view
        returns (uint64 seq, uint8 kind, uint64 startsAt, uint64 endsAt)
    {
        uint96 key = _keyOf(licenceId);
        LicenceEntry storage licence = _licences[key];
        return (licence.seq, licence.kind, licence.startsAt, _endOf(key));
    }

    /// @notice Whether a licence and every head above it are within their terms and not ended.
    /// @param licenceId The licence.
    /// @param time Second, Unix time.
    function licenceActive(bytes32 licenceId, uint64 time) external view returns (bool) {
        uint96 key = _keyOf(licenceId);
        return time >= _licences[key].startsAt && time < _endOf(key);
    }

    function _refusalOfLicence(Licence calldata item, uint256 deal) private pure returns (bytes4) {
        if (item.licenceId == 0 || item.licensor == 0 || item.licensee == 0 || item.terms == 0 || item.scope == 0)
        {
            return ZeroValue.selector;
        }
        if (item.endsAt <= item.startsAt || item.endsAt > type(uint40).max) return LicenceTermInvalid.selector;
        if (deal == 0) return RecordUnknown.selector;
        if (!deal.concerns(item.rightId)) return AnotherRight.selector;
        uint8 kind = deal.kind();
        if (kind < EXCLUSIVE_LICENCE || kind > ORDINARY_LICENCE) return DealKindForbids.selector;
        if (deal.state() != uint8(DealState.Agreed)) return DealStateForbids.selector;
        return 0;
    }

    function _refusalBesideOthers(Licence calldata item, uint8 kind) private view returns (bytes4 refusal) {
        uint96 headKey = _keyOf(item.headId);
        if (item.headId != 0) {
            LicenceEntry storage head = _licences[headKey];
            if (head.seq == 0) return RecordUnknown.selector;
            if (head.rightId != item.rightId) return AnotherRight.selector;
            if (!head.sublicensable || head.depth + 1 >= MAX_DEPTH) return HeadForbids.selector;
            if (item.startsAt < head.startsAt || item.endsAt > _endOf(headKey)) return LicenceTermInvalid.selector;
        }
        ScopeLists storage lists = _scopes[_scopeOf(item)];
        refusal = _refusalInList(lists.exclusive, item, headKey);
        if (refusal == 0 && kind != ORDINARY_LICENCE) refusal = _refusalInList(lists.ordinary, item, headKey);
    }

    /// @dev Looks through a list for a licence, other than a head of the new one, whose term overlaps the new one's.
    function _refusalInList(uint96 key, Licence calldata item, uint96 headKey) private view returns (bytes4) {
        for (uint256 i = 0; key != 0; ++i) {
            if (i == MAX_SAME_SCOPE) return TooManyLicences.selector;
            LicenceEntry storage other = _licences[key];
            uint64 from = item.startsAt > other.startsAt ? item.startsAt : other.startsAt;
            uint64 end = _endOf(key);
            // The terms share a second, which an entry that ended before it began does not.
            if (from < end && from < item.endsAt && !_isHead(key, headKey)) return LicencesConflict.selector;
            key = other.previous;
        }
        return 0;
    }

    /// @dev Whether `key` is the licence at `from` or a head above it. At most {MAX_DEPTH} steps.
    function _isHead(uint96 key, uint96 from) private view returns (bool) {
        while (from != 0) {
            if (from == key) return true;
            from = _licences[from].head;
        }
        return false;
    }

    /// @dev The earliest end among a licence and its heads: 0 if there is none. At most {MAX_DEPTH} steps.
    function _endOf(uint96 key) private view returns (uint40 end) {
        end = _licences[key].endsAt;
        for (key = _licences[key].head; key != 0; key = _licences[key].head) {
            uint40 headEnd = _licences[key].endsAt;
            if (headEnd < end) end = headEnd;
        }
    }

    function _enter(Licence calldata item, uint8 kind, uint64 seq, bytes32 content) private {
        uint96 key = _keyOf(item.licenceId);
        ScopeLists storage lists = _scopes[_scopeOf(item)];
        LicenceEntry storage licence = _licences[key];
        if (item.headId != 0) {
            licence.head = _keyOf(item.headId);
            licence.depth = _licences[licence.head].depth + 1;
        }
        if (kind == ORDINARY_LICENCE) (licence.previous, lists.ordinary) = (lists.ordinary, key);
        else (licence.previous, lists.exclusive) = (lists.exclusive, key);
        licence.rightId = item.rightId;
        licence.kind = kind;
        licence.sublicensable = item.sublicensable;
        licence.startsAt = uint40(item.startsAt);
        licence.endsAt = uint40(item.endsAt);
        licence.seq = uint40(seq);
        licence.content = uint96(uint256(content));
    }

    function _keyOf(bytes32 licenceId) private pure returns (uint96) {
        return licenceId == 0 ? 0 : uint96(uint256(keccak256(abi.encode(licenceId))));
    }

    function _scopeOf(Licence calldata item) private pure returns (bytes32) {
        return keccak256(abi.encode(item.rightId, item.scope));
    }

    function _at(Licence calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(LicenceEnding calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
