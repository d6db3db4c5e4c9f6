// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EventLog} from "../../EventLog.sol";
import {Licences} from "../../Licences.sol";
import {Vm} from "../TestBase.sol";
import {QuickHandler} from "./Handler.sol";

/// @dev Few scopes and short terms, so that licences meet; a naive model says of every step what must come of it.
/// All parameters are `uint8`.
contract LicenceHandler is QuickHandler {
    uint256 public constant MOST = 24;

    struct Modelled {
        bool sublicensable;
        uint8 kind;
        uint8 scope;
        uint8 depth;
        uint64 startsAt;
        uint64 endsAt;
        /// @dev Place of the head in the list, from 1, or 0.
        uint256 head;
    }

    Modelled[] private _model;
    /// @dev Steps whose outcome was not the model's.
    uint256 public surprises;
    uint64 public someTime = START;

    function grantOne(uint8 kind, uint8 scope, uint8 start, uint8 length, uint8 head, uint8 open) external {
        if (_model.length == MOST) return;
        Modelled memory wanted = Modelled({
            sublicensable: open % 4 != 0,
            kind: kind % 5 < 3 ? ORDINARY : kind % 2 == 0 ? EXCLUSIVE : SOLE,
            scope: scope % 2 + 1,
            depth: 0,
            startsAt: START + start % 8,
            endsAt: START + start % 8 + length % 8 + 1,
            head: _model.length == 0 ? 0 : head % (_model.length + 1)
        });
        if (wanted.head != 0) _under(wanted, start, length);
        Licences.Licence memory item = licence(idOf(_model.length + 1));
        // Refused ones are asked for again, so a deal's number is that of the step.
        item.dealId = dealId(bytes12(uint96(++steps)));
        item.headId = wanted.head == 0 ? bytes32(0) : idOf(wanted.head);
        item.scope = bytes32(uint256(wanted.scope));
        (item.startsAt, item.endsAt) = (wanted.startsAt, wanted.endsAt);
        item.sublicensable = wanted.sublicensable;
        record(newDeal(item.dealId, wanted.kind));
        collect();
        grant(item);
        bool allowed = _allowed(wanted);
        if (allowed) _model.push(wanted);
        if (allowed) _compare("grant", Licences.LicenceGranted.selector);
        else _compare("refuse", EventLog.ItemRefused.selector);
    }

    function endOne(uint8 which, uint8 time, uint8 often) external {
        if (_model.length == 0 || often % 2 != 0) return;
        uint256 place = which % _model.length;
        Modelled storage licence_ = _model[place];
        uint64 room = licence_.endsAt - licence_.startsAt;
        uint64 endedAt = often % 4 == 0 || room == 0 ? START + time % 18 : licence_.startsAt + time % room;
        // Outside what is left of the term: refused, or passed over if it is the same end again.
        bool open = endedAt >= licence_.startsAt && endedAt < licence_.endsAt;
        end(idOf(place + 1), endedAt);
        if (open) {
            licence_.endsAt = endedAt;
            _compare("end", Licences.LicenceEnded.selector);
        } else {
            collect();
        }
        someTime = START + time % 18;
    }

    /// @dev Over all pairs: two licences of one scope that are live in one second, of which one is not ordinary and
    /// none is the other's head.
    function incompatiblePairs() external view returns (uint256 pairs) {
        Modelled[] memory all = _model;
        for (uint256 i = 0; i < all.length; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                if (_clash(all, all[i], i + 1, j)) ++pairs;
            }
        }
    }

    /// @dev Licences whose term or activity at this time is not the model's, or that are active under a head that
    /// is not.
    function wrongActivities(uint64 time) external view returns (uint256 wrong) {
        Modelled[] memory all = _model;
        bool[] memory active = new bool[](all.length);
        for (uint256 i = 0; i < all.length; ++i) {
            (,, uint64 startsAt, uint64 endsAt) = register.licenceOf(idOf(i + 1));
            if (startsAt != all[i].startsAt || endsAt != _effectiveEnd(all, i + 1)) ++wrong;
            active[i] = register.licenceActive(idOf(i + 1), time);
            if (active[i] != (time >= startsAt && time < endsAt)) ++wrong;
            // Heads come before what is granted under them.
            if (active[i] && all[i].head != 0 && !active[all[i].head - 1]) ++wrong;
        }
    }

    /// @dev Mostly inside the head's term, so that trees grow.
    function _under(Modelled memory wanted, uint8 start, uint8 length) private view {
        Modelled memory above = _model[wanted.head - 1];
        wanted.depth = above.depth + 1;
        wanted.scope = length % 4 == 0 ? wanted.scope : above.scope;
        if (start % 4 == 0 || above.endsAt <= above.startsAt) return;
        uint64 room = above.endsAt - above.startsAt;
        wanted.startsAt = above.startsAt + start % room;
        wanted.endsAt = wanted.startsAt + 1 + length % (above.endsAt - wanted.startsAt);
    }

    function _allowed(Modelled memory wanted) private view returns (bool) {
        Modelled[] memory all = _model;
        if (wanted.head != 0) {
            Modelled memory above = all[wanted.head - 1];
            if (!above.sublicensable || wanted.depth >= 8) return false;
            if (wanted.startsAt < above.startsAt || wanted.endsAt > _effectiveEnd(all, wanted.head)) return false;
        }
        for (uint256 j = 0; j < all.length; ++j) {
            if (_clash(all, wanted, 0, j)) return false;
        }
        return true;
    }

    /// @dev Of a licence at a place from 1 (0 if it is not in the list yet) and an earlier one.
    function _clash(Modelled[] memory all, Modelled memory one, uint256 place, uint256 earlier)
        private
        pure
        returns (bool)
    {
        Modelled memory other = all[earlier];
        if (one.scope != other.scope || (one.kind == ORDINARY && other.kind == ORDINARY)) return false;
        for (uint256 head = one.head; head != 0; head = all[head - 1].head) {
            if (head == earlier + 1) return false;
        }
        uint64 end_ = place == 0 ? one.endsAt : _effectiveEnd(all, place);
        uint64 otherEnd = _effectiveEnd(all, earlier + 1);
        uint64 from = one.startsAt > other.startsAt ? one.startsAt : other.startsAt;
        return from < end_ && from < otherEnd;
    }

    function _effectiveEnd(Modelled[] memory all, uint256 place) private pure returns (uint64 end_) {
        end_ = type(uint64).max;
        for (; place != 0; place = all[place - 1].head) {
            if (all[place - 1].endsAt < end_) end_ = all[place - 1].endsAt;
        }
    }

    function _compare(bytes32 action, bytes32 expected) private {
        Vm.Log[] memory entries = collect();
        if (entries.length != 1 || entries[0].topics[0] != expected) ++surprises;
        count(action);
    }
}
