"""Wire the adapters together: the ledger, the vault and the plugins a verb works with.

Decides nothing about runs. Adapters are imported when they are needed, so that a verb pays for what it uses.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast

import msgspec

from wfctl.app import project
from wfctl.app.orders import Where
from wfctl.app.project import Place
from wfctl.app.redaction import Redactor
from wfctl.app.settings import SECRETS_KEY, Settings
from wfctl.config.project import Config
from wfctl.core import references
from wfctl.core.plan import Document
from wfctl.errors import Kind, WfctlError
from wfctl.views.view import View

if TYPE_CHECKING:
    from wfctl.ledger.lease import Claim
    from wfctl.ledger.store import Store
    from wfctl.ledger.vault import Vault
    from wfctl.plugin_host.discover import Places
    from wfctl.plugin_host.origin import ProviderModule
    from wfctl.plugin_host.pool import DriverPool

_SECRET_WORDS = re.compile("token|secret|passw|key|credential", re.IGNORECASE)


Notice = Callable[[str], None]
"""Told a remark for a person."""


class Record(NamedTuple):
    """The ledger of a project, open, and the vault of its secrets."""

    store: Store
    vault: Vault


# --- the record --------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def ledger(settings: Settings, place: Place, notice: Notice, *, create: bool = False) -> Iterator[Record | None]:
    """The ledger and its vault; None where nothing was ever recorded, unless it is to be made. Raises WfctlError (ledger).

    `notice` is told what a person should know; it may be called from any thread.
    """
    if not create and not place.ledger_file.exists():
        yield None
        return
    record = _open(settings, place, notice, create=create)
    with contextlib.closing(record.store):
        yield record


def _open(settings: Settings, place: Place, notice: Notice, *, create: bool) -> Record:
    from wfctl.ledger.sqlite import open_ledger

    opener = vault(settings, place, notice)
    store = open_ledger(place.ledger_file, claim(settings), opener, create=create)
    return Record(store=settings.wiring.store(store), vault=opener)


def vault(settings: Settings, place: Place, notice: Notice) -> Vault:
    """What seals and opens the secrets of a project."""
    from wfctl.ledger.vault import Vault

    return Vault(
        environment=settings.environment,
        key_file=place.key_file,
        random=settings.random,
        notice=notice,
        ci=bool(settings.build_server),
    )


def claim(settings: Settings) -> Claim:
    """This process, as it owns workspaces."""
    from wfctl.ledger.lease import Claim, Clocks, Owner, alive, started_at

    owner = Owner(
        user=settings.user,
        host=settings.host,
        boot_id=settings.boot_id,
        pid=settings.pid,
        started=started_at(settings.pid),
    )
    return Claim(owner=owner, clocks=Clocks(wall=settings.now, boot=settings.uptime), alive=alive)


def new_lineage(settings: Settings) -> str:
    """A name for the history of a workspace that has none yet."""
    return str(uuid.UUID(bytes=settings.random(16), version=4))


# --- secrets -----------------------------------------------------------------------------------------------------------


def redactor(settings: Settings, config: Config, vault: Vault | None) -> Redactor:
    """What takes every secret known to the run out of a text. Without a vault there are only those of the environment."""
    named = {name for name in settings.environment if _SECRET_WORDS.search(name)}
    used = set(config.secret_names) | (named & _variables(config)) | {SECRETS_KEY}
    values = vault.values if vault else frozenset[str]
    return Redactor(values, (settings.environment[name] for name in sorted(used) if name in settings.environment))


def _variables(config: Config) -> set[str]:
    configs = [resource.config for resource in config.resources]
    configs += [provider.config for provider in config.providers.values()]
    return {name for found in configs for name in references.environment_names(found)}


# --- plugins -----------------------------------------------------------------------------------------------------------


def plugin_places(settings: Settings, where: Where) -> Places:
    """Where plugins are looked for."""
    from wfctl.plugin_host.discover import Places

    named = settings.environment.get("WFCTL_PLUGIN_DIR", "")
    return Places(
        flag=where.plugin_dir,
        environment=Path(named) if named else None,
        default=Path("data/plugins"),
    )


@contextlib.asynccontextmanager
async def plugins(settings: Settings, where: Where, place: Place, redact: Redactor) -> AsyncIterator[DriverPool]:
    """A pool to open drivers in; every plugin in it ends with the block."""
    from wfctl.plugin_host.discover import survey
    from wfctl.plugin_host.integrity import read_pins
    from wfctl.plugin_host.launch import Site
    from wfctl.plugin_host.pool import DriverPool

    site = Site(
        environment=settings.environment,
        config_directory=settings.cwd / place.directory,
        socket_root=settings.temporary,
        interpreter=settings.python,
        redact=redact,
    )
    pins = read_pins((settings.cwd / place.directory).resolve())
    async with DriverPool(site, survey(plugin_places(settings, where)), pins) as pool:
        yield pool


def provider_modules(settings: Settings, config: Config, names: Iterable[str]) -> list[ProviderModule]:
    """The provider modules of these names, with nothing left to fill in.

    Raises WfctlError (config): PROVIDER_MISSING for a module the configuration lacks, PROVIDER_VARIABLE for a variable that
    is not set.
    """
    from wfctl.plugin_host.origin import ProviderModule

    found: list[ProviderModule] = []
    for name in sorted(set(names)):
        module = config.providers.get(name)
        if module is None:
            raise WfctlError(
                Kind.CONFIG,
                "PROVIDER_MISSING",
                f"resources of the state belong to provider module {name}, which {config.path} does not have",
                hint=f"put the iac.provider module {name} back, at least until those resources are deleted",
            )
        limits = config.apply.providers.get(name)
        found.append(
            ProviderModule(
                name=name,
                provider=module.provider,
                config=_filled(module.config, settings, f"{module.position}: module {name}"),
                parallelism=limits.parallelism if limits else 0,
                environment=module.env_allow,
            )
        )
    return found


def _filled(config: Document, settings: Settings, what: str) -> Document:
    try:
        return cast("Document", references.expand_environment(config, settings.environment))
    except references.BadReferenceError as problem:
        raise WfctlError(
            Kind.CONFIG, "PROVIDER_VARIABLE", f"{what}: {problem}", hint="set the variable and run the command again"
        ) from None


# --- all of it ---------------------------------------------------------------------------------------------------------


class Workshop(msgspec.Struct, frozen=True, kw_only=True):
    """Everything open that a plan is made or a run is driven with. Plugins are in the pool once they were asked for."""

    settings: Settings
    view: View
    place: Place
    config: Config
    record: Record | None
    redact: Redactor
    pool: DriverPool

    @property
    def store(self) -> Store:
        """The ledger. Only for verbs that opened the workshop to write."""
        if self.record is None:
            raise RuntimeError("the workshop was opened to look, not to write")
        return self.record.store

    async def open_drivers(self, names: Iterable[str]) -> None:
        """Start the plugins of these provider modules side by side. Raises WfctlError (plugin, config)."""
        await self.pool.open(provider_modules(self.settings, self.config, names))


@contextlib.asynccontextmanager
async def workshop(settings: Settings, where: Where, view: View, *, write: bool) -> AsyncIterator[Workshop]:
    """Read the project, open its ledger (made if it is to be written), and get ready to start plugins.

    Everything is closed with the block. Raises WfctlError.
    """
    found = project.read(settings, where, view)
    loop = asyncio.get_running_loop()

    def notice(text: str) -> None:  # views belong to the loop's thread, and the ledger has one of its own
        loop.call_soon_threadsafe(view.notice, text)

    with ledger(settings, found.place, notice, create=write) as record:
        redact = redactor(settings, found.config, record.vault if record else None)
        async with plugins(settings, where, found.place, redact) as pool:
            yield Workshop(
                settings=settings,
                view=view,
                place=found.place,
                config=found.config,
                record=record,
                redact=redact,
                pool=pool,
            )
