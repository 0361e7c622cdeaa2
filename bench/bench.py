"""Measure wfctl against the bare loop of the same calls, and against terraform where there is one.

    make bench                      N = 1,000, 10,000 and 20,000, a chain of 10,000, start-up
    make bench BENCH_ARGS=--quick   N = 1,000 only
    make bench BENCH_ARGS=--resume  resuming 10,000 that were killed half-way, against applying the other half

Every figure comes from real processes: `wfctl apply` with a real plugin, from RunStarted to RunFinished as its own ledger
tells; the bare loop sends the same creates to the same plugin at the same concurrency. Quote the ratios: single times
depend on the machine and on its neighbours.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import os
import shutil
import sqlite3
import stat
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
WFCTL = Path(sys.executable).with_name("wfctl")
CONCURRENCY = 10


class Measured(NamedTuple):
    """One apply: RunStarted to RunFinished, the whole command, and its own peak memory."""

    run_seconds: float
    whole_seconds: float
    peak_mib: float


class Finished(NamedTuple):
    """One process: wall seconds, exit status, peak memory."""

    seconds: float
    status: int
    peak_mib: float


def main() -> int:
    arguments = _arguments()
    sizes = [1000] if arguments.quick else [1000, 10_000, 20_000]
    with tempfile.TemporaryDirectory(prefix="wfctl-bench-") as directory:
        folder = Path(directory)
        plugins = _plugin_folder(folder)
        if arguments.resume:
            return _resume(folder, plugins, 1000 if arguments.quick else 10_000, arguments.repeat)
        rows: list[tuple[str, ...]] = []
        runs: dict[int, float] = {}
        for size in sizes:
            pairs = [_pair(folder, plugins, size) for _ in range(arguments.repeat)]
            rows.append(_row(f"{size:,} creates", pairs))
            runs[size] = statistics.median(one.run_seconds for _, one in pairs)
        if not arguments.quick:
            rows.append(_row("chain of 10,000", [(math.nan, _apply(folder, plugins, 10_000, chain=True))]))
        _print_table(("what", "bare loop", "run", "ratio", "whole command", "peak memory"), rows)
        if len(runs) > 1:
            first, last = min(runs), max(runs)
            exponent = math.log(runs[last] / runs[first]) / math.log(last / first)
            print(f"growth exponent {first:,} -> {last:,}: {exponent:.2f}")
        _peer(folder, runs)
    _start_up(arguments.repeat)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="N = 1,000 only")
    parser.add_argument("--resume", action="store_true", help="what resuming costs, alone")
    parser.add_argument(
        "--repeat",
        type=int,
        default=3,
        help="runs of each figure; medians are shown, and the ratios from the least to the greatest",
    )
    return parser.parse_args()


# --- wfctl ---


def _plugin_folder(folder: Path) -> Path:
    """The plugin as a folder plugin, as anybody would install one."""
    plugin = folder / "plugins" / "bench"
    plugin.mkdir(parents=True)
    manifest = {
        "name": "workflow-plugin-bench",
        "version": "1.0.0",
        "author": "wfctl",
        "description": "creates that do nothing",
        "iacProvider": {"computePlanVersion": "v2"},
        "capabilities": {"iacProvider": {"name": "bench"}},
    }
    (plugin / "plugin.json").write_text(json.dumps(manifest))
    launcher = plugin / "bench"
    launcher.write_text(f"#!/bin/sh\nexec '{sys.executable}' '{HERE / 'noop_plugin.py'}'\n")
    launcher.chmod(launcher.stat().st_mode | stat.S_IXUSR)
    return plugin.parent


def _config(path: Path, size: int, *, chain: bool) -> None:
    modules: list[dict[str, object]] = [{"name": "cloud", "type": "iac.provider", "config": {"provider": "bench"}}]
    for index in range(size):
        config: dict[str, object] = {"iac_provider": "cloud", "n": index}
        if chain and index:
            config["depends_on"] = [f"r{index - 1}"]
        modules.append({"name": f"r{index}", "type": "bench.noop", "config": config})
    path.write_text(json.dumps({"modules": modules}))


def _pair(folder: Path, plugins: Path, size: int) -> tuple[float, Measured]:
    """One apply between two bare loops, whose mean it is compared with: a machine is not as fast from minute to minute."""
    before = _bare(plugins, size)
    measured = _apply(folder, plugins, size, chain=False)
    return (before + _bare(plugins, size)) / 2, measured


def _apply(folder: Path, plugins: Path, size: int, *, chain: bool) -> Measured:
    project = Path(tempfile.mkdtemp(dir=folder))
    _config(project / "infra.json", size, chain=chain)
    command = [str(WFCTL), "apply", "--auto-approve", "--quiet", "--config", "infra.json", "--plugin-dir", str(plugins)]
    finished = _run(command, project)
    if finished.status != 0:
        sys.exit(f"wfctl apply of {size} ended with {finished.status}")
    seconds = _run_seconds(project / ".wfctl")
    shutil.rmtree(project)
    return Measured(seconds, finished.seconds, finished.peak_mib)


# --- resuming ---


def _resume(folder: Path, plugins: Path, size: int, repeat: int) -> int:
    """Resume against an apply of what was left, each less an apply that finds nothing to do; whole commands."""
    ratios = []
    for _ in range(repeat):
        project = Path(tempfile.mkdtemp(dir=folder))
        _config(project / "infra.json", size, chain=False)
        left = size - _killed_half_way(project, plugins, size)
        resumed = _seconds_of(project, plugins, "resume")
        rest, none = (_seconds_of_apply(folder, plugins, some) for some in (left, 0))
        ratios.append((resumed - none) / (rest - none))
        print(f"{left:,} of {size:,} left: resume {resumed:.2f} s, apply {rest:.2f} s, empty apply {none:.2f} s")
        shutil.rmtree(project)
    ratios.sort()
    print(f"ratio: {statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})")
    return 0


def _killed_half_way(project: Path, plugins: Path, size: int) -> int:
    """SIGKILL to an apply when half of its actions are done, as it says; how many are on record as done."""
    command = _command("apply", plugins, "--auto-approve", "--json")
    process = subprocess.Popen(
        command, cwd=project, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    done = 0
    for line in process.stdout or ():
        done += b'"type":"apply_complete"' in line
        if done >= size // 2:
            break
    process.kill()
    process.communicate()
    with sqlite3.connect(project / ".wfctl" / "ledger.db") as connection:
        (applied,) = connection.execute("SELECT count(*) FROM event WHERE type = 'ActionApplied'").fetchone()
    return int(applied)


def _seconds_of_apply(folder: Path, plugins: Path, size: int) -> float:
    project = Path(tempfile.mkdtemp(dir=folder))
    _config(project / "infra.json", size, chain=False)
    seconds = _seconds_of(project, plugins, "apply", "--auto-approve")
    shutil.rmtree(project)
    return seconds


def _seconds_of(project: Path, plugins: Path, verb: str, *flags: str) -> float:
    finished = _run(_command(verb, plugins, "--quiet", *flags), project)
    if finished.status != 0:
        sys.exit(f"wfctl {verb} ended with {finished.status}")
    return finished.seconds


def _command(verb: str, plugins: Path, *flags: str) -> list[str]:
    return [str(WFCTL), verb, "--config", "infra.json", "--plugin-dir", str(plugins), *flags]


def _run_seconds(directory: Path) -> float:
    """RunStarted to RunFinished, as the ledger has it."""
    ledger = next(path for path in sorted(directory.iterdir()) if path.suffix == ".db")
    with sqlite3.connect(ledger) as connection:
        times = connection.execute(
            "SELECT type, recorded_at FROM event WHERE type IN ('RunStarted', 'RunFinished') ORDER BY seq"
        ).fetchall()
    at = {kind: datetime.fromisoformat(recorded) for kind, recorded in times}
    return (at["RunFinished"] - at["RunStarted"]).total_seconds()


def _run(command: list[str], directory: Path, environment: dict[str, str] | None = None) -> Finished:
    begun = time.perf_counter()
    log = directory / "output.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**os.environ, **(environment or {})},
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 2):
        sys.stderr.write(log.read_text(errors="replace")[-2000:])
    return Finished(time.perf_counter() - begun, process.returncode, usage.ru_maxrss / 1024)


# --- the bare loop ---


def _bare(plugins: Path, size: int) -> float:
    """Seconds of `size` creates sent by a loop that does nothing else."""
    with tempfile.TemporaryDirectory() as sockets:
        environment = {
            **os.environ,
            "WORKFLOW_PLUGIN": "workflow-external-plugin-v1",
            "PLUGIN_PROTOCOL_VERSIONS": "1",
            "PLUGIN_UNIX_SOCKET_DIR": sockets,
        }
        process = subprocess.Popen(
            [str(plugins / "bench" / "bench")], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment
        )
        try:
            line = process.stdout.readline() if process.stdout else b""
            address = line.decode().split("|")[3]
            return asyncio.run(_send(address, size))
        finally:
            process.kill()
            process.wait()


async def _send(address: str, size: int) -> float:
    import grpc

    from wfctl.protocol import iac_pb2, iac_pb2_grpc

    async with grpc.aio.insecure_channel(f"unix:{address}") as channel:
        await iac_pb2_grpc.IaCProviderRequiredStub(channel).Initialize(iac_pb2.InitializeRequest(config_json=b"{}"))
        stub = iac_pb2_grpc.ResourceDriverStub(channel)
        numbers = iter(range(size))

        async def worker() -> None:
            for number in numbers:
                spec = iac_pb2.ResourceSpec(name=f"r{number}", type="bench.noop", config_json=b'{"n":%d}' % number)
                await stub.Create(iac_pb2.ResourceCreateRequest(resource_type="bench.noop", spec=spec))

        begun = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(CONCURRENCY)))
        return time.perf_counter() - begun


# --- peers and start-up ---


def _peer(folder: Path, runs: dict[int, float]) -> None:
    """Terraform or OpenTofu with as many builtin resources, local state: the only provider that needs no download."""
    tool = shutil.which("tofu") or shutil.which("terraform")
    if tool is None:
        print("left out: terraform (neither tofu nor terraform is installed)")
        return
    project = Path(tempfile.mkdtemp(dir=folder))
    (project / "rc").write_text("")
    environment = {"TF_CLI_CONFIG_FILE": str(project / "rc"), "CHECKPOINT_DISABLE": "1"}
    (project / "main.tf").write_text('resource "terraform_data" "r" {\n  count = 1000\n  input = count.index\n}\n')
    if _run([tool, "init", "-input=false"], project, environment).status != 0:
        print(f"left out: {Path(tool).name} (init failed)")
        return
    finished = _run([tool, "apply", "-auto-approve", "-input=false"], project, environment)
    ours = runs.get(1000)
    if finished.status == 0 and ours:
        ratio = finished.seconds / ours
        print(
            f"{Path(tool).name} apply of 1,000 terraform_data, local state: {finished.seconds:.2f} s, {ratio:.0f} x the run"
        )


def _start_up(repeat: int) -> None:
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "wfctl version": [str(WFCTL), "version"],
        "wfctl --help": [str(WFCTL), "--help"],
    }
    best: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as directory:
        for _ in range(max(repeat, 5) * 2):
            for name, command in commands.items():
                seconds = _run(command, Path(directory)).seconds
                best[name] = min(best.get(name, seconds), seconds)
    base = best["python -c pass"]
    rows = [(name, f"{seconds * 1000:.0f} ms", f"{seconds / base:.1f}") for name, seconds in best.items()]
    _print_table(("start-up", "best", "ratio"), rows)


def _row(what: str, pairs: list[tuple[float, Measured]]) -> tuple[str, ...]:
    bare = statistics.median(seconds for seconds, _ in pairs)
    run = statistics.median(one.run_seconds for _, one in pairs)
    whole = statistics.median(one.whole_seconds for _, one in pairs)
    ratios = sorted(one.run_seconds / seconds for seconds, one in pairs)
    alone = math.isnan(bare)
    return (
        what,
        "–" if alone else f"{bare:.2f} s",
        f"{run:.2f} s",
        "–" if alone else f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})",
        f"{whole:.2f} s",
        f"{max(one.peak_mib for _, one in pairs):.0f} MiB",
    )


def _print_table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    for row in (header, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print()


if __name__ == "__main__":
    sys.exit(main())
