"""Our ``dataclass`` does what the standard one does: every test runs with both, and with ours once it has compiled."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, Generic, TypeVar

import pytest

import kapplan
from kapplan import dataclass as ours

Decorator = Callable[..., Any]
Value = TypeVar("Value")
Shape = dict[str, bool]


def make(dataclass: Decorator, **options: bool) -> Any:
    """Return a record of four fields, of which two have defaults."""

    @dataclass(frozen=True, **options)
    class Visit:
        """A visit."""

        kind: str
        number: int
        where: str = "clinic"
        notes: list[str] = dataclasses.field(default_factory=list)

        @property
        def name(self) -> str:
            return f"{self.kind}-{self.number}"

    return Visit


def often(**options: bool) -> Callable[[Any], Any]:
    """Return our decorator, for a class of which many records were made already."""

    def decorate(cls: Any) -> Any:
        made = ours.dataclass(**options)(cls)
        fields = dataclasses.fields(made)
        for name, lines in LINES.items() if "__replace__" in vars(made) else ():
            method = vars(made)[name]
            ours._compile(made, name, method, lines(fields, hasattr(made, "__post_init__")), fields)
        return made

    return decorate


LINES: dict[str, Callable[..., Any]] = {"__init__": ours._init_lines, "__replace__": ours._replace_lines}
BOTH = pytest.mark.parametrize(
    "dataclass", [dataclasses.dataclass, ours.dataclass, often], ids=["standard", "ours", "ours, often"]
)
SHAPES = pytest.mark.parametrize("shape", [{"slots": True}, {}], ids=["slots", "no slots"])


@BOTH
@SHAPES
def test_fields_are_set_by_name_and_by_place(dataclass: Decorator, shape: Shape) -> None:
    """A record is made by names, by places or by both, and what is left out has its default."""
    kind = make(dataclass, **shape)
    made = kind("dosing", number=3)
    assert (made.kind, made.number, made.where, made.notes, made.name) == ("dosing", 3, "clinic", [], "dosing-3")
    assert kind("dosing", 3, "home", ["x"]) == kind(notes=["x"], where="home", number=3, kind="dosing")


@BOTH
@SHAPES
def test_each_record_has_its_own_list(dataclass: Decorator, shape: Shape) -> None:
    """What a factory makes is made anew for every record."""
    kind = make(dataclass, **shape)
    assert kind("dosing", 1).notes is not kind("dosing", 1).notes


@BOTH
@SHAPES
@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((), {}),
        (("dosing",), {}),
        (("dosing", 1), {"colour": "red"}),
        ((), {"number": 1, "colour": "red"}),
        (("dosing", 1), {"number": 1}),
        (("dosing", 1, "clinic", [], "more"), {}),
    ],
)
def test_wrong_calls_are_refused(dataclass: Decorator, shape: Shape, given: tuple[Any, ...], named: Any) -> None:
    """A field left out, one that is not there and one given twice are type errors."""
    with pytest.raises(TypeError):
        make(dataclass, **shape)(*given, **named)


@BOTH
@SHAPES
def test_fields_by_name_only(dataclass: Decorator, shape: Shape) -> None:
    """With ``kw_only`` no value is taken by its place, and a field without a default may follow one with."""

    @dataclass(frozen=True, kw_only=True, **shape)
    class Visit:
        """A visit."""

        where: str = "clinic"
        number: int

    assert Visit(number=2) == Visit(where="clinic", number=2)
    with pytest.raises(TypeError):
        Visit("clinic", 2)  # type: ignore[call-arg]


@BOTH
@SHAPES
def test_nothing_can_be_changed(dataclass: Decorator, shape: Shape) -> None:
    """Neither a field nor anything else is assigned or deleted."""
    made: Any = make(dataclass, **shape)("dosing", 1)
    for name in ("kind", "colour"):
        with pytest.raises((dataclasses.FrozenInstanceError, TypeError)):
            setattr(made, name, "x")
    with pytest.raises(dataclasses.FrozenInstanceError):
        del made.kind
    assert made.kind == "dosing"


@BOTH
@SHAPES
def test_records_are_equal_by_their_values(dataclass: Decorator, shape: Shape) -> None:
    """Records of one class are equal where all values are, and never equal to one of another class."""
    kind, other = make(dataclass, **shape), make(dataclass, **shape)
    assert kind("dosing", 1) == kind("dosing", 1)
    assert kind("dosing", 1) != kind("dosing", 2)
    assert kind("dosing", 1) != other("dosing", 1)
    assert kind("dosing", 1) != ("dosing", 1, "clinic", [])


@BOTH
@SHAPES
def test_equal_records_have_one_hash(dataclass: Decorator, shape: Shape) -> None:
    """Records can stand in sets; one that holds a list cannot."""

    @dataclass(frozen=True, **shape)
    class Day:
        """A day."""

        number: int

    assert {Day(1), Day(1), Day(2)} == {Day(1), Day(2)}
    with pytest.raises(TypeError):
        hash(make(dataclass, **shape)("dosing", 1))


@BOTH
@SHAPES
def test_a_record_shows_how_it_is_made(dataclass: Decorator, shape: Shape) -> None:
    """Its text is the call that makes it, with the class's qualified name."""
    text = repr(make(dataclass, **shape)("dosing", 1))
    assert text == "make.<locals>.Visit(kind='dosing', number=1, where='clinic', notes=[])"


