"""A contract's three texts say the same figures, follow from its terms alone, and are signed by one commitment."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, UnsetType

from exchange import canonical
from exchange import commands as c
from exchange.calendar import venue_date
from exchange.money.amount import format_amount
from exchange.rows import LotPart, RightFacts
from exchange.rows.deals import StandingLicence
from exchange.terms import contract as contracts
from exchange.terms import text
from exchange.terms.consideration import instalment_amounts
from exchange.terms.contract import LANGUAGES, ContractTerms
from exchange.terms.hash_set import hash_set, hash_set_commitment
from exchange.terms.text import en, zh_hans, zh_hant
from tests.exchange.scene import Scene, digest
from tests.exchange.test_considerations import splits

SALT = bytes(range(32))
SIMPLIFIED_ONLY = set(
    "让许专转价额设标议释运续仅术权请记备质认证产业东两严个临为乌乐买亏云亚亩亲亿从仓仪们众优会伟传伤伦伪体余佣侧侨侦俩债倾偿储儿兑党兰关兴养兽内冈册写军农冲决况冻净减凑凤凭凯击创别制刹剂剑剧劝办务动励劲劳势匀区医华协单卖卢卫却厂厅历厉压厌县参双发变叙叠号叹听启员呜响哑唤啸园围图团圆圣场坏块坚坛坝坞坟坠垄垒垦垫堕墙壮声壳壶处复够头夸夹夺奋奖妆妇妈孙学宁宝实宠审宪宫宽宾寝对寻导寿将尔尘尝尽层属岁岂岗岛岭峡币帅师帐带帮并广庄庆库应庙废开异弃张弥弯弹强归录彻径徕忆忧怀态怜总恋恳恶恼悬惊惧惨惩惯愤愿惫戏战户扎扑执扩扫扬扰抚抛抢护报担拟拢拣拥拦择挂挤挥损捡换据"
)
"""Characters that Traditional Chinese writes otherwise."""

small = st.integers(1, 10**9)
royalties = st.builds(
    c.Royalty,
    base=st.sampled_from(["net_sales", "added_output", "profit", "product_price"]),
    rates=st.lists(st.integers(1, 10_000), min_size=1, max_size=5).map(lambda found: tuple(sorted(found))),
    period=st.sampled_from(["quarter", "half_year", "year"]),
    report_days=st.integers(1, 180),
    pay_days=st.integers(0, 180),
    floor=st.none() | small,
    ceiling=st.none() | small,
)
considerations = st.one_of(
    st.just(UNSET),
    st.builds(c.Instalments, parts=splits()),
    st.builds(c.RunningRoyalty, royalty=royalties),
    st.builds(c.EntryFeeAndRoyalty, royalty=royalties),
    st.builds(c.Equity, company_number=st.just("91440300000000001X"), basis_points=st.integers(1, 9_999)),
)


@st.composite
def standing(draw: st.DrawFn) -> tuple[StandingLicence, ...] | UnsetType:
    """Licences that go on when a right is assigned; none at all as well."""
    licences = tuple(
        StandingLicence(
            licence_id=f"LIC-{number}",
            licence_kind=draw(
                st.sampled_from(["exclusive_licence", "sole_licence", "ordinary_licence", "open_licence"])
            ),
            territory=draw(st.sampled_from([("CN",), ("CN-GD", "CN-SH")])),
            field_of_use=draw(st.sampled_from(["all", "H01;A61"])),
            starts_ms=draw(st.integers(1_800_000_000_000, 1_900_000_000_000)),
            ends_ms=draw(st.none() | st.integers(1_900_000_000_001, 2_000_000_000_000)),
            source=draw(st.just(UNSET) | st.just("register")),
        )
        for number in range(81, 81 + draw(st.integers(0, 2)))
    )
    return licences or UNSET


@st.composite
def names(draw: st.DrawFn) -> dict[str, Any]:
    """What a contract since engine version 5 names of its right; nothing of an earlier one."""
    if draw(st.booleans()):
        return {}
    holders = st.lists(
        st.builds(c.Holder, company_number=st.sampled_from(["H811", "H822"]), share=st.integers(1, 10_000)),
        max_size=2,
    )
    return {
        "bibliography": draw(st.sampled_from(["5a" * 32, "5b" * 32])),
        "holders": draw(holders.map(tuple)),
        "publication_number": draw(st.just(UNSET) | st.just("US1234567B2")),
    }


@st.composite
def contracts_drawn(draw: st.DrawFn) -> ContractTerms:
    """A contract of any kind, place and consideration; not all of them could be listed."""
    consideration: Any = draw(considerations)
    bears = isinstance(consideration, c.RunningRoyalty | c.EntryFeeAndRoyalty)
    offers = not isinstance(consideration, c.Equity) and draw(st.booleans())
    kinds = ["exclusive_licence", "sole_licence", "ordinary_licence"]
    kind: Any = (
        "ordinary_licence" if offers else draw(st.sampled_from(kinds if bears else ["assignment", *kinds]))
    )
    office = draw(st.sampled_from(["CN", "HK", "MO", "US"]))
    sides: dict[str, Any] = (
        {"listing_id": "L-71"} if offers else {"deal_id": "D-72", "buyer": "P-73", "buyer_number": "B739"}
    )
    if offers and draw(st.booleans()):
        sides["announcement_number"] = "2026-74"
    times = st.none() | st.integers(1_800_000_000_000, 2_000_000_000_000)
    if not offers and consideration is UNSET and draw(st.booleans()):
        sides["lot"] = LotPart(
            id="D-72", right_ids=(f"{office}-75", f"{office}-78"), share=734_567, price=7_900
        )
    return ContractTerms(
        **sides,
        right_id=f"{office}-75",
        right=RightFacts(
            office=office,
            right_type="invention",
            filing_date="2019-03-01",
            grant_date=draw(st.sampled_from([None, "2020-07-06"])),
            expiry_date="2039-03-01",
            licences=draw(standing()) if kind == "assignment" else UNSET,
            **draw(names()),
        ),
        kind=kind,
        seller="P-76",
        seller_number="A768",
        currency=draw(st.sampled_from(["CNY", "HKD", "MOP"])),
        price=0 if isinstance(consideration, c.RunningRoyalty) else draw(small),
        quantity=draw(st.just(UNSET) | st.integers(1, 99)),
        proposal=draw(st.just(UNSET) | st.just("5e" * 32)),
        territory=draw(st.sampled_from([(office,), ("CN-GD", "CN-SH")])),
        field_of_use=draw(st.sampled_from(["all", "H01;A61"])),
        starts_ms=draw(times),
        ends_ms=draw(times),
        may_sublicense=draw(st.booleans()),
        consideration=consideration,
        improvements=draw(st.sampled_from([UNSET, "licensor", "licensee", "shared"]))
        if kind != "assignment"
        else UNSET,
        late_interest=draw(
            st.just(UNSET)
            | st.builds(c.LateInterest, daily_rate=st.integers(1, 1_000), most=st.integers(1, 3_000))
        ),
        inspection=draw(st.booleans()) if bears else UNSET,
        arbitration=draw(
            st.just(UNSET)
            | st.builds(
                c.Arbitration,
                institution=st.sampled_from(["SCIA", "CIETAC", "GZAC", "HKIAC", "WTCMAC"]),
                seat=st.sampled_from(["shenzhen", "guangzhou", "beijing", "hong_kong", "macau"]),
            )
        ),
        withholding=draw(
            st.just(UNSET)
            | st.lists(
                st.builds(
                    c.Withholding,
                    name=st.sampled_from(["income_tax", "value_added_tax"]),
                    rate=st.integers(1, 2_500),
                    base=st.integers(1, 10_000),
                ),
                min_size=1,
                max_size=2,
            ).map(tuple)
        ),
        earnest=draw(st.just(UNSET) | st.integers(1, 2_000)),
        head_licence=draw(st.just(UNSET) | st.just("LIC-79")) if kind == "ordinary_licence" else UNSET,
        simulated=draw(st.booleans()),
    )


def figures(contract: ContractTerms) -> list[str]:  # noqa: C901, PLR0912 - one branch a clause
    """Every figure, name and date of a contract's terms as a text must write it, found without the texts' own code."""

    def percent(points: int) -> str:
        return f"{points / 100:.2f}%"

    found = [contract.right_id, contract.seller, contract.seller_number, contract.subject_id]
    found += [value for value in (contract.buyer, contract.buyer_number) if value is not UNSET]
    found += [value for value in (contract.announcement_number,) if value is not UNSET]
    found += [
        value
        for value in (contract.right.filing_date, contract.right.grant_date, contract.right.expiry_date)
        if value
    ]
    if contract.price:
        found.append(f"{format_amount(contract.price)} {contract.currency}")
    found += [value for value in (contract.proposal,) if value is not UNSET]
    if contract.quantity is not UNSET:
        found += [str(contract.quantity), format_amount(contract.price // contract.quantity)]
    if contract.kind != "assignment":
        found += [*contract.territory, contract.field_of_use]
    for licence in () if contract.right.licences is UNSET else contract.right.licences:
        ends_ms = () if licence.ends_ms is None else (licence.ends_ms - 1,)
        days = [venue_date(each).isoformat() for each in (licence.starts_ms, *ends_ms)]
        found += [licence.licence_id, *licence.territory, licence.field_of_use, *days]
    if contract.right.bibliography is not UNSET:
        office, number = contract.right_id.split("-")
        found += [contract.right.bibliography, number]
        if office == "CN" and contract.right.grant_date:
            found.append(f"ZL{number}")
        elif office != "CN" and contract.right.publication_number is not UNSET:
            found.append(contract.right.publication_number)
        for holder in contract.right.holders or ():
            found += [holder.company_number, percent(holder.share)]
    agreed = contract.consideration
    if isinstance(agreed, c.Instalments):
        found += [format_amount(amount) for amount in instalment_amounts(contract.price, agreed.parts)]
        found += [percent(part.share) for part in agreed.parts]
        found += [f" {part.due_days} " for part in agreed.parts if part.due_days]
    if isinstance(agreed, c.Equity):
        found += [agreed.company_number, percent(agreed.basis_points)]
    if contract.royalty is not None:
        bounds = (contract.royalty.floor, contract.royalty.ceiling)
        found += [format_amount(bound) for bound in bounds if bound is not None]
        found += [percent(rate) for rate in contract.royalty.rates]
        found += [f" {contract.royalty.report_days} ", f" {contract.royalty.pay_days} "]
    if contract.withholding is not UNSET:
        for tax in contract.withholding:
            found += [tax.name, percent(tax.rate), percent(tax.base)]
    if contract.earnest is not UNSET:
        whole = contract.price * contract.earnest // 10_000
        found += [f"{format_amount(whole)} {contract.currency}", percent(contract.earnest)]
    if contract.late_interest is not UNSET:
        found += [f"{contract.late_interest.daily_rate / 10_000:.4f}%", percent(contract.late_interest.most)]
    return found


@settings(deadline=None)
@given(contracts_drawn())
def test_every_figure_of_the_terms_stands_in_the_text_of_each_language(contract: ContractTerms) -> None:
    for language, words in text.texts(contract).items():
        for figure in figures(contract):
            assert figure in words, (language, figure)


@settings(deadline=None)
@given(contracts_drawn())
def test_the_texts_follow_from_the_terms_as_they_are_shown_and_from_nothing_else(
    contract: ContractTerms,
) -> None:
    shown = msgspec.json.decode(canonical.encode(contracts.value_of(contract)))
    again = contracts.read(shown)
    assert again == contract
    assert text.texts(again) == text.texts(contract)
    assert hash_set_commitment(again, SALT) == hash_set_commitment(contract, SALT)


@settings(deadline=None)
@given(contracts_drawn(), contracts_drawn())
def test_other_terms_have_another_commitment_and_the_same_ones_the_same(
    one: ContractTerms, other: ContractTerms
) -> None:
    same = one == other
    assert (hash_set(one)["terms"] == hash_set(other)["terms"]) == same
    assert (hash_set_commitment(one, SALT) == hash_set_commitment(other, SALT)) == same


@settings(deadline=None)
@given(contracts_drawn())
def test_no_language_is_made_from_another_by_changing_characters_alone(contract: ContractTerms) -> None:
    words = text.texts(contract)
    traditional = words["zh-Hant"].removeprefix(text.DEMO_MARK)
    assert not SIMPLIFIED_ONLY & set(traditional), sorted(SIMPLIFIED_ONLY & set(traditional))
    own = words["en"].removeprefix(text.DEMO_MARK)
    assert own.isascii()


def test_every_language_has_every_clause_and_says_which_text_prevails() -> None:
    modules = {"zh-Hans": zh_hans, "zh-Hant": zh_hant, "en": en}
    clauses = [
        {
            name
            for name, value in vars(module).items()
            if callable(value) and value.__module__ == module.__name__ and name[0] != "_"
        }
        for module in modules.values()
    ]
    assert clauses[0] == clauses[1] == clauses[2]
    assert set(LANGUAGES) == set(modules)


@pytest.mark.parametrize(
    ("right_id", "prevails", "word"),
    [
        ("", "zh-Hans", "以简体中文文本为准"),
        ("HK-99990010.7", "zh-Hant", "以繁體中文文本為準"),
        ("MO-I001234", "zh-Hant", "以繁體中文文本為準"),
        ("US-16000001", "en", "the English text prevails"),
    ],
)
def test_the_text_of_the_rights_own_place_prevails(right_id: str, prevails: Any, word: str) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, right_id=right_id)
    deal = scene.state.deals[scene.deal(scene.listing(seller, right), buyer)]
    contract = contracts.of_deal(
        deal, scene.state.parties[seller], scene.state.parties[buyer], simulated=True
    )
    assert contract.prevails == prevails
    assert word in text.text(contract, prevails)


# --- one bit of the data changes all

_BASE = ContractTerms(
    deal_id="D-1",
    right_id="CN-1",
    right=RightFacts(
        office="CN",
        right_type="invention",
        filing_date="2019-03-01",
        grant_date=None,
        expiry_date="2039-03-01",
    ),
    kind="ordinary_licence",
    seller="P-1",
    seller_number="A",
    buyer="P-2",
    buyer_number="B",
    currency="CNY",
    price=100_000_00,
    territory=("CN",),
    field_of_use="all",
    starts_ms=None,
    ends_ms=None,
    may_sublicense=False,
    consideration=c.EntryFeeAndRoyalty(
        royalty=c.Royalty(base="net_sales", rates=(500,), period="quarter", report_days=30, pay_days=15)
    ),
    late_interest=c.LateInterest(daily_rate=500, most=1_000),
    inspection=True,
    simulated=True,
)
_ROYALTY = c.Royalty(base="net_sales", rates=(500,), period="quarter", report_days=30, pay_days=15)
CHANGES: dict[str, Any] = {
    "deal_id": "D-2",
    "right_id": "CN-2",
    "kind": "sole_licence",
    "seller": "P-3",
    "seller_number": "C",
    "buyer": "P-3",
    "buyer_number": "C",
    "currency": "HKD",
    "quantity": 4,
    "proposal": "77" * 32,
    "reverses": "D-1",
    "lot": LotPart(id="D-1", right_ids=("CN-1", "CN-2"), share=500_000, price=1),
    "price": 100_000_01,
    "territory": ("CN-GD",),
    "field_of_use": "H01",
    "starts_ms": 1_900_000_000_000,
    "ends_ms": 1_900_000_000_000,
    "may_sublicense": True,
    "improvements": "shared",
    "inspection": False,
    "simulated": False,
    "arbitration": c.Arbitration(institution="HKIAC", seat="hong_kong"),
    "late_interest": c.LateInterest(daily_rate=501, most=1_000),
    "withholding": (c.Withholding(name="income_tax", rate=1_000),),
    "earnest": 1_500,
    "head_licence": "LIC-9",
}
ROYALTY_CHANGES: dict[str, Any] = {
    "base": "profit",
    "rates": (501,),
    "period": "year",
    "report_days": 31,
    "pay_days": 16,
    "floor": 1,
    "ceiling": 1,
}


@pytest.mark.parametrize("field", [*CHANGES, *(f"royalty.{name}" for name in ROYALTY_CHANGES)])
def test_whatever_changes_in_the_terms_changes_every_text_and_the_commitment(field: str) -> None:
    name = field.removeprefix("royalty.")
    if field in CHANGES:
        changed = msgspec.structs.replace(_BASE, **{field: CHANGES[field]})
    else:
        altered = msgspec.structs.replace(_ROYALTY, **{name: ROYALTY_CHANGES[name]})
        changed = msgspec.structs.replace(_BASE, consideration=c.EntryFeeAndRoyalty(royalty=altered))
    before, after = hash_set(_BASE), hash_set(changed)
    assert before["terms"] != after["terms"]
    for language in LANGUAGES:
        assert before["texts"][language] != after["texts"][language], language
    assert hash_set_commitment(_BASE, SALT) != hash_set_commitment(changed, SALT)


def test_every_field_of_a_contract_is_tried() -> None:
    tried = {*CHANGES, "consideration", "listing_id", "announcement_number", "right"}
    assert tried == set(ContractTerms.__struct_fields__)
    assert set(ROYALTY_CHANGES) == set(c.Royalty.__struct_fields__)


WARRANTY = {"zh-Hans": "第八百七十条", "zh-Hant": "第八百七十條", "en": "Art. 870"}


def warranted(office: str = "CN", right_type: str = "know_how", **fields: Any) -> dict[str, str]:
    """For each language the line of a contract's text that has the warranty; empty where none has."""
    facts = RightFacts(
        office=office,
        right_type=right_type,  # type: ignore[arg-type]
        filing_date=None,
        grant_date=None,
        expiry_date=None,
        bibliography=fields.pop("bibliography", "5a" * 32),
    )
    words = text.texts(msgspec.structs.replace(_BASE, right=facts, **fields))
    return {
        language: "".join(line for line in words[language].splitlines() if cited in line)
        for language, cited in WARRANTY.items()
    }


