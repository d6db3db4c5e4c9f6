"""A case for each rule of a halt of trading: what it refuses, and the cure that passes."""

from __future__ import annotations

from collections.abc import Iterator

from exchange import commands as c
from exchange.turn import Outcome
from tests.exchange.rule_cases import case, competitive, posted
from tests.exchange.scene import Scene, digest

REASON = {"reason": digest("prices that nobody can explain")}


def halt(scene: Scene, ground: c.HaltGround = "market_integrity", *, by: tuple[int, ...] = (0, 1)) -> Outcome:
    """Operators sign for a halt, one after the other; gives the last one's answer."""
    answers = [scene.operator(c.HaltTrading(ground=ground, erasable=REASON), who) for who in by]
    return answers[-1]


def resume(scene: Scene, *, by: tuple[int, ...] = (0, 1)) -> Outcome:
    """Operators sign for a resumption, one after the other; gives the last one's answer."""
    answers = [scene.operator(c.ResumeTrading(erasable=REASON), who) for who in by]
    return answers[-1]


@case("TRADING-HALTED", "exchange.rules.trading_halts.trading_is_not_halted")
def trading_halted(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = posted(scene)
    scene.credit(buyer, 100_000_00)
    halt(scene)
    yield scene.accept(listing, buyer, 100_000_00)
    resume(scene)
    yield scene.accept(listing, buyer, 100_000_00)


@case("TRADING-HALTED to bid")
def bidding_halted(scene: Scene) -> Iterator[Outcome]:
    _, buyer, listing = competitive(scene)
    halt(scene, "technical_fault")
    yield scene.bid(listing, buyer, 100_000_00)
    resume(scene)
    yield scene.bid(listing, buyer, 100_000_00)


@case("FOUR-EYES to halt trading")
def a_halt_takes_two(scene: Scene) -> Iterator[Outcome]:
    yield halt(scene, by=(0, 0))
    yield halt(scene, by=(1,))


@case("FOUR-EYES to resume trading")
def a_resumption_takes_two(scene: Scene) -> Iterator[Outcome]:
    halt(scene)
    yield resume(scene, by=(1, 1))
    yield resume(scene, by=(0,))


@case("FACT-MISSING why trading is halted")
def a_halt_has_its_reason(scene: Scene) -> Iterator[Outcome]:
    yield scene.operator(c.HaltTrading(ground="technical_fault"))
    yield halt(scene, by=(0,))


@case("FACT-MISSING why trading is resumed")
def a_resumption_has_its_reason(scene: Scene) -> Iterator[Outcome]:
    halt(scene)
    yield scene.operator(c.ResumeTrading())
    yield resume(scene, by=(0,))


@case("WRONG-STATE halted already")
def halted_once(scene: Scene) -> Iterator[Outcome]:
    halt(scene)
    yield halt(scene, "authority_order", by=(0,))
    resume(scene)
    yield halt(scene, "authority_order", by=(0,))


@case("WRONG-STATE nothing to resume")
def nothing_to_resume(scene: Scene) -> Iterator[Outcome]:
    yield resume(scene, by=(0,))
    halt(scene)
    yield resume(scene, by=(0,))
