"""What the law asks beside what a command can be refused for: duties 义务, each with who owes it and where it is met.

No command can be refused under one of them, so that they are no rules: what decides them happens outside the journal,
or later, or is a step or a clause that none can leave out. A duty's code is stable for ever, as a rule's is. Those of
contracts stand in `contract_duties`.
"""

from __future__ import annotations

from exchange.rules import contract_duties  # noqa: F401 - it enters its duties into the table
from exchange.rules.duty import DUTIES, Debtor, Duty, define_duty

__all__ = ["DUTIES", "Debtor", "Duty", "duties_of"]

BLOCKCHAIN = "Provisions on the Administration of Blockchain Information Services (CAC Order 3, 2019)"
SIGNATURES = "Electronic Signature Law of the PRC"
PERSONAL_INFORMATION = "Personal Information Protection Law of the PRC"
NETWORK_DATA = "Regulations on Network Data Security Management"
RECOGNITION_MEASURES = (
    "Measures for the Recognition and Registration of Technology Contracts (MIIT, 2026-01-23)"
)

SERVICE_FILING = define_duty(
    "CN-BLOCKCHAIN-SERVICE-FILING",
    BLOCKCHAIN,
    "W",
    "whoever begins to provide a blockchain information service files it within ten working days",
    "提供区块链信息服务的，应当自提供服务之日起十个工作日内履行备案手续",
    "the operator files it; the number that it is given is the setting IPX_FILING_NUMBER",
    "由运营者办理备案，所得备案编号填入设置 IPX_FILING_NUMBER",
)
FILING_NUMBER = define_duty(
    "CN-BLOCKCHAIN-FILING-NUMBER",
    BLOCKCHAIN,
    "W",
    "the number of the filing is shown on the service's pages",
    "应当在服务页面的显著位置标明备案编号",
    "at the foot of every page and in GET /v1/venue; where none is set, every Mainland page says that it is missing",
    "每页页脚及 GET /v1/venue 均予标明；未填写的，内地各页均注明缺少备案编号",
)
SAFETY_ASSESSMENT = define_duty(
    "CN-BLOCKCHAIN-SAFETY-ASSESSMENT",
    BLOCKCHAIN,
    "W",
    "a new product, application or function is reported for a safety assessment before it goes on line",
    "上线新产品、新应用、新功能的，应当按规定报有关部门进行安全评估",
    "the operator reports it before it activates a new engine or rulebook version (activate_version in the journal)",
    "由运营者在启用新引擎或者规则版本（日志中的 activate_version）之前报送评估",
)
SERVICE_LOGS = define_duty(
    "CN-BLOCKCHAIN-SERVICE-LOGS",
    f"{BLOCKCHAIN} [M]",
    "M",
    "records of what users publish, and logs, are kept for at least six months and given to the authorities "
    "on demand",
    "记录使用者发布内容和日志等信息的备份应当保存不少于六个月，并在执法部门依法查询时予以提供",
    "every command is an entry of the journal, which is never cut; log lines of the processes are the "
    "operator's to keep",
    "每一指令均载入永久保存的日志账；各进程的运行日志由运营者自行留存",
)
REAL_NAMES = define_duty(
    "CN-BLOCKCHAIN-REAL-NAMES",
    BLOCKCHAIN,
    "W",
    "users are known by their real identity before they use the service",
    "应当对使用者进行真实身份信息认证，未认证的不得为其提供相关服务",
    "a party states its company number and is approved by an operator before it acts (PARTY-NOT-ACTIVE)",
    "主体须申报统一社会信用代码，经运营者审核后方可进行操作（PARTY-NOT-ACTIVE）",
)
ILLEGAL_CONTENT = define_duty(
    "CN-BLOCKCHAIN-ILLEGAL-CONTENT",
    BLOCKCHAIN,
    "W",
    "illegal content is dealt with, its spread is stopped, and records of it are kept",
    "发现违法信息内容的，应当及时采取处置措施，防止扩散，并保存有关记录",
    "free text stands in erasable parts off the chain, which an operator erases on a ground (erase_sealed_part)",
    "自由文本仅存于链下可删除的密封部分，由运营者注明事由予以删除（erase_sealed_part）",
)
ORIGINAL_FORM = define_duty(
    "CN-ELECTRONIC-SIGNATURE-LAW-5",
    f"{SIGNATURES}, Art. 5",
    "L",
    "a data message counts as an original where it shows its content at any time and shows that it is whole "
    "and unchanged",
    "能够有效地表现所载内容并可供随时调取查用，且能够可靠地保证自最终形成时起内容保持完整、未被更改的数据电文，"
    "视为满足原件形式要求",
    "a contract's texts are made again from its data at any time, and its one hash set stands in the signed entry",
    "合同各文本可随时由其数据重新生成，其统一哈希集载于经签名的日志条目",
)
RETENTION_FORM = define_duty(
    "CN-ELECTRONIC-SIGNATURE-LAW-6",
    f"{SIGNATURES}, Art. 6",
    "L",
    "a data message counts as kept where its content, format, sender, addressee and times can be told",
    "能够表现所载内容，格式与生成时相同或者能够准确表现原内容，并能够识别发件人、收件人以及发送、接收时间的数据电文，"
    "视为满足文件保存要求",
    "an entry holds the command in canonical form, its signer, its actor and its time; nothing of it is rewritten",
    "日志条目载有规范格式的指令、签名人、行为人与时间，不得改写",
)
AUTHENTICITY = define_duty(
    "CN-ELECTRONIC-SIGNATURE-LAW-8",
    f"{SIGNATURES}, Art. 8",
    "L",
    "whether a data message is true is judged by how it was made, kept and sent, how it was kept whole, and "
    "who is known "
    "as its sender",
    "审查数据电文作为证据的真实性，应当考虑生成、储存、传递方法的可靠性，保持内容完整性方法的可靠性，"
    "用以鉴别发件人方法的可靠性",
    "a deal's bundle holds entries, receipts, checkpoints, time stamps and chain proofs, with how each is checked "
    "(docs/bundle.md)",
    "成交存证包载有日志条目、回执、检查点、时间戳与链上证明及其核验方法（docs/bundle.md）",
)
RELIABLE_SIGNATURE = define_duty(
    "CN-ELECTRONIC-SIGNATURE-LAW-13",
    f"{SIGNATURES}, Art. 13",
    "L",
    "a signature is reliable where its data are the signer's alone and under its control alone, and any later "
    "change of "
    "signature or content shows",
    "制作数据专属于签名人、签署时仅由签名人控制，且签署后对签名和内容的任何改动能够被发现的，视为可靠的电子签名",
    "each party signs with a key that it alone holds; the audit checks every signature against what was signed",
    "当事人以其独自持有的密钥签名，审计逐一核验签名与所签内容",
)
SAME_FORCE = define_duty(
    "CN-ELECTRONIC-SIGNATURE-LAW-14",
    f"{SIGNATURES}, Art. 14",
    "L",
    "a reliable electronic signature has the force of a signature by hand or a seal",
    "可靠的电子签名与手写签名或者盖章具有同等的法律效力",
    "a deal is SIGNED by both sides' signatures over one hash set; whether a licensed certificate is asked "
    "for besides is "
    "for counsel",
    "双方就同一哈希集签名后合同方为 SIGNED；是否另须电子认证证书，由法律顾问确认",
)
LEGAL_BASIS = define_duty(
    "CN-PERSONAL-INFORMATION-13",
    f"{PERSONAL_INFORMATION}, Art. 13",
    "L",
    "personal information is handled on a lawful basis alone, such as consent, a contract or a statutory duty",
    "处理个人信息须具备同意、订立或者履行合同所必需、履行法定职责或者法定义务所必需等合法性基础",
    "the operator states the basis when a party joins; names and free text stand in erasable parts alone",
    "由运营者在主体入会时告知依据；姓名与自由文本仅存于可删除的密封部分",
)
LEAST_RETENTION = define_duty(
    "CN-PERSONAL-INFORMATION-19",
    f"{PERSONAL_INFORMATION}, Art. 19",
    "L",
    "personal information is kept no longer than its purpose needs, unless a law says otherwise",
    "除法律、行政法规另有规定外，个人信息的保存期限应当为实现处理目的所必要的最短时间",
    "an operator erases a part once its purpose is over and no duty to keep it runs (CN-AUCTION-LAW-54, LEGAL-HOLD)",
    "目的实现且无留存义务（CN-AUCTION-LAW-54、LEGAL-HOLD）的，由运营者删除",
)
EXPORT_OF_PERSONAL_INFORMATION = define_duty(
    "CN-PERSONAL-INFORMATION-38",
    f"{PERSONAL_INFORMATION}, Arts. 38 to 40",
    "L",
    "personal information leaves the Mainland by an assessment, a certificate or the standard contract, with "
    "the separate "
    "consent of whom it concerns",
    "向境外提供个人信息须通过安全评估、认证或者订立标准合同，并取得个人的单独同意",
    "nothing personal is on the chain or in the public log; an opening given to a reader outside is the "
    "giver's to clear "
    "first",
    "链上与公开日志均不含个人信息；向境外读者提供密封内容的，由提供者先行办理",
    owed_by="parties",
)
IMPACT_ASSESSMENT = define_duty(
    "CN-PERSONAL-INFORMATION-55",
    f"{PERSONAL_INFORMATION}, Art. 55",
    "L",
    "the impact on personal information is assessed before it is entrusted, given to others, published or exported",
    "委托处理、向他人提供、公开个人信息或者向境外提供个人信息前，应当进行个人信息保护影响评估",
    "the operator assesses it before the venue opens and before each such change; the record is its own",
    "由运营者在开业前及每次变更前进行评估并自行留存记录",
)
NETWORK_DATA_EXPORT = define_duty(
    "CN-NETWORK-DATA-35",
    f"{NETWORK_DATA}, Art. 35",
    "L",
    "a handler of network data gives personal information abroad on one of the listed conditions alone",
    "网络数据处理者仅在符合规定条件之一时方可向境外提供个人信息",
    "as CN-PERSONAL-INFORMATION-38",
    "同 CN-PERSONAL-INFORMATION-38",
    owed_by="parties",
)
IMPORTANT_DATA_EXPORT = define_duty(
    "CN-NETWORK-DATA-37",
    f"{NETWORK_DATA}, Art. 37",
    "L",
    "important data collected in the Mainland leave it after a safety assessment alone",
    "在境内运营中收集和产生的重要数据确需向境外提供的，应当通过数据出境安全评估",
    "technology of a restricted class is refused to buyers outside before its licence "
    "(CN-TECHNOLOGY-EXPORT-30); whether a "
    "document holds important data is for whoever gives it",
    "限制出口技术在取得许可前拒绝境外受让方（CN-TECHNOLOGY-EXPORT-30）；文件是否含重要数据由提供者判断",
    owed_by="parties",
)
RECOGNITION = define_duty(
    "CN-TECHNOLOGY-CONTRACT-RECOGNITION",
    RECOGNITION_MEASURES,
    "W",
    "a technology contract is registered for recognition by its Mainland seller, once, at its own place, an "
    "imported one "
    "by the domestic buyer: decided in 15 working days, in 30 from 5,000,000 CNY on",
    "技术合同认定登记由境内卖方在其所在地申请一次，技术进口合同由境内买方申请；十五个工作日内办结，"
    "合同成交额五百万元以上的三十个工作日内办结",
    "the parties apply with the contract that they have signed here; the venue keeps no clock of it (decision 51)",
    "由当事人持在本中心签署的合同申请；本中心不设该期限（第 51 号决定）",
    owed_by="seller",
)
LETTER_OF_INTENT = define_duty(
    "CN-TECHNOLOGY-EXPORT-LETTER",
    "Regulations on the Administration of Technology Import and Export, Arts. 30 to 35",
    "L",
    "whoever would export restricted technology applies for the letter of intent before it negotiates; the authority "
    "decides within thirty working days, and on the licence for the contract within fifteen",
    "出口限制类技术的，应当在进行实质性谈判前申请技术出口许可意向书，主管部门自收到申请之日起三十个工作日内决定；"
    "签订合同后申请出口许可证的，十五个工作日内决定",
    "the operator records the application (`letter_of_intent_application`), whose clock runs by itself and tells "
    "when it has run out (letter_overdue); a letter counts for three years",
    "由运营者记录申请（`letter_of_intent_application`），期限自动计算，逾期即予提示（letter_overdue）；意向书有效期三年",
    owed_by="seller",
)
HK_PRIORITY = define_duty(
    "HK-PATENTS-ORDINANCE-52",
    "Patents Ordinance (Cap. 514), s. 52",
    "W",
    "whoever acquires later without knowledge of an earlier unregistered assignment, mortgage or licence "
    "comes before it",
    "在后取得人不知悉在先未注册的转让、按揭或者特许的，其权利优先于该在先交易",
    "register what is concluded here at once, and have earlier dealings registered; the venue knows none that "
    "no register "
    "and no deal of its own shows",
    "请即时注册本交易，并先行注册在先交易；登记簿与本中心成交记录之外的交易，本中心无从知悉",
    place="HK",
    owed_by="buyer",
)
HK_SIX_MONTHS = define_duty(
    "HK-PATENTS-ORDINANCE-SIX-MONTHS",
    "Patents Ordinance (Cap. 514) [M]",
    "M",
    "who registers an assignment or licence later than six months gets no costs or damages for infringement "
    "before that, "
    "unless it could not be done and was done as soon as it could",
    "逾六个月方注册转让或者特许的，除不可行且已尽快办理外，不得就注册前的侵权获偿讼费或者损害赔偿",
    "of a licence the recordal clock runs for six months from its grant; an assignment is filed once it is funded",
    "特许自授予之日起计算六个月备案期限；转让于付款后即行申报",
    place="HK",
    owed_by="buyer",
)
HK_SHORT_TERM = define_duty(
    "HK-SHORT-TERM-PATENT-EXAMINATION",
    "Patents Ordinance (Cap. 514), on short-term patents",
    "W",
    "a short-term patent is granted unexamined, for eight years at most, and is examined in substance before it is "
    "enforced",
    "短期专利未经实质审查授予，有效期最长八年，强制执行前须请求实质审查",
    "ask for the examination before relying on it; a price here says nothing of its validity",
    "行使权利前请先请求实质审查；成交价格不表明其有效性",
    place="HK",
    owed_by="seller",
)
HK_DESIGN = define_duty(
    "HK-REGISTERED-DESIGN-FILED-AT",
    "Registered Designs Ordinance (Cap. 522) [M]",
    "M",
    "dealings with a registered design rank by the time at which their registration was applied for",
    "就注册外观设计进行的交易，以申请注册的时间确定优先顺序",
    "the filing of a deal keeps the time at which it was filed (`filed_ms`)",
    "成交的申报载有提交时间（`filed_ms`）",
    place="HK",
    owed_by="buyer",
)
MO_EXTENSION = define_duty(
    "MO-EXTENSION-OF-CN-INVENTION",
    "Industrial Property Code of Macau (Decree-Law 97/99/M), on the extension of Chinese inventions",
    "W",
    "a Mainland invention reaches Macau on request alone, within three months of the notice of its grant, "
    "which is not "
    "extended",
    "内地发明专利须自授权通知之日起三个月内请求延伸至澳门，该期限不得延长",
    "ask for it in time if Macau is wanted: no deal here in the Mainland right moves or makes one there",
    "需要澳门权利的请按期请求延伸；就内地权利的成交不产生、不转移澳门权利",
    place="MO",
    owed_by="seller",
)


def duties_of(place: str | None = None) -> list[Duty]:
    """Duties by code, all or those of a place."""
    return [DUTIES[code] for code in sorted(DUTIES) if place is None or place in DUTIES[code].jurisdictions]