@BOTH
@SHAPES
def test_fields_can_stay_out_of_comparing_and_showing(dataclass: Decorator, shape: Shape) -> None:
    """``compare=False`` and ``repr=False`` are heeded."""

    @dataclass(frozen=True, **shape)
    class Score:
        """A score."""

        value: int
        note: str = dataclasses.field(default="", compare=False, repr=False)

    assert Score(1, "a") == Score(1, "b")
    assert "note" not in repr(Score(1, "a"))


@BOTH
@SHAPES
def test_a_record_without_fields(dataclass: Decorator, shape: Shape) -> None:
    """Two of them are equal."""

    @dataclass(frozen=True, **shape)
    class Nothing:
        """Nothing."""

    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1


@BOTH
@SHAPES
def test_own_methods_stay(dataclass: Decorator, shape: Shape) -> None:
    """What a class defines itself is kept, and what is to be done after setting the fields is done."""
    done = []

    @dataclass(frozen=True, **shape)
    class Loud:
        """Loud."""

        word: str

        def __post_init__(self) -> None:
            done.append(self.word)

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Loud) and self.word.lower() == other.word.lower()

        def __hash__(self) -> int:
            return hash(self.word.lower())

        def __repr__(self) -> str:
            return self.word.upper()

    assert (Loud("a") == Loud("A"), repr(Loud("b")), done) == (True, "B", ["a", "A", "b"])
    assert hash(Loud("c")) == hash(Loud("C"))


@BOTH
@SHAPES
def test_records_inherit(dataclass: Decorator, shape: Shape) -> None:
    """Fields of the class above come first."""

    @dataclass(frozen=True, kw_only=True, **shape)
    class Lower:
        """Lower."""

        one: int

    @dataclass(frozen=True, kw_only=True, **shape)
    class Upper(Lower):
        """Upper."""

        two: int = 2

    made: Any = Upper(one=1)
    assert [field.name for field in dataclasses.fields(made)] == ["one", "two"]
    assert (made.one, made.two, made == Upper(one=1, two=2), made == Lower(one=1)) == (1, 2, True, False)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.one = 3


@BOTH
@SHAPES
def test_the_standard_tools_know_them(dataclass: Decorator, shape: Shape) -> None:
    """``replace``, ``asdict``, ``is_dataclass`` and patterns work as with the standard decorator."""
    made: Any = make(dataclass, **shape)("dosing", 1)
    assert dataclasses.is_dataclass(type(made))
    assert dataclasses.replace(made, number=2).name == "dosing-2"
    assert ours.replace(made, number=2) == dataclasses.replace(made, number=2)
    with pytest.raises(TypeError):
        ours.replace(made, colour="red")
    assert dataclasses.asdict(made) == {"kind": "dosing", "number": 1, "where": "clinic", "notes": []}
    assert vars(type(made))["__match_args__"] == ("kind", "number", "where", "notes")
    assert hasattr(made, "__dict__") is not shape.get("slots", False)


@BOTH
@SHAPES
def test_what_nobody_may_give_is_made_anew(dataclass: Decorator, shape: Shape) -> None:
    """A field that is set once the others are can be given neither to a record nor to a copy; each makes its own."""

    @dataclass(frozen=True, **shape)
    class Room:
        """A room, with its name."""

        number: int
        name: str = dataclasses.field(init=False)

        def __post_init__(self) -> None:
            object.__setattr__(self, "name", f"room {self.number}")

    @dataclass(frozen=True, **shape)
    class Suite(Room):
        """A room of several."""

        beds: int = 2

    kinds: list[Any] = [Room, Suite]
    for kind in kinds:
        made = kind(1)
        assert (made.name, ours.replace(made, number=2).name) == ("room 1", "room 2")
        with pytest.raises((TypeError, ValueError)):
            kind(number=1, name="blue")
        with pytest.raises((TypeError, ValueError)):
            ours.replace(made, name="blue")


@BOTH
@SHAPES
def test_a_field_may_have_any_name(dataclass: Decorator, shape: Shape) -> None:
    """A change keeps and sets fields that are named as what makes and changes a record names its own things."""

    @dataclass(frozen=True, kw_only=True, **shape)
    class History:
        """What is told of a patient."""

        other: tuple[str, ...] = ()
        given: tuple[str, ...] = ()
        name: str = ""
        value: int = 0
        values: int = 0
        names: list[str] = dataclasses.field(default_factory=list)
        changes: int = 0
        named: int = 0
        cls: int = 0
        missing: int = 0

    before: Any = History(other=("migraine",), given=("dosing",), name="river", value=1, names=["x"], changes=2)
    told = {field.name: getattr(before, field.name) for field in dataclasses.fields(before)}
    for name in told:
        changed = ours.replace(before, **{name: "new"})
        assert {one: getattr(changed, one) for one in told} == {**told, name: "new"}


