"""The independent oracle: the JSON document of ``--format problem`` as an OR-Tools CP-SAT model.

Written from ``docs/problem-format.md``; shares no code with the program or with ``brute_force``. One thread and a
fixed seed: the same document gives the same run.
"""

from __future__ import annotations

import itertools
import time
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from ortools.sat.python import cp_model

Document = dict[str, Any]
FAR = 100_000
"""More days than any calendar here has."""


class Solved(NamedTuple):
    """The best answer: its terms in the order of the objective (without the ties), and days that reach them.

    ``seconds`` is processor time in the solver alone: writing the model down is not counted.
    """

    objective: dict[str, int]
    days: dict[str, int]
    seconds: float


def solve(document: Document, *, ties: bool = False, probing: bool = False, seconds: float = 120) -> Solved | None:
    """Return the best answer, or ``None`` where there is none.

    Term after term is minimised and then held; with ``ties`` the day of each visit likewise. ``TimeoutError`` if one
    term takes longer than ``seconds`` of CP-SAT's own deterministic time. Its ``probing`` is off where it is not asked
    for: these models take half the time without it.
    """
    model = Model(document)
    solver = new_solver(seconds, probing=probing)
    spent = 0.0
    terms = {term: model.terms[term] for term in document["objective"] if term != "ties"}
    goals = [*terms.values(), *(model.day.values() if ties else ())] or [0]
    for goal in goals:
        if isinstance(goal, int):
            model.cp.clear_objective()  # type: ignore[no-untyped-call]
        else:
            model.cp.minimize(goal)
        begun = time.process_time()
        status = solver.solve(model.cp)
        spent += time.process_time() - begun
        if status == cp_model.INFEASIBLE:
            return None
        if status != cp_model.OPTIMAL:
            raise TimeoutError(f"CP-SAT found no proof within {seconds} s")
        if not isinstance(goal, int):
            model.cp.add(goal == solver.value(goal))
        model.hint(solver)
    days = {visit: solver.value(day) for visit, day in model.day.items()}
    return Solved({term: solver.value(goal) for term, goal in terms.items()}, days, spent)


def better(document: Document, objective: dict[str, int]) -> dict[str, int] | None:
    """Return the days of a better answer than one of this objective; ``None`` says that there is none.

    To ask for it at once takes CP-SAT half the time of finding the best answer term by term.
    """
    model = Model(document)
    _less(model.cp, [(model.terms[term], amount) for term, amount in objective.items()])
    return _any_days(model, "whether anything is better")


def earlier_tie(document: Document, objective: dict[str, int], days: dict[str, int]) -> dict[str, int] | None:
    """Return an answer of this objective that the ties put before ``days``; ``None`` says that ``days`` is the best."""
    model = Model(document)
    for term, amount in objective.items():
        model.cp.add(model.terms[term] == amount)
    _less(model.cp, [(day, days[visit]) for visit, day in model.day.items()])
    return _any_days(model, "the ties")


def _less(cp: cp_model.CpModel, amounts: Sequence[tuple[cp_model.LinearExprT, int]]) -> None:
    """Ask for values that come before these amounts: less in the first that differs."""
    differs_first = []
    for index, (value, amount) in enumerate(amounts):
        here = cp.new_bool_var(f"first difference at {index}")
        differs_first.append(here)
        cp.add(value < amount).only_enforce_if(here)
        for before, same in amounts[:index]:
            cp.add(before == same).only_enforce_if(here)
    cp.add_exactly_one(differs_first)


def _any_days(model: Model, asked: str) -> dict[str, int] | None:
    """Return days that the model allows, ``None`` where there are none; ``TimeoutError`` where it cannot tell."""
    solver = new_solver(120)
    solver.parameters.linearization_level = 0  # without an objective its linear programmes only take time
    status = solver.solve(model.cp)
    if status == cp_model.INFEASIBLE:
        return None
    if status not in {cp_model.OPTIMAL, cp_model.FEASIBLE}:
        raise TimeoutError(f"CP-SAT could not decide {asked}")
    return {visit: solver.value(day) for visit, day in model.day.items()}


