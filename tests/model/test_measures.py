"""Response: the fraction of a baseline that is lost, counted exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kapplan.model.measures import is_response


@pytest.mark.parametrize(
    ("baseline", "now", "fraction", "expected"),
    [
        (18, 9, 0.5, True),
        (17, 9, 0.5, False),
        (17, 8, 0.5, True),
        (40, 28, 0.3, True),
        (40, 29, 0.3, False),
        (10, 7, 0.3, True),
        (30, 24, 0.2, True),
        (30, 25, 0.2, False),
        (20, 25, 0.5, False),
        (0, 0, 0.5, False),
    ],
)
def test_response_at_its_edge(baseline: int, now: int, fraction: float, expected: bool) -> None:
    """Half is a response, just less than half is none; neither rounding nor a baseline of nothing makes one."""
    assert is_response(baseline, now, fraction) is expected


@given(st.integers(1, 100), st.integers(0, 100), st.integers(1, 99))
def test_response_is_the_exact_comparison(baseline: int, now: int, percent: int) -> None:
    """Response is what exact fractions say, for every score and every percentage."""
    exact = Fraction(baseline - now, baseline) >= Fraction(percent, 100)
    assert is_response(baseline, now, percent / 100) is exact
