"""Read the one line by which a plugin says where it listens.

Pure: knows nothing of processes. The line is go-plugin's: `CORE|APP|NETWORK|ADDRESS[|PROTOCOL[|CERTIFICATE[|MULTIPLEX]]]`
(upstream: GoCodeAlone/go-plugin server.go). Old plugins print four or five fields, today's fork prints seven.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import quote

import msgspec

COOKIE_NAME = "WORKFLOW_PLUGIN"
COOKIE_VALUE = "workflow-external-plugin-v1"
CORE_VERSION = "1"
PLUGIN_VERSION = "1"

LINE_LIMIT = 4096
"""Bytes of the longest line read as a handshake."""

_CERTIFICATE = 50  # go-plugin takes a shorter sixth field for an empty one


class HandshakeError(ValueError):
    """The line is no handshake, or one of a plugin we cannot talk to. `code` is stable, `hint` says what may help."""

    def __init__(self, code: str, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.code = code
        self.hint = hint


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """Where a plugin listens: `unix` and a path, or `tcp` and a loopback host:port."""

    network: str
    address: str

    @property
    def target(self) -> str:
        """The address as gRPC wants it."""
        return f"unix:{quote(self.address)}" if self.network == "unix" else f"ipv4:{self.address}"


def parse(line: str) -> Handshake:
    """Read a handshake line.

    Raises HandshakeError: PLUGIN_NOISE for anything else, PLUGIN_PROTOCOL for a version, protocol or address that does not fit.
    """
    fields = [field.strip() for field in line.strip().split("|")]
    if len(fields) < 4 or not fields[0].isdecimal():
        raise HandshakeError(
            "PLUGIN_NOISE",
            "it printed something else before its handshake",
            "a plugin may print nothing on stdout before its handshake: send its messages to stderr",
        )
    core, plugin, network, address, protocol, certificate, _ = (*fields, "", "", "")[
        :7
    ]  # a later version may print more
    _check_versions(core, plugin)
    if protocol not in ("", "grpc"):
        raise _unfit(f"it speaks {protocol}, wfctl speaks grpc")
    if len(certificate) > _CERTIFICATE:
        raise _unfit("it insists on TLS, which wfctl did not ask for")
    if not _reachable(network, address):
        raise _unfit(f"it listens at {network}|{address}, which is neither a unix socket's path nor a loopback address")
    return Handshake(network=network, address=address)


def _check_versions(core: str, plugin: str) -> None:
    if core != CORE_VERSION:
        raise _unfit(f"it speaks version {core} of go-plugin's handshake, wfctl speaks {CORE_VERSION}")
    if plugin != PLUGIN_VERSION:
        raise _unfit(f"it speaks plugin protocol {plugin}, wfctl speaks {PLUGIN_VERSION}")


def _reachable(network: str, address: str) -> bool:
    if network == "unix":
        return address.startswith("/") and "\0" not in address
    host, _, port = address.rpartition(":")
    try:
        # The connection is in clear and carries configs: it must not leave the machine.
        return network == "tcp" and ipaddress.IPv4Address(host).is_loopback and 0 < int(port) < 65536
    except ValueError:
        return False


def _unfit(reason: str) -> HandshakeError:
    return HandshakeError("PLUGIN_PROTOCOL", reason, "install a version of the plugin made for this wfctl")
