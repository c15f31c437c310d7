"""Compile stop words and lemmatiser into the vocabulary, so that serving needs neither NLTK nor a corpus."""

from collections.abc import Iterator, Sequence

from nltk.corpus import wordnet
from nltk.corpus.reader.wordnet import NOUN

from model.preprocessing.vocabulary import SKIP, Vocabulary
from training.preprocessing import reference


def compile_vocabulary(words: Sequence[str]) -> Vocabulary:
    """Find every token that the reference pipeline turns into one of the words.

    words: lemmas in order of their ids, each once. Raises ValueError for a word given twice or an empty one, and
    UsageError if NLTK's corpora are not to be found.

    NLTK looks a token up in WordNet's exception list or else applies each noun rule once (``buses`` -> ``bus``;
    ``dogss`` stays as it is), so a word's tokens are among: itself, the exceptions, and the rules inverted. Each
    is put to the real lemmatiser.
    """
    ids = {word: i for i, word in enumerate(words, 1)}
    if len(ids) != len(words) or "" in ids:
        raise ValueError("a vocabulary needs different words, none of them empty")
    forms = {token: SKIP for token in sorted(reference.stop_words()) if reference.TOKEN.fullmatch(token)}
    for token in _candidates(words):
        word_id = ids.get(reference.lemma(token))
        if word_id is not None and reference.TOKEN.fullmatch(token):
            forms.setdefault(token, word_id)
    return Vocabulary(words=tuple(words), forms=forms)


def _candidates(words: Sequence[str]) -> Iterator[str]:
    reference.require_corpora()
    with wordnet.open("noun.exc") as exceptions:
        for line in exceptions:
            yield line.split()[0]
    for word in words:
        yield word
        for ending, base in wordnet.MORPHOLOGICAL_SUBSTITUTIONS[NOUN]:
            if word.endswith(base):
                yield word.removesuffix(base) + ending
