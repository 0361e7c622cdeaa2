from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.plugin_host.plugins import candidate, folder, manifest
from wfctl.errors import Kind, WfctlError
from wfctl.plugin_host.discover import Candidate, Places, Source, choose, fingerprint, installed, survey, verify

EXPLODES = "raise SystemExit('this module must not be imported')\n"


def package(
    site_packages: Path, module: str, provider: str, *, fields: dict[str, Any] | None = None, dotted: str = ""
) -> Path:
    """An installed distribution with one entry point, and a module that cannot bear being imported."""
    source = site_packages / module
    source.mkdir(parents=True)
    (source / "__init__.py").write_text(EXPLODES)
    if fields is not None:
        (source / "plugin.json").write_text(json.dumps(fields))
    info = site_packages / f"{module}-0.3.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 0.3.0\n")
    (info / "entry_points.txt").write_text(f"[wfctl.plugins]\n{provider} = {dotted or module}\n")
    return source


def look(flag: Path | None = None, default: Path | None = None, packages: tuple[str, ...] = ()) -> Places:
    return Places(flag=flag, default=default, packages=packages)


def error(places: Places, provider: str = "fake", pins: dict[str, str] | None = None) -> WfctlError:
    with pytest.raises(WfctlError) as caught:
        choose(provider, survey(places), pins or {})
    assert caught.value.kind is Kind.PLUGIN
    return caught.value


def test_a_folder_plugin_whose_folder_and_manifest_differ_in_name(tmp_path: Path) -> None:
    path = folder(tmp_path, "pass", "cloud")
    [found] = installed(look(flag=tmp_path))
    assert (found.provider, found.name, found.version, found.source) == ("fake", "fake-plugin", "1.0.0", Source.FLAG)
    assert found.executable == path / "cloud"
    assert (found.pin, found.where) == ("cloud", str(path / "cloud"))


def test_the_order_of_looking(tmp_path: Path) -> None:
    for place, provider in (("a", "one"), ("b", "two"), ("c", "three")):
        folder(tmp_path / place, "pass", "zzz", provider=provider)
        folder(tmp_path / place, "pass", "aaa", provider=provider + "-first")
    package(tmp_path / "lib", "wfctl_plugin_x", "four")
    places = Places(
        flag=tmp_path / "a", environment=tmp_path / "b", default=tmp_path / "c", packages=(str(tmp_path / "lib"),)
    )
    assert [(found.source, found.provider) for found in installed(places)] == [
        (Source.FLAG, "one-first"),
        (Source.FLAG, "one"),
        (Source.ENVIRONMENT, "two-first"),
        (Source.ENVIRONMENT, "two"),
        (Source.DEFAULT, "three-first"),
        (Source.DEFAULT, "three"),
        (Source.PACKAGE, "four"),
    ]


def test_one_folder_named_twice_is_looked_into_once(tmp_path: Path) -> None:
    folder(tmp_path / "p", "pass")
    places = look(flag=tmp_path / "p", default=tmp_path / "p/../p")
    assert len(installed(places)) == 1
    assert choose("fake", survey(places), {}).source is Source.FLAG


def test_a_package_is_found_without_being_imported(tmp_path: Path) -> None:
    source = package(tmp_path, "wfctl_plugin_x", "x", fields=manifest("x-plugin", "somebody-elses-word"))
    [found] = installed(look(packages=(str(tmp_path),)))
    assert (found.provider, found.name, found.module) == ("x", "x-plugin", "wfctl_plugin_x")
    assert (found.path, found.where, found.pin) == (source, "python -m wfctl_plugin_x", "x")
    assert "wfctl_plugin_x" not in sys.modules


def test_a_module_inside_a_package_is_found_without_importing_the_package(tmp_path: Path) -> None:
    package(tmp_path, "wfctl_plugin_x", "x", dotted="wfctl_plugin_x.main:run")
    [found] = installed(look(packages=(str(tmp_path),)))
    assert found.module == "wfctl_plugin_x.main"


def test_a_package_without_a_manifest_is_described_by_its_metadata(tmp_path: Path) -> None:
    package(tmp_path, "wfctl_plugin_x", "x")
    [found] = installed(look(packages=(str(tmp_path),)))
    assert (found.name, found.version) == ("wfctl_plugin_x", "0.3.0")


def test_a_plugin_of_a_single_file(tmp_path: Path) -> None:
    source = package(tmp_path, "wfctl_plugin_x", "x")
    (source / "__init__.py").rename(tmp_path / "single.py")
    source.rmdir()
    (tmp_path / "wfctl_plugin_x-0.3.0.dist-info/entry_points.txt").write_text("[wfctl.plugins]\nx = single\n")
    [found] = installed(look(packages=(str(tmp_path),)))
    assert found.path == tmp_path / "single.py"
    assert len(fingerprint(found)) == 64


def test_the_interpreters_own_path_is_the_default() -> None:
    assert all(found.source is Source.PACKAGE for found in installed(Places()))


def test_what_is_broken_is_listed_and_named_when_nothing_is_found(tmp_path: Path) -> None:
    folder(tmp_path / "p", "pass", "good", provider="good")
    (tmp_path / "p/empty").mkdir()
    (tmp_path / "p/README").write_text("no plugin")
    folder(tmp_path / "p", "pass", "bad", version="one")
    folder(tmp_path / "p", "pass", "list", capabilities=[{"name": "x"}])
    folder(tmp_path / "p", "pass", "large", notes="x" * 1_100_000)
    package(tmp_path / "lib", "gone", "gone")
    (tmp_path / "lib/gone/__init__.py").unlink()
    (tmp_path / "lib/gone").rmdir()
    package(tmp_path / "lib", "wrong", "wrong", fields={"name": "Wrong"})
    places = Places(
        flag=tmp_path / "p", environment=tmp_path / "no", default=tmp_path / "no2", packages=(str(tmp_path / "lib"),)
    )
    found = survey(places)
    assert [one.provider for one in found.candidates] == ["good"]
    reasons = {Path(skip.path.split()[-1]).name: skip.reason for skip in found.skipped}
    assert set(reasons) == {"empty", "bad", "list", "large", "no", "gone", "wrong"}
    assert reasons["empty"] == "No such file or directory"
    assert reasons["no"] == "WFCTL_PLUGIN_DIR: No such file or directory"
    assert reasons["gone"] == "the module is not installed"
    missing = error(places, "cloud")
    assert missing.code == "PLUGIN_NOT_FOUND"
    assert "good" in missing.hint
    assert any("version 'one'" in line for line in missing.details)


def test_nothing_at_all(tmp_path: Path) -> None:
    missing = error(look(default=tmp_path / "no"))
    assert (missing.code, missing.details) == ("PLUGIN_NOT_FOUND", ())
    assert "--plugin-dir" in missing.hint


def test_two_plugins_for_one_provider_are_an_error_naming_both(tmp_path: Path) -> None:
    folder(tmp_path / "a", "pass", "cloud")
    package(tmp_path / "lib", "wfctl_plugin_x", "fake")
    both = error(look(flag=tmp_path / "a", packages=(str(tmp_path / "lib"),)))
    assert both.code == "PLUGIN_AMBIGUOUS"
    assert str(tmp_path / "a/cloud/cloud") in both.details[0]
    assert "python -m wfctl_plugin_x" in both.details[1]


def test_a_pin_decides_between_two(tmp_path: Path) -> None:
    folder(tmp_path / "a", "pass", "cloud")
    folder(tmp_path / "a", "pass", "cloud2")
    found = survey(look(flag=tmp_path / "a"))
    assert choose("fake", found, {"cloud2": "00"}).path.name == "cloud2"
    assert error(look(flag=tmp_path / "a"), pins={"cloud": "00", "cloud2": "00"}).code == "PLUGIN_AMBIGUOUS"


def refused(found: Candidate, pins: dict[str, str] | None = None) -> WfctlError:
    with pytest.raises(WfctlError) as caught:
        verify(found, pins or {})
    assert caught.value.kind is Kind.PLUGIN
    assert str(found.executable) in caught.value.message
    return caught.value


def test_a_missing_binary(tmp_path: Path) -> None:
    path = folder(tmp_path, "pass")
    (path / "fake").unlink()
    assert refused(candidate(path)).code == "PLUGIN_BINARY_MISSING"


def test_a_binary_that_may_not_be_executed(tmp_path: Path) -> None:
    path = folder(tmp_path, "pass")
    (path / "fake").chmod(0o644)
    problem = refused(candidate(path))
    assert (problem.code, problem.hint) == ("PLUGIN_NOT_EXECUTABLE", f"chmod +x {path / 'fake'}")
    (path / "fake").unlink()
    (path / "fake").mkdir()
    assert refused(candidate(path)).code == "PLUGIN_NOT_EXECUTABLE"


def test_the_digest_and_the_pin_of_a_binary(tmp_path: Path) -> None:
    path = folder(tmp_path, "pass")
    digest = hashlib.sha256((path / "fake").read_bytes()).hexdigest()
    assert verify(candidate(path), {"fake": digest, "other": "00"}) == digest
    problem = refused(candidate(path), {"fake": "00"})
    assert problem.code == "PLUGIN_INTEGRITY"
    assert digest in problem.message


def test_the_digest_of_a_package_covers_its_sources(tmp_path: Path) -> None:
    source = package(tmp_path, "wfctl_plugin_x", "x", fields=manifest())
    [found] = installed(look(packages=(str(tmp_path),)))
    before = verify(found, {})
    (source / "notes.txt").write_text("not run")
    assert fingerprint(found) == before
    (source / "more.py").write_text("pass")
    assert fingerprint(found) != before
