"""Where processes of one provider module come from: the first, the one that replaces it, and the throw-away ones.

Knows nothing of what they are used for.
"""

from __future__ import annotations

import msgspec

from wfctl.core.plan import Document
from wfctl.plugin_host.discover import Candidate
from wfctl.plugin_host.facts import Facts, greet, learn
from wfctl.plugin_host.guard import Guard
from wfctl.plugin_host.launch import Site, launch
from wfctl.plugin_host.link import Link


class ProviderModule(msgspec.Struct, frozen=True, kw_only=True):
    """One iac.provider module of a configuration.

    `name` is the module's, `provider` what its plugin must make real, `config` its whole configuration with nothing left to fill
    in. `parallelism` overrides what the plugin declares (0: it decides); `environment` names the only variables it gets
    (None: all of them).
    """

    name: str
    provider: str
    config: Document
    parallelism: int = 0
    environment: tuple[str, ...] | None = None


class Origin:
    """Starts plugins for one provider module, each configured and ready to be called."""

    def __init__(self, module: ProviderModule, candidate: Candidate, site: Site, guard: Guard) -> None:
        self.module = module
        self.candidate = candidate
        self._site = site
        self._guard = guard

    async def start(self) -> tuple[Link, frozenset[str]]:
        """A new process and the services it registers. Raises the WfctlErrors of `launch` and `greet`."""
        process, handshake = await launch(self.candidate, self._site, self._guard, self.module.environment)
        link = Link(process, handshake, self._site.patience)
        try:
            return link, await greet(link, self.module.config, self._site.patience)
        except BaseException:
            await link.close()
            raise

    async def first(self, digest: str) -> tuple[Link, Facts]:
        """A new process and everything it declares. `digest` goes into the declaration. Raises as `start`, and as `learn`."""
        link, services = await self.start()
        try:
            facts = await learn(link, self.module.name, services, self._site.patience)
        except BaseException:
            await link.close()
            raise
        declared = facts.declaration
        declaration = msgspec.structs.replace(
            declared,
            digest=digest,
            version=declared.version or self.candidate.version,
            max_concurrency=self.module.parallelism or declared.max_concurrency,
        )
        return link, msgspec.structs.replace(facts, declaration=declaration)
