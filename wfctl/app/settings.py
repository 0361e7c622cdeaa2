"""What the process was given: environment, directory, terminals, clock, identity. Read once, here and nowhere else.

Knows nothing of flags and of the project's files. Everything below `app` gets these values as arguments.
"""

from __future__ import annotations

import getpass
import os
import secrets
import shlex
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from wfctl.app.wiring import Wiring
from wfctl.errors import Kind, WfctlError

SECRETS_KEY = "WFCTL_SECRETS_KEY"
"""The variable that holds the key of the vault: never handed to a plugin, a hook or a log."""

_FALSE = frozenset({"", "0", "false", "no", "off"})
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: a run id is read aloud and typed
_CI_GRACE = 6.0  # seconds; hosted build servers kill 7.5 s after they interrupt
_BUILD_SERVERS = {"GITHUB_ACTIONS": "github", "GITLAB_CI": "gitlab", "TF_BUILD": "azure"}


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The surroundings of one process.

    `now` gives Unix seconds; `uptime` seconds on a clock that is never set and goes on while the machine sleeps; `token` a
    fresh random word for ids; `random` so many random bytes. `boot_id` differs wherever a pid may mean another process.
    `wiring` is the plain one unless a program changes it.
    """

    environment: Mapping[str, str]
    cwd: Path
    stdin_tty: bool
    host: str
    user: str
    pid: int
    boot_id: str
    python: str
    temporary: Path
    now: Callable[[], float]
    uptime: Callable[[], float]
    token: Callable[[], str]
    random: Callable[[int], bytes]
    wiring: Wiring = Wiring()

    def flag(self, *names: str) -> bool | None:
        """What the first variable that is set says as yes or no; None when none is set."""
        for name in names:
            if name in self.environment:
                return self.environment[name].strip().lower() not in _FALSE
        return None

    @property
    def build_server(self) -> str:
        """`github`, `gitlab`, `azure`, `other`, or nothing when a person sits there."""
        for variable, name in _BUILD_SERVERS.items():
            if self.flag(variable):
                return name
        return "other" if self.flag("CI") else ""

    @property
    def may_ask(self) -> bool:
        """Whether somebody can be asked: there is a terminal to read from, and WFCTL_INPUT (or TF_INPUT) is not off."""
        return self.stdin_tty and self.flag("WFCTL_INPUT", "TF_INPUT") is not False

    @property
    def in_automation(self) -> bool:
        """Whether hints on what to type next are noise."""
        return bool(self.flag("WFCTL_IN_AUTOMATION", "TF_IN_AUTOMATION"))

    @property
    def grace(self) -> float | None:
        """Seconds between the first interruption and giving calls up; None waits for ever."""
        return _CI_GRACE if self.build_server else None

    @property
    def step_summary(self) -> Path | None:
        """The file a build server shows after the step, if it names one."""
        named = self.environment.get("GITHUB_STEP_SUMMARY", "")
        return Path(named) if named else None

    @property
    def plugin_environment(self) -> dict[str, str]:
        """What plugins and hooks may see of the environment: all but the key of the vault."""
        return {name: value for name, value in self.environment.items() if name != SECRETS_KEY}

    @property
    def owner(self) -> str:
        """Who runs this, as shown to the next one who waits: `user@host`."""
        return f"{self.user}@{self.host}"

    def colored(self, choice: str = "auto", *, terminal: bool) -> bool:
        """Whether to write colours, given the flag's word (always, never or auto) and whether it is a terminal.

        Auto follows NO_COLOR (https://no-color.org), FORCE_COLOR, CLICOLOR_FORCE and CLICOLOR, then the terminal.
        """
        if choice != "auto":
            return choice == "always"
        if self.environment.get("NO_COLOR"):
            return False
        if self.flag("FORCE_COLOR", "CLICOLOR_FORCE"):
            return True
        return terminal and self.flag("CLICOLOR") is not False and self.environment.get("TERM") != "dumb"

    def arguments(self, verb: str) -> list[str]:
        """Arguments that WFCTL_CLI_ARGS and WFCTL_CLI_ARGS_<verb> add to a verb (`runs list` is `runs_list`).

        Raises WfctlError for text a shell could not split.
        """
        added: list[str] = []
        for name in ("WFCTL_CLI_ARGS", f"WFCTL_CLI_ARGS_{verb.replace(' ', '_').replace('-', '_')}"):
            try:
                added += shlex.split(self.environment.get(name, ""))
            except ValueError as reason:
                raise WfctlError(
                    Kind.USAGE, "CLI_ARGS", f"{name} cannot be split into arguments: {reason}", hint=f"mend {name}"
                ) from None
        return added


def read() -> Settings:
    """The settings of this process."""
    return Settings(
        environment=dict(os.environ),
        cwd=_cwd(),
        stdin_tty=_is_terminal(sys.stdin),
        host=socket.gethostname(),
        user=_user(),
        pid=os.getpid(),
        boot_id=_boot_id(),
        python=sys.executable,
        temporary=Path(tempfile.gettempdir()),
        now=time.time,
        uptime=_uptime,
        token=_token,
        random=secrets.token_bytes,
    )


def _cwd() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise WfctlError(
            Kind.USAGE, "NO_DIRECTORY", "the current directory is gone", hint="cd to the project's directory"
        ) from None


def _is_terminal(stream: object) -> bool:
    isatty = getattr(stream, "isatty", None)
    try:
        return bool(isatty and isatty())
    except ValueError:  # closed
        return False


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container may run under a number that has no name
        return str(os.getuid())


def _boot_id() -> str:
    """The boot and the pid namespace; empty where the system does not say."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


def _uptime() -> float:
    clock = getattr(
        time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC
    )  # elsewhere than on Linux the second does not stop either
    return time.clock_gettime(clock)


def _token() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))
