"""From the problem to the network that the search works on."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from kapplan.planning.problem.limits import Apart, Blocks, counted_as
from kapplan.planning.problem.months import month_days, months_after
from kapplan.planning.problem.problem import OpenDay, Problem, ProblemLimit, ProblemTiming, Term
from kapplan.planning.problem.scale import deviation, disturbance, moving, outside, scale, terms
from kapplan.planning.solver.cost_network import Group, Link, Network, NetworkCap
from kapplan.planning.solver.deviation_budget import Aim, Budgets, clipped, windows_within
from kapplan.planning.solver.propagation import DayWindow, Gap, tighten


class Compiler:
    """Turns one problem into networks, each for budgets of deviation.

    ``prices`` are what days cost a visit beside the first term of the objective.
    ``fits`` tells whether the windows leave every visit a day.
    """

    def __init__(self, problem: Problem, prices: Mapping[str, Mapping[int, int]] | None = None) -> None:
        self.problem = problem
        self.prices = prices or {}
        self.origin = problem.origin.toordinal()
        self.objective = problem.objective
        self.limits = problem.limits
        self.visits = [visit for visit in problem.visits if visit.fixed is None]
        self.place = {visit.id: position for position, visit in enumerate(self.visits)}
        self.fixed = {visit.id: visit.fixed for visit in problem.visits if visit.fixed is not None}
        self.every = {visit.id: visit for visit in problem.visits}
        self.own: dict[int, list[ProblemTiming]] = defaultdict(list)
        self.pairs: dict[tuple[int, int], list[ProblemTiming]] = defaultdict(list)
        for rule in problem.timing:
            self._sort_in(rule)
        self.gaps = [gap for pair, rules in self.pairs.items() for gap in self._gaps(pair, rules)]
        self.aims = sorted(self._aims(), key=lambda aim: aim.second)
        self.choices = self._choices()
        shared = {id(own): own for own in self.choices}
        days = {key: [choice.day for choice in own] for key, own in shared.items()}
        widest = tighten([days[id(own)] for own in self.choices], self.gaps)
        self.fits = widest is not None
        self.widest = widest or []
        self.windows = self.widest
        self.known: dict[tuple[tuple[Term, int], ...], list[DayWindow] | None] = {}
        self.scale = scale((), {})

    def network(self, budgets: Budgets) -> Network | None:
        """Return the network of all placements that keep the budgets of deviation, and perhaps of some others.

        ``None`` where the windows alone show that there is none.
        """
        windows = self.within(budgets)
        if windows is None:
            return None
        self.windows = windows
        choices = [_between(own, window) for own, window in zip(self.choices, windows, strict=True)]
        self.scale = scale(self.objective, self._most(choices))
        network = Network(self.scale, windows, self._costs(choices), [[] for _ in self.visits])
        for pair, rules in self.pairs.items():
            link = self._link(pair, rules)
            if link is None:
                return None
            if not network.bind(link):
                network.links[link.later].append(link)
        self._add_limits(network)
        return network

    def terms(self, packed: int, network: Network) -> dict[Term, int]:
        """Return the terms of a cost in a network: they compare in their order as costs do."""
        terms: dict[Term, int] = {}
        for term in self.objective:
            if term != "ties":
                terms[term], packed = divmod(packed, network.scale.unit(term))
        if "sooner" in terms:
            terms["sooner"] += sum(window.first for window in network.windows)
        return terms

    def within(self, budgets: Budgets) -> list[DayWindow] | None:
        """Return the windows of the placements that keep the budgets; ``None`` where there is none."""
        if not self.fits or not budgets:
            return self.widest if self.fits else None
        key = tuple(budgets.items())
        if key not in self.known:
            self.known[key] = self._within(budgets)
        return self.known[key]

    def _within(self, budgets: Budgets) -> list[DayWindow] | None:
        days = [
            [choice.day for choice in _between(own, window)]
            for own, window in zip(self.choices, windows_within(self.widest, self.aims, budgets), strict=True)
        ]
        spared = [gap for gap in (clipped(aim, budgets) for aim in self.aims) if gap is not None]
        return tighten(days, [*self.gaps, *spared])

    def _aims(self) -> Iterator[Aim]:
        """Return the timing rules that say how near to its targets a course of little deviation stays."""
        for position, rules in self.own.items():
            for rule in rules:
                if _bounds_day(rule, self.visits[position].id):
                    yield self._aim(rule, None, position, -self._off(rule, 0))
        for (earlier, later), rules in self.pairs.items():
            for rule in rules:
                if rule.months is None:
                    yield self._aim(rule, earlier, later, 0)
        for gap in self.gaps:
            if gap.first < gap.second:
                yield Aim(gap.first, gap.second, gap.low, (0, 0), gap.high, "deviation", 0)

    def _aim(self, rule: ProblemTiming, first: int | None, second: int, shift: int) -> Aim:
        low, target, high = _forward(rule, self.visits[second].id)
        near, far = target or (0, 0)
        return Aim(
            first, second, None if low is None else low + shift, (near + shift, far + shift),
            None if high is None else high + shift, deviation(self.every[rule.visit]),
            0 if target is None or rule.secondary else rule.weight,
        )  # fmt: skip

    def _sort_in(self, rule: ProblemTiming) -> None:
        """Put a rule with the visits that it binds: one or two, or none where all are fixed."""
        bound = [
            self.place[visit] for visit in (rule.visit, rule.after) if isinstance(visit, str) and visit in self.place
        ]
        match sorted(set(bound)):
            case [one]:
                self.own[one].append(rule)
            case [one, other]:
                self.pairs[one, other].append(rule)

    def _choices(self) -> list[list[OpenDay]]:
        """Return the open days of each visit, sorted, that its rules to fixed days allow; one list where they agree."""
        ordered: dict[int, list[OpenDay]] = {}
        choices = []
        for position, visit in enumerate(self.visits):
            if id(visit.days) not in ordered:
                ordered[id(visit.days)] = sorted(visit.days)
            own = ordered[id(visit.days)]
            choices.append(self._allowed(position, own) if self.own[position] else own)
        return choices

    def _allowed(self, position: int, own: list[OpenDay]) -> list[OpenDay]:
        """Return the days of a sorted list that a visit's rules to fixed days allow."""
        first, last = self._own_window(position)
        start = 0 if first is None else bisect_left(own, (first,))
        stop = len(own) if last is None else bisect_left(own, (last + 1,))
        allowed = own[start:stop]
        hard = [rule for rule in self.own[position] if not _bounds_day(rule, self.visits[position].id)]
        if hard:
            allowed = [c for c in allowed if all(_keeps(rule, self._off(rule, c.day)) for rule in hard)]
        return allowed

    def _own_window(self, position: int) -> tuple[int | None, int | None]:
        """Return the first and last day that rules from a fixed day leave a visit."""
        visit = self.visits[position].id
        first: int | None = None
        last: int | None = None
        for rule in self.own[position]:
            if _bounds_day(rule, visit):
                anchor = self._off(rule, 0)
                if rule.min is not None:
                    first = rule.min - anchor if first is None else max(first, rule.min - anchor)
                if rule.max is not None:
                    last = rule.max - anchor if last is None else min(last, rule.max - anchor)
        return first, last

    def _off(self, rule: ProblemTiming, day: int) -> int:
        """Return the days from the anchor to the visit of a rule whose one open visit stands on ``day``."""
        visit = day if rule.visit in self.place else self.fixed[rule.visit]
        if isinstance(rule.after, int):
            anchor = rule.after
        else:
            anchor = day if rule.after in self.place else self.fixed[rule.after]
        return visit - self._months_later(anchor, rule.months)

    def _months_later(self, day: int, months: int | None) -> int:
        if months is None:
            return day
        return months_after(self.origin, day, months)

    def _gaps(self, pair: tuple[int, int], rules: Iterable[ProblemTiming]) -> Iterator[Gap]:
        for rule in rules:
            second = self.place[rule.visit]
            first = pair[0] if second == pair[1] else pair[1]
            near, far = (0, 0) if rule.months is None else month_days(rule.months)
            low, high = None if rule.min is None else near + rule.min, None if rule.max is None else far + rule.max
            yield Gap(first, second, low, high)

    def _most(self, choices: Sequence[Sequence[OpenDay]]) -> Mapping[Term, int]:
        """Return a bound on the sum of each term."""
        most: dict[Term, int] = defaultdict(int)
        for prices in self.prices.values():
            most[self.objective[0]] += max(prices.values(), default=0)
        for position, (visit, own) in enumerate(zip(self.visits, choices, strict=True)):
            window = self.windows[position]
            most["sooner"] += window.last - window.first
            most["preference"] += max([choice.preference for choice in own])
            term, disturbed = moving(visit), disturbance(visit)
            if term is not None:
                most[term] += max([choice.move for choice in own])
            if disturbed in self.objective:
                most[disturbed] += max([choice.disturbance for choice in own])
            if visit.announced is not None:
                most["days_moved"] += max(abs(window.first - visit.announced), abs(window.last - visit.announced))
            for rule in self.own[position]:
                if rule.weight and rule.target is not None:
                    self._count(most, rule, max(_price(rule, self._off(rule, choice.day)) for choice in own))
        for rules in self.pairs.values():
            for rule in rules:
                self._count(most, rule, max(_price(rule, off) for off in self._extremes(rule)))
        return most

    def _count(self, most: dict[Term, int], rule: ProblemTiming, price: int) -> None:
        """Count what a rule costs at most to the terms that it may stand in."""
        for term in terms(rule, self.every[rule.visit]):
            most[term] += price

    def _extremes(self, rule: ProblemTiming) -> tuple[int, int]:
        """Return the least and the most days from anchor to visit that the windows of both allow."""
        visit, after = self.windows[self.place[rule.visit]], self.windows[self.place[str(rule.after)]]
        least = visit.first - self._months_later(after.last, rule.months)
        return least, visit.last - self._months_later(after.first, rule.months)

    def _costs(self, choices: Sequence[Sequence[OpenDay]]) -> list[list[int]]:
        """Return the price of each day of each window, all that does not depend on other open visits."""
        costs = []
        for position, (visit, window) in enumerate(zip(self.visits, self.windows, strict=True)):
            row = [self.scale.forbidden] * (window.last - window.first + 1)
            days = self.scale.days(visit, choices[position], window.first)
            extra, unit = self.prices.get(visit.id), self.scale.unit(self.objective[0])
            if extra:
                days = [(day, cost + unit * extra.get(day, 0)) for day, cost in days]
            priced = [(rule, self.scale.weight(rule, self.every[rule.visit])) for rule in self.own[position]]
            priced = [(rule, unit) for rule, unit in priced if unit and rule.weight and rule.target is not None]
            if priced:
                days = [
                    (day, own + sum([unit * _price(rule, self._off(rule, day)) for rule, unit in priced]))
                    for day, own in days
                ]
            first = window.first
            for day, cost in days:
                known = row[day - first]
                if cost < known:  # faster than ``min``: of each day of each visit
                    row[day - first] = cost
            costs.append(row)
        return costs

    def _link(self, pair: tuple[int, int], rules: Sequence[ProblemTiming]) -> Link | None:
        """Return what binds two visits as one link; ``None`` where no two days of theirs agree."""
        months = {rule.months for rule in rules}
        later = self.visits[pair[1]].id
        if len(months) > 1 or (months != {None} and any(rule.visit != later for rule in rules)):
            return self._tabled_link(pair, rules)
        bases: dict[int, int] | None = None
        before, after = self.windows[pair[0]], self.windows[pair[1]]
        low, high = after.first - before.last, after.last - before.first
        if rules[0].months is not None:
            days = [choice.day for choice in _between(self.choices[pair[0]], before)]
            bases = {day: self._months_later(day, rules[0].months) for day in days}
            low, high = after.first - bases[before.last], after.last - bases[before.first]
        forward = [_forward(rule, later) for rule in rules]
        low = max([low, *(least for least, _, _ in forward if least is not None)])
        high = min([high, *(most for _, _, most in forward if most is not None)])
        if low > high:
            return None
        prices = [self._day_outside(rule) for rule in rules]
        rows = [_prices(low, high, target, price) for (_, target, _), price in zip(forward, prices, strict=True)]
        costs = rows[0] if len(rows) == 1 else list(map(sum, zip(*rows, strict=True)))
        return Link(*pair, low, costs, max(prices), bases)

    def _tabled_link(self, pair: tuple[int, int], rules: Sequence[ProblemTiming]) -> Link:
        """Return the link of rules that no single row of costs can tell: months backwards, or different months."""
        before, after = self.windows[pair[0]], self.windows[pair[1]]
        names = [self.visits[position].id for position in pair]
        rows = {}
        for day in range(before.first, before.last + 1):
            row = []
            for other in range(after.first, after.last + 1):
                days = dict(zip(names, (day, other), strict=True))
                offs = [days[rule.visit] - self._months_later(days[str(rule.after)], rule.months) for rule in rules]
                kept = all(_keeps(rule, off) for rule, off in zip(rules, offs, strict=True))
                price = sum(
                    self._day_outside(rule) * outside(rule.target, off) for rule, off in zip(rules, offs, strict=True)
                )
                row.append(price if kept else self.scale.forbidden)
            rows[day] = (after.first, row)
        return Link(*pair, 0, [], max(self._day_outside(rule) for rule in rules), None, rows)

    def _day_outside(self, rule: ProblemTiming) -> int:
        """Return the price of a day outside the target of a rule."""
        return 0 if rule.target is None else rule.weight * self.scale.weight(rule, self.every[rule.visit])

    def _add_limits(self, network: Network) -> None:
        """Put the limits into the network; what fixed visits leave of them goes into the costs of days."""
        for limit in self.limits:
            members = dict.fromkeys(limit.visits)
            visits = tuple(sorted(self.place[visit] for visit in members if visit in self.place))
            held = tuple(self.fixed[visit] for visit in members if visit in self.fixed)
            way = counted_as(limit)
            if isinstance(way, Blocks) and visits:
                network.caps.append(self._cap(limit, way, visits, held))
            elif isinstance(way, Apart):
                days = None if way.days is None else frozenset(way.days)
                closed = [day for day in held if days is None or day in days]
                for position in visits:
                    self._close(network, position, closed)
                network.groups.append(Group(visits, days))

    def _close(self, network: Network, position: int, days: Iterable[int]) -> None:
        window = network.windows[position]
        for day in days:
            if window.first <= day <= window.last:
                network.costs[position][day - window.first] = self.scale.forbidden

    def _cap(self, limit: ProblemLimit, blocks: Blocks, visits: tuple[int, ...], held: tuple[int, ...]) -> NetworkCap:
        anchor, day = None, 0
        if isinstance(limit.anchor, int):
            day = limit.anchor
        elif limit.anchor is not None:
            anchor = self.place.get(limit.anchor)
            day = self.fixed.get(limit.anchor, 0)
        return NetworkCap(blocks, visits, held, anchor, day)