def new_solver(seconds: float, *, probing: bool = False) -> cp_model.CpSolver:
    """Return a solver that runs on one thread, always in the same way."""
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 1
    if not probing:
        solver.parameters.cp_model_probing_level = 0
    solver.parameters.max_deterministic_time = seconds  # steps of its own, the same however busy the machine is
    return solver


class Model:
    """The document as variables and constraints, in a given model or its own: ``day`` by visit, ``terms`` by name."""

    def __init__(self, document: Document, cp: cp_model.CpModel | None = None) -> None:
        self.cp = cp_model.CpModel() if cp is None else cp
        self.origin = date.fromisoformat(document["origin"])
        self.visits = {visit["id"]: visit for visit in document["visits"]}
        self.fixed = {visit["id"] for visit in document["visits"] if visit["fixed"] is not None}
        self.domain = {name: self._domain(visit) for name, visit in self.visits.items()}
        self._tighten([rule for rule in document["timing"] if rule.get("months") is None])
        self.day = {name: self._day(name) for name in self.visits}
        self.on: dict[tuple[str, int], Any] = {}
        self.deviations: dict[str, list[Any]] = {"course": [], "follow-up": [], "secondary": []}
        for rule in document["timing"]:
            if not (rule["visit"] in self.fixed and self._is_still(rule["after"])):
                self._timing(rule)
        for limit in document["limits"]:
            {"cap": self._cap, "distinct_days": self._pairs, "not_together": self._pairs}[limit["type"]](limit)
        self.terms = self._terms()

    def hint(self, solver: cp_model.CpSolver) -> None:
        """Let the next run start from the answer of this one."""
        values = [solver.value(self.cp.get_int_var_from_proto_index(i)) for i in range(len(self.cp.proto.variables))]
        self.cp.clear_hints()  # type: ignore[no-untyped-call]
        for index, amount in enumerate(values):
            self.cp.add_hint(self.cp.get_int_var_from_proto_index(index), amount)

    def _domain(self, visit: dict[str, Any]) -> list[int]:
        return [visit["fixed"]] if visit["fixed"] is not None else [day for day, *_ in visit["days"]]

    def _tighten(self, timing: list[dict[str, Any]]) -> None:
        """Take away days that min and max alone rule out, over and over: the solver is asked smaller questions."""
        changed = True
        while changed:
            changed = False
            for rule in timing:
                anchor = rule["after"]
                if rule["visit"] in self.fixed and self._is_still(anchor):
                    continue
                low = -FAR if rule["min"] is None else rule["min"]
                high = FAR if rule["max"] is None else rule["max"]
                changed |= self._keep(rule["visit"], self._anchor_days(anchor), low, high)
                if not isinstance(anchor, dict):
                    changed |= self._keep(anchor, self.domain[rule["visit"]], -high, -low)

    def _keep(self, name: str, anchors: list[int], low: int, high: int) -> bool:
        """Keep the days of a visit that lie ``low`` to ``high`` days after the anchors; say whether any left."""
        before = self.domain[name]
        if anchors:
            first, last = min(anchors) + low, max(anchors) + high
            self.domain[name] = [day for day in before if first <= day <= last]
        return len(self.domain[name]) < len(before)

    def _day(self, name: str) -> Any:
        if not self.domain[name]:
            self.cp.add_bool_or([])  # a visit with no open day: no answer
            return self.cp.new_constant(0)
        return self.cp.new_int_var_from_domain(cp_model.Domain.from_values(self.domain[name]), name)

    def _is_still(self, anchor: Any) -> bool:
        return isinstance(anchor, dict) or anchor in self.fixed

    def _anchor(self, anchor: Any) -> Any:
        """Return an anchor's day as an expression."""
        return anchor["day"] if isinstance(anchor, dict) else self.day[anchor]

    def _anchor_days(self, anchor: Any) -> list[int]:
        """Return the days that an anchor may be on."""
        return [anchor["day"]] if isinstance(anchor, dict) else self.domain[anchor]

    def _lit(self, name: str, day: int) -> Any:
        """Return the literal that says that a visit is on a day."""
        if (name, day) not in self.on:
            literal = self.cp.new_bool_var(f"{name} on {day}")
            if day in self.domain[name]:
                self.cp.add(self.day[name] == day).only_enforce_if(literal)
                self.cp.add(self.day[name] != day).only_enforce_if(~literal)
            else:
                self.cp.add(literal == 0)
            self.on[name, day] = literal
        return self.on[name, day]

    def _table(self, name: str, costs: dict[int, int]) -> Any:
        """Return the cost of a visit's chosen day, looked up in a table."""
        if not any(costs.values()):
            return 0
        return sum(cost * self._lit(name, day) for day, cost in costs.items() if cost and day in self.domain[name])

    def _timing(self, rule: dict[str, Any]) -> None:
        anchor, anchor_days = self._anchor(rule["after"]), self._anchor_days(rule["after"])
        if not anchor_days or not self.domain[rule["visit"]]:
            return
        if rule.get("months") is not None:
            anchor = self._months(rule["after"], anchor_days, rule["months"])
        after = self.day[rule["visit"]] - anchor
        if rule["min"] is not None:
            self.cp.add(after >= rule["min"])
        if rule["max"] is not None:
            self.cp.add(after <= rule["max"])
        if rule["target"] is not None and rule["weight"]:
            low, high = rule["target"]
            off = self.cp.new_int_var(0, FAR, f"{rule['visit']} off {rule['rule']}")
            self.cp.add(off >= low - after)
            self.cp.add(off >= after - high)
            secondary = rule.get("secondary", False)
            term = "secondary" if secondary else self.visits[rule["visit"]]["tier"]
            self.deviations[term].append(rule["weight"] * off)

    def _months(self, anchor: Any, days: list[int], months: int) -> Any:
        shifted = {day: self._shift(day, months) for day in days}
        if len(days) == 1:
            return shifted[days[0]]
        moved = self.cp.new_int_var(min(shifted.values()), max(shifted.values()), f"{anchor} and {months} months")
        for day in days:
            self.cp.add(moved == shifted[day]).only_enforce_if(self._lit(anchor, day))
        return moved

    def _shift(self, day: int, months: int) -> int:
        start = self.origin + timedelta(days=day)
        years, month = divmod(start.month - 1 + months, 12)
        year = start.year + years
        clipped = min(start.day, monthrange(year, month + 1)[1])
        return date(year, month + 1, clipped).toordinal() - self.origin.toordinal()

    def _pairs(self, limit: dict[str, Any]) -> None:
        for one, other in itertools.combinations(limit["visits"], 2):
            if one in self.fixed and other in self.fixed:
                continue
            if limit["type"] == "distinct_days":
                self.cp.add(self.day[one] != self.day[other])
                continue
            for day in set(limit["days"]) & set(self.domain[one]) & set(self.domain[other]):
                self.cp.add_bool_or([~self._lit(one, day), ~self._lit(other, day)])

    def _cap(self, limit: dict[str, Any]) -> None:
        members = [name for name in limit["visits"] if self.domain[name]]
        held: dict[int, dict[str, Any]] = {}
        for name in members:
            for block, literal in self._blocks(limit, name).items():
                held.setdefault(block, {})[name] = literal
        for literals in held.values():
            free = [literal for name, literal in literals.items() if name not in self.fixed]
            if len(free) == len(literals):
                if len(free) > limit["max"]:
                    self.cp.add(sum(free) <= limit["max"])
                continue
            for literal in free:
                self.cp.add(sum(literals.values()) <= limit["max"]).only_enforce_if(literal)

    def _blocks(self, limit: dict[str, Any], name: str) -> dict[int, Any]:
        """Return, by block, the literal that says that a visit is counted in it."""
        every = limit.get("every")
        low, high = limit.get("from", -FAR), limit.get("until", FAR)
        if every is None:
            return {0: self._in_range(name, low, high)}
        anchor, anchor_days = self._anchor(limit["anchor"]), self._anchor_days(limit["anchor"])
        if not anchor_days:
            return {}
        first = (min(self.domain[name]) - max(anchor_days)) // every
        last = (max(self.domain[name]) - min(anchor_days)) // every
        if limit["anchor"] == name:
            first = last = 0
        block = self.cp.new_int_var(first, last, f"block of {name} in {limit['rule']}")
        into = self.day[name] - anchor - every * block
        self.cp.add_linear_constraint(into, 0, every - 1)
        counted = self._in_range(name, low, high)
        return {number: self._counted(block, number, counted) for number in range(first, last + 1)}

    def _in_range(self, name: str, low: int, high: int) -> Any:
        """Return the literal that says that a visit is on the days ``low`` through ``high``."""
        literal = self.cp.new_bool_var(f"{name} within {low} {high}")
        inside = cp_model.Domain(low, high)
        self.cp.add_linear_expression_in_domain(self.day[name], inside).only_enforce_if(literal)
        self.cp.add_linear_expression_in_domain(self.day[name], inside.complement()).only_enforce_if(~literal)
        return literal

    def _counted(self, block: Any, number: int, counted: Any) -> Any:
        here = self.cp.new_bool_var(f"in block {number}")
        self.cp.add(block == number).only_enforce_if(here)
        self.cp.add(block != number).only_enforce_if(~here)
        both = self.cp.new_bool_var(f"counted in block {number}")
        self.cp.add_bool_and([here, counted]).only_enforce_if(both)
        self.cp.add_bool_or([~here, ~counted, both])
        return both

    def _terms(self) -> dict[str, Any]:
        free = [visit for name, visit in self.visits.items() if name not in self.fixed]
        told = [visit for visit in free if visit["announced"] is not None]
        return {
            "confirmed_moves": sum(self._moves(visit) for visit in free if visit["confirmed"]),
            "announced_moves": sum(self._moves(visit) for visit in told if not visit["confirmed"]),
            "disturbance": sum(self.deviations["course"]) + self._disturbance(free, "course"),
            "deviation": sum(self.deviations["course"]),
            "follow_up_disturbance": sum(self.deviations["follow-up"]) + self._disturbance(free, "follow-up"),
            "follow_up_deviation": sum(self.deviations["follow-up"]),
            "days_moved": sum(self._days_moved(visit) for visit in told),
            "preference": sum(self._disliked(visit) for visit in free),
            "sooner": sum(self.day[visit["id"]] for visit in free) + sum(self.deviations["secondary"]),
        }

    def _disliked(self, visit: dict[str, Any]) -> Any:
        return self._table(visit["id"], {day: cost for day, cost, _, _ in visit["days"]})

    def _disturbance(self, free: list[dict[str, Any]], tier: str) -> Any:
        """Return the prices of the days that the visits of a tier take."""
        own = [visit for visit in free if visit["tier"] == tier]
        return sum(self._table(visit["id"], {day: price for day, _, price, _ in visit["days"]}) for visit in own)

    def _moves(self, visit: dict[str, Any]) -> Any:
        return self._table(visit["id"], {day: move for day, _, _, move in visit["days"]})

    def _days_moved(self, visit: dict[str, Any]) -> Any:
        off = self.cp.new_int_var(0, FAR, f"{visit['id']} moved")
        self.cp.add_abs_equality(off, self.day[visit["id"]] - visit["announced"])
        return off
