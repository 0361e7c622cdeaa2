"""What went wrong for users of other tools, in our words, and the test that it does not go wrong here.

Of undoing, hooks and taking over. Every test of this folder is in the table, and each that is named is there.
"""

from __future__ import annotations

HOOKS = "tests/stories/test_hooks.py"
ADOPTION = "tests/stories/test_adoption.py"
UNDO = "tests/stories/test_undo.py"
END = "tests/stories/test_end_of_run.py"
LATE = "tests/stories/test_late.py"
CELLS = "tests/matrix/test_cells.py"

STORIES: dict[str, tuple[str, ...]] = {
    "A create found its object there already and changed it; when the record of that failed, the object was deleted.": (
        f"{ADOPTION}::test_what_an_upsert_took_over_survives_a_hook_that_fails",
        f"{ADOPTION}::test_so_it_does_where_the_answer_of_the_upsert_was_lost",
    ),
    "A rollback deleted what had been there before, or was meant to be kept.": (
        f"{ADOPTION}::test_what_was_adopted_stays_when_the_run_is_taken_back",
        f"{ADOPTION}::test_somebody_elses_object_of_that_name_is_an_error_and_nothing_else",
    ),
    "An undo by id failed, and was then tried with nothing but the name.": (
        f"{UNDO}::test_an_undo_that_fails_by_id_is_not_tried_by_name",
    ),
    "An undo worked and was reported as one that had failed.": (
        f"{HOOKS}::test_what_a_hook_refused_and_is_gone_again_is_compensated_and_no_failed_compensation",
    ),
    "What cannot be undone was reported as undone.": (
        f"{HOOKS}::test_a_hook_that_refuses_what_cannot_be_undone_leaves_it_on_record",
    ),
    "A fatal hook at the second of five actions left two outcomes.": (
        f"{HOOKS}::test_a_hook_that_stops_at_the_second_of_five_leaves_five_outcomes",
    ),
    "A hook that only watches ended the run.": (f"{HOOKS}::test_an_observer_that_fails_changes_nothing",),
    "A hook was lost for ever, because nothing else had changed.": (
        f"{HOOKS}::test_a_hook_that_only_warns_is_made_up_for_by_the_next_apply",
    ),
    "A create failed after the id was known, and was sent again: there were two.": (
        f"{ADOPTION}::test_a_create_that_failed_after_it_told_the_id_is_not_made_twice",
    ),
    "A rollback failed, and nobody could see any more why there had been one; other things were deleted to be helpful.": (
        f"{UNDO}::test_when_an_undo_fails_the_first_error_comes_first_and_nothing_else_is_touched",
    ),
    "Two things failed, and only the second was shown.": (
        f"{UNDO}::test_a_hook_and_an_undo_that_fail_are_both_told_the_hook_first",
    ),
    "A rollback got stuck at an object that somebody had deleted.": (
        f"{UNDO}::test_what_somebody_deleted_meanwhile_counts_as_undone",
    ),
    "An undo wrote over what somebody else had changed.": (
        f"{UNDO}::test_what_somebody_changed_meanwhile_is_left_alone",
    ),
    "An undo was repeated without end.": (f"{CELLS}::test_an_undo_is_not_tried_for_ever",),
    "An undo hung, and the run with it.": (f"{UNDO}::test_an_undo_that_hangs_is_given_up_and_sent_again",),
    "An undo deleted something with data in it, or refused without a word on how much.": (
        f"{UNDO}::test_what_holds_data_is_left_alone_and_says_how_much",
    ),
    "What was protected from deletion was deleted by an undo.": (
        f"{UNDO}::test_what_is_protected_is_not_deleted_by_an_undo_either",
    ),
    "Things were taken away in the wrong order, below what still stood on them.": (
        f"{UNDO}::test_dependants_are_undone_before_what_they_stand_on",
        f"{UNDO}::test_what_stands_on_something_that_cannot_be_undone_keeps_it",
    ),
    "Something was undone that had never been done, and that was an error.": (
        f"{UNDO}::test_a_run_that_did_nothing_has_nothing_to_undo",
        f"{UNDO}::test_a_plugin_that_finds_nothing_to_undo_has_undone_it",
    ),
    "A plugin said that something was undone, and it was not.": (
        f"{UNDO}::test_a_plugins_word_that_it_is_undone_is_not_believed",
    ),
    "A plugin had the last word on what became of an action, whatever it was.": (
        f"{END}::test_what_a_plugin_took_back_at_the_end_is_compensated_if_it_is_gone",
        f"{END}::test_a_last_word_that_cannot_be_used_changes_no_status_and_is_told",
    ),
    "An undo that was left out left no trace.": (
        f"{UNDO}::test_an_undo_that_was_refused_stays_on_record_and_can_be_read_later",
    ),
    "A deletion that did not happen was counted as one, and what was deleted stayed on record.": (
        f"{UNDO}::test_a_deletion_that_did_not_happen_is_no_success",
    ),
    "Ctrl-C in the middle of an undo left half of it.": (
        f"{UNDO}::test_ctrl_c_in_the_middle_of_an_undo_does_not_stop_it",
    ),
    "A create arrived after it had been undone, and nobody ever heard of it.": (
        f"{LATE}::test_what_comes_back_after_its_undo_is_named_by_the_next_plan",
        f"{LATE}::test_so_is_a_create_that_was_found_to_have_failed",
        f"{LATE}::test_a_driver_that_cannot_tell_is_named_too",
        f"{LATE}::test_what_was_made_since_is_no_late_arrival",
        f"{LATE}::test_without_a_refresh_nobody_is_asked",
    ),
}