@BOTH
@SHAPES
def test_records_are_copied(dataclass: Decorator, shape: Shape) -> None:
    """A copy is equal and another object; a deep one shares nothing that can change."""
    made = make(dataclass, **shape)("dosing", 1, notes=["x"])
    deep = copy.deepcopy(made)
    assert copy.copy(made) == made == deep
    assert deep.notes is not made.notes


@BOTH
@SHAPES
def test_records_are_pickled(dataclass: Decorator, shape: Shape, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record comes back from a pickle as it went in."""
    kind = make(dataclass, **shape)
    kind.__qualname__ = "Visit"
    monkeypatch.setattr(sys.modules[kind.__module__], "Visit", kind, raising=False)
    made = kind("dosing", 1)
    assert pickle.loads(pickle.dumps(made)) == made  # noqa: S301 - our own bytes


def test_what_is_not_frozen_is_the_standard_librarys() -> None:
    """Classes that can change, and those that ask for more, are made as ever."""

    @ours.dataclass(slots=True)
    class Count:
        """A count."""

        value: int = 0

    @ours.dataclass(frozen=True, order=True)
    class Day:
        """A day."""

        number: int

    count = Count()
    count.value = 2
    assert (count, Day(1) < Day(2)) == (Count(2), True)


def test_a_class_of_which_many_records_are_made_gets_its_own_methods() -> None:
    """Records made before and after are equal, and those of a class below that sets nothing of its own stay its own."""
    kind = make(ours.dataclass, slots=True)
    Long: Any = type("Long", (kind,), {})  # noqa: N806  # a class
    general = kind.__init__
    records = [kind("dosing", 1) for _ in range(ours.OFTEN + 2)]
    changed = [ours.replace(record, number=2) for record in records]
    assert kind.__init__ is not general
    assert {tuple(dataclasses.astuple(one)[:3]) for one in records} == {("dosing", 1, "clinic")}
    assert records == [kind("dosing", 1)] * len(records)
    assert changed == [kind("dosing", 2)] * len(records)
    assert {type(one) for one in (*records, *changed)} == {kind}
    long = Long("dosing", 3, notes=["x"])
    assert (type(long), long.number, long.notes, Long("dosing", 1).notes) == (Long, 3, ["x"], [])
    assert (type(ours.replace(long, number=4)), ours.replace(long, number=4).notes) == (Long, ["x"])


def test_every_record_of_the_program_can_have_its_own_methods() -> None:
    """The methods of each class of slots can be compiled, and what they fill becomes a record of the class."""
    package, tried = Path(kapplan.__file__).parent, 0
    for path in package.rglob("*.py"):
        name = ".".join(("kapplan", *path.relative_to(package).with_suffix("").parts)).removesuffix(".__init__")
        for kind in vars(import_module(name)).values():
            if isinstance(kind, type) and kind.__module__ == name and "__replace__" in vars(kind):
                fields = dataclasses.fields(kind)
                if not fields:
                    continue
                # As what is compiled names its own things:
                assert not any(field.name.startswith("_") for field in fields)
                for lines in LINES.values():
                    compile("\n".join(lines(fields, has_more_to_do=True)), name, "exec")
                if "__slots__" in vars(kind):
                    own = {"__slots__": vars(kind)["__slots__"], "__setattr__": object.__setattr__}
                    filled: Any = object.__new__(type("Fillable", kind.__bases__, own))
                    filled.__class__ = kind
                    tried += 1
    assert tried > 200


@BOTH
@SHAPES
def test_a_record_of_any_type_is_made_as_often_as_one_likes(dataclass: Decorator, shape: Shape) -> None:
    """A generic class keeps its general methods, however many records are made and changed."""

    @dataclass(frozen=True, **shape)
    class Pair(Generic[Value]):
        """Two of a type."""

        one: Value
        other: Value

    made: list[Any] = [Pair(number, 1) for number in range(2 * ours.OFTEN)]
    assert [ours.replace(one, other=2).other for one in made] == [2] * len(made)
    assert (made[-1].one, made[-1].other) == (len(made) - 1, 1)


@SHAPES
def test_a_record_is_made_of_anothers_fields(shape: Shape) -> None:
    """What is not a record's own comes from the other's fields by name; one that it lacks is missed, default or not."""
    source = make(ours.dataclass, **shape)(kind="dosing", number=3)

    @ours.dataclass(frozen=True, **shape)
    class Seen:
        """What is seen of a visit."""

        kind: str
        number: int = 0
        on: int = 0

    assert ours.derived(Seen, source, number=4, on=9) == Seen(kind="dosing", number=4, on=9)
    with pytest.raises(AttributeError):
        ours.derived(Seen, source)