def _between(choices: list[OpenDay], window: DayWindow) -> list[OpenDay]:
    """Return the days of a sorted list that lie in a window."""
    return choices[bisect_left(choices, (window.first,)) : bisect_left(choices, (window.last + 1,))]


def _bounds_day(rule: ProblemTiming, visit: str) -> bool:
    """Tell whether a rule bounds its one open visit by a first and a last day."""
    return rule.visit == visit and rule.after != visit


def _keeps(rule: ProblemTiming, off: int) -> bool:
    """Tell whether a rule allows its visit so many days after its anchor."""
    return (rule.min is None or off >= rule.min) and (rule.max is None or off <= rule.max)


def _price(rule: ProblemTiming, off: int) -> int:
    """Return what a rule costs where its visit stands so many days after its anchor, in its own term."""
    return rule.weight * outside(rule.target, off)


def _forward(rule: ProblemTiming, later: str) -> tuple[int | None, tuple[int, int] | None, int | None]:
    """Return the min, target and max of a rule in days from the earlier visit to the later one."""
    if rule.visit == later:
        return rule.min, rule.target, rule.max
    least = None if rule.max is None else -rule.max
    most = None if rule.min is None else -rule.min
    return least, None if rule.target is None else (-rule.target[1], -rule.target[0]), most


def _prices(low: int, high: int, target: tuple[int, int] | None, price: int) -> list[int]:
    """Return the price of each number of days from ``low`` through ``high``."""
    if target is None or not price:
        return [0] * (high - low + 1)
    first, last = min(max(target[0], low), high + 1), max(min(target[1], high), low - 1)
    early = range(price * (target[0] - low), price * (target[0] - first), -price)
    late = range(price * (last + 1 - target[1]), price * (high + 1 - target[1]), price)
    return [*early, *[0] * (last - first + 1), *late]
