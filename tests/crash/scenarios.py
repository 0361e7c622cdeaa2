"""Small projects, each with one thing that is hard to survive: what is there before, what is wanted then, and how that ends.

Knows nothing of crashes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

PLUGINS = Path(__file__).with_name("plugins")
CONFIG = "infra.yaml"
Module = dict[str, object]
Config = dict[str, object]


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One project. `before` is applied first, if there is one; `wanted` is what the run under test applies.

    `do` is apply, destroy, or rollback, which takes back what was applied undisturbed just before; `code` the exit code of the
    run, `before_code` that of the one before. `scripts` are programs of the project, `prepare` what else is done to its folder
    before the run under test.
    """

    name: str
    wanted: Config
    code: int = 0
    do: str = "apply"
    before: Config | None = None
    before_code: int = 0
    scripts: dict[str, str] = {}
    prepare: Callable[[Path], None] | None = None


def config(*modules: Module, **apply: object) -> Config:
    """A configuration with its providers. Retries do not wait long."""
    named = {provider_of(str(module["type"])) for module in modules}
    settings = {"local": {"root": "build"}}
    providers = [
        {"name": f"the-{name}", "type": "iac.provider", "config": {"provider": name, **settings.get(name, {})}}
        for name in sorted(named)
    ]
    pauses = {"max_attempts": 4, "first": "10ms", "max": "10ms"}
    return {"modules": [*providers, *modules], "apply": {"retries": pauses, **apply}}


def provider_of(type: str) -> str:
    """Which plugin makes a type real."""
    return "mill" if type == "crate.mill" else type.partition(".")[0]


def module(type: str, name: str, **settings: object) -> Module:
    """One resource."""
    return {"name": name, "type": type, "config": {"iac_provider": f"the-{provider_of(type)}", **settings}}


def file(name: str, content: str = "one\n", **settings: object) -> Module:
    """A file of its own name."""
    return module("local.file", name, **{"path": f"{name}.txt", "content": content, **settings})


def hook(name: str, on: str, script: str, on_failure: str = "stop", **settings: object) -> dict[str, object]:
    """A hook that runs a script of the project under its own name."""
    return {"name": name, "on": on, "exec": [f"./{script}", name], "on_failure": on_failure, **settings}


def step(name: str, *needs: str, do: str = "") -> Module:
    """A step that leaves one file and then a line in the journal, and takes the file away."""
    done = f"{name}.done"
    return module(
        "local.step",
        name,
        do=["/bin/sh", "-c", do or f"touch {done}; echo {name} >> ../journal"],
        undo=["/bin/sh", "-c", f"rm {done}; echo undo {name} >> ../journal"],
        read=["/bin/sh", "-c", f"test -f {done} && echo '{{}}'"],
        depends_on=list(needs),
    )


TELLS = """\
#!/bin/sh
# Notes by whom it was called, and with which key: hooks may run twice, but never under two keys.
key=$(sed 's/.*"key":"\\([0-9a-f]*\\)".*/\\1/') || exit 9
echo "$1 $key" >> hooks.log
"""
REFUSES = TELLS + "exit 1\n"
OPENS = """\
#!/bin/sh
# Works only with the password.
cat > /dev/null
test "$PASSWORD" = "$(cat build/note.txt)"
"""


def foreign(path: str) -> Callable[[Path], None]:
    """Somebody else's file in the way."""

    def put(project: Path) -> None:
        place = project / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("not ours\n")

    return put


def installed(project: Path) -> None:
    """Put the crate plugins into a project."""
    for name in ("cloud", "crate", "mill"):
        folder = project / "data" / "plugins" / name
        folder.mkdir(parents=True)
        manifest = {
            "name": name,
            "version": "1.0.0",
            "author": "a test",
            "description": "objects that are hard to keep track of",
            "capabilities": {"iacProvider": {"name": name}},
        }
        (folder / "plugin.json").write_text(json.dumps(manifest))
        program = folder / name
        # It works in the project, wherever that is.
        program.write_text(f'#!/bin/sh\ncd "${{0%/*}}/../../.." && exec {sys.executable} {PLUGINS}/crate.py {name}\n')
        program.chmod(0o755)


_SITE = module("local.directory", "site", path="site")

