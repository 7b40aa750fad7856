"""Random rules of every node kind, well typed, over the vocabulary of generated_facts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

from segmentation.rules import model as m
from segmentation.rules.types import BOOLEAN, INTEGER, RATIO, STRING, TIMESTAMP, Type, decimal
from tests.property.generated_facts import DATES, DAY, GRID, TYPES, VOCABULARY, ZONES, instant, scalar
from tests.property.rule_words import FOLDED, FUNCTIONS, MOVING, WORDS

DURATIONS = (GRID, 2 * GRID, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 1)
KINDS = (("shop_bought",), ("shop_viewed",), ("mailed",), ("orders",), ("identified",), ("shop_bought", "shop_viewed"))
UNITS: tuple[m.CalendarUnit, ...] = ("day", "week", "month", "quarter", "year")
PATTERNS = ("^a", "b$", "a.b", "[^a]", r"\w+", "é|ß", "(a)(b)?", r"\s", "^$", "A{1,2}", r"a\b")


class Rules:
    """One generator of rules: `base` is where the facts' grid begins, `slugs` what a rule may refer to (and whether by status)."""

    def __init__(self, rng: Random, base: int) -> None:
        self.rng = rng
        self.base = base
        self.slugs: list[tuple[str, bool]] = []

    # ------------------------------------------------------------ comparisons
    def zone(self) -> str:
        return self.rng.choice(("customer", "customer", "UTC", *(zone for zone in ZONES[:6] if zone)))

    def since(self) -> m.Since:
        if self.rng.random() < 0.3:
            return m.Since(instant=instant(self.rng, self.base))
        return m.Since(unit=self.rng.choice(UNITS), zone=self.zone())

    def comparison(self, kind: Type) -> m.Comparison:
        moves = kind.is_temporal and self.rng.random() < 0.5
        op = self.rng.choice(MOVING if moves else WORDS[kind.name])
        folded = kind.name in ("string", "array") and (kind.element or kind) == STRING and op in FOLDED and self.rng.random() < 0.3
        return m.Comparison(op, self.operand(op, kind), folded, self.zone() if kind.is_temporal else "UTC")

    def operand(self, op: str, kind: Type) -> Any:
        if op == "exists":
            return self.rng.random() < 0.5
        if op in ("within", "older_than", "within_next"):
            return self.rng.choice(DURATIONS)
        if op == "since":
            return self.since()
        if op == "not_before":
            return m.Since(unit="day", zone=self.zone(), offset=self.rng.choice((0, -1, -3, 2)), strict=self.rng.random() < 0.5)
        if op == "matches":
            return self.rng.choice(PATTERNS)
        if op == "between":
            return tuple(sorted((self.one(kind), self.one(kind))))
        element = kind.element or kind
        if op in ("in", "not_in", "contains_any", "contains_all"):
            return tuple(self.one(element) for _ in range(self.rng.randrange(1, 4)))
        if op in ("before", "after") and (kind.name == "date" or self.rng.random() < 0.4):
            return self.rng.choice(DATES)
        return self.one(element)

    def one(self, kind: Type) -> Any:
        """Counts compare with small numbers, so that answers differ; anything else with a value that facts have too."""
        if kind.name == "integer" and self.rng.random() < 0.8:
            return self.rng.randrange(4)
        if kind == RATIO:
            return self.rng.choice((Decimal(0), Decimal("0.5"), Decimal("0.333333"), Decimal(1), Decimal("-1.25"), Decimal("50.005")))
        return scalar(self.rng, kind, self.base)

    # ------------------------------------------------------------ facts selected
    def test(self) -> m.PropertyTest:
        path, kind = self.rng.choice((*((path, kind) for path, kind in TYPES.items()), ("inner.text", STRING), ("inner.deep.items", INTEGER)))
        if kind.name == "object":
            path, kind = "inner.text", STRING
        return m.PropertyTest(path, kind, self.comparison(kind), self.rng.choice((None, None, None, True, False)))

    def tests(self, least: int = 0) -> tuple[m.PropertyTest, ...]:
        return tuple(self.test() for _ in range(self.rng.choice((least, least, 1, 2))))

    def window(self) -> m.Window:
        within, older_than, since = (self.rng.random() < share for share in (0.4, 0.15, 0.2))
        return m.Window(
            self.rng.choice(DURATIONS) if within else None, self.rng.choice(DURATIONS) if older_than else None, self.since() if since else None
        )

    def selection(self) -> m.Selection:
        kinds = self.rng.choice(KINDS)
        match = self.match() if self.rng.random() < 0.12 else None
        newest = self.rng.choice((1, 2, 3)) if self.rng.random() < 0.15 else None
        return m.Selection("shop_*" if len(kinds) > 1 else kinds[0], kinds, self.tests(), self.window(), newest, match)

    def match(self) -> m.Match:
        """With an event that is for ever, or with a row of a table, whose versions come and go."""
        on, kind = self.rng.choice((("key", STRING), ("key", STRING), ("items", INTEGER), ("amount", TYPES["amount"])))
        return m.Match(self.rng.choice(("mailed", "shop_viewed", "orders")), on, kind)

    # ------------------------------------------------------------ values
    def aggregate(self) -> m.Aggregate:
        return self.aggregate_of(self.rng.choice(tuple(FUNCTIONS)))

    def aggregate_of(self, function: str) -> m.Aggregate:
        takes, answers = FUNCTIONS[function]
        if not takes:
            return m.Aggregate(function, self.selection(), None, answers(INTEGER))
        path, kind = self.rng.choice([(path, kind) for path, kind in TYPES.items() if kind.name in takes])
        return m.Aggregate(function, self.selection(), path, answers(kind))

    def numeric(self, depth: int = 1) -> m.Value:
        while True:
            value = self.value(depth)
            if value.type.is_numeric:
                return value

    def value(self, depth: int = 1) -> m.Value:
        drawn = self.rng.random()
        if drawn < 0.6 or depth == 0:
            return self.aggregate()
        if drawn < 0.7:
            return m.Ratio(self.numeric(depth - 1), self.numeric(depth - 1), RATIO)
        if drawn < 0.77:
            return self.arithmetic(depth)
        if drawn < 0.92:
            return self.attribute()
        if drawn < 0.95:
            return m.ScoreValue("churn", RATIO)
        return m.RankValue("spent", 5, INTEGER) if drawn < 0.97 else self.scalar_value()

    def arithmetic(self, depth: int) -> m.Value:
        operands = tuple(self.numeric(depth - 1) for _ in range(self.rng.choice((2, 2, 3))))
        is_whole = all(operand.type.name == "integer" for operand in operands)
        kind = INTEGER if is_whole else decimal(38, max(operand.type.scale for operand in operands))
        return m.Arithmetic(self.rng.choice(("difference", "sum_of")), operands, kind)

    def attribute(self, *names: str) -> m.AttributeValue:
        name = self.rng.choice(names or tuple(VOCABULARY.attributes))
        return m.AttributeValue(name, VOCABULARY.attributes[name].type)

    def scalar_value(self) -> m.Value:
        count = m.Aggregate("count", self.selection(), None, INTEGER)
        total = m.Aggregate("maximum", self.selection(), "amount", TYPES["amount"])
        last = m.Aggregate("latest", self.selection(), None, TIMESTAMP)
        expression, inputs, kind = self.rng.choice(
            (
                ("coalesce({0}, 0) * 2", (total,), decimal(15, 2)),
                ("case when {0} > 1 then {1} else 0 end", (count, total), TYPES["amount"]),
                ("lower(coalesce({0}, 'None'))", (self.attribute("tier"),), STRING),
                ("coalesce({0}, {1})", (self.attribute("seen_at"), last), TIMESTAMP),
                ("abs({0} - 2) + {1}", (count, count), INTEGER),
            )
        )
        return m.Scalar(expression, inputs, kind)

    # ------------------------------------------------------------ conditions
    def leaf(self) -> m.Condition:
        return self.rng.choice(LEAVES)(self)

    def condition(self, depth: int) -> m.Condition:
        if depth == 0 or self.rng.random() < 0.3:
            return self.leaf()
        return self.rng.choice(INNER)(self, depth - 1)

    def children(self, depth: int) -> tuple[m.Condition, ...]:
        return tuple(self.condition(depth) for _ in range(self.rng.choice((1, 2, 2, 3))))

    def tree(self, depth: int) -> m.Condition:
        branches = tuple((self.condition(depth), self.condition(depth)) for _ in range(self.rng.randrange(1, 3)))
        return m.Tree(branches, self.rng.choice((m.Constant(answer=False), m.Constant(answer=True), self.condition(depth))))

    def reference(self) -> m.Condition:
        if not self.slugs:
            return m.Everyone()
        slug, by_status = self.rng.choice(self.slugs)
        active = by_status and (slug.startswith("default") or self.rng.random() < 0.5)
        return self.rng.choice(
            (
                m.InSegment(slug, active, self.rng.random() < 0.4),
                m.InSegmentFor(slug, self.rng.choice(DURATIONS), active),
                m.Entered(slug, self.rng.choice(DURATIONS), active),
            )
        )

    def sequence(self) -> m.Condition:
        steps = [m.Step(self.step_selection())]
        for _ in range(self.rng.randrange(1, 4)):
            negated = self.rng.random() < 0.35
            within = self.rng.choice(DURATIONS[:6]) if negated or self.rng.random() < 0.5 else None
            steps.append(m.Step(self.step_selection(), negated, within))
        return m.Sequence(tuple(steps), self.rng.choice((None, *DURATIONS[:6])))

    def step_selection(self) -> m.Selection:
        kinds = self.rng.choice(KINDS)
        where = (self.test(),) if self.rng.random() < 0.25 else ()
        return m.Selection("shop_*" if len(kinds) > 1 else kinds[0], kinds, where)

    def attribute_for(self) -> m.Condition:
        value = self.attribute()
        while (comparison := self.comparison(value.type)).op in MOVING:
            pass
        return m.AttributeFor(value, comparison, self.rng.choice(DURATIONS))

    def compare(self) -> m.Condition:
        value = self.value()
        return m.Compare(value, self.comparison(value.type), "v")

    def lifetime(self) -> m.Condition:
        start = instant(self.rng, self.base)
        return m.Lifetime(self.rng.choice((None, start)), self.rng.choice((None, start + 8 * GRID)))

    def boolean_scalar(self) -> m.Condition:
        count = m.Aggregate("count", self.selection(), None, INTEGER)
        average = m.Aggregate("average", self.selection(), "amount", RATIO)
        expression = self.rng.choice(("{0} + 1 > {1}", "{0} * 2 = 2 or {1} is null", "{0} between 1 and coalesce({1}, 3)"))
        return m.ScalarCondition(m.Scalar(expression, (count, average), BOOLEAN))


