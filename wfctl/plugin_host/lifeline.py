"""The process behind a driver, through its death: calls waited for, failures read, one restart.

Knows nothing of what is called. A plugin that dies is started again once, for the next call; calls that were in flight are in
doubt.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc

from wfctl.core.outcome import Failure
from wfctl.engine.ports import CallFailed, Reach
from wfctl.errors import WfctlError
from wfctl.plugin_host.link import Link, outcome
from wfctl.plugin_host.origin import Origin
from wfctl.plugin_host.translate import Status, failed, refused

_T = TypeVar("_T")


async def answered(link: Link, call: Awaitable[_T]) -> _T:
    """The answer of a call. Raises CallFailed when there is none."""
    answer = await outcome(call)
    if isinstance(answer, Status):
        raise await failure(link, answer)
    return answer


async def failure(link: Link, status: Status, provider_id: str = "") -> CallFailed:
    """What the end of a call means, and whether the plugin died of it. `provider_id` is an id learnt before the end."""
    read = failed(status, link.process.speech.show)
    if status.code is grpc.StatusCode.DEADLINE_EXCEEDED:
        link.unanswered = True
    elif read.reach is Reach.IN_DOUBT and await link.died():
        died = obituary(link, "during the call")
        return CallFailed(Reach.IN_DOUBT, died, provider_id=read.provider_id or provider_id, plugin_died=True)
    # Whoever has told an id has begun: "nothing was changed" is not to be believed any more.
    reach = Reach.ANSWERED if provider_id and read.reach is Reach.REFUSED else read.reach
    return CallFailed(reach, read.failure, effect=read.effect, provider_id=read.provider_id or provider_id)


def obituary(link: Link, when: str) -> Failure:
    """How a plugin ended, and why, if it said so."""
    message = f"the plugin {link.process.ending() or 'was ended'} {when}"
    if said := link.process.speech.cause():
        message += f"; it said: {said}"
    return Failure(code="plugin_died", message=message, retryable=True)


class Lifeline:
    """The living link of one provider module. `loses`: whether work that a Finalizer flushes goes with a process."""

    def __init__(self, origin: Origin, link: Link, *, loses: Callable[[Link], bool]) -> None:
        self._origin = origin
        self._link = link
        self._loses = loses
        self._reviving = asyncio.Lock()
        self._may_restart = True
        self._closed = False
        self._deferred_lost = False

    async def link(self) -> Link:
        """A link to a living process. Raises CallFailed (refused: nothing was sent) when there is none any more."""
        if self._link.dead:
            async with self._reviving:
                if self._link.dead:
                    await self._revive()
        return self._link

    def lost(self) -> CallFailed | None:
        """The failure of a flush after a process died, and with it what it may have put off."""
        if not self._deferred_lost:
            return None
        message = "the process that may have put work off is gone, and the work with it"
        return CallFailed(Reach.IN_DOUBT, Failure(code="plugin_died", message=message), plugin_died=True)

    async def aside(self) -> Link:
        """A link to a throw-away process, to be closed by the caller. Raises CallFailed."""
        try:
            link, _ = await self._origin.start()
        except WfctlError as reason:
            raise refused("plugin_not_started", str(reason)) from reason
        return link

    async def close(self, seconds: float | None) -> None:
        """End the plugin, after the mutations in flight have been answered or so many seconds (None: however long)."""
        self._closed = True
        async with self._reviving:
            await self._link.quiet(seconds)
            await self._link.close()

    async def _revive(self) -> None:
        if self._closed:
            raise refused("plugin_closed", "the plugin has been ended")
        self._deferred_lost |= self._loses(self._link)
        if not self._may_restart:
            raise refused("plugin_died", obituary(self._link, "after it had been started again").message, died=True)
        self._may_restart = False
        await self._link.close()
        try:
            self._link, _ = await self._origin.start()
        except WfctlError as reason:
            raise refused("plugin_died", f"it could not be started again: {reason}", died=True) from reason
