"""Write docs/rulebook.md out of the rules themselves: `python -m scripts.rulebook_page`."""

from __future__ import annotations

from pathlib import Path

# Importing the engine enters every rule.
from exchange.engine import ENGINE_VERSION
from exchange.rules import steps
from exchange.rules.duties import Duty, duties_of
from exchange.rules.grounds_at_office import LICENCE_RECORDAL, PLEDGE_REGISTRATION, Ground
from exchange.rules.profiles import PLACES, rules_of
from exchange.rules.rule import EVERY_KIND, EVERY_STEP, Rule

PAGE = Path(__file__).parents[1] / "docs" / "rulebook.md"
HEAD = """# The rulebook

Written out of the rules by `python -m scripts.rulebook_page`; a test holds the two together. `GET /v1/rulebook` and
`ipx rulebook` give the same with cures and Chinese texts, by `profile` and `step`; the page `/rulebook` shows it.

Whose law binds: the venue's place, the right's, the seller's and the buyer's all count, and the strictest applies. A
rule binds where one of the connections that it looks at lies at one of its places. All profiles run on one engine.

Sources: L the statute's text was read, W an excerpt of a published page, M from memory, for counsel to confirm, V a
rule of this venue ([venue-rules.md](venue-rules.md)). Facts come from the register copy 登记簿副本, a party's signed
undertaking 承诺书, a finding of the venue, or the journal itself.
"""

DUTIES_HEAD = """No command can be refused under these: what decides them happens outside the journal, or later. The
check of a listing names those that its rights bring (`duties` of `POST /v1/listings/{id}/check`)."""


def page() -> str:
    """The page as the rules of this engine have it."""
    lines = [HEAD, "## Steps", "", "| step | commands |", "|---|---|"]
    lines += [f"| {step} | {', '.join(f'`{tag}`' for tag in steps.COMMANDS[step])} |" for step in EVERY_STEP]
    lines += _grounds("The eleven grounds on which the recordal of a licence is refused", LICENCE_RECORDAL)
    lines += _grounds(
        "The twelve grounds on which the registration of a pledge is refused", PLEDGE_REGISTRATION
    )
    lines += ["", f"## Rules of engine version {ENGINE_VERSION}", ""]
    lines += [
        "| code | what it says | from | profiles | steps | deals | facts |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_line(rule) for rule in rules_of()]
    lines += ["", "## Duties beside the rules", "", DUTIES_HEAD, ""]
    lines += [
        "| code | what the law asks | from | places | owed by | where it is met |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_duty(duty) for duty in duties_of()]
    return "\n".join(lines) + "\n"


def _grounds(title: str, grounds: tuple[Ground, ...]) -> list[str]:
    lines = ["", f"## {title}", "", "| ground | 不予办理的情形 | code | steps |", "|---|---|---|---|"]
    for number, ground in enumerate(grounds, start=1):
        code = "the office's refusal" if ground.rule is None else f"`{ground.rule.code}`"
        steps_of = "file" if ground.rule is None else ", ".join(ground.rule.steps)
        lines.append(f"| {number}. {ground.text} | {ground.text_zh} | {code} | {steps_of} |")
    return lines


def _line(rule: Rule) -> str:
    profiles = [profile for profile, place in PLACES.items() if place in rule.jurisdictions]
    where = "all" if len(profiles) == len(PLACES) else ", ".join(profiles) or ", ".join(rule.jurisdictions)
    when = "all" if rule.steps == EVERY_STEP else ", ".join(rule.steps)
    kinds = "all" if set(rule.deal_kinds) == set(EVERY_KIND) else ", ".join(rule.deal_kinds)
    said = f"{rule.citation} [{rule.source}]"
    cells = (
        f"`{rule.code}`",
        rule.text,
        said,
        where,
        when,
        kinds.replace("ordinary_licence", "non-exclusive (ordinary) licence").replace("_", " "),
        rule.facts_from.replace("_", " "),
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _duty(duty: Duty) -> str:
    cells = (
        f"`{duty.code}`",
        duty.text,
        f"{duty.citation} [{duty.source}]",
        ", ".join(duty.jurisdictions),
        duty.owed_by,
        duty.met,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