LEAVES: tuple[Callable[[Rules], m.Condition], ...] = (
    *(Rules.compare,) * 6,
    lambda rules: m.Did(rules.selection(), rules.rng.choice((m.Comparison("at_least", 1), rules.comparison(INTEGER)))),
    lambda rules: m.Did(rules.selection()),
    lambda rules: m.DidNot(rules.selection()),
    lambda rules: m.EdgeHas(rules.rng.choice(("last", "first")), rules.selection(), rules.tests(least=1)),
    Rules.reference,
    Rules.reference,
    Rules.attribute_for,
    lambda rules: m.AttributeChanged(rules.attribute(), rules.rng.choice(DURATIONS)),
    lambda rules: m.Anniversary(rules.attribute("birthday"), rules.rng.choice((1, 2, 7, 365)), rules.zone()),
    Rules.sequence,
    Rules.sequence,
    lambda rules: m.ListedIn(rules.rng.choice(VOCABULARY.lists)),
    lambda rules: m.Sample(rules.rng.choice((0, 16**12, 8 * 16**12, 16**13)), "salt"),
    Rules.lifetime,
    lambda _: m.Everyone(),
    lambda rules: m.Constant(rules.rng.random() < 0.5),
    Rules.boolean_scalar,
)
INNER: tuple[Callable[[Rules, int], m.Condition], ...] = (
    lambda rules, depth: m.All(rules.children(depth)),
    lambda rules, depth: m.AnyOf(rules.children(depth)),
    lambda rules, depth: m.NoneOf(rules.children(depth)),
    lambda rules, depth: m.Not(rules.condition(depth)),
    lambda rules, depth: m.IfMissing(rules.condition(depth), rules.rng.random() < 0.5),
    Rules.tree,
)


