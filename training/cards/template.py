"""What all cards are made with."""

from model.architecture.config import (
    LSTM,
    BatchNormalization,
    Dense,
    Dropout,
    Layer,
    Pooling,
    SpatialDropout,
    TokenDropout,
)


def filled(template: str, **values: object) -> str:
    """Fill a template of this package; a value that it lacks is an error of ours."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only a finished run needs it

    environment = Environment(
        loader=PackageLoader("training", "cards"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown, from our own figures
        keep_trailing_newline=True,
    )
    card: str = environment.get_template(template).render(**values)
    return card


def layer_in_words(layer: Layer) -> str:
    """Name a layer as Keras does, with its sizes."""
    match layer:
        case LSTM():
            options = [str(layer.units), *(["return sequences"] if layer.return_sequences else [])]
            options += [f"dropout {layer.dropout:g}"] if layer.dropout else []
            text = f"LSTM({', '.join(options)})"
            return f"Bidirectional({text})" if layer.bidirectional else text
        case Dense():
            return f"Dense({layer.units}, {layer.activation}{f', L2 {layer.l2:g}' if layer.l2 else ''})"
        case Dropout():
            return f"Dropout({layer.rate})"
        case SpatialDropout() | TokenDropout():
            return f"{type(layer).__name__}({layer.rate})"
        case Pooling():
            return f"Pooling({', '.join(layer.kinds)})"
        case BatchNormalization():
            return "BatchNormalization"


def percent(share: float, decimals: int = 1) -> str:
    """Write a share."""
    return f"{100 * share:.{decimals}f} %"
