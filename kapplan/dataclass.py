"""``dataclass`` for frozen records, as in the standard library but ten times as fast to make.

The standard decorator writes half a dozen methods for each class as source and compiles them, a millisecond a class. A
command needs some hundred classes and each of them for a moment only: compiling would take longer than all its work.
Here the standard decorator prepares the fields and slots, and the methods are the same few closures for every class.
They do what the standard ones do; a record is a little slower to make, and as fast to compare and to hash. A class of
slots of which many records are made gets methods of its own at last, compiled, which make one in a fifth of the time.

For type checkers this is the standard decorator, and ``fields``, ``replace`` and ``is_dataclass`` work as ever; the
``replace`` of this module takes a fifth of the time. What is not frozen, has a field that nobody may give, or asks for
more, is left to the standard decorator.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from operator import attrgetter
from types import MemberDescriptorType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar, cast

__all__ = ["dataclass", "derived", "replace"]

Record = TypeVar("Record")
Fields = tuple[dataclasses.Field[Any], ...]
Setters = tuple[tuple[str, Callable[[Any, Any], None]], ...]
"""The fields of a record in their order, each with what sets it."""
_new, _put = object.__new__, object.__setattr__
_become: Callable[[Any, type], None] = vars(object)["__class__"].__set__

OFTEN = 150
"""How many records of a class are made before its methods are compiled: that takes as long as to make so many."""

if TYPE_CHECKING:
    from dataclasses import dataclass, replace
else:

    def dataclass(
        *, frozen: bool = False, slots: bool = False, kw_only: bool = False, **others: bool
    ) -> Callable[[Any], Any]:
        """Return what makes a class a record, by the arguments of ``dataclasses.dataclass``."""
        standard = dataclasses.dataclass(frozen=frozen, slots=slots, kw_only=kw_only, **others)
        if not frozen or others:
            return standard
        prepare = dataclasses.dataclass(init=False, repr=False, eq=False, slots=slots, kw_only=kw_only)
        return lambda cls: standard(cls) if _makes_its_own(cls) else _with_methods(prepare(cls))

    def replace(record: Any, /, **changes: Any) -> Any:
        """Return a record of this kind with some of its fields changed, as ``dataclasses.replace`` does."""
        change = getattr(record, "__replace__", None)
        return dataclasses.replace(record, **changes) if change is None else change(**changes)


def derived(record: type[Record], source: object, /, **own: Any) -> Record:
    """Return a record of what is its ``own``, and for the rest of the fields of another one by their names.

    Raises ``AttributeError`` where that lacks one: nothing takes its default unseen.
    """
    for name in cast("Any", record).__dataclass_fields__:
        if name not in own:
            own[name] = getattr(source, name)
    return record(**own)


def _makes_its_own(cls: Any) -> bool:
    """Tell whether a class, or one above it, has a field that nobody may give: it is set once the others are."""
    above = [field for base in cls.__mro__[1:] for field in getattr(base, "__dataclass_fields__", {}).values()]
    return any(isinstance(field, dataclasses.Field) and not field.init for field in (*vars(cls).values(), *above))


def _with_methods(cls: Any) -> Any:
    """Give a class of prepared fields the methods of a frozen record, but for those that it has itself."""
    fields = dataclasses.fields(cls)
    setters, has_more_to_do = _setters(cls, fields), hasattr(cls, "__post_init__")
    methods = {
        "__init__": _maker(cls, fields, setters, has_more_to_do),
        "__replace__": _changer(cls, fields, setters, has_more_to_do),
        "__repr__": _teller(fields),
        **_comparers(_values(tuple(field.name for field in fields if field.compare))),
        **_state(tuple(field.name for field in fields)),
        "__setattr__": _refuse_to_assign,
        "__delattr__": _refuse_to_delete,
    }
    own = vars(cls)
    for name, method in methods.items():
        if name not in own or (name == "__hash__" and own[name] is None):
            setattr(cls, name, method)
    return cls


def _setters(cls: Any, fields: Fields) -> Setters:
    """Return what sets each field of a record: its slot itself, which need not be looked up, if it has one."""

    def setter(name: str) -> Callable[[Any, Any], None]:
        slot = getattr(cls, name, None)
        return (
            slot.__set__ if isinstance(slot, MemberDescriptorType) else lambda record, value: _put(record, name, value)
        )

    return tuple((field.name, setter(field.name)) for field in fields)


def _maker(cls: Any, fields: Fields, setters: Setters, has_more_to_do: bool) -> Callable[..., None]:
    """Return the method that sets the fields of a new record."""
    missing = dataclasses.MISSING
    names = frozenset(field.name for field in fields)
    in_order = tuple(field.name for field in fields if not field.kw_only)
    defaults = {field.name: field.default for field in fields if field.default is not missing}
    factories = {field.name: field.default_factory for field in fields if field.default_factory is not missing}
    left = OFTEN

    def __init__(self: Any, /, *given: Any, **named: Any) -> None:  # noqa: N807
        nonlocal left
        left -= 1
        if not left and self.__class__ is cls:
            _compile(cls, "__init__", __init__, _init_lines(fields, has_more_to_do), fields)
        if given:
            named = _by_name(self, in_order, given, named)
        values = {**defaults, **named}
        for name, factory in factories.items():
            if name not in named:
                values[name] = factory()
        if len(values) > len(setters):
            raise TypeError(_complaint(self, names, values))
        try:
            for name, put in setters:
                put(self, values[name])
        except KeyError:
            raise TypeError(_complaint(self, names, values)) from None
        if has_more_to_do:
            self.__post_init__()

    return __init__


def _changer(cls: Any, fields: Fields, setters: Setters, has_more_to_do: bool) -> Callable[..., Any]:
    """Return the method that makes a record of another one and what differs."""
    names = frozenset(name for name, _ in setters)
    left = OFTEN

    def __replace__(self: Any, /, **changes: Any) -> Any:  # noqa: N807
        nonlocal left
        left -= 1
        if not left and self.__class__ is cls:
            _compile(cls, "__replace__", __replace__, _replace_lines(fields, has_more_to_do), fields)
        if not names.issuperset(changes):
            raise TypeError(_complaint(self, names, {**dict.fromkeys(names), **changes}))
        other = _new(type(self))
        for name, put in setters:
            put(other, changes[name] if name in changes else getattr(self, name))
        if has_more_to_do:
            other.__post_init__()
        return other

    return __replace__


# Methods of its own for a class of which many records are made


def _compile(cls: Any, name: str, general: Callable[..., Any], lines: Iterator[str], fields: Fields) -> None:
    """Put a compiled method in the place of the ``general`` one, which goes on to serve classes below this one.

    What keeps a record from being changed makes it slow to fill. So the method fills a record of another class, of the
    same slots, that may be changed, and makes it one of this class when all are set.
    """
    own = vars(cls)
    in_slots = all(isinstance(getattr(cls, field.name, None), MemberDescriptorType) for field in fields)
    if not fields or "__slots__" not in own or not in_slots or Generic in cls.__bases__ or own.get(name) is not general:
        return
    fillable = type(cls.__name__, cls.__bases__, {"__slots__": cls.__slots__, "__setattr__": object.__setattr__})
    known = {
        "_own": cls, "_fillable": fillable, "_general": general, "_new": _new, "_become": _become,
        "_missing": dataclasses.MISSING,
        **{f"_default_{field.name}": field.default for field in fields},
        **{f"_made_{field.name}": field.default_factory for field in fields},
    }  # fmt: skip
    made: dict[str, Any] = {}
    exec("\n".join(lines), known, made)  # noqa: S102  # names of fields alone, as the standard decorator does
    setattr(cls, name, made[name])


def _init_lines(fields: Fields, has_more_to_do: bool) -> Iterator[str]:
    """Yield the method that sets the fields of a new record, as it is compiled."""
    taken, values = [], {}
    for field in sorted(fields, key=lambda field: bool(field.kw_only)):
        name = field.name
        values[name] = name
        if field.kw_only and "*" not in taken:
            taken.append("*")
        if field.default is not dataclasses.MISSING:
            taken.append(f"{name}=_default_{name}")
        elif field.default_factory is not dataclasses.MISSING:
            taken.append(f"{name}=_missing")
            values[name] = f"_made_{name}() if {name} is _missing else {name}"
        else:
            taken.append(name)
    yield f"def __init__(self, /, {', '.join(taken)}):"
    yield " if self.__class__ is not _own:"
    yield f"  return _general(self, {', '.join(f'{name}={value}' for name, value in values.items())})"
    yield " _become(self, _fillable)"
    yield from (f" self.{name} = {value}" for name, value in values.items())
    yield " self.__class__ = _own"
    if has_more_to_do:
        yield " self.__post_init__()"


def _replace_lines(fields: Fields, has_more_to_do: bool) -> Iterator[str]:
    """Yield the method that makes a record of another one and what differs, as it is compiled.

    What it calls its own begins with a line, since a field may be called anything else.
    """
    names = [field.name for field in fields]
    yield f"def __replace__(self, /, *, {', '.join(f'{name}=_missing' for name in names)}):"
    yield " if self.__class__ is not _own:"
    yield f"  _given = {{{', '.join(f'{name!r}: {name}' for name in names)}}}"
    yield "  return _general(self, **{name: value for name, value in _given.items() if value is not _missing})"
    yield " _other = _new(_fillable)"
    yield from (f" _other.{name} = self.{name} if {name} is _missing else {name}" for name in names)
    yield " _other.__class__ = _own"
    if has_more_to_do:
        yield " _other.__post_init__()"
    yield " return _other"


def _by_name(record: Any, in_order: tuple[str, ...], given: tuple[Any, ...], named: dict[str, Any]) -> dict[str, Any]:
    """Return the values given by their place as values given by name."""
    placed = dict(zip(in_order, given, strict=False))
    if len(given) > len(in_order):
        raise TypeError(f"{type(record).__name__} takes {len(in_order)} values by place but {len(given)} were given")
    if twice := placed.keys() & named.keys():
        raise TypeError(f"{type(record).__name__} got multiple values for {', '.join(sorted(twice))}")
    return {**placed, **named}


def _complaint(record: Any, names: frozenset[str], values: dict[str, Any]) -> str:
    """Say which fields were left out, or which are none of the record's."""
    left_out, unknown = sorted(names - values.keys()), sorted(values.keys() - names)
    what = f"is missing {', '.join(left_out)}" if left_out else f"has no {', '.join(unknown)}"
    return f"{type(record).__name__} {what}"


