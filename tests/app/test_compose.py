from __future__ import annotations

from pathlib import Path

import pytest

from tests.app.places import settings
from wfctl.app import compose, project
from wfctl.app.orders import Where
from wfctl.config.load import load
from wfctl.errors import WfctlError
from wfctl.views.view import Several

SILENT = Several()


def folder(tmp_path: Path, text: str = "modules: []\n") -> Path:
    (tmp_path / "infra.yaml").write_text(text)
    return tmp_path


def test_provider_modules_are_filled_in_from_the_environment(tmp_path: Path) -> None:
    text = "modules:\n  - {name: cloud, type: iac.provider, config: {provider: nimbus, token: '${TOKEN}'}}\n"
    environment = {"TOKEN": "hunter22"}
    config = load(folder(tmp_path, text) / "infra.yaml", environ=environment)
    (module,) = compose.provider_modules(settings(tmp_path, environment), config, ["cloud", "cloud"])
    assert (module.name, module.provider, module.config["token"]) == ("cloud", "nimbus", "hunter22")


def test_what_the_state_needs_and_the_configuration_lacks_is_named(tmp_path: Path) -> None:
    config = load(folder(tmp_path) / "infra.yaml", environ={})
    with pytest.raises(WfctlError) as caught:
        compose.provider_modules(settings(tmp_path), config, ["cloud"])
    assert caught.value.code == "PROVIDER_MISSING"
    assert "cloud" in caught.value.message


def test_declared_secrets_and_variables_that_sound_like_secrets_are_redacted(tmp_path: Path) -> None:
    text = (
        "modules:\n"
        "  - {name: cloud, type: iac.provider, config: {provider: nimbus, token: '${API_TOKEN}', region: '${REGION}'}}\n"
        "secrets: {entries: [{name: DECLARED}]}\n"
    )
    environment = {"API_TOKEN": "tok-123", "REGION": "north", "DECLARED": "decl-456", "OTHER_TOKEN": "oth-789"}
    config = load(folder(tmp_path, text) / "infra.yaml", environ=environment)
    redact = compose.redactor(settings(tmp_path, environment), config, None)
    assert redact("tok-123 north decl-456 oth-789") == "(sensitive value) north (sensitive value) oth-789"


def test_nothing_recorded_is_no_ledger_and_makes_none(tmp_path: Path) -> None:
    place = project.find(settings(folder(tmp_path)), Where(config=tmp_path / "infra.yaml"), SILENT)
    with compose.ledger(settings(tmp_path), place, print) as record:
        assert record is None
    assert not place.record.exists()
    with compose.ledger(settings(tmp_path), place, print, create=True) as record:
        assert record is not None
        assert record.store.state("default").resources == ()
    assert place.ledger_file.exists()
