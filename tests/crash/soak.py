"""By hand: kill a large apply at random moments and resume it, again and again; and measure what resuming costs.

    python -m tests.crash.soak kill [--times 20] [--size 200] [--seed N]
    python -m tests.crash.soak cost [--times 3] [--size 10000]

`kill`: `wfctl apply` of local files, SIGKILL to wfctl, to its plugin or to both at a random moment, `wfctl resume`. Then the
files on disk, the state and a fresh plan must agree. `cost`: the time of resuming a run that was killed half-way, against that
of applying the other half alone, each less the time of an apply that has nothing to do.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.crash.instants import plugins_of

PLUGINS = Path(__file__).resolve().with_name("plugins")
VICTIMS = ("wfctl", "plugin", "both")
ENDED_BY_ITSELF = (0, 3, 5)


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["kill", "cost"])
    parser.add_argument("--times", type=int)
    parser.add_argument("--size", type=int)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        if asked.what == "cost":
            return cost(Path(folder), asked.times or 3, asked.size or 10_000)
        return kill(Path(folder), asked.times or 20, asked.size or 200, asked.seed)


def say(*words: object) -> None:
    """One line of the log."""
    sys.stdout.write(" ".join(str(word) for word in words) + "\n")
    sys.stdout.flush()


# --- killing -----------------------------------------------------------------------------------------------------------


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
        *([] if there == wanted else ["the files differ"]),
        *([] if ids == dict.fromkeys(wanted, "") else ["the state differs"]),
        *([] if plan.returncode == 0 else [f"a plan has changes (exit {plan.returncode})"]),
    ]


# --- measuring ---------------------------------------------------------------------------------------------------------


def cost(folder: Path, times: int, size: int) -> int:
    """Resume against apply of what is left, each without what any apply takes."""
    resumes, applies, empties = [], [], []
    for number in range(times):
        project = folder / f"killed-{number}"
        _things(project, size)
        left = size - _killed_half_way(project, size)
        resumes.append(_timed(project, "resume", "-q"))
        rest = folder / f"rest-{number}"
        _things(rest, left)
        applies.append(_timed(rest, "apply", "-y", "-q"))
        none = folder / f"none-{number}"
        _things(none, 0)
        empties.append(_timed(none, "apply", "-y", "-q"))
        say(f"{left} of {size} left: resume {resumes[-1]:.2f} s, apply {applies[-1]:.2f} s, empty {empties[-1]:.2f} s")
    empty = statistics.median(empties)
    ratio = (statistics.median(resumes) - empty) / (statistics.median(applies) - empty)
    say(f"resume / apply of the rest, each less an empty apply (medians of {times}): {ratio:.2f}")
    return 0


def _things(project: Path, size: int) -> None:
    plugin = project / "data" / "plugins" / "noop"
    plugin.mkdir(parents=True)
    manifest = {"name": "noop", "version": "1.0.0", "author": "a test", "description": "nothing"}
    (plugin / "plugin.json").write_text(json.dumps({**manifest, "capabilities": {"iacProvider": {"name": "noop"}}}))
    (plugin / "noop").write_text(f"#!/bin/sh\nexec {sys.executable} {PLUGINS}/noop.py\n")
    (plugin / "noop").chmod(0o755)
    modules: list[dict[str, object]] = [{"name": "cloud", "type": "iac.provider", "config": {"provider": "noop"}}]
    modules += [{"name": f"r{n}", "type": "noop.thing", "config": {"n": n}} for n in range(size)]
    (project / "infra.yaml").write_text(json.dumps({"modules": modules}))


def _killed_half_way(project: Path, size: int) -> int:
    """Kill an apply when half of its lines are there; how many actions had been done."""
    process = _begin(project, "apply", "-y", "--json")
    done = 0
    assert process.stdout is not None
    for line in process.stdout:
        done += b'"type":"apply_complete"' in line
        if done >= size // 2:
            break
    process.kill()
    process.communicate()
    return done


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
