from __future__ import annotations

import io
from pathlib import Path

import pytest

from tests.views.stories import STORIES
from tests.views.tale import Tale, action, failure, same_as_golden
from wfctl.core import events as e
from wfctl.core.plan import Operation, Step
from wfctl.errors import Kind, WfctlError
from wfctl.views.ci import MOST_ANNOTATIONS, Annotation, GitHub, escaped, escaped_property, order
from wfctl.views.human import Human
from wfctl.views.rows import Diagnostic, PlannedRow, PlanPage, Severity
from wfctl.views.screen import PlainScreen
from wfctl.views.sink import Sink


def view(summary: Path | None = None) -> tuple[io.BytesIO, GitHub]:
    stream = io.BytesIO()
    sink = Sink(stream)
    return stream, GitHub(Human(PlainScreen(sink)), sink, summary)


@pytest.mark.parametrize("name", ["needs-person", "succeeded"])
def test_a_run_as_a_build_server_sees_it(name: str, tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    stream, github = view(summary)
    STORIES[name](github).end()
    same_as_golden(f"{name}.github.txt", stream.getvalue().decode())
    same_as_golden(f"{name}.summary.md", summary.read_text(encoding="utf-8"))


def test_the_summary_is_added_to_what_is_there(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    _, github = view(summary)
    STORIES["succeeded"](github).end()
    assert summary.read_text(encoding="utf-8").startswith("before\n### Apply complete&#33;")


def test_a_summary_that_cannot_be_written_is_a_remark_and_no_failure(tmp_path: Path) -> None:
    stream, github = view(tmp_path)
    assert STORIES["succeeded"](github).end().exit_code == 0
    assert "the step summary could not be written" in stream.getvalue().decode()


def test_a_plan_alone_has_a_summary_too(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    _, github = view(summary)
    github.plan(
        PlanPage(
            actions=(PlannedRow(operation=Operation.CREATE, name="a", type="local.file"),), next_command="wfctl apply"
        )
    )
    github.ended(0)
    text = summary.read_text(encoding="utf-8")
    assert "### wfctl plan: Plan: 1 to add, 0 to change, 0 to destroy." in text
    assert "Next: <code>wfctl apply</code>" in text


def test_an_error_is_annotated_and_summed_up(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    stream, github = view(summary)
    github.error(WfctlError(Kind.CONFIG, "BAD", "infra.yaml | is `wrong`", hint="wfctl validate", details=("x",)), 1)
    github.close()
    assert "::error title=BAD::infra.yaml | is `wrong`%0A  x\n" in stream.getvalue().decode()
    text = summary.read_text(encoding="utf-8")
    assert "infra.yaml &#124; is &#96;wrong&#96;" in text
    assert "Exit **1**: " in text


def test_an_open_group_is_closed_before_an_error() -> None:
    stream, github = view()
    STORIES["interrupted"](github)
    github.error(WfctlError(Kind.LEDGER, "LOST", "lost"), 5)
    rows = stream.getvalue().decode().splitlines()
    assert rows.index("::endgroup::") < rows.index("Error: lost")
    github.close()
    assert stream.getvalue().decode().count("::endgroup::") == 1


def test_findings_are_annotated_where_they_are() -> None:
    stream, github = view()
    github.diagnostics(
        [
            Diagnostic(severity=Severity.ERROR, summary="bad, very", file="a,b:c.yaml", line=3, column=5, code="KEY"),
            Diagnostic(severity=Severity.NOTE, summary="so so", address="local.file.a"),
        ]
    )
    text = stream.getvalue().decode()
    assert "::error file=a%2Cb%3Ac.yaml,line=3,col=5,title=KEY::bad, very\n" in text
    assert "::notice title=local.file.a::so so\n" in text


def test_no_more_annotations_than_the_server_shows_and_the_last_counts_the_rest() -> None:
    stream, github = view()
    tale = Tale(
        tuple(action(index, Operation.CREATE, "local.file", f"f{index}") for index in range(25)), views=(github,)
    )
    for index in range(25):
        tale.tell(e.ActionDispatched(action=index, step=Step.CREATE, attempt=1, key="k"))
        tale.tell(e.ActionFailed(action=index, step=Step.CREATE, failure=failure("denied", "no")))
    tale.end()
    orders = [row for row in stream.getvalue().decode().splitlines() if row.startswith("::error")]
    assert len(orders) == MOST_ANNOTATIONS
    assert orders[-1] == "::error title=16 more errors::16 more errors: see the log and the step summary"
    github.diagnostics([Diagnostic(severity=Severity.ERROR, summary="one too many")])
    assert stream.getvalue().decode().count("\n::error") == MOST_ANNOTATIONS


@pytest.mark.parametrize(
    "evil",
    [
        "x\n::set-output name=a::b",
        "x\r::add-mask::y",
        "::error::z",
        "%0A::warning::w",
        "\u2028::error::v",
    ],
)
def test_a_stranger_cannot_give_orders(evil: str) -> None:
    given = order(Annotation(level="error", title=evil, text=evil, file=evil, line=1))
    assert "\n" not in given
    assert "\r" not in given
    assert given.startswith("::error file=")
    title = given.split("title=")[1].split("::")[0]
    assert "," not in title
    assert ":" not in title


def test_escapes_are_those_of_the_toolkit() -> None:
    assert escaped("50%\r\nend") == "50%25%0D%0Aend"
    assert escaped_property("a:b,c%") == "a%3Ab%2Cc%25"


def test_a_stranger_cannot_give_orders_through_a_run(tmp_path: Path) -> None:
    summary = tmp_path / "summary.md"
    stream, github = view(summary)
    evil = "::error::x\n::set-output name=a::b | <img src=x> [l](http://h)"
    tale = Tale((action(0, Operation.CREATE, "local.file", "::warning::n"),), views=(github,))
    tale.tell(e.ActionDispatched(action=0, step=Step.CREATE, attempt=1, key="k"))
    tale.tell(e.ActionIdentified(action=0, provider_id=evil))
    tale.tell(e.ActionFailed(action=0, step=Step.CREATE, failure=failure(evil, evil)))
    tale.end()
    rows = stream.getvalue().decode().splitlines()
    assert [row[:8] for row in rows if row.startswith("::")] == ["::group:", "::endgro", "::error "]
    text = summary.read_text(encoding="utf-8")
    assert "<img" not in text
    assert "](http" not in text
    assert all(row.count("|") == 8 for row in text.splitlines() if row.startswith("|"))


def test_lines_of_json_are_left_alone(tmp_path: Path) -> None:
    stream = io.BytesIO()
    github = GitHub(Human(PlainScreen(Sink(stream))), None, tmp_path / "summary.md")
    STORIES["needs-person"](github).end()
    assert "::" not in stream.getvalue().decode()
    assert (tmp_path / "summary.md").exists()
