"""The protocols: those in the package and a user's own, read by the same reader; one can extend another."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import tomli

from kapplan.errors import InvalidFileError, UsageError
from kapplan.files.documents import readers as reading
from kapplan.files.library.package_data import LIBRARY, library_data
from kapplan.files.library.trusted import trusted
from kapplan.files.toml.faults import Fault, locate, nearest_of
from kapplan.files.toml.parse import parse, same_path
from kapplan.files.toml.sources import SourceFile, open_source
from kapplan.model.profile import Profile
from kapplan.model.protocol import Protocol

Data = dict[str, Any]
FilePath = tuple[str | int, ...]


_ENDING = ".toml"
LONGEST_CHAIN = 20
"""Through how many files a protocol may extend another; who follows by hand what stands where is lost long before."""


class UnknownProtocolError(UsageError):
    """No built-in protocol has the id, and no file the path."""

    def __init__(self, ref: str) -> None:
        self.nearest = nearest_of(ref, [name for name in protocol_ids() if name[0] == ref[:1].casefold()])
        hint = f"did you mean {self.nearest}?" if self.nearest else "`kapplan protocols` lists the built-in ones"
        super().__init__(f"there is no protocol {ref}" if ref.strip() else "no protocol is named", hint=hint)


class LoadedProtocol(NamedTuple):
    """A protocol and the files that it was read from, its own first, then those that it extends.

    ``place`` tells where what is at a path of the protocol stands in its own file; ``None`` for what is inherited.
    """

    protocol: Protocol
    sources: tuple[SourceFile, ...]
    place: Callable[[FilePath], FilePath | None]

    @property
    def built_in(self) -> bool:
        """Whether it is one of the package's own."""
        return _is_built_in(self.sources[0])


@cache
def protocol_ids() -> tuple[str, ...]:
    """Return the ids of the built-in protocols, in alphabetical order."""
    return tuple(sorted(path.stem for path in (LIBRARY / "protocols").glob(f"*{_ENDING}")))


def load_protocol(ref: str, base: Path = Path()) -> Protocol:
    """Return the protocol of a built-in id or of a path, which counts from the folder ``base``.

    Reads only the file asked for and those it extends. Raises ``UnknownProtocolError`` (a usage error) where there is
    none, and ``InvalidFileError`` where a file is wrong.
    """
    return load_with_sources(ref, base).protocol


def load_with_sources(ref: str, base: Path = Path()) -> LoadedProtocol:
    """Return a protocol as ``load_protocol`` does, together with the files it was read from."""
    source = protocol_source(ref, base)
    return read_with_sources(source)


def built_in_protocols() -> tuple[Protocol, ...]:
    """Return every built-in protocol in the order of the ids, without checks: tests hold them to the strict reader."""
    return tuple(trusted(Protocol, _built_in_data(name)) for name in protocol_ids())


def _built_in_data(name: str) -> Data:
    data = library_data(f"protocols/{name}")
    base = data.get("extends")
    return data if base is None else _Merger().tables(_built_in_data(base), data, (), ())


def protocol_source(ref: str, base: Path = Path()) -> SourceFile:
    """Return the bytes of a built-in protocol or of a protocol's file; raises ``UnknownProtocolError``."""
    if ref in protocol_ids():
        path = LIBRARY / "protocols" / f"{ref}{_ENDING}"
        return SourceFile(name=f"kapplan/library/protocols/{ref}{_ENDING}", data=path.read_bytes(), path=path)
    path = base / ref
    try:
        found = path.exists()
    except (OSError, ValueError):
        found = False
    if not found:
        raise UnknownProtocolError(ref)
    return open_source(path, what="protocol")


def read_with_sources(source: SourceFile) -> LoadedProtocol:
    """Read a protocol and all that it extends; raises ``InvalidFileError`` with all problems of its file.

    Many patients have one protocol: what was read lately is not read again while all its files stay as they are.
    """
    kept = _kept(source)
    return kept if all(map(_is_as_it_was, kept.sources[1:])) else _load(source, ())


@lru_cache(maxsize=reading.KEPT)
def _kept(source: SourceFile) -> LoadedProtocol:
    return _load(source, ())


def _is_as_it_was(source: SourceFile) -> bool:
    try:
        return source.path is not None and source.path.read_bytes() == source.data
    except OSError:
        return False


def protocol_of(profile: Profile, source: SourceFile) -> LoadedProtocol:
    """Return the protocol that a profile names; raises ``InvalidFileError`` at the name where there is none."""
    try:
        return load_with_sources(profile.treatment.protocol, source.folder)
    except UsageError as error:
        nearest = getattr(error, "nearest", None)
        expected = "the id of a built-in protocol (`kapplan protocols` lists them) or the path of a protocol file"
        fault = Fault(("treatment", "protocol"), error.message, expected, nearest)
        raise InvalidFileError(locate(source, [fault])) from None


