"""Start a plugin and wait for its handshake; say clearly what went wrong when there is none.

Knows nothing of gRPC or of what the plugin can do. The environment is upstream's (upstream: GoCodeAlone/go-plugin client.go): the
host's variables first, then ours, which therefore win.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import msgspec

from wfctl.errors import Kind, WfctlError
from wfctl.plugin_host import handshake
from wfctl.plugin_host.discover import Candidate
from wfctl.plugin_host.guard import Guard
from wfctl.plugin_host.handshake import Handshake, HandshakeError
from wfctl.plugin_host.process import PluginProcess
from wfctl.plugin_host.speech import Log, Redact, Speech

SECRETS_KEY = "WFCTL_SECRETS_KEY"
"""Never passed on: it opens the vault, and a plugin has no business there."""

ALWAYS = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ")
"""Passed on even with an allow-list: without them hardly a program runs."""

_STRAY = (
    "PLUGIN_CLIENT_CERT",
    "PLUGIN_MULTIPLEX_GRPC",
    "PLUGIN_UNIX_SOCKET_GROUP",
)  # would turn on what we do not speak
_LAST_WORDS = 0.5  # seconds a plugin is given to end by itself after it said something we cannot use
_SOCKET_PATH = 103 - len("/plugin0123456789.sock")  # the shorter limit of the systems we run on, less the socket's name


class Patience(msgspec.Struct, frozen=True, kw_only=True):
    """How long to wait, in seconds.

    `start` for the handshake and again for Initialize (upstream's 60), `capabilities` for that call (upstream's 10),
    `exit` between Shutdown and SIGTERM (upstream's 2, then it kills), `kill` between SIGTERM and SIGKILL.
    """

    start: float = 60.0
    capabilities: float = 10.0
    exit: float = 2.0
    kill: float = 1.0


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where plugins run: all that the host takes from its surroundings.

    `environment` is the host's, `config_directory` the working directory of package plugins, `socket_root` a short path in which
    private directories for sockets are made, `interpreter` the Python that runs package plugins. `redact` takes the secrets known
    to the caller out of whatever a plugin says; `log` is told every line it prints.
    """

    environment: Mapping[str, str]
    config_directory: Path
    socket_root: Path
    interpreter: str
    redact: Redact = str
    log: Log | None = None
    patience: Patience = Patience()


def environment(host: Mapping[str, str], allowed: tuple[str, ...] | None, sockets: Path) -> dict[str, str]:
    """What a plugin finds in its environment: everything of the host's, or only what is `allowed`, then what starts it."""
    ours = {
        "GRPC_ENABLE_FORK_SUPPORT": "0",  # its fork handlers would hang a plugin that starts programs of its own
        handshake.COOKIE_NAME: handshake.COOKIE_VALUE,
        "PLUGIN_MIN_PORT": "10000",
        "PLUGIN_MAX_PORT": "25000",
        "PLUGIN_PROTOCOL_VERSIONS": handshake.PLUGIN_VERSION,
        "PLUGIN_UNIX_SOCKET_DIR": str(sockets),
    }
    dropped = {SECRETS_KEY, *_STRAY, *ours}
    named = set(host) if allowed is None else {*allowed, *ALWAYS}
    return {**{name: value for name, value in host.items() if name in named and name not in dropped}, **ours}


async def launch(
    candidate: Candidate, site: Site, guard: Guard, allowed: tuple[str, ...] | None = None
) -> tuple[PluginProcess, Handshake]:
    """Start a plugin and shake hands. Its socket directory goes when it has ended.

    Raises WfctlError (plugin): PLUGIN_START, PLUGIN_SOCKETS, PLUGIN_NOISE, PLUGIN_PROTOCOL, PLUGIN_EXITED, PLUGIN_SILENT,
    PLUGIN_START_TIMEOUT; each names the plugin and its place and carries its last lines on stderr.
    """
    process = _spawn(candidate, site, guard, allowed)
    try:
        return process, await _shake_hands(candidate, process, site.patience.start)
    except BaseException:
        await asyncio.shield(process.end(patience=0.0, mercy=0.0))
        raise


def _spawn(candidate: Candidate, site: Site, guard: Guard, allowed: tuple[str, ...] | None) -> PluginProcess:
    title = f"plugin {candidate.name} for provider {candidate.provider} ({candidate.where})"
    speech = Speech(candidate.name, title, site.redact, site.log)
    sockets = _socket_directory(site.socket_root)

    def forget() -> None:
        shutil.rmtree(sockets, ignore_errors=True)
        guard.gone(sockets)

    try:
        guard.starting(sockets)
        process = PluginProcess(
            _argv(candidate, site.interpreter),
            cwd=site.config_directory if candidate.module else candidate.path,
            environment=environment(site.environment, allowed, sockets),
            speech=speech,
        )
    except (OSError, ValueError) as reason:  # ValueError: a NUL character in a variable
        forget()
        what = f"cannot be started: {reason.strerror if isinstance(reason, OSError) else reason}"
        hint = f"see that {candidate.where} is a program of this machine's kind"
        raise failure(speech, "PLUGIN_START", what, hint) from reason
    try:
        guard.started(sockets, process.pid)  # before it is watched: whoever is gone must not be announced
    finally:
        process.watch(forget)
    return process


def _socket_directory(root: Path) -> Path:
    # Sockets are not authenticated: whoever can reach one can use it. mkdtemp makes the directory for its owner alone.
    try:
        made = tempfile.mkdtemp(prefix="wfctl-", dir=root)
    except OSError as reason:
        raise WfctlError(
            Kind.PLUGIN,
            "PLUGIN_SOCKETS",
            f"no directory for sockets can be made in {root}: {reason.strerror}",
            hint="set TMPDIR",
        ) from reason
    if len(os.fsencode(made)) > _SOCKET_PATH or "\n" in made:
        Path(made).rmdir()
        raise WfctlError(
            Kind.PLUGIN,
            "PLUGIN_SOCKETS",
            f"{root} is too long a path: the name of a unix socket has room for about 100 bytes",
            hint="set TMPDIR to a shorter path",
        )
    return Path(made)


def _argv(candidate: Candidate, interpreter: str) -> tuple[str, ...]:
    if not candidate.module:
        return (str(candidate.executable),)
    # -P: a file of the user's that is called like a module must not be run in its place.
    return (interpreter, "-P", "-m", candidate.module)


async def _shake_hands(candidate: Candidate, process: PluginProcess, seconds: float) -> Handshake:
    try:
        async with asyncio.timeout(seconds):
            line = await process.first_line
    except TimeoutError as reason:
        raise _too_late(candidate, process, seconds) from reason
    if line is None:
        raise await _nothing_said(candidate, process)
    try:
        return handshake.parse(line)
    except HandshakeError as reason:
        heard = f": {process.speech.show(line, 300)!r}" if reason.code == "PLUGIN_NOISE" else ""
        await _last_words(process)
        raise failure(process.speech, reason.code, f"cannot be used: {reason}{heard}", reason.hint) from reason


def _too_late(candidate: Candidate, process: PluginProcess, seconds: float) -> WfctlError:
    what = f"did not print its handshake within {seconds:g} s"
    if begun := process.unfinished_line():
        what += f"; it printed {process.speech.show(begun, 300)!r} without a line end"
    return failure(
        process.speech, "PLUGIN_START_TIMEOUT", what, f"run {candidate.where} by hand to see what it waits for"
    )


async def _nothing_said(candidate: Candidate, process: PluginProcess) -> WfctlError:
    await _last_words(process)
    if process.alive:
        return failure(
            process.speech, "PLUGIN_SILENT", "closed its stdout without a handshake", "this is a mistake of the plugin"
        )
    spoken = " ".join(process.speech.last())
    hint = f"run {candidate.where} by hand"
    if "not meant to be executed directly" in spoken or "magic cookie" in spoken.lower():
        hint = "it is a plugin for another program: it did not accept wfctl's greeting"
    elif candidate.module and "No module named" in spoken:
        hint = f"install what {candidate.module} needs into the Python that runs wfctl"
    return failure(process.speech, "PLUGIN_EXITED", f"{process.ending()} before its handshake", hint)


async def _last_words(process: PluginProcess) -> None:
    # A program that gives up says why on stderr first; without a handshake there is little else to go by.
    if await process.ended(_LAST_WORDS):
        await process.silent()


def failure(speech: Speech, code: str, what: str, hint: str, kind: Kind = Kind.PLUGIN) -> WfctlError:
    """A start-up error: which plugin, where it is, what happened, and the last lines it printed."""
    details = tuple(f"it said: {line}" for line in speech.last())
    return WfctlError(kind, code, f"{speech.title} {what}", hint=hint, details=details)
