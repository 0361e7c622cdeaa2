"""What goes along when a resource gets another name."""

from __future__ import annotations

from wfctl.app.state_file import HeldResource
from wfctl.app.state_mv import renamed
from wfctl.core.canonical import config_hash
from wfctl.core.plan import Document

SECRETS = {"db__password_X": "pg__password_Y"}


def held(name: str, config: Document | None = None, **more: object) -> HeldResource:
    made = HeldResource(name=name, type="t", applied_config=config, config_hash=config_hash(config))
    return HeldResource(**{key: getattr(made, key) for key in made.__struct_fields__} | more)


def test_the_resource_keeps_everything_but_its_name() -> None:
    before = held("db", {"size": "m"}, provider_id="id-1", created_by_run="r-1")

    after = renamed({"db": before, "x": held("x")}, "db", "pg", {})

    assert list(after) == ["pg", "x"]
    assert after["pg"] == held("pg", {"size": "m"}, provider_id="id-1", created_by_run="r-1")


def test_dependencies_and_references_follow() -> None:
    app = held("app", {"url": "x-${db.uri}-${dbx.uri}-${db}", "n": [{"m": "${db.id}"}]}, dependencies=("net", "db"))

    after = renamed({"db": held("db"), "app": app}, "db", "pg", {})["app"]

    assert after.dependencies == ("net", "pg")
    assert after.applied_config == {"url": "x-${pg.uri}-${dbx.uri}-${db}", "n": [{"m": "${pg.id}"}]}


def test_references_to_its_secrets_follow_and_only_those() -> None:
    text = "secret_ref://db__password_X,secret_ref://db__password_XX"
    app = held("app", {"url": text}, outputs={"copy": ["secret_ref://db__password_X"]})
    db = held("db", outputs={"password": "secret_ref://db__password_X"})

    after = renamed({"db": db, "app": app}, "db", "pg", SECRETS)

    assert after["pg"].outputs == {"password": "secret_ref://pg__password_Y"}
    assert after["app"].applied_config == {"url": "secret_ref://pg__password_Y,secret_ref://db__password_XX"}
    assert after["app"].outputs == {"copy": ["secret_ref://pg__password_Y"]}


def test_a_hash_follows_its_config_where_it_is_known_to_be_of_it() -> None:
    known = held("known", {"url": "secret_ref://db__password_X"})
    of_values = held("of_values", {"url": "secret_ref://db__password_X ${HOME}"}, config_hash="of the values")

    after = renamed({one.name: one for one in (held("db"), known, of_values)}, "db", "pg", SECRETS)

    assert after["known"].config_hash == config_hash({"url": "secret_ref://pg__password_Y"})
    assert after["of_values"].config_hash == "of the values"
    assert after["pg"].config_hash == ""