SCENARIOS = (
    Scenario(
        name="create-chain",
        wanted=config(
            _SITE,
            file("index", "hello\n", path="site/index.txt", depends_on=["site"]),
            module("local.symlink", "current", path="current", target="${site.path}"),
            file("checksum", "${index.sha256}\n"),
        ),
    ),
    Scenario(
        name="fan-out",
        wanted=config(_SITE, *(file(f"f{n}", path=f"site/{n}", depends_on=["site"]) for n in range(3))),
    ),
    Scenario(
        name="update",
        before=config(file("a"), file("b", "${a.sha256}"), module("local.directory", "d", path="d", mode="0700")),
        wanted=config(
            file("a", "two\n"), file("b", "${a.sha256}"), module("local.directory", "d", path="d", mode="0755")
        ),
    ),
    Scenario(
        name="replace-delete-first",
        before=config(file("a"), module("local.key_pair", "k", rotation=1, path="id")),
        wanted=config(file("a", path="moved.txt"), module("local.key_pair", "k", rotation=2, path="id")),
    ),
    Scenario(
        name="replace-create-first",
        before=config(module("crate.box", "b"), module("crate.moody", "m")),
        wanted=config(module("crate.box", "b", shape="round"), module("crate.moody", "m", shape="round")),
    ),
    Scenario(
        name="delete",
        before=config(file("a"), file("b", "${a.sha256}"), file("stays")),
        wanted=config(file("stays"), hooks=[hook("gone", "deleted", "tells")]),
        scripts={"tells": TELLS},
    ),
    Scenario(
        name="hooks",
        before=config(file("old")),
        wanted=config(
            file("new"),
            hooks=[
                hook("may", "before", "tells"),
                hook("made", "applied", "tells"),
                hook("once", "applied", "tells", retries=1),
                hook("gone", "deleted", "tells"),
                hook("over", "complete", "tells", on_failure="warn"),
            ],
        ),
        scripts={"tells": TELLS},
    ),
    Scenario(
        name="hook-fails-undo",
        before=config(file("changed")),
        wanted=config(
            file("changed", "two\n"),
            file("made", "${changed.sha256}"),
            hooks=[
                hook("first", "applied", "tells", undo={"exec": ["./tells", "unfirst"]}),
                hook("smoke", "applied", "refuses", match={"name": "made"}),
            ],
        ),
        scripts={"tells": TELLS, "refuses": REFUSES},
        code=3,
    ),
    Scenario(
        name="gate-refuses",
        wanted=config(
            file("a"), file("b", "${a.sha256}"), hooks=[hook("policy", "before", "refuses", match={"name": "b"})]
        ),
        scripts={"refuses": REFUSES},
        code=3,
    ),
    Scenario(
        name="compensate",
        before=config(file("a"), file("gone")),
        wanted=config(
            file("a", "two\n"),
            file("b", "${a.sha256}"),
            file("c", "${b.sha256}", path="taken.txt"),
            on_failure="compensate",
        ),
        prepare=foreign("build/taken.txt"),
        code=4,
    ),
    Scenario(
        name="saga",
        wanted=config(
            step("flight"),
            step("hotel", "flight"),
            step("card", "hotel", do="echo card declined >&2; exit 1"),
            on_failure="compensate",
        ),
        code=4,
    ),
    Scenario(
        name="secrets",
        wanted=config(
            module("local.password", "admin", length=16),
            file("note", "${admin.value}", mode="0600"),
            module("local.key_pair", "deploy", path="id"),
            hooks=[hook("opens", "applied", "opens", match={"name": "note"}, secrets={"PASSWORD": "admin.value"})],
        ),
        scripts={"opens": OPENS},
    ),
    Scenario(
        name="destroy",
        before=config(
            _SITE,
            file("index", path="site/index.txt", depends_on=["site"]),
            module("local.symlink", "current", path="current", target="${site.path}"),
            module("local.password", "admin"),
            step("flight"),
        ),
        wanted=config(_SITE),
        do="destroy",
    ),
    Scenario(
        name="pending-hooks",
        before=config(file("a"), hooks=[hook("told", "applied", "refuses", on_failure="warn")]),
        wanted=config(file("a"), file("b"), hooks=[hook("told", "applied", "tells", on_failure="warn")]),
        scripts={"tells": TELLS, "refuses": REFUSES},
    ),
    Scenario(
        name="retries",
        wanted=config(module("crate.moody", "m", moods=2), module("crate.box", "after", colour="${m.shape}")),
    ),
    Scenario(
        name="early-identity",
        wanted=config(module("crate.early", "e"), module("crate.box", "b", colour="${e.shape}")),
    ),
    Scenario(
        name="undo-of-all-kinds",
        before=config(module("crate.box", "changed"), module("crate.box", "replaced"), module("crate.moody", "gone")),
        wanted=config(
            module("crate.box", "changed", colour="red"),
            module("crate.box", "replaced", shape="round"),
            module("crate.box", "never", shape="impossible", depends_on=["changed", "replaced"]),
            on_failure="compensate",
        ),
        code=4,
    ),
    Scenario(
        name="rollback",
        before=config(file("changed"), file("gone", "old\n")),
        wanted=config(
            file("changed", "two\n"),
            _SITE,
            file("made", "${changed.sha256}", path="site/made.txt", depends_on=["site"]),
            step("flight", "made"),
            hooks=[
                hook("first", "applied", "tells", match={"name": "made"}, undo={"exec": ["./tells", "unfirst"]}),
                hook("over", "complete", "tells", on_failure="warn"),
            ],
        ),
        scripts={"tells": TELLS},
        do="rollback",
    ),
    Scenario(
        name="rollback-of-a-replace",
        before=config(module("crate.box", "b"), module("crate.moody", "m")),
        wanted=config(module("crate.box", "b", shape="round"), module("crate.moody", "m", colour="red")),
        do="rollback",
    ),
)
