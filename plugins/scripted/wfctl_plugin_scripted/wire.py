"""Failures by the code they have on the wire: what a lost connection or a broken plugin looks like to an engine.

It knows nothing of scripts. The SDK keeps these codes from authors, and rightly so; whoever plays a broken plugin needs them.
This is the one module of all plugins that may look behind the SDK.
"""

from __future__ import annotations

import grpc

from wfctl.plugin_sdk._calls import Refusal


def status(code: str, text: str) -> Exception:
    """A failure under a code such as `unavailable`; `cut` is that of a connection that went away, without a text."""
    if code == "cut":
        return Refusal(grpc.StatusCode.UNKNOWN, "")
    return Refusal(grpc.StatusCode[code.upper()], text)