def rule_set(rng: Random, base: int, segments: int = 8) -> m.RuleSet:
    """Segments in an order without forward references, two groups among them, one with a default."""
    rules = Rules(rng, base)
    found = []
    group, other = ["s0", "s1", "s2"], ["s4", "s5"]
    rng.shuffle(group)
    for number in range(segments):
        if number == 3:
            rules.slugs = [(slug, True) for slug, _ in rules.slugs] + [("default_of_first", True)]
        if number == 6:
            rules.slugs = [(slug, True) for slug, _ in rules.slugs]
        found.append(m.SegmentRule(f"s{number}", rules.condition(rng.choice((0, 1, 2, 3)))))
        rules.slugs.append((f"s{number}", number == 3 or number > 5))
    groups = (m.GroupOrder("first", tuple(group), "default_of_first"), m.GroupOrder("second", tuple(other[:: rng.choice((1, -1))])))
    return m.RuleSet(tuple(found), groups)


def leaves(rng: Random, base: int, count: int) -> m.RuleSet:
    """Segments of one leaf each, which hide no flip of each other."""
    rules = Rules(rng, base)
    found = [m.SegmentRule("s0", rules.leaf())]
    for number in range(1, count):
        rules.slugs.append((f"s{number - 1}", True))
        found.append(m.SegmentRule(f"s{number}", rules.leaf()))
    return m.RuleSet(tuple(found), ())
