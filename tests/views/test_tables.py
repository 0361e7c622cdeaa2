from __future__ import annotations

from tests.views.tale import BEGUN, same_as_golden
from wfctl.views import tables
from wfctl.views.line import Line, plain
from wfctl.views.rows import LockRow, OutputRow, PluginRow, RunFacts, Shown, StatePage, StateRow, ValueForm

FILE = StateRow(name="index", type="local.file", provider="disk", provider_id="site/index.html", updated_at=BEGUN)


def text(lines: list[Line]) -> str:
    return "".join(f"{plain(row)}\n" for row in lines)


def test_runs() -> None:
    rows = [
        RunFacts(
            run_id="r-7k3q",
            project="shop",
            workspace="staging",
            result="failed",
            exit_code=3,
            actions=1200,
            cause="2/3 local.file.index, hook, hook_exit_nonzero: exit status 22",
            started_at=BEGUN,
            finished_at=BEGUN + 3.1,
        ),
        RunFacts(run_id="r-8a", operation="destroy", workspace="default", engine="temporal", started_at=BEGUN),
    ]
    same_as_golden("runs.txt", text(tables.run_list(rows)))


def test_resources() -> None:
    rows = [
        FILE,
        StateRow(name="admin", type="local.password", mark="quarantined", protected=True, hooks_pending=("smoke",)),
    ]
    same_as_golden("state.txt", text(tables.state_list(rows)))


def test_one_resource() -> None:
    page = StatePage(
        row=FILE,
        config=(("path", Shown(form=ValueForm.PLAIN, text='"site/index.html"')),),
        outputs=(
            ("sha256", Shown(form=ValueForm.PLAIN, text='"2f1c"')),
            ("token", Shown(form=ValueForm.SENSITIVE, text="s3cret")),
        ),
        dependencies=("deploy",),
        provenance="created",
        created_by_run="r-1",
        created_at=BEGUN,
    )
    same_as_golden("resource.txt", text(tables.state_show(page)))


def test_outputs() -> None:
    rows = [
        OutputRow(address="local.file.index", field="sha256", value=Shown(form=ValueForm.PLAIN, text='"2f1c"')),
        OutputRow(address="local.password.admin", field="value", value=Shown(form=ValueForm.SENSITIVE)),
    ]
    assert text(tables.output_list(rows)) == (
        'local.file.index.sha256    = "2f1c"\nlocal.password.admin.value = (sensitive value)\n'
    )


def test_plugins() -> None:
    rows = [
        PluginRow(
            name="local",
            version="0.1.0",
            source="wfctl-plugin-local 0.1.0",
            digest="sha256:" + "ab12" * 16,
            types=7,
            modules=("disk", "keys"),
        ),
        PluginRow(name="cloud", source="data/plugins/cloud", problem="does not start: exit status 1"),
    ]
    same_as_golden("plugins.txt", text(tables.plugin_list(rows)))


def test_nothing_to_list_is_said() -> None:
    for lines in (tables.run_list([]), tables.state_list([]), tables.output_list([]), tables.plugin_list([])):
        assert len(lines) == 1
        assert plain(lines[0]).endswith((".", "plan", "plugins"))


def test_a_time_that_is_not_yet() -> None:
    assert tables.moment(0.0) == "–"
    assert tables.took(RunFacts(run_id="r", started_at=1.0)) == "–"


def test_locks() -> None:
    rows = [
        LockRow(
            workspace="default",
            run_id="r-7k3q",
            holder="ana@host (process 7)",
            standing="held",
            since=BEGUN,
            until=BEGUN,
        ),
        LockRow(workspace="staging", run_id="r-8a", holder="engine temporal", standing="elsewhere"),
    ]
    held, elsewhere = text(tables.lock_list(rows)).splitlines()[1:]
    assert held.split() == [
        "default",
        "r-7k3q",
        "ana@host",
        "(process",
        "7)",
        *2 * tables.moment(BEGUN).split(),
        "held",
    ]
    assert elsewhere.split() == ["staging", "r-8a", "engine", "temporal", "–", "–", "elsewhere"]
    assert text(tables.lock_list([])) == "No workspace is locked.\n"


def test_a_pruned_run_is_listed_as_such() -> None:
    told = text(tables.run_list([RunFacts(run_id="r-1", result="succeeded", exit_code=0, pruned=True)]))
    assert "succeeded (pruned)" in told
