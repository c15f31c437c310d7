import re
from collections import Counter
from itertools import islice, pairwise

import orjson

from stream.demo.samples import endless, load_samples
from stream.messages.decode import Decoder, Rejection, Tweet
from stream.messages.reasons import Reason
from stream.settings import InputSettings

SAMPLES = load_samples()


def test_there_are_hundreds_of_different_tweets() -> None:
    texts = [sample.text for sample in SAMPLES if sample.text is not None]
    assert len(set(texts)) == len(texts) >= 300


def test_every_record_is_what_it_claims_to_be() -> None:
    decode = Decoder(InputSettings()).decode
    for fed in islice(endless(SAMPLES), len(SAMPLES)):
        assert isinstance(decode(fed.value), Rejection if fed.is_broken else Tweet), fed


def test_the_broken_ones_show_every_reason_that_a_record_alone_can_have() -> None:
    decode = Decoder(InputSettings()).decode
    broken = [decode(sample.value) for sample in SAMPLES if sample.text is None]
    reasons = Counter(rejection.reason for rejection in broken if isinstance(rejection, Rejection))
    assert set(reasons) == set(Reason) - {Reason.PREDICT_FAILED}
    assert reasons.total() >= 12


def test_broken_records_do_not_come_all_at_once() -> None:
    places = [place for place, sample in enumerate(SAMPLES) if sample.text is None]
    assert max(after - before for before, after in pairwise(places)) < 40


def test_every_record_has_an_id_of_its_own() -> None:
    fed = list(islice(endless(SAMPLES), 2 * len(SAMPLES)))
    assert len({record.key for record in fed}) == len(fed)
    assert all(orjson.loads(record.value or b"")["id"] == record.key.decode() for record in fed if not record.is_broken)


def test_links_lead_nowhere() -> None:
    links = [link for sample in SAMPLES for link in re.findall(r"https?://([^/\s]+)", sample.text or "")]
    assert links
    assert set(links) == {"example.com"}


def test_some_tweets_hold_nothing_to_read() -> None:
    texts = [sample.text for sample in SAMPLES if sample.text is not None]
    assert sum(not text.strip() for text in texts) >= 2
    assert sum(bool(text) and all(word[0] in "@#" for word in text.split()) for text in texts) >= 2
