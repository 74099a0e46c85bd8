"""What has been published may gain optional fields; the check notices everything else."""

import copy
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from shared.contracts import compatibility
from shared.contracts.compatibility import breaks, problems
from shared.contracts.schemas import Schema
from tests.contract.events import EVENTS, committed_schema, name

OLD: Schema = {
    "$defs": {
        "District": {"type": "string", "enum": ["brackel", "aplerbeck"], "description": "Stadtbezirk"},
        "Hours": {
            "type": "object",
            "properties": {
                "weekday": {"type": "string", "enum": ["mon", "tue"]},
                "from": {"type": "string", "pattern": "^[0-9]$"},
            },
            "required": ["weekday"],
        },
    },
    "type": "object",
    "title": "SomethingHappened",
    "description": "Something happened.",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "on": {"type": "string", "format": "date"},
        "persons": {"type": "integer", "minimum": 0, "maximum": 30},
        "slug": {"type": "string", "pattern": "^[a-z]+$", "maxLength": 64},
        "void": {"type": "boolean", "default": False},
        "kind": {"const": "a"},
        "district": {"$ref": "#/$defs/District"},
        "hours": {"type": "array", "items": {"$ref": "#/$defs/Hours"}},
        "circles": {
            "type": "object",
            "propertyNames": {"$ref": "#/$defs/District"},
            "additionalProperties": {"type": "integer", "minimum": 0},
        },
        "either": {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "integer", "minimum": 0}]},
    },
    "required": ["id", "on", "persons", "district"],
}  # fmt: skip


def changed(change: Callable[[Schema], object]) -> Schema:
    """A copy of the old schema with a change."""
    new = copy.deepcopy(OLD)
    change(new)
    return new


def fields(new: Schema) -> dict[str, Any]:
    """The fields of a schema."""
    properties: dict[str, Any] = new["properties"]
    return properties


def rename(new: Schema) -> None:
    """Call a field otherwise."""
    fields(new)["people"] = fields(new).pop("persons")
    new["required"] = ["id", "on", "people", "district"]


COMPATIBLE: dict[str, Callable[[Schema], object]] = {
    "nothing": lambda new: None,
    "optional field added": lambda new: fields(new).update(later={"type": "integer", "minimum": 0}),
    "optional field added with a new definition": lambda new: (
        new["$defs"].update(Later={"type": "string", "enum": ["x"]}),
        fields(new).update(later={"$ref": "#/$defs/Later"}),
    ),
    "optional field added in a part": lambda new: new["$defs"]["Hours"]["properties"].update(to={"type": "string"}),
    "other words": lambda new: new.update(title="T", description="D"),
    "a field's other words": lambda new: fields(new)["on"].update(description="the day"),
    "other order of an enumeration": lambda new: new["$defs"]["District"]["enum"].reverse(),
    "definition renamed": lambda new: (
        new["$defs"].update(Stadtbezirk=new["$defs"]["District"]),
        fields(new).update(district={"$ref": "#/$defs/Stadtbezirk"}),
    ),
    "definition written out": lambda new: fields(new).update(district=new["$defs"]["District"]),
}

