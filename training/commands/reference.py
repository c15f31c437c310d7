"""`warble-train reference`: give a bundle its histograms anew, without training it anew."""

from typing import Annotated

import typer

from training.commands.options import DataOption


def reference_command(
    bundle: Annotated[str, typer.Argument(help="The bundle: a shipped one's name, or a path.", show_default=False)],
    preset: Annotated[
        str, typer.Option(help="The preset that it was trained from, for its split: a name or a .toml file.")
    ],
    data: DataOption,
) -> None:
    """Write the histograms by which a worker tells drift into a bundle, in the place of those it has.

    They are counted over the test part of the preset's split, as `warble-train fit` does it. Nothing but bundle.json
    and the manifest changes; a signature goes, since it was made over another manifest.
    """
    from model.bundle.read import load_bundle
    from training.presets.preset import load_preset
    from training.refer import add_reference

    loaded = load_bundle(bundle)
    signed = (loaded.path / "manifest.json.sig").exists()
    reference = add_reference(loaded, load_preset(preset), data)
    typer.echo(
        f"bundle {loaded.metadata.name}@{loaded.metadata.version} has its reference over {reference.tweets} tweets"
    )
    if signed:
        typer.echo("its signature is gone: sign it again with 'warble-model sign'", err=True)