@pytest.mark.parametrize("right_type", ["achievement", "know_how"])
@pytest.mark.parametrize("kind", ["assignment", "exclusive_licence", "ordinary_licence"])
def test_who_gives_a_result_or_know_how_answers_for_it_in_every_language(right_type: str, kind: Any) -> None:
    """Civil Code Art. 870: lawful holder; complete, correct, effective; reaches the aim."""
    consideration: Any = UNSET if kind == "assignment" else _BASE.consideration
    found = warranted(right_type=right_type, kind=kind, consideration=consideration)
    giver = {"assignment": ("出让方", "轉讓人", "assignor")}.get(kind, ("许可方", "許可人", "licensor"))
    said = (
        ("合法拥有者", "完整、无误、有效", "约定的目标"),
        ("合法擁有人", "完整、無誤且有效", "約定的目標"),
        ("lawful holder", "complete, correct and effective", "aim that is agreed"),
    )
    for line, side, parts in zip((found["zh-Hans"], found["zh-Hant"], found["en"]), giver, said, strict=True):
        assert all(part in line for part in (side, *parts))
    assert not SIMPLIFIED_ONLY & set(found["zh-Hant"])


def test_a_sub_licensor_warrants_what_it_may_license_and_no_holding() -> None:
    found = warranted(head_licence="LIC-9")
    assert all("LIC-9" in line for line in found.values())
    assert "lawful holder" not in found["en"]


