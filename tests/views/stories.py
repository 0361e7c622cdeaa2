"""The runs that every view must be able to tell."""

from __future__ import annotations

from collections.abc import Callable

from tests.views.tale import Tale, action, failure
from wfctl.core import events as e
from wfctl.core.outcome import ActionStatus, CausePhase, Existence, RunResult
from wfctl.core.plan import Effect, HookFailure, HookPoint, HookSpec, OnFailure, Operation, RunPolicy, Step
from wfctl.views.view import View

SMOKE = HookSpec(
    name="smoke-test",
    on=HookPoint.APPLIED,
    exec=("./smoke-test.sh",),
    on_failure=HookFailure.STOP,
    match_name="index",
    retries=1,
    position="infra.yaml:41:7",
)
NOTIFY = HookSpec(name="notify", on=HookPoint.APPLIED, exec=("./notify",), on_failure=HookFailure.WARN)
BUDGET = HookSpec(
    name="budget", on=HookPoint.BEFORE, exec=("./budget",), on_failure=HookFailure.STOP, match_type="local.password"
)
BROKEN = failure(
    "hook_exit_nonzero",
    "hook smoke-test: exit status 22\ncurl: (22) The requested URL returned error: 500\n[bold]not markup[/bold]",
    position="infra.yaml:41:7",
)


def succeeded(*views: View) -> Tale:
    """Everything goes well: a create that takes long, an update, a replace, a delete, a hook."""
    tale = Tale(
        (
            action(0, Operation.CREATE, "local.file", "index"),
            action(1, Operation.UPDATE, "local.file", "banner", prior="site/banner.txt"),
            action(2, Operation.REPLACE, "local.key_pair", "deploy", prior="SHA256:aa10"),
            action(3, Operation.DELETE, "local.file", "old", prior="site/old.txt"),
        ),
        hooks=(SMOKE,),
        views=views,
    )
    tale.tell(e.ActionDispatched(action=0, step=Step.CREATE, attempt=1, key="k0"))
    tale.tell(e.ActionIdentified(action=0, provider_id="site/index.html"), after=0.5)
    tale.wait(10)
    tale.wait(0.2)
    tale.wait(11)
    tale.tell(
        e.ActionApplied(action=0, step=Step.CREATE, effect=Effect.CREATED, provider_id="site/index.html"), after=0.3
    )
    tale.tell(e.HookStarted(action=0, hook="smoke-test", attempt=1, key="h0"))
    tale.tell(e.HookSucceeded(action=0, hook="smoke-test"), after=1.5)
    tale.done(1, Step.UPDATE, Effect.UPDATED, "site/banner.txt")
    tale.done(2, Step.CREATE, Effect.REPLACED, "SHA256:k1vd")
    tale.done(2, Step.DELETE, Effect.REPLACED, "", after=0.2)
    tale.done(3, Step.DELETE, Effect.DELETED, "", after=0.1)
    return tale


def compensated(*views: View) -> Tale:
    """A hook fails twice, and everything the run did is taken back."""
    tale = Tale(
        (
            action(0, Operation.REPLACE, "local.key_pair", "deploy", prior="SHA256:aa10"),
            action(1, Operation.UPDATE, "local.file", "index", 0, prior="site/index.html"),
            action(2, Operation.CREATE, "local.file", "banner", 1),
        ),
        hooks=(SMOKE,),
        policy=RunPolicy(on_failure=OnFailure.COMPENSATE),
        views=views,
    )
    tale.done(0, Step.CREATE, Effect.REPLACED, "SHA256:k1vd")
    tale.done(0, Step.DELETE, Effect.REPLACED, "", after=0.1)
    tale.done(1, Step.UPDATE, Effect.UPDATED, "site/index.html", after=0.4)
    tale.tell(e.HookStarted(action=1, hook="smoke-test", attempt=1, key="h1"))
    tale.tell(e.HookFailed(action=1, hook="smoke-test", failure=BROKEN), after=0.1)
    tale.tell(e.BackoffStarted(action=1, attempt=2, seconds=1.2), e.BackoffElapsed(action=1), after=0.6)
    tale.tell(e.HookStarted(action=1, hook="smoke-test", attempt=2, key="h1"))
    tale.tell(e.HookFailed(action=1, hook="smoke-test", failure=BROKEN), after=0.1)
    tale.tell(e.CompensationStarted(action=1, undo="restore", attempt=1, key="u1"))
    tale.tell(
        e.CompensationSucceeded(action=1, undo="restore", evidence="read", provider_id="site/index.html"), after=0.2
    )
    tale.tell(e.CompensationStarted(action=0, undo="custom", attempt=1, key="u0"))
    tale.tell(
        e.CompensationSucceeded(action=0, undo="custom", evidence="plugin, read", provider_id="SHA256:aa10"), after=1
    )
    return tale


def doubtful(*views: View) -> Tale:
    """Retries, doubt that a read resolves, doubt that nobody can resolve, an error with something left behind."""
    tale = Tale(
        (
            *(action(index, Operation.CREATE, "local.file", name) for index, name in enumerate(("a", "b", "c"))),
            action(3, Operation.DELETE, "local.file", "d", prior="d.txt"),
            action(4, Operation.CREATE, "local.password", "e", 1),
        ),
        views=views,
    )
    busy = failure("unavailable", "the disk is busy", retryable=True)
    lost = failure("connection_lost", "the plugin's connection broke")
    tale.tell(*(e.ActionDispatched(action=i, step=Step.CREATE, attempt=1, key=f"k{i}") for i in range(3)))
    tale.tell(e.ActionDispatched(action=3, step=Step.DELETE, attempt=1, key="k3"))
    tale.tell(e.ActionFailed(action=0, step=Step.CREATE, failure=busy), after=0.5)
    tale.tell(e.BackoffStarted(action=0, attempt=2, seconds=1.1), e.BackoffElapsed(action=0), after=0.5)
    tale.tell(e.ActionDispatched(action=0, step=Step.CREATE, attempt=2, key="k0"))
    tale.tell(e.ActionLeftInDoubt(action=0, step=Step.CREATE, failure=lost), after=0.5)
    tale.tell(e.ProbeStarted(action=0, step=Step.CREATE, attempt=1))
    tale.tell(
        e.ActionApplied(action=0, step=Step.CREATE, effect=Effect.CREATED, provider_id="a.txt", via="key"), after=0.1
    )
    tale.tell(e.ActionLeftInDoubt(action=1, step=Step.CREATE, failure=lost))
    for probe in (1, 2, 3):
        tale.tell(e.ProbeStarted(action=1, step=Step.CREATE, attempt=probe))
        tale.tell(e.ActionLeftInDoubt(action=1, step=Step.CREATE, failure=failure("read_failed", "cannot read")))
        if probe < 3:
            tale.tell(e.BackoffStarted(action=1, attempt=1, seconds=1.0), e.BackoffElapsed(action=1), after=0.5)
    broke = failure("plugin_error", "wrote the file, could not set its mode")
    tale.tell(e.ActionFailed(action=2, step=Step.CREATE, failure=broke, effect=Existence.UNKNOWN))
    tale.tell(e.ProbeStarted(action=2, step=Step.CREATE, attempt=1))
    tale.tell(e.ActionApplied(action=2, step=Step.CREATE, effect=Effect.CREATED, provider_id="c.txt", via="name"))
    tale.tell(e.ActionFailed(action=3, step=Step.DELETE, failure=failure("permission_denied", "not yours")), after=1)
    return tale


def interrupted(*views: View) -> Tale:
    """Ctrl-C while a call is under way; it lands, the rest is for later."""
    tale = Tale(
        (
            action(0, Operation.CREATE, "local.file", "a"),
            action(1, Operation.CREATE, "local.file", "b", 0),
        ),
        views=views,
    )
    tale.tell(e.ActionDispatched(action=0, step=Step.CREATE, attempt=1, key="k0"))
    tale.tell(e.CancelRequested(reason="SIGINT"), after=2.0)
    tale.tell(e.ActionApplied(action=0, step=Step.CREATE, effect=Effect.CREATED, provider_id="a.txt"), after=1.0)
    return tale


