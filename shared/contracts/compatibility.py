"""Guards what has been published: a published event may gain optional fields, anything else is a new major.

`published/` holds the schema of every event whose fields are frozen, as it was published last. It is compared with
the classes of the working tree, and so is the folder as it was one commit ago, lest somebody mends the folder
instead of the event. No network and no history are needed: where that commit is unknown (a shallow clone), the
folder alone is the guard.

`--publish household-moved …` freezes events that are published for the first time, and takes compatible additions in.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from shared.contracts import history
from shared.contracts.base import catalogue
from shared.contracts.schemas import Schema, file_name, rendered, schema_of

FOLDER = Path(__file__).parent / "published"
_ANNOTATIONS = frozenset({"$schema", "$id", "$comment", "$defs", "title", "description"})
_BY_FIELD = frozenset({"properties", "required"})


def breaks(old: Schema, new: Schema) -> list[str]:
    """What makes the new schema unreadable for those who know the old one, or the other way round; one line each.

    Both directions count: old consumers read new events, and today's code reads the old ones from the archive. So a
    wider bound or another enumeration value breaks as much as a narrower one: its first use would be a dead letter
    at every consumer that has not been updated.
    """
    return list(_breaks(old, new, old, new, ""))


def _breaks(old: Any, new: Any, old_root: Schema, new_root: Schema, path: str) -> list[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if _same(old, new) else [f"{path or '(data)'}: was {_short(old)}, is {_short(new)}"]
    found: list[str] = []
    for keyword in sorted((old.keys() | new.keys()) - _ANNOTATIONS - _BY_FIELD):
        where = f"{path or '(data)'} {keyword}"
        if keyword not in old or keyword not in new:
            found.append(f"{where}: {'removed' if keyword in old else 'added'}")
        elif isinstance(old[keyword], dict) and isinstance(new[keyword], dict):
            found += _breaks(old[keyword], new[keyword], old_root, new_root, f"{path} {keyword}".strip())
        elif keyword in {"anyOf", "oneOf", "allOf", "prefixItems"} and len(old[keyword]) == len(new[keyword]):
            for number, (one, other) in enumerate(zip(old[keyword], new[keyword], strict=True)):
                found += _breaks(one, other, old_root, new_root, f"{path} {keyword}[{number}]".strip())
        elif keyword == "enum" and not _same(old[keyword], new[keyword]):
            gained = [value for value in new[keyword] if value not in old[keyword]]
            lost = [value for value in old[keyword] if value not in new[keyword]]
            found.append(f"{where}: gained {_short(gained)}, lost {_short(lost)}")
        elif not _same(old[keyword], new[keyword]):
            found.append(f"{where}: was {_short(old[keyword])}, is {_short(new[keyword])}")
    return found + _field_breaks(old, new, old_root, new_root, path)


def _field_breaks(old: Schema, new: Schema, old_root: Schema, new_root: Schema, path: str) -> list[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    needed_before, needed_after = set(old.get("required", [])), set(new.get("required", []))
    found: list[str] = []
    for name, schema in before.items():
        field = f"{path}.{name}".lstrip(".")
        if name not in after:
            found.append(f"{field}: removed")
            continue
        if (name in needed_before) != (name in needed_after):
            found.append(f"{field}: {'no longer required' if name in needed_before else 'required now'}")
        found += _breaks(schema, after[name], old_root, new_root, field)
    found += [
        f"{path}.{name}".lstrip(".") + ": added as required" for name in after if name in needed_after - set(before)
    ]
    return found


def _resolved(schema: Any, root: Schema) -> Any:
    while isinstance(schema, dict) and "$ref" in schema:
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        schema = {**root["$defs"][schema["$ref"].removeprefix("#/$defs/")], **rest}
    return schema


def _same(old: Any, new: Any) -> bool:
    if isinstance(old, list) and isinstance(new, list):  # the order of an enumeration says nothing
        return sorted(map(json.dumps, old)) == sorted(map(json.dumps, new))
    return type(old) is type(new) and bool(old == new)  # `False == 0` in Python, not in JSON


def _short(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def current() -> dict[str, Schema]:
    """The schemas of the working tree's classes, by file name."""
    return {file_name(event): schema_of(event) for event in catalogue().values()}


def published(folder: Path) -> dict[str, Schema]:
    """What is frozen, by file name."""
    return {path.name: json.loads(path.read_bytes()) for path in sorted(folder.glob("*.json"))}


def published_at(revision: str, folder: Path) -> dict[str, Schema] | None:
    """What was frozen at a git revision; None where that revision is not known here."""

    def git(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(folder.parent), *arguments], capture_output=True, text=True, check=False
            )
        except FileNotFoundError:
            return None
        return done.stdout if done.returncode == 0 else None

    if git("rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}") is None:
        return None
    names = (git("ls-tree", "--name-only", revision, f"{folder.name}/") or "").split()
    files = {Path(name).name: git("show", f"{revision}:./{name}") for name in names}
    return {name: json.loads(content) for name, content in files.items() if content is not None}


def problems(frozen: Mapping[str, Schema], now: Mapping[str, Schema]) -> list[str]:
    """Where the events of today break what was frozen."""
    found: list[str] = []
    for name, old in frozen.items():
        event = name.removesuffix(".json")
        if name not in now:
            found.append(f"{event}: removed or renamed; a published event is kept, in each of its majors")
        else:
            found += [f"{event}: {line}" for line in breaks(old, now[name])]
    return found


def unrecorded(frozen: Mapping[str, Schema], now: Mapping[str, Schema]) -> list[str]:
    """Published events with compatible additions that are not frozen yet."""
    return [
        name.removesuffix(".json")
        for name in frozen.keys() & now.keys()
        if not breaks(frozen[name], now[name]) and (breaks(now[name], frozen[name]))
    ]


def publish(events: list[str], folder: Path) -> list[str]:
    """Freeze events (`household-moved` or `household-moved.v2`; none: what is frozen already) as they are now.

    Returns why it may not be done, having then changed nothing.
    """
    now, frozen = current(), published(folder)
    wanted = {name for event in events for name in now if name == f"{event}.json" or name.split(".")[0] == event}
    unknown = [event for event in events if not any(n == f"{event}.json" or n.split(".")[0] == event for n in now)]
    refused = [f"{event}: no such event" for event in unknown] + problems(frozen, now)
    if refused:
        return refused
    folder.mkdir(exist_ok=True)
    for name in wanted | frozen.keys():
        (folder / name).write_bytes(rendered(now[name]))
    return []


def main(arguments: list[str] | None = None, folder: Path = FOLDER) -> int:
    """Exit status: 0 compatible, 1 not (or not recorded)."""
    parser = argparse.ArgumentParser(
        prog="python -m shared.contracts.compatibility",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--against", metavar="REV", default=None, help="a git revision (default: HEAD^, where known)")
    parser.add_argument("--publish", nargs="*", metavar="EVENT", help="freeze these events, and additions to others")
    options = parser.parse_args(arguments)
    if options.publish is not None:
        refused = publish(options.publish, folder)
        if not refused and folder == FOLDER:
            history.write(history.record(history.read(), published(folder), datetime.now(UTC).date()))
        return _say(refused, "Nothing was frozen.")
    now, frozen = current(), published(folder)
    earlier = published_at(options.against or "HEAD^", folder)
    if options.against and earlier is None:
        return _say([f"{options.against} is no revision of this repository"], "Nothing was compared.")
    found = list(dict.fromkeys([*problems(frozen, now), *problems(earlier or {}, now)]))
    if found:
        return _say(
            found, "Undo it, or give the event a new major beside the old one (docs/architecture/contracts.md)."
        )
    gone = sorted((earlier or {}).keys() - frozen.keys())
    unwritten = history.problems(history.read(), frozen) if folder == FOLDER else []
    new = [f"{event}: has fields that are not frozen yet" for event in sorted(unrecorded(frozen, now))]
    return _say(
        [*(f"{name}: was frozen and is not any more" for name in gone), *new, *unwritten],
        "Run `python -m shared.contracts.compatibility --publish` and commit the result.",
    )


def _say(found: list[str], what_to_do: str) -> int:
    for line in found:
        print(line, file=sys.stderr)  # noqa: T201
    if found:
        print(what_to_do, file=sys.stderr)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