@pytest.mark.parametrize(
    "fields",
    [
        {"right_type": "invention"},
        {"right_type": "software_copyright"},
        {"office": "HK"},
        {"bibliography": UNSET},
        {"kind": "assignment", "consideration": UNSET, "reverses": "D-1"},
    ],
)
def test_no_other_contract_has_that_warranty(fields: dict[str, Any]) -> None:
    """Other rights and places, contracts of an older engine, and who gives a right back."""
    assert set(warranted(**fields).values()) == {""}


# --- by the engine


class Earlier(Scene):
    """A venue of the second engine."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=2, rulebook=1))


def test_a_deal_keeps_the_form_in_which_it_was_made_when_the_engine_changes() -> None:
    scene = Earlier()
    seller, buyer = scene.party(), scene.party()
    before = scene.state.deals[scene.deal(scene.listing(seller, scene.right(seller)), buyer)]
    committed = before.contract_commitment
    scene.give(c.ActivateVersion(schema=1, engine=3, rulebook=1))
    after = scene.state.deals[scene.deal(scene.listing(seller, scene.right(seller)), buyer)]
    assert not contracts.has_hash_set(before)
    assert contracts.has_hash_set(after)
    scene.sign(before.id)
    assert before.contract_commitment == committed
    assert b"contract_form" not in canonical.encode(before)
    scene.replay()


def test_a_deal_under_an_older_engines_offer_has_its_one_text() -> None:
    scene = Earlier()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence", max_acceptances=2)
    scene.sign_offer(listing, seller)
    scene.give(c.ActivateVersion(schema=1, engine=3, rulebook=1))
    deal = scene.state.deals[scene.deal(listing, buyer)]
    assert not contracts.has_hash_set(deal)
    assert deal.contract_commitment == scene.state.offers[listing].contract_commitment != digest("")
