"""Column generation: a linear choice gives prices, the prices a bound and, of each patient, the best course under them.

All rows that a linear choice breaks are added before its prices are used. Prices go half of the way from those of the
best bound to those of the choice, and all of it where that teaches nothing new. A patient whose days cost what they
cost before pays what they paid before.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from kapplan.planning.joint import bound
from kapplan.planning.joint.asks import SlotAsk
from kapplan.planning.joint.candidates import NEVER, Candidate, Value, course_on
from kapplan.planning.joint.master import Duals, Master
from kapplan.planning.joint.orders import Prices
from kapplan.planning.joint.rows import Row, ScarceRows, prices_of
from kapplan.planning.joint.timetable import Asks, SharedClinic

Each = Callable[[Callable[[bound.Priced], bound.Paid], Sequence[bound.Priced]], Iterable[bound.Paid]]
"""Maps a function over what is to be priced, in order; with several processes it is done side by side."""
MORE = 60
"""How often a patient is placed with one therapist to come to know more courses than the best."""
_ROW_ROUNDS = 6


class ColumnGeneration:
    """The courses and rows known of patients, and what is proven by prices.

    ``alone`` is what they pay where nothing has a price. ``heed`` is called again and again and
    may raise to end the work.
    """

    def __init__(
        self,
        able: Sequence[Candidate],
        alone: Mapping[str, bound.Paid],
        asks: Asks,
        clinic: SharedClinic,
        *,
        each: Each,
        heed: Callable[[], None],
    ) -> None:
        self.able, self.asks, self.each, self.heed = able, asks, each, heed
        self.rows = ScarceRows(able, asks, clinic)
        self.master = Master([one.patient for one in able], asks)
        self.prices: Prices | None = None
        self.unplaced = bound.proof_of_unplaced([], {}, {})
        self.alone = alone
        self._proofs = {0: bound.proof_of([alone[one.patient] for one in able], {}, {}, 0)}
        self._paid: dict[tuple[str, bool], tuple[tuple[object, ...], bound.Paid]] = {}

    @property
    def least_unplaced(self) -> int:
        """How many of those who have a course alone have none in any joint plan, as far as is proven."""
        return -(-self.unplaced.bound // bound.UNPLACED)

    def deviation(self, unplaced: int) -> bound.JointProof:
        """Return the best proof of what any plan deviates that leaves out so many patients or fewer."""
        return max((bound.allowing(proof, unplaced) for proof in self._proofs.values()), key=lambda proof: proof.bound)

    def raise_deviation(self, goals: Collection[int]) -> Duals | None:
        """Price once for each of ``goals``, how many patients may be left out; return the choice for the first.

        ``None`` where no choice is known that leaves out so few.
        """
        first: Duals | None = None
        for number, goal in enumerate(goals):
            duals = self._linear(unplaced=goal, count_only=False)
            if duals is not None:
                self._learn(duals, goals, goal)
            if not number:
                first = duals
        return first

    def _learn(self, duals: Duals, goals: Iterable[int], goal: int) -> None:
        centre = self.deviation(goal)
        for share in (2, 1):
            prices = _between(centre.prices, duals.prices, share)
            paid = self._priced(prices)
            better = False
            for unplaced in goals:
                proof = bound.proof_of(paid, prices, self.master.rows, unplaced)
                if proof.bound > self.deviation(unplaced).bound:
                    self._proofs[unplaced], better = proof, True
            new = self.master.add([
                course for one in paid for course in bound.courses_of(self.asks.by_patient[one.patient], one)
            ])
            if better or new:
                return

    def raise_unplaced(self) -> None:
        """Price once for how many patients must be left out at least."""
        duals = self._linear(unplaced=len(self.able), count_only=True)
        if duals is None:
            return
        prices = {row: round(price * bound.UNPLACED) for row, price in duals.prices.items()}
        paid = self._priced(prices, count_only=True)
        proof = bound.proof_of_unplaced(paid, prices, self.master.rows)
        if proof.bound > self.unplaced.bound:
            self.unplaced = proof
        self.master.add([course for one in paid for course in bound.courses_of(self.asks.by_patient[one.patient], one)])

    def know_nearly_best(self, candidate: Candidate, value: Value) -> None:
        """Come to know more courses of a patient under the prices of the best bound that a better plan may have."""
        proof = self.deviation(value[0])
        if candidate.patient not in proof.paid:
            return
        most = proof.paid[candidate.patient] + max(value[1] - proof.bound, 0)
        for number, prices in enumerate(prices_of(candidate, self.asks, proof.prices)):
            courses = (
                course_on(candidate, number, days)
                for days in bound.nearly_best(candidate.problems[number], prices, most, MORE)
            )
            self.master.add([course for course in courses if course is not None])

    def _priced(self, prices: Mapping[Row, int], *, count_only: bool = False) -> list[bound.Paid]:
        """Place every patient under prices."""
        own = {one.patient: tuple(prices_of(one, self.asks, prices)) for one in self.able}
        if not count_only:
            self.prices = own
        asked: list[bound.Priced] = []
        for one in self.able:
            known = self._paid.get((one.patient, count_only))
            if known is None or known[0] != own[one.patient]:
                problems = bound.without_weights(one) if count_only else one.problems
                alone = self.alone[one.patient].least
                floors = tuple(0 if count_only else NEVER[0] if least is None else least for least in alone)
                asked.append(bound.Priced(one.patient, problems, own[one.patient], floors))
        for priced, paid in zip(asked, self.each(bound.pay, asked), strict=True):
            self._paid[priced.patient, count_only] = priced.prices, paid
            self.heed()
        return [self._paid[one.patient, count_only][1] for one in self.able]

    def _linear(self, *, unplaced: int, count_only: bool) -> Duals | None:
        """Make a linear choice that keeps every capacity row, those that it breaks being added."""
        duals = None
        for _ in range(_ROW_ROUNDS):
            duals = self.master.linear(unplaced=unplaced, count_only=count_only)
            if duals is None or not self.master.keep(self._broken(duals.shares)):
                break
        return duals

    def _broken(self, shares: Sequence[float]) -> dict[Row, int]:
        use: dict[tuple[int, int], float] = {}
        asks: dict[int, SlotAsk] = {}
        for course, share in zip(self.master.columns, shares, strict=True):
            if share > 0:
                for day, _, ask in self.asks.of_course(course):
                    asks[id(ask)] = ask
                    use[day, id(ask)] = use.get((day, id(ask)), 0.0) + share
        return {row: self.rows.most(row) for row in self.rows.over(use, asks) if row not in self.master.rows}


def _between(old: Mapping[Row, int], new: Mapping[Row, float], share: int) -> dict[Row, int]:
    """Return prices between those of the best bound and new ones, one of ``share`` parts of the way there."""
    return {
        row: price
        for row in {**old, **new}
        if (price := round(old.get(row, 0) + (new.get(row, 0.0) - old.get(row, 0)) / share)) > 0
    }
