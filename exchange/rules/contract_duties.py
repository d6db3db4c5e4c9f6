"""What the law says of a contract and its performance that no command can leave out: met by a clause, a table, a clock.

The rules that can refuse something stand in the other files of this folder.
"""

from __future__ import annotations

from exchange.rules.duty import define_duty

INTERPRETATION = "Supreme People's Court, Interpretation on Technology Contracts"

SERVICE_INVENTION = define_duty(
    "CN-PATENT-LAW-6",
    "Patent Law of the PRC, Art. 6",
    "L",
    "an invention that is made in the execution of a unit's tasks, or mainly by its means, belongs to the unit",
    "执行本单位的任务或者主要利用本单位的物质技术条件所完成的发明创造为职务发明创造，申请专利的权利属于该单位",
    "the register's owner sells; the venue records who completed the right (`record_completers`), who then have their "
    "first refusal (CN-CIVIL-CODE-847)",
    "以登记簿所载权利人为出让方；由本中心记录完成人（`record_completers`），完成人享有优先受让权（CN-CIVIL-CODE-847）",
    owed_by="seller",
)
OPEN_LICENCE_DISPUTES = define_duty(
    "CN-PATENT-LAW-52",
    "Patent Law of the PRC, Art. 52",
    "L",
    "a dispute over an open licence is negotiated; failing that, the patent office mediates, or a court decides",
    "就实施开放许可发生纠纷的，由当事人协商解决；不愿协商或者协商不成的，可以请求国务院专利行政部门进行调解，也可以向人民法院起诉",
    "either side raises it (`raise_dispute`) and names the body; its outcome is recorded and followed",
    "由任何一方提出争议（`raise_dispute`）并注明受理机构，其结果予以记录并执行",
    owed_by="parties",
)
RECORDAL = define_duty(
    "CN-PATENT-RULES-15",
    "Implementing Rules of the Patent Law (2023), Art. 15",
    "L",
    "a patent licence is filed for recordal within three months of taking effect, a pledge is registered by both "
    "sides together",
    "专利实施许可合同应当自生效之日起三个月内备案；以专利权出质的，由出质人和质权人共同办理登记",
    "the recordal clock runs from the grant by itself and tells when it has run out; a pledge is handed in with both "
    "signatures",
    "备案期限自许可生效时自动计算，逾期即予提示；质押登记须经双方签署后提交",
    owed_by="parties",
)
FORMATION = define_duty(
    "CN-CIVIL-CODE-478",
    "Civil Code of the PRC, Arts. 478, 486, 488 and 491",
    "L",
    "an offer lapses when it is refused, has run out or is changed in substance; a late acceptance and one that "
    "changes the offer are new offers; where a confirmation is to be signed, the contract forms by signing it",
    "要约因拒绝、承诺期限届满或者受要约人作出实质性变更而失效；逾期承诺、变更要约内容的承诺为新要约；要求签订确认书的，"
    "签订时合同成立",
    "one table of what becomes of a proposal; a price is accepted as it stands or not at all; a deal is SIGNED by both "
    "sides' signatures on one text",
    "报价适用同一状态转换表；对价格只能按其现状承诺；双方就同一文本签名后成交方为 SIGNED",
    owed_by="parties",
)
EARNEST = define_duty(
    "CN-CIVIL-CODE-587",
    "Civil Code of the PRC, Art. 587",
    "L",
    "earnest money counts toward the price; whoever gave it loses it by not performing, whoever took it gives back "
    "double",
    "定金应当抵作价款或者收回；给付定金的一方不履行的，无权请求返还，收受定金的一方不履行的，应当双倍返还",
    "earnest money is an account of its own beside the bid deposit, and moves by itself on a default (docs/terms.md)",
    "定金与保证金分户记账，发生违约时自动划转（docs/terms.md）",
    owed_by="parties",
)
LICENCE_CLAUSES = define_duty(
    "CN-CIVIL-CODE-867",
    "Civil Code of the PRC, Arts. 863, 867 to 871, 875 and 877",
    "L",
    "a technology contract is in writing; a licensee lets no third party use what it may use itself; whoever "
    "gives know-how or a licence warrants it and keeps it secret; an improvement is its maker's if nothing is agreed; "
    "what the law on import and export asks stands over it",
    "技术转让合同、技术许可合同应当采用书面形式；被许可人不得许可第三人实施；让与人、许可人负有保证与保密义务；"
    "未约定后续改进成果分享办法的，一方完成的成果归其自有；技术进出口的规定优先适用",
    "each is a clause that every contract text has, or a term that its data name (docs/terms.md)",
    "各项均为合同文本的必备条款，或者由合同数据载明（docs/terms.md）",
    owed_by="parties",
)
PRIOR_LICENCES = define_duty(
    "CN-TECHNOLOGY-CONTRACTS-24",
    f"{INTERPRETATION}, Arts. 24(2), 26 and 28",
    "L",
    "licences that stand survive an assignment; a licensor pays the fees and defends the right; the scope of a licence "
    "is its term, territory, manner and persons",
    "专利权转让不影响转让前已订立的实施许可合同的效力；许可人应当缴纳年费并维护专利权有效；许可范围包括期限、地域、方式及主体",
    "a deal carries the licences that its right has, and its contract lists them; fee and scope are clauses",
    "成交列明标的之上既存的许可并载入合同；年费与许可范围为合同条款",
    owed_by="seller",
)
HAMMER = define_duty(
    "CN-AUCTION-LAW-50",
    "Auction Law of the PRC, Arts. 36 and 50 to 52",
    "L",
    "a bid binds until a higher one; an auction without a reserve says so before it begins, and below a reserve "
    "nothing is sold; the fall of the hammer makes the sale, which both sides confirm in writing",
    "竞买人的应价在出现更高应价时即失去约束力；无保留价的应当在拍卖前说明，未达保留价的应价不发生效力；"
    "落槌成交后双方应当签署成交确认书",
    "the approval's public answer says whether there is a reserve; the table of bids supersedes, the close awards, and "
    "both sign the confirmation",
    "核准挂牌的公开答复载明有无保留价；报价状态表予以替代，截止时成交，双方签署成交确认书",
)
ONLINE_EVIDENCE = define_duty(
    "CN-ONLINE-LITIGATION-16",
    "Supreme People's Court, Online Litigation Rules, Arts. 16 to 19",
    "L",
    "what a blockchain keeps and a check confirms is presumed untouched since it went there; a court asks how the "
    "platform complies, what its interest is, how clean and reliable it is, and where the data came from before",
    "区块链存储并经技术核验一致的电子数据，推定上链后未经篡改；法院审查存证平台的合规性、与当事人的利害关系、系统的清洁性、"
    "安全性与可靠性，以及上链前数据的来源",
    "a deal's bundle holds source, capture record, time source, signatures, chain proofs and the recipe to check them "
    "without this venue (docs/bundle.md)",
    "成交存证包载有数据来源、采集记录、时间来源、签名、链上证明及脱离本中心的核验方法（docs/bundle.md）",
)
DELETION = define_duty(
    "CN-PERSONAL-INFORMATION-47",
    "Personal Information Protection Law of the PRC, Art. 47",
    "L",
    "personal information is deleted when its purpose is over or its consent is withdrawn; where that cannot be done, "
    "nothing but its storage goes on",
    "处理目的已实现、个人撤回同意等情形下应当删除个人信息；删除在技术上难以实现的，应当停止除存储和采取必要安全保护措施之外的处理",
    "an operator erases a sealed part with its salt on a ground (`erase_sealed_part`); every proof goes on standing",
    "由运营者注明事由删除密封部分及其盐值（`erase_sealed_part`），各项证明继续有效",
)
