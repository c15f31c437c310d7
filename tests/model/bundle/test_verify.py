from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from model.architecture.weights import Weights
from model.bundle.golden import Golden
from model.bundle.metadata import Threshold
from model.bundle.read import Bundle, load_bundle
from model.bundle.verify import verify
from model.engines.choose import EngineChoice, load_engine
from model.errors import BundleError, EngineError
from model.preprocessing.config import Preprocessing
from model.preprocessing.encoder import Encoder
from tests.factories import tiny_bundle, without_a_mask


def encoder_of(bundle: Bundle) -> Encoder:
    return Encoder(bundle.metadata.preprocessing, bundle.vocabulary)


def with_case(bundle: Bundle, **changes: object) -> Bundle:
    """The bundle with its first golden case changed."""
    first, *others = bundle.golden.cases
    return replace(bundle, golden=Golden(cases=(first.model_copy(update=changes), *others)))


def check(bundle: Bundle, weights: Weights | None = None, engine: EngineChoice = "onnx") -> float:
    network = load_engine(
        bundle.metadata.architecture, weights or bundle.weights, engine=engine, device="cpu", threads=1
    )
    return verify(bundle, encoder_of(bundle), network).largest_difference


@pytest.mark.parametrize("engine", ["onnx", "tensorflow"])
def test_a_good_bundle_verifies_on_every_engine(bundle: Bundle, engine: EngineChoice) -> None:
    assert check(bundle, engine=engine) < 1e-6


@pytest.mark.parametrize("engine", ["onnx", "tensorflow"])
def test_a_bundle_of_the_hate_studys_kind_verifies_on_every_engine(tmp_path: Path, engine: EngineChoice) -> None:
    path = tiny_bundle(
        tmp_path / "it",
        labels=("hateful", "not_hateful"),
        threshold=Threshold(label="hateful", value=0.4),
        preprocessing=Preprocessing(cleanup="keras-tokenizer", max_length=20),
        architecture=without_a_mask(20, outputs=2),
    )
    assert check(load_bundle(path), engine=engine) < 1e-6


def test_other_ids_are_refused(bundle: Bundle) -> None:
    with pytest.raises(BundleError, match=r"text 0 of golden.json should have the ids \[1, 4\], received \[1, 3\]"):
        check(with_case(bundle, ids=(1, 4)))


def test_probabilities_within_the_tolerance_pass(bundle: Bundle) -> None:
    near = tuple(p + 0.9e-4 for p in bundle.golden.cases[0].probabilities)
    assert check(with_case(bundle, probabilities=near)) == pytest.approx(0.9e-4, rel=0.01)


def test_probabilities_beyond_the_tolerance_are_refused(bundle: Bundle) -> None:
    far = tuple(p + 1.1e-4 for p in bundle.golden.cases[0].probabilities)
    with pytest.raises(BundleError, match=r"should have the probabilities .* from onnx on cpu \(at most 0.0001 apart"):
        check(with_case(bundle, probabilities=far))


def test_other_weights_are_refused(bundle: Bundle) -> None:
    moved = bundle.weights | {"dense_4.bias": bundle.weights["dense_4.bias"] + np.array([0.01, 0, 0, 0], np.float32)}
    with pytest.raises(BundleError, match="its weights are not those it was published with"):
        check(bundle, moved)


def test_another_prior_is_refused(bundle: Bundle) -> None:
    metadata = bundle.metadata.model_copy(update={"prior": (0.25, 0.25, 0.25, 0.25)})
    with pytest.raises(BundleError, match=r"text 7 of golden.json should have the probabilities"):
        check(replace(bundle, metadata=metadata))


def test_a_network_that_answers_nan_is_refused(bundle: Bundle) -> None:
    huge = {name: np.full_like(array, 1e30) for name, array in bundle.weights.items()}
    with pytest.raises(BundleError, match="received"):
        check(bundle, huge)


def test_an_engine_that_cannot_answer_is_not_the_bundles_fault(bundle: Bundle) -> None:
    with pytest.raises(EngineError, match="engine 'onnx' on 'cpu' cannot run the bundle's network"):
        check(with_case_beyond_the_embedding(bundle))


def with_case_beyond_the_embedding(bundle: Bundle) -> Bundle:
    first, *others = bundle.golden.cases
    vocabulary = replace(bundle.vocabulary, forms=dict(bundle.vocabulary.forms) | {"love": 99, "loves": 99})
    cases = tuple(
        case.model_copy(update={"ids": tuple(99 if i == 1 else i for i in case.ids)}) for case in (first, *others)
    )
    return replace(bundle, vocabulary=vocabulary, golden=Golden(cases=cases))
