"""The list of verbs: name, where it lives, one line of help. Read before anything is imported.

Knows nothing of what a verb does or takes. A name with a space is a verb of a group.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Verb(NamedTuple):
    """Where a verb is written (module below `wfctl.cli`, function of the same name) and what it is for."""

    module: str
    summary: str


MAIN: Final[dict[str, Verb]] = {
    "init": Verb("init", "Write a first infra.yaml"),
    "validate": Verb("validate", "Check the configuration and name everything wrong with it"),
    "plan": Verb("plan", "Show what would change, and change nothing"),
    "apply": Verb("apply", "Make the world as the configuration, or a plan file, says"),
    "destroy": Verb("destroy", "Delete everything the workspace holds"),
    "show": Verb("show", "Show a plan file"),
}
RUNS: Final[dict[str, Verb]] = {
    "resume": Verb("resume", "Go on with a run that was interrupted or killed"),
    "rollback": Verb("rollback", "Take back what a run did that is over"),
    "settle": Verb("settle", "Say what no probe could find out about an action"),
    "runs list": Verb("runs", "List the runs of the workspace"),
    "runs show": Verb("runs", "Show a run: what happened to every action"),
    "runs watch": Verb("runs", "Follow a run that another process drives"),
    "runs cancel": Verb("runs", "Ask the process that drives a run to stop"),
    "runs prune": Verb("runs_prune", "Take away the record of old runs"),
    "lock list": Verb("lock", "List who holds which workspace"),
    "lock break": Verb("lock", "Take a workspace away from whoever holds it"),
    "force-unlock": Verb("lock", "The same as lock break"),
}
STATE: Final[dict[str, Verb]] = {
    "state list": Verb("state", "List the resources of the workspace"),
    "state show": Verb("state", "Show one resource"),
    "state verify": Verb("state_look", "Check the whole ledger, and that the state follows from it"),
    "state repair": Verb("state_edit", "Make the state what the record of the runs says"),
    "state pull": Verb("state_look", "Print the state as a file"),
    "state push": Verb("state_edit", "Make a file the state"),
    "state mv": Verb("state_edit", "Rename a resource in the state"),
    "state rm": Verb("state_edit", "Forget resources without deleting them"),
    "state export": Verb("state_edit", "Write the state where the Go tool reads it"),
}
LOOK: Final[dict[str, Verb]] = {
    "output": Verb("output", "Print the outputs of resources"),
    "plugin list": Verb("plugin", "List the plugins that can be found"),
    "version": Verb("version", "Print the version"),
    "completion": Verb("completion", "Print the completion script of a shell"),
    "help": Verb("help", "Explain a verb, or the exit codes"),
}
SECTIONS: Final[dict[str, dict[str, Verb]]] = {"Change": MAIN, "Runs": RUNS, "State": STATE, "Look": LOOK}
GROUPS: Final[dict[str, str]] = {
    "runs": "Look at runs and stop them",
    "lock": "Look at locks and break them",
    "state": "Look at what the workspace holds, and mend it",
    "plugin": "Look at plugins",
}
VERBS: Final[dict[str, Verb]] = {name: verb for section in SECTIONS.values() for name, verb in section.items()}
PRINTING: Final = frozenset({"validate", "plan", "show", "runs list", "runs show", "lock list", *LOOK}) | frozenset(
    {"state list", "state show", "state verify", "state pull"}
)
"""The verbs that only say something: they have failed when it could not be written."""


def verb_of(arguments: list[str]) -> str:
    """The verb a command line names, `runs list` for two words; empty when it names none."""
    for length in (2, 1):
        name = " ".join(arguments[:length])
        if name in VERBS:
            return name
    return ""