def _values(names: tuple[str, ...]) -> Callable[[Any], Any]:
    """Return what takes these fields of a record as one value that can be compared."""
    return attrgetter(*names) if names else lambda _: ()


def _comparers(values: Callable[[Any], Any]) -> dict[str, Callable[..., Any]]:
    """Return the methods that compare records of one class by their values."""

    def __eq__(self: Any, other: object) -> Any:  # noqa: N807
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(values(self))

    return {"__eq__": __eq__, "__hash__": __hash__}


def _teller(fields: Fields) -> Callable[[Any], str]:
    """Return the method that shows a record as the call that makes it."""
    shown = tuple(field.name for field in fields if field.repr)

    def __repr__(self: Any) -> str:  # noqa: N807
        values = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
        return f"{type(self).__qualname__}({values})"

    return __repr__


def _state(names: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    """Return the methods that copies and pickles need, since nothing else may set a field."""

    def __getstate__(self: Any) -> list[Any]:  # noqa: N807
        return [getattr(self, name) for name in names]

    def __setstate__(self: Any, state: list[Any]) -> None:  # noqa: N807
        for name, value in zip(names, state, strict=True):
            _put(self, name, value)

    return {"__getstate__": __getstate__, "__setstate__": __setstate__}


def _refuse_to_assign(_: Any, name: str, value: Any) -> NoReturn:
    del value
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_to_delete(_: Any, name: str) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