def _load(source: SourceFile, above: tuple[SourceFile, ...]) -> LoadedProtocol:
    """Read a protocol; ``above`` are the files that led to it."""
    data = parse(source)
    base = data.get("extends")
    if not isinstance(base, str):
        protocol = reading.protocol_of_data(data, source, measures=_measures(source))
        return LoadedProtocol(protocol, (source,), same_path)
    lower = _load(_extended(source, base, above), (*above, source))
    merger = _Merger()
    merged = merger.tables(_data(lower), data, (), ())
    protocol = reading.protocol_of_data(merged, source, merger.origin, _measures(source))
    return LoadedProtocol(protocol, (source, *lower.sources), merger.place)


def _measures(source: SourceFile) -> Collection[str] | None:
    """Return the measures that a user's protocol may name; tests hold the package's own protocols to them."""
    if _is_built_in(source):
        return None
    from kapplan.files.library.rules import built_in_measures

    return built_in_measures().measures


def _is_built_in(source: SourceFile) -> bool:
    return source.path is not None and LIBRARY in source.path.parents


def _data(loaded: LoadedProtocol) -> Data:
    """Return the merged data of a protocol that is known to be valid."""
    data: Data = {}
    for source in reversed(loaded.sources):
        data = _Merger().tables(data, tomli.loads(source.data.decode("utf-8-sig")), (), ())
    return data


def _extended(source: SourceFile, ref: str, above: tuple[SourceFile, ...]) -> SourceFile:
    """Return the file that a protocol extends; raises ``InvalidFileError`` where there is none, or a circle."""
    try:
        lower = protocol_source(ref, source.folder)
    except UsageError as error:
        fault = Fault(("extends",), error.message, nearest=getattr(error, "nearest", None))
        raise InvalidFileError(locate(source, [fault])) from None
    if len(above) >= LONGEST_CHAIN:
        fault = Fault(("extends",), f"a chain of more than {LONGEST_CHAIN} protocols that extend each other")
        raise InvalidFileError(locate(source, [fault]))
    if any(lower.data == other.data for other in (source, *above)):
        fault = Fault(("extends",), "the protocol extends itself", "a protocol that does not lead back to this one")
        raise InvalidFileError(locate(source, [fault]))
    return lower


class _Merger:
    """Lays a protocol's data over those of the one that it extends, and remembers where list items came from."""

    def __init__(self) -> None:
        self.moved: dict[FilePath, FilePath] = {}
        self.inherited: set[FilePath] = set()

    def place(self, path: FilePath) -> FilePath | None:
        """Return where what is at a path stands in the extending file; ``None`` where it is as it was below."""
        if any(path[:length] in self.inherited for length in range(1, len(path) + 1)):
            return None
        return self.origin(path)

    def origin(self, path: FilePath) -> FilePath:
        """Return where the value at a path of the merged data stands in the extending file."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.moved:
                return (*self.moved[path[:length]], *path[length:])
        return path

    def tables(self, lower: Data, upper: Data, path: FilePath, own: FilePath) -> Data:
        """Return two tables as one: keys of ``upper`` replace those of ``lower``, tables are merged in turn."""
        merged = dict(lower)
        self.inherited |= {(*path, key) for key in lower.keys() - upper.keys()}
        for key, value in upper.items():
            merged[key] = self.values(lower.get(key), value, (*path, key), (*own, key))
        return merged

    def values(self, lower: Any, upper: Any, path: FilePath, own: FilePath) -> Any:
        if isinstance(lower, dict) and isinstance(upper, dict):
            return self.tables(lower, upper, path, own)
        if _has_ids(lower) and _has_ids(upper):
            return self.arrays(lower, upper, path, own)
        return upper

    def arrays(self, lower: list[Data], upper: list[Data], path: FilePath, own: FilePath) -> list[Data]:
        """Return two arrays of tables as one: tables of the same ``id`` are merged, others come last."""
        merged = list(lower)
        index_of = {item["id"]: index for index, item in enumerate(lower)}
        named = {item["id"] for item in upper}
        self.inherited |= {(*path, index) for name, index in index_of.items() if name not in named}
        for number, item in enumerate(upper):
            index = index_of.get(item["id"], len(merged))
            self.moved[(*path, index)] = (*own, number)
            if index == len(merged):
                merged.append(item)
            else:
                merged[index] = self.tables(merged[index], item, (*path, index), (*own, number))
        return merged


def _has_ids(value: Any) -> bool:
    """Tell whether a value is an array of tables that all have an ``id``, by which arrays are merged."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(item, dict) and isinstance(item.get("id"), str) for item in value)
    )
