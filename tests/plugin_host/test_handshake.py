from __future__ import annotations

import pytest

from wfctl.plugin_host.handshake import Handshake, HandshakeError, parse


@pytest.mark.parametrize(
    "line",
    [
        "1|1|unix|/run/p",
        "1|1|unix|/run/p|grpc",
        "1|1|unix|/run/p|grpc|",
        "1|1|unix|/run/p|grpc||true",
        "1|1|unix|/run/p|grpc||true|of a later version",
        "  1|1|unix|/run/p|grpc||true \r\n",
        "1|1|unix|/run/p||short|",
    ],
)
def test_lines_of_four_to_seven_fields(line: str) -> None:
    assert parse(line) == Handshake(network="unix", address="/run/p")


def test_a_socket_path_is_quoted_for_grpc() -> None:
    assert parse("1|1|unix|/run/my plugins/100%|grpc").target == "unix:/run/my%20plugins/100%25"


def test_a_loopback_port() -> None:
    assert parse("1|1|tcp|127.0.0.1:10023|grpc").target == "ipv4:127.0.0.1:10023"


@pytest.mark.parametrize("line", ["", "hello", "1|1|unix", "debug: a|b|c|d", "x|1|unix|/p|grpc", "1.0|1|unix|/p|grpc"])
def test_anything_else_is_noise(line: str) -> None:
    with pytest.raises(HandshakeError) as caught:
        parse(line)
    assert caught.value.code == "PLUGIN_NOISE"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2|1|unix|/p|grpc", "version 2 of go-plugin's handshake"),
        ("1|5|unix|/p|grpc", "plugin protocol 5"),
        ("1|1|unix|/p|netrpc", "speaks netrpc"),
        ("1|1|unix|/p|grpc|" + "A" * 400, "TLS"),
        ("1|1|unix|relative/p|grpc", "neither"),
        ("1|1|pipe|/p|grpc", "neither"),
        ("1|1|tcp|10.0.0.1:80|grpc", "neither"),
        ("1|1|tcp|127.0.0.1|grpc", "neither"),
        ("1|1|tcp|127.0.0.1:99999|grpc", "neither"),
        ("1|1|tcp|example.com:80|grpc", "neither"),
    ],
)
def test_what_we_cannot_talk_to_is_said(line: str, reason: str) -> None:
    with pytest.raises(HandshakeError, match=reason) as caught:
        parse(line)
    assert caught.value.code == "PLUGIN_PROTOCOL"
    assert caught.value.hint
