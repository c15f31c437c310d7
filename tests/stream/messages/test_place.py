import pytest

from model.errors import UsageError
from stream.messages.place import Place
from tests.stream.records import record


def test_the_place_of_a_record_is_where_it_was_read() -> None:
    place = Place.of(record(partition=2, offset=9))
    assert place == Place("tweets", 2, 9)


def test_a_place_is_read_as_it_is_written() -> None:
    assert Place.parse("a.b-c_d/3/17") == Place("a.b-c_d", 3, 17)
    assert str(Place.parse("tweets/0/5")) == "tweets/0/5"


@pytest.mark.parametrize("text", ["", "tweets", "tweets/0", "tweets/a/1", "tweets/0/-1", "/0/1", "a b/0/1", "t/0/1/2"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="expected TOPIC/PARTITION/OFFSET"):
        Place.parse(text)
