"""Write `wfctl/protocol` from `proto/`, or with `--check` tell whether the committed code is what `proto/` generates.

It knows no more of the wire than file names: what the messages mean stands in the .proto files.

The generator is pinned to the oldest release we support at run time: generated code refuses a protobuf or grpcio
runtime older than its generator, so the pin is what the minimum versions in pyproject.toml have to match.
"""

import argparse
import importlib.metadata
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "proto"
TARGET = Path("wfctl/protocol")
GENERATOR = "1.75.1"


def main() -> int:
    """Exit code 0: written, or fresh. 1: stale, or the generator is missing or of another version."""
    parser = argparse.ArgumentParser(description="Generate wfctl/protocol from proto/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if the committed code is stale")
    check = parser.parse_args().check
    if problem := generator_problem():
        return fail(problem)
    with tempfile.TemporaryDirectory() as scratch:
        if problem := generate(Path(scratch)):
            return fail(problem)
        fresh = generated(Path(scratch))
    if check:
        return report(list(differences(fresh, generated(ROOT))))
    write(fresh)
    return 0


def generator_problem() -> str | None:
    """Why the installed grpcio-tools cannot be used, or None."""
    try:
        found = importlib.metadata.version("grpcio-tools")
    except importlib.metadata.PackageNotFoundError:
        return f"grpcio-tools {GENERATOR} is not installed; run `make setup`"
    if found != GENERATOR:
        return f"grpcio-tools {GENERATOR} is needed, {found} is installed; run `make setup`"
    return None


def generate(root: Path) -> str | None:
    """Run the compiler so that its files land under `root`; returns its complaint if it has one.

    Mapping the folder `proto` to the import path `wfctl/protocol` makes the generated imports right as they come.
    """
    done = subprocess.run(
        [
            *(sys.executable, "-m", "grpc_tools.protoc", f"-I{TARGET}={SOURCES}"),
            *(f"--python_out={root}", f"--pyi_out={root}", f"--grpc_python_out={root}"),
            *(f"{TARGET}/{source.name}" for source in sorted(SOURCES.glob("*.proto"))),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip() or "protoc failed" if done.returncode else None


def generated(root: Path) -> dict[str, bytes]:
    """Every generated file below `root`, by its name."""
    return {path.name: path.read_bytes() for path in sorted((root / TARGET).glob("*_pb2*.py*")) if path.is_file()}


def differences(fresh: dict[str, bytes], committed: dict[str, bytes]) -> Iterator[str]:
    """One line for every file that has to be written, or has to go."""
    for name in sorted(fresh.keys() | committed.keys()):
        if name not in committed:
            yield f"missing: {TARGET / name}"
        elif name not in fresh:
            yield f"left over: {TARGET / name}"
        elif fresh[name] != committed[name]:
            yield f"stale: {TARGET / name}"


def write(fresh: dict[str, bytes]) -> None:
    """Make the committed files equal `fresh`, touching only those that differ."""
    committed = generated(ROOT)
    for name in committed.keys() - fresh.keys():
        (ROOT / TARGET / name).unlink()
    for name, content in fresh.items():
        if committed.get(name) != content:
            (ROOT / TARGET / name).write_bytes(content)


def report(stale: list[str]) -> int:
    """Print what is wrong and what to do about it."""
    if not stale:
        return 0
    return fail("\n".join([*stale, "generated code does not match proto/; run `make proto` and commit the result"]))


def fail(message: str) -> int:
    """Print to stderr; always exit code 1."""
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
