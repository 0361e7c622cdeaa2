"""By hand: kill a large apply at random moments and resume it, again and again.

    python -m tests.crash.soak [--times 20] [--size 200] [--seed N]

`wfctl apply` of local files, SIGKILL to wfctl, to its plugin or to both at a random moment, `wfctl resume`. Then the files on
disk, the state and a fresh plan must agree. What resuming costs is measured by `make bench BENCH_ARGS=--resume`.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.instants import plugins_of

VICTIMS = ("wfctl", "plugin", "both")
ENDED_BY_ITSELF = (0, 3, 5)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--size", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        return kill(Path(folder), asked.times, asked.size, asked.seed)


def say(*words: object) -> None:
    """One line of the log."""
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


def kill(folder: Path, times: int, size: int, seed: int) -> int:
    """Each time a new project; 1 when anything disagreed."""
    dice, wrong = random.Random(seed), 0
    whole = _seconds_of_one(folder / "measured", size)
    say(f"seed {seed}; an apply of {size} files takes {whole:.2f} s")
    for number in range(1, times + 1):
        project = folder / str(number)
        _files(project, size)
        victim, moment = dice.choice(VICTIMS), dice.uniform(0.2, 1.0) * whole
        status = _killed(project, victim, moment)
        again = _recovered(project)
        found = _disagreements(project, size)
        wrong += bool(found)
        line = f"{number}/{times}: {victim} killed after {moment:.2f} s, ended with {status}; {again}; "
        say(line + ("; ".join(found) or "files, state and plan agree"))
        shutil.rmtree(project)
    say(f"{times - wrong} of {times} agree")
    return int(bool(wrong))


def _files(project: Path, size: int) -> None:
    project.mkdir()
    modules: list[dict[str, object]] = [
        {"name": "here", "type": "iac.provider", "config": {"provider": "local", "root": "build"}}
    ]
    for n in range(size):
        needs = [f"f{n - 20}"] if n >= 20 else []
        config = {"path": f"f{n}.txt", "content": f"{n}\n", "depends_on": needs}
        modules.append({"name": f"f{n}", "type": "local.file", "config": config})
    (project / "infra.yaml").write_text(json.dumps({"modules": modules}))


def _seconds_of_one(project: Path, size: int) -> float:
    _files(project, size)
    seconds = _timed(project, "apply", "-y", "-q")
    shutil.rmtree(project)
    return seconds


def _killed(project: Path, victim: str, moment: float) -> int:
    process = _begin(project, "apply", "-y", "-q")
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        if victim != "wfctl":
            for plugin in plugins_of(process.pid):
                os.kill(plugin, signal.SIGKILL)
        if victim != "plugin":
            process.kill()
    return process.wait()


def _recovered(project: Path) -> str:
    """Resume, unless there is nothing to resume: then nothing had begun, or all was done."""
    resumed = _wfctl(project, "resume", code=None)
    if resumed.returncode == 0:
        return "resumed"
    if "no unfinished run" in resumed.stderr or "no runs" in resumed.stderr:
        _wfctl(project, "apply", "-y", "-q")
        return "nothing left to resume, applied"
    return f"resume ended with {resumed.returncode}: {resumed.stderr.strip()}"


def _disagreements(project: Path, size: int) -> list[str]:
    wanted = {f"f{n}.txt": f"{n}\n" for n in range(size)}
    there = {path.name: path.read_text() for path in (project / "build").glob("*") if path.is_file()}
    rows = json.loads(_wfctl(project, "state", "list", "--json").stdout)["resources"]
    ids = {row["provider_id"]: row["mark"] for row in rows}
    plan = _wfctl(project, "plan", "--detailed-exitcode", code=None)
    return [
        *([] if there == wanted else [f"the files differ: {sorted(there.items() ^ wanted.items())[:4]}"]),
        *([] if ids == dict.fromkeys(wanted, "") else ["the state differs"]),
        *([] if plan.returncode == 0 else [f"a plan has changes (exit {plan.returncode})"]),
    ]


def _timed(project: Path, *arguments: str) -> float:
    begun = time.monotonic()
    _wfctl(project, *arguments)
    return time.monotonic() - begun


# --- wfctl -------------------------------------------------------------------------------------------------------------


def _begin(project: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "wfctl", *arguments],
        cwd=project,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _wfctl(project: Path, *arguments: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "wfctl", *arguments], cwd=project, capture_output=True, encoding="utf-8", check=False
    )
    if code is not None and done.returncode != code:
        raise SystemExit(f"wfctl {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
    return done


if __name__ == "__main__":
    sys.exit(main())
