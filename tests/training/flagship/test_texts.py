import pytest

from training.flagship.linear import with_hashtags
from training.flagship.texts import readable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RT @Some_body: so #Happy  today!", "RT @user: so #Happy today!"),
        ("see https://a.example/b?c=d now", "see http now"),
        ("see{link}now", "see http now"),
        ("caf\u00c3\u00a9 &amp; cake", "caf\u00e9 & cake"),
        ("not\tbad \n at all\u2026", "not bad at all\u2026"),
        ("yes\U0001f602\U0001f602\U0001f602!", "yes face with tears of joy !"),
        ("\u2764\ufe0f \U0001f44d\U0001f3fd\U0001f1e9\U0001f1ea", "heavy black heart thumbs up sign"),
        ("\u00f0\u0178\u02dc\u2019", "unamused face"),
        ("", ""),
    ],
)
def test_a_tweet_stays_what_it_is_but_for_names_addresses_and_damage(text: str, expected: str) -> None:
    assert readable(text) == expected


def test_the_linear_teacher_reads_a_hashtag_whole_and_without_its_mark() -> None:
    assert with_hashtags("so #Happy!").split() == ["so", "#Happy", "Happy", "!"]
