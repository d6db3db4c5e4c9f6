// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Licences} from "../Licences.sol";
import {LicenceFixture} from "./LicenceFixture.sol";

/// @dev Which licences of one scope stand side by side.
contract LicenceConflictsTest is LicenceFixture {
    function test_two_licences_of_one_scope_stand_side_by_side_only_if_both_are_ordinary_or_their_terms_do_not_meet(
        uint8 first,
        uint8 second,
        uint64 firstStart,
        uint64 firstLength,
        uint64 secondStart,
        uint64 secondLength
    ) public {
        (first, second) = (uint8(bound(first, 2, 4)), uint8(bound(second, 2, 4)));
        firstStart = START + uint64(bound(firstStart, 0, 8));
        secondStart = START + uint64(bound(secondStart, 0, 8));
        uint64 firstEnd = firstStart + uint64(bound(firstLength, 1, 8));
        uint64 secondEnd = secondStart + uint64(bound(secondLength, 1, 8));
        granted(first, licence(idOf(1), 0, firstStart, firstEnd));
        bool meet = firstStart < secondEnd && secondStart < firstEnd;
        Licences.Licence memory item = licence(idOf(2), 0, secondStart, secondEnd);
        if (meet && !(first == ORDINARY && second == ORDINARY)) {
            refused(second, item, Licences.LicencesConflict.selector);
        } else {
            granted(second, item);
        }
    }

    function test_every_pair_of_kinds() public {
        for (uint8 first = 2; first <= 4; ++first) {
            for (uint8 second = 2; second <= 4; ++second) {
                uint256 pair = uint256(first) * 10 + second;
                Licences.Licence memory item = licence(idOf(2 * pair), 0, START, END);
                item.scope = bytes32(pair);
                granted(first, item);
                item = licence(idOf(2 * pair + 1), 0, START, END);
                item.scope = bytes32(pair);
                if (first == ORDINARY && second == ORDINARY) granted(second, item);
                else refused(second, item, Licences.LicencesConflict.selector);
            }
        }
    }

    function test_terms_that_touch_do_not_meet() public {
        granted(EXCLUSIVE, licence(idOf(1), 0, START, START + 10));
        granted(EXCLUSIVE, licence(idOf(2), 0, START + 10, START + 20));
        granted(EXCLUSIVE, licence(idOf(3), 0, START - 10, START));
        refused(EXCLUSIVE, licence(idOf(4), 0, START + 19, START + 21), Licences.LicencesConflict.selector);
        refused(EXCLUSIVE, licence(idOf(5), 0, START - 11, START - 9), Licences.LicencesConflict.selector);
    }

    function test_another_scope_or_right_is_no_obstacle() public {
        granted(EXCLUSIVE, licence(idOf(1)));
        Licences.Licence memory item = licence(idOf(2));
        item.scope = "other scope";
        granted(EXCLUSIVE, item);
        item = licence(idOf(3));
        item.rightId = "other right";
        Licences.Deal memory deal = newDeal(item.dealId, EXCLUSIVE);
        deal.rightId = item.rightId;
        record(deal);
        absorb();
        grant(item);
        expectOne(Licences.LicenceGranted.selector);
    }

    function test_a_head_and_its_own_tree_stand_together() public {
        granted(EXCLUSIVE, licence(idOf(1)));
        granted(SOLE, licence(idOf(2), idOf(1), START, END));
        granted(ORDINARY, licence(idOf(3), idOf(2), START, END));
        granted(ORDINARY, licence(idOf(4), idOf(2), START, END));
    }

    function test_an_exclusive_sub_licence_suffers_no_sister() public {
        granted(EXCLUSIVE, licence(idOf(1)));
        granted(EXCLUSIVE, licence(idOf(2), idOf(1), START, END));
        refused(ORDINARY, licence(idOf(3), idOf(1), START, END), Licences.LicencesConflict.selector);
        refused(SOLE, licence(idOf(4), idOf(1), START, END), Licences.LicencesConflict.selector);
    }

    function test_an_ordinary_sub_licence_keeps_out_an_exclusive_sister() public {
        granted(EXCLUSIVE, licence(idOf(1)));
        granted(ORDINARY, licence(idOf(2), idOf(1), START, START + 10));
        refused(EXCLUSIVE, licence(idOf(3), idOf(1), START + 9, END), Licences.LicencesConflict.selector);
        granted(EXCLUSIVE, licence(idOf(4), idOf(1), START + 10, END));
    }

    function test_an_end_makes_room_from_then_on_and_no_earlier() public {
        granted(EXCLUSIVE, licence(idOf(1)));
        end(idOf(1), START + 10);
        absorb();
        refused(EXCLUSIVE, licence(idOf(2), 0, START + 9, END), Licences.LicencesConflict.selector);
        granted(EXCLUSIVE, licence(idOf(3), 0, START + 10, END));
    }

    function test_the_end_of_a_head_makes_room_where_its_sub_licences_stood() public {
        granted(EXCLUSIVE, licence(idOf(1)));
        granted(ORDINARY, licence(idOf(2), idOf(1), START, END));
        end(idOf(1), START + 10);
        absorb();
        granted(EXCLUSIVE, licence(idOf(3), 0, START + 10, END));
    }

    function test_a_licence_that_ended_before_it_began_keeps_nobody_out() public {
        granted(EXCLUSIVE, licence(idOf(1)));
        end(idOf(1), START);
        absorb();
        granted(EXCLUSIVE, licence(idOf(2)));
    }

    function test_no_more_than_1024_licences_of_a_scope_are_looked_at() public {
        uint256 most = register.MAX_SAME_SCOPE();
        for (uint256 i = 1; i <= most; ++i) {
            Licences.Licence memory item = licence(idOf(i), 0, START, START + 1);
            record(newDeal(item.dealId, ORDINARY));
            grant(item);
        }
        absorb();
        granted(EXCLUSIVE, licence(idOf(most + 1), 0, START + 1, END));
        granted(ORDINARY, licence(idOf(most + 2), 0, START, START + 1));
        refused(EXCLUSIVE, licence(idOf(most + 3), 0, START - 9, START), Licences.TooManyLicences.selector);
    }
}
