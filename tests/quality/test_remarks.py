"""What a person reads of a load that deserves a look."""

from quality.remarks import FOCUS, SERVICES, SHOWN, Remark


def test_a_remark_says_what_to_do_and_names_what_was_found() -> None:
    said = str(Remark(SERVICES, {"신규 서비스": "AWS", "Q": "Microsoft"}))
    assert said.startswith("Services that no seed knows count as Other; add them")
    assert said.endswith("신규 서비스 (AWS), Q (Microsoft).")


def test_a_long_remark_names_the_first_and_counts_the_rest() -> None:
    said = str(Remark(FOCUS, {f"rule-{number}": "1 rows" for number in range(SHOWN + 2)}))
    assert "rule-4" in said
    assert said.endswith(" and 2 more.")