def needs_person(*views: View) -> Tale:
    """An undo fails, a gate refuses, a hook only warns, a provider cannot finish, a person settles."""
    tale = Tale(
        (
            action(0, Operation.CREATE, "local.password", "admin"),
            action(1, Operation.UPDATE, "local.file", "index", prior="site/index.html"),
            action(2, Operation.CREATE, "local.file", "banner"),
            action(3, Operation.CREATE, "local.file", "footer", 1),
        ),
        hooks=(BUDGET, SMOKE, NOTIFY),
        finalizer=True,
        views=views,
    )
    tale.done(2, Step.CREATE, Effect.CREATED, "site/banner.txt")
    tale.tell(e.HookStarted(action=2, hook="notify", attempt=1, key="n2"))
    tale.tell(
        e.HookFailed(action=2, hook="notify", failure=failure("hook_timeout", "hook notify took longer than 60 s"))
    )
    tale.done(1, Step.UPDATE, Effect.UPDATED, "site/index.html")
    for attempt in (1, 2):
        tale.tell(e.HookStarted(action=1, hook="smoke-test", attempt=attempt, key="h1"))
        tale.tell(e.HookFailed(action=1, hook="smoke-test", failure=BROKEN), after=0.1)
        if attempt == 1:
            tale.tell(e.BackoffStarted(action=1, attempt=2, seconds=1.0), e.BackoffElapsed(action=1), after=0.5)
    tale.tell(e.CompensationStarted(action=1, undo="restore", attempt=1, key="u1"))
    changed = failure("changed_since", "local.file.index is not as this run left it")
    tale.tell(e.CompensationFailed(action=1, undo="restore", failure=changed, refused=True), after=0.1)
    tale.tell(e.HookStarted(action=0, hook="budget", attempt=1, key="b0"))
    tale.tell(
        e.HookFailed(
            action=0, hook="budget", failure=failure("hook_exit_nonzero", "hook budget: exit status 1\ntoo expensive")
        ),
        after=0.1,
    )
    tale.tell(e.FinalizeStarted(provider="local", attempt=1, key="f"))
    tale.tell(e.FinalizeReported(provider="local", errors=("local/update: quota exceeded",)), after=0.5)
    return tale


def told_at_the_end(*views: View) -> Tale:
    """A plugin takes something back while it finishes; a reference could not be filled; deferred work is lost."""
    tale = Tale(
        (
            action(0, Operation.CREATE, "local.file", "a"),
            action(1, Operation.CREATE, "local.file", "b", 0),
        ),
        finalizer=True,
        views=views,
    )
    tale.done(0, Step.CREATE, Effect.ADOPTED, "a.txt")
    tale.tell(e.ActionDispatched(action=1, step=Step.CREATE, attempt=1, key="k1"))
    unfilled = failure("unresolved_reference", "${a.port}: local.file.a has no output port")
    tale.tell(e.ActionNotSent(action=1, step=Step.CREATE, failure=unfilled, phase=CausePhase.REFERENCE))
    tale.tell(e.FinalizeStarted(provider="local", attempt=1, key="f"))
    verdict = e.FinalizeVerdict(action=0, status=ActionStatus.COMPENSATED, confirmed=True)
    tale.tell(e.FinalizeReported(provider="local", verdicts=(verdict,)), after=0.5)
    return tale


def rolled_back(*views: View) -> Tale:
    """A run that went well is taken back later: one thing stays by choice, one undo fails, and what it stands on stays too."""
    tale = Tale(
        (
            action(0, Operation.CREATE, "local.file", "net"),
            action(1, Operation.CREATE, "local.file", "db", 0),
            action(2, Operation.UPDATE, "local.file", "index", prior="index.html"),
            action(3, Operation.CREATE, "local.password", "admin"),
            action(4, Operation.CREATE, "local.file", "note"),
        ),
        views=views,
    )
    tale.done(0, Step.CREATE, Effect.CREATED, "net.txt")
    tale.done(1, Step.CREATE, Effect.CREATED, "db.txt")
    tale.done(2, Step.UPDATE, Effect.UPDATED, "index.html")
    tale.done(3, Step.CREATE, Effect.CREATED, "5ec7")
    tale.done(4, Step.CREATE, Effect.CREATED, "note.txt")
    tale.tell(e.RunFinished(result=RunResult.SUCCEEDED, exit_code=0))
    tale.tell(
        e.RollbackRequested(actions=(0, 1, 2, 3), skipped=(4,), actor="ana@build-7", reason="wrong window"), after=3600
    )
    tale.tell(e.CompensationStarted(action=2, undo="restore", attempt=1, key="u2"))
    tale.tell(e.CompensationStarted(action=1, undo="delete", attempt=1, key="u1"))
    tale.tell(e.CompensationSucceeded(action=2, undo="restore", evidence="read", provider_id="index.html"), after=0.2)
    stuck = failure("refused", "the table is locked")
    tale.tell(e.CompensationFailed(action=1, undo="delete", failure=stuck), after=0.3)
    return tale


STORIES: dict[str, Callable[..., Tale]] = {
    "succeeded": succeeded,
    "compensated": compensated,
    "doubtful": doubtful,
    "interrupted": interrupted,
    "needs-person": needs_person,
    "told-at-the-end": told_at_the_end,
    "rolled-back": rolled_back,
}