BREAKING: dict[str, tuple[Callable[[Schema], object], str]] = {
    "required field added": (
        lambda new: (fields(new).update(later={"type": "integer"}), new["required"].append("later")),
        "later: added as required",
    ),
    "field removed": (lambda new: fields(new).pop("void"), "void: removed"),
    "required field removed": (
        lambda new: (fields(new).pop("persons"), new["required"].remove("persons")),
        "persons: removed",
    ),
    "field renamed": (rename, "persons: removed"),
    "optional made required": (lambda new: new["required"].append("void"), "void: required now"),
    "required made optional": (lambda new: new["required"].remove("on"), "on: no longer required"),
    "type changed": (lambda new: fields(new)["persons"].update(type="string"), "persons type"),
    "type widened": (lambda new: fields(new)["persons"].update(type=["integer", "null"]), "persons type"),
    "format changed": (lambda new: fields(new)["on"].update(format="date-time"), "on format"),
    "format removed": (lambda new: fields(new)["id"].pop("format"), "id format: removed"),
    "format added": (lambda new: fields(new)["slug"].update(format="uuid"), "slug format: added"),
    "pattern changed": (lambda new: fields(new)["slug"].update(pattern="^[a-z0-9]+$"), "slug pattern"),
    "bound narrowed": (lambda new: fields(new)["persons"].update(maximum=20), "persons maximum: was 30, is 20"),
    "bound widened": (lambda new: fields(new)["persons"].update(maximum=40), "persons maximum"),
    "bound removed": (lambda new: fields(new)["persons"].pop("maximum"), "persons maximum: removed"),
    "bound added": (lambda new: fields(new)["slug"].update(minLength=2), "slug minLength: added"),
    "length narrowed": (lambda new: fields(new)["slug"].update(maxLength=10), "slug maxLength"),
    "default changed": (lambda new: fields(new)["void"].update(default=True), "void default"),
    "default of another type": (lambda new: fields(new)["void"].update(default=0), "void default"),
    "constant changed": (lambda new: fields(new)["kind"].update(const="b"), "kind const"),
    "enumeration value added": (
        lambda new: new["$defs"]["District"]["enum"].append("hoerde"),
        'district enum: gained ["hoerde"]',
    ),
    "enumeration value removed": (
        lambda new: new["$defs"]["District"]["enum"].pop(),
        'district enum: gained [], lost ["aplerbeck"]',
    ),
    "enumeration dropped": (lambda new: new["$defs"]["District"].pop("enum"), "district enum: removed"),
    "enumeration of a map's keys": (lambda new: new["$defs"]["District"]["enum"].append("x"), "circles propertyNames"),
    "map's values": (
        lambda new: fields(new)["circles"]["additionalProperties"].update(minimum=1),
        "circles additionalProperties minimum",
    ),
    "closed to unknown fields": (lambda new: new.update(additionalProperties=False), "additionalProperties: added"),
    "nested field removed": (lambda new: new["$defs"]["Hours"]["properties"].pop("from"), "hours items.from: removed"),
    "nested field required": (
        lambda new: new["$defs"]["Hours"]["required"].append("from"),
        "hours items.from: required now",
    ),
    "nested enumeration value added": (
        lambda new: new["$defs"]["Hours"]["properties"]["weekday"]["enum"].append("wed"),
        "hours items.weekday enum",
    ),
    "nested required field added": (
        lambda new: (
            new["$defs"]["Hours"]["properties"].update(to={"type": "string"}),
            new["$defs"]["Hours"]["required"].append("to"),
        ),
        "hours items.to: added as required",
    ),
    "list made a single value": (
        lambda new: fields(new).update(hours={"$ref": "#/$defs/Hours"}),
        "hours items: removed",
    ),
    "another definition": (lambda new: fields(new).update(district={"$ref": "#/$defs/Hours"}), "district"),
    "alternative changed": (lambda new: fields(new)["either"]["anyOf"][1].update(minimum=1), "either anyOf[1] minimum"),
    "alternative added": (lambda new: fields(new)["either"]["anyOf"].append({"type": "null"}), "either anyOf"),
}


@pytest.mark.parametrize("change", COMPATIBLE)
def test_a_compatible_change_needs_no_new_major(change: str) -> None:
    """Added optional fields, other words and another spelling of the same schema break nobody."""
    assert breaks(OLD, changed(COMPATIBLE[change])) == []


@pytest.mark.parametrize("change", BREAKING)
def test_any_other_change_is_named(change: str) -> None:
    """Every other change of a published schema is found and said, with the field that it is about."""
    make, said = BREAKING[change]
    found = breaks(OLD, changed(make))
    assert any(said in line for line in found), found


def test_each_change_of_an_enumeration_is_found_wherever_it_is_used() -> None:
    """A word that is shared breaks every field that uses it, not only the first."""
    found = breaks(OLD, changed(lambda new: new["$defs"]["District"]["enum"].append("hoerde")))
    assert [line.split(" ")[0] for line in found] == ["district", "circles"]


def test_a_removed_or_renamed_event_is_incompatible() -> None:
    """Published events are kept, in every major; a new major beside the old one is fine."""
    assert problems({"a.v1.json": OLD}, {"a.v1.json": OLD, "a.v2.json": {"type": "object"}, "b.v1.json": OLD}) == []
    for now in ({}, {"b.v1.json": OLD}, {"a.v2.json": OLD}):
        assert problems({"a.v1.json": OLD}, now) == [
            "a.v1: removed or renamed; a published event is kept, in each of its majors"
        ]


