"""The story of wfctl in seven steps, each checked against the disk.

    make demo          or: .venv/bin/python examples/demo/demo.py [--keep-quiet]

Works in build/demo, which it empties first. Ends with 0 only when every step did what it says.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILD = HERE.parent.parent / "build" / "demo"
WFCTL = Path(sys.executable).with_name("wfctl")
ENVIRONMENT = {**os.environ, "NO_COLOR": "1", "WFCTL_SECRETS_KEY": "00" * 32}
for _name in ("CI", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
    ENVIRONMENT.pop(_name, None)


COMPENSATED, COMPENSATION_FAILED = 4, 5
"""Tags of ActionStatus in proto/iac.proto."""


class Surprise(Exception):
    """Something was not as the story says."""


class Ran:
    """One wfctl command that has ended: its exit status and what it printed."""

    def __init__(self, process: subprocess.CompletedProcess[str]) -> None:
        self.status = process.returncode
        self.output = process.stdout + process.stderr

    def line(self, start: str) -> str:
        """The first line that begins so."""
        for line in self.output.splitlines():
            if line.strip().startswith(start):
                return line.strip()
        raise Surprise(f"no line begins with {start!r} in:\n{self.output}")


def wfctl(*arguments: str, expect: int, directory: Path = BUILD) -> Ran:
    """Run wfctl as a person would. Raises Surprise for another exit status."""
    process = subprocess.run(
        [str(WFCTL), *arguments], cwd=directory, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    ran = Ran(process)
    if ran.status != expect:
        raise Surprise(f"wfctl {' '.join(arguments)} ended with {ran.status}, not {expect}:\n{ran.output}")
    return ran


def check(truth: bool, claim: str) -> None:
    """Compare the story with the disk."""
    if not truth:
        raise Surprise(f"not true on disk: {claim}")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def edit(old: str, new: str) -> None:
    """Change the configuration."""
    path = BUILD / "infra.yaml"
    text = path.read_text()
    check(old in text, f"infra.yaml says {old!r}")
    path.write_text(text.replace(old, new))


def outcome_of(run_id: str, name: str) -> dict[str, object]:
    """The outcome of one action of a run, as the record has it."""
    shown = json.loads(wfctl("runs", "show", run_id, "--json", expect=0).output)
    return next(outcome for outcome in shown["outcome"]["actions"] if outcome["name"] == name)


def run_of(ran: Ran) -> str:
    found = re.search(r"\br-[0-9a-z]+\b", ran.output)
    if found is None:
        raise Surprise(f"no run is named in:\n{ran.output}")
    return found[0]


def tell(step: str, *lines: str) -> None:
    for number, line in enumerate(lines):
        print(f"{step if number == 0 else '':16} {line}", flush=True)


# --- the steps ---


def setup() -> None:
    shutil.rmtree(BUILD, ignore_errors=True)
    shutil.copytree(HERE, BUILD, ignore=shutil.ignore_patterns("demo.py", "README.md", "__pycache__"))
    begun = time.perf_counter()
    listed = wfctl("plugin", "list", expect=0)
    check("local" in listed.output, "plugin local is found")
    version = importlib.metadata.version("wfctl-plugin-local")
    tell("setup", f".venv ok · packages ok · plugin local {version} found in {time.perf_counter() - begun:.1f} s")


def plan() -> None:
    ran = wfctl("plan", expect=0)
    check(not (BUILD / "world" / "site").exists(), "a plan makes nothing")
    footer = ran.line("Plan:")
    if footer != "Plan: 8 to add, 0 to change, 0 to destroy.":
        raise Surprise(footer)
    tell("1/7 plan", footer, ran.line("Compensable:"))


def apply() -> None:
    ran = wfctl("apply", "--auto-approve", expect=0)
    world = BUILD / "world"
    check((world / "site" / "index.html").read_text() == "Hello from wfctl\n", "index.html")
    check((world / "site" / "index.sha256").read_text().strip() == sha256(world / "site" / "index.html"), "checksum")
    check("ssh-ed25519" in (world / "site" / "banner.txt").read_text(), "the public key is in the banner")
    check((world / "current").is_symlink(), "current is a symlink")
    check((world / "schema").read_text() == "1\n", "the migration ran")
    check(stat.S_IMODE((BUILD / ".wfctl").stat().st_mode) == 0o700, ".wfctl is private")
    tell("2/7 apply", f"{ran.line('Apply complete!'):74} exit 0")


def again() -> None:
    ran = wfctl("apply", "--auto-approve", expect=0)
    tell("3/7 again", f"{ran.line('No changes.'):74} exit 0")


def hook_fails() -> None:
    index = BUILD / "world" / "site" / "index.html"
    before = sha256(index)
    edit("Hello from wfctl", "Hello from a broken page")
    ran = wfctl("apply", "--auto-approve", expect=4)
    during = (BUILD / "seen-by-smoke-test").read_text().strip()
    status = outcome_of(run_of(ran), "index")["status"]
    check(status == COMPENSATED, f"index is COMPENSATED, not {status}")
    check(during not in ("", before), "the page was changed in between")
    check(sha256(index) == before, "the page is as before")
    edit("Hello from a broken page", "Hello from wfctl")
    tell(
        "4/7 hook fails",
        "local.file.index changed, smoke-test said no, changed back    COMPENSATED  exit 4",
        f"disk: sha256 {before[:4]} before, {during[:4]} during, {sha256(index)[:4]} now".ljust(74) + " checked",
    )


def cannot_undo() -> None:
    (BUILD / "refuse-logins").touch()
    edit("length: 20", "length: 24")
    ran = wfctl("apply", "--auto-approve", expect=5)
    run_id = run_of(ran)
    admin = outcome_of(run_id, "admin")
    check(admin["status"] == COMPENSATION_FAILED, f"admin is COMPENSATION_FAILED, not {admin['status']}")
    held = wfctl("output", "--json", expect=0)
    check("secret_ref" not in held.output and "COMPENSATION" not in held.output, "outputs hide what is secret")
    wfctl("settle", run_id, "local.password.admin", "--as", f"present:{admin['provider_id']}", expect=0)
    (BUILD / "refuse-logins").unlink()
    owed = wfctl("apply", "--auto-approve", expect=0)
    check("admin" in owed.output, "the login hook that was still owed ran")
    tell(
        "5/7 cannot undo",
        "local.password.admin stays, nothing is hidden         COMPENSATION_FAILED  exit 5",
        f"settled with one command: wfctl settle {run_id} local.password.admin --as present:ID",
    )


def killed() -> None:
    directory = BUILD / "crash"
    gate = directory / "world" / "gate-4"
    os.mkfifo(gate)
    log = directory / "world" / "log"
    arrived = directory / "world" / "at-gate-4"
    engine = subprocess.Popen(
        [str(WFCTL), "apply", "--auto-approve"],
        cwd=directory,
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _wait_for(arrived, engine)
    os.kill(engine.pid, signal.SIGKILL)
    engine.wait()
    done = log.read_text().split()
    check(done == ["1", "2", "3"], f"three steps were done when the engine was killed, not {done}")
    gate.unlink()
    wfctl("resume", expect=0, directory=directory)
    done = log.read_text().split()
    check(sorted(done) == [str(n) for n in range(1, 9)], f"every step was done once, not {done}")
    tell("6/7 kill -9", "engine killed after 3 of 8; wfctl resume did the other 5, none twice".ljust(74) + " exit 0")


def _wait_for(path: Path, engine: subprocess.Popen[bytes]) -> None:
    limit = time.monotonic() + 60
    while not path.exists():
        if engine.poll() is not None or time.monotonic() > limit:
            raise Surprise(f"the engine ended ({engine.returncode}) before it came to the gate")
        time.sleep(0.02)


def destroy() -> None:
    ran = wfctl("destroy", "--auto-approve", expect=0)
    left = [path for path in (BUILD / "world").iterdir() if not path.name.startswith(".")]
    check(not left, f"nothing is left but {left}")
    tell("7/7 destroy", f"{ran.line('Destroy complete!')} Nothing left in build/demo.".ljust(74) + " exit 0")


STEPS = (setup, plan, apply, again, hook_fails, cannot_undo, killed, destroy)


def main() -> int:
    begun = time.perf_counter()
    for step in STEPS:
        try:
            step()
        except Surprise as surprise:
            print(f"\nDemo failed in step {step.__name__}: {surprise}", file=sys.stderr)
            return 1
    print(f"Demo passed in {time.perf_counter() - begun:.1f} s.", end=" ")
    print("Look back: (cd build/demo && ../../.venv/bin/wfctl runs list)    Look ahead: .venv/bin/wfctl init")
    return 0


if __name__ == "__main__":
    sys.exit(main())
