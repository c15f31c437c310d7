from stream.messages.reasons import Reason

CONTRACT = {
    "not-utf8",
    "not-json",
    "not-object",
    "no-text",
    "text-not-string",
    "tombstone",
    "too-large",
    "predict-failed",
}


def test_the_reasons_are_those_of_the_contract() -> None:
    assert {reason.value for reason in Reason} == CONTRACT


def test_a_reason_prints_as_its_value() -> None:
    assert f"{Reason.NOT_UTF8}" == "not-utf8"