@pytest.mark.parametrize("event", EVENTS, ids=name)
def test_every_field_of_the_real_events_is_guarded(event: Any) -> None:
    """For each field of each event: its removal, and its becoming something else, is found."""
    schema = committed_schema(event)
    for field in schema["properties"]:
        without, other = copy.deepcopy(schema), copy.deepcopy(schema)
        del without["properties"][field]
        other["properties"][field] = {"type": "null"}
        assert breaks(schema, without)
        assert breaks(schema, other)
        assert breaks(without, schema) == ([f"{field}: added as required"] if field in schema["required"] else [])


def test_the_working_tree_keeps_what_was_published(capsys: pytest.CaptureFixture[str]) -> None:
    """The classes of today are compatible with every frozen schema, and nothing that was added is left unfrozen."""
    assert compatibility.main([]) == 0, capsys.readouterr().err


# --- the command, in a repository of its own -------------------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    """Run git there, with nobody's own configuration."""
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    """The folder of frozen schemas in a repository whose only event was frozen in its first commit."""
    root = tmp_path / "repository"
    folder = root / "contracts" / "published"
    folder.mkdir(parents=True)
    (folder / "something-happened.v1.json").write_text(json.dumps(OLD))
    git(tmp_path, "init", "-q", str(root))
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "frozen")
    return folder


def check(monkeypatch: pytest.MonkeyPatch, now: Schema, folder: Path, *arguments: str) -> int:
    """Run the command with this schema as the working tree's only event; the exit status."""
    monkeypatch.setattr(compatibility, "current", lambda: {"something-happened.v1.json": now})
    return compatibility.main([*arguments], folder)


ADDED = changed(COMPATIBLE["optional field added"])
BROKEN = changed(BREAKING["enumeration value added"][0])


def test_an_addition_is_frozen_by_publishing_it(
    frozen: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A compatible addition has to be frozen as well, or it could be changed afterwards; one command does it."""
    assert check(monkeypatch, OLD, frozen) == 0
    assert check(monkeypatch, ADDED, frozen) == 1
    assert "something-happened.v1: has fields that are not frozen yet" in capsys.readouterr().err
    assert check(monkeypatch, ADDED, frozen, "--publish") == 0
    assert check(monkeypatch, ADDED, frozen) == 0
    assert check(monkeypatch, OLD, frozen) == 1
    assert "later: removed" in capsys.readouterr().err


def test_what_breaks_cannot_be_published(
    frozen: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Publishing is refused while anything frozen is broken, and changes no file; so is an unknown event."""
    assert check(monkeypatch, BROKEN, frozen) == 1
    assert "new major" in capsys.readouterr().err
    assert check(monkeypatch, BROKEN, frozen, "--publish", "something-happened") == 1
    assert json.loads((frozen / "something-happened.v1.json").read_bytes()) == OLD
    assert check(monkeypatch, OLD, frozen, "--publish", "nothing-happened") == 1
    assert "nothing-happened: no such event" in capsys.readouterr().err


@pytest.mark.parametrize("mended", [BROKEN, None], ids=["edited", "deleted"])
def test_the_frozen_schemas_cannot_be_mended(
    frozen: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], mended: Schema | None
) -> None:
    """Who edits or deletes the frozen schema instead of the event is found out by the commit before."""
    file = frozen / "something-happened.v1.json"
    if mended is None:
        file.unlink()
    else:
        file.write_text(json.dumps(mended))
    git(frozen, "add", ".")
    git(frozen, "commit", "-q", "-m", "mended")
    assert check(monkeypatch, mended or OLD, frozen) == 1
    assert check(monkeypatch, mended or OLD, frozen, "--against", "HEAD^") == 1
    expected = "was frozen and is not any more" if mended is None else "district enum"
    assert expected in capsys.readouterr().err


def test_a_shallow_clone_is_guarded_by_the_folder(
    frozen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the commit before, and without git at all, the check still works; a named revision must be known."""
    git(frozen, "commit", "-q", "--allow-empty", "-m", "later")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{tmp_path / 'repository'}", str(tmp_path / "shallow"))
    for folder in (tmp_path / "shallow" / "contracts" / "published", copied_without_git(frozen, tmp_path)):
        assert check(monkeypatch, OLD, folder) == 0
        assert check(monkeypatch, BROKEN, folder) == 1
        assert check(monkeypatch, OLD, folder, "--against", "v1") == 1
        assert "v1 is no revision of this repository" in capsys.readouterr().err


def copied_without_git(frozen: Path, to: Path) -> Path:
    """The frozen schemas as they are in an archive of the sources."""
    folder = to / "archive" / "published"
    folder.mkdir(parents=True)
    for file in frozen.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder
