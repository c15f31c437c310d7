"""Renders the overlays without a program for it: a small part of kustomize, which refuses all that it does not know.

Known are ``resources`` (files and directories) and ``patches`` with a ``path``: strategic merge patches, whose lists of
maps merge by ``name``. Where ``kubectl`` is at hand, a test holds this equal to it.
"""

from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]

_KEYS = {"apiVersion", "kind", "resources", "patches"}
_ORIGIN = ("kustomize.config.k8s.io/v1beta1", "Kustomization")
# Lists of maps that Kubernetes replaces, and those that it merges by name; any other list of maps is refused.
_MERGED = {"containers", "env", "volumes"}
_REPLACED = {"tolerations"}


class UnknownError(Exception):
    """Something that this renderer does not know."""


def render(directory: Path) -> list[Manifest]:
    """Return the manifests of an overlay. Raises UnknownError."""
    overlay = _one(directory / "kustomization.yaml")
    if (overlay.get("apiVersion"), overlay.get("kind")) != _ORIGIN or overlay.keys() - _KEYS:
        raise UnknownError(f"{directory}: {sorted(overlay.keys() - _KEYS)}")
    manifests: list[Manifest] = []
    for name in overlay["resources"]:
        place = directory / name
        manifests += render(place) if place.is_dir() else [_one(place)]
    for patch in overlay.get("patches", []):
        if patch.keys() != {"path"}:
            raise UnknownError(f"{directory}: a patch with {sorted(patch)}")
        _apply(_one(directory / patch["path"]), manifests)
    return manifests


def identity(manifest: Manifest) -> tuple[str, str, str]:
    """Return what tells a manifest from all others."""
    return manifest["apiVersion"], manifest["kind"], manifest["metadata"]["name"]


def merged(base: object, patch: object, key: str = "") -> object:
    """Return ``base`` with ``patch`` merged into it; null removes. ``key``: where it stands. Raises UnknownError."""
    if isinstance(base, dict) and isinstance(patch, dict):
        return _merged_map(base, patch)
    if isinstance(base, list) and isinstance(patch, list) and any(isinstance(item, dict) for item in base + patch):
        if key not in _MERGED:
            raise UnknownError(f"a list of maps, '{key}'")
        return _merged_list(base, patch)
    if isinstance(base, dict | list) or isinstance(patch, dict):
        raise UnknownError(f"'{key}': {type(patch).__name__} upon {type(base).__name__}")
    return patch


def _merged_map(base: Manifest, patch: Manifest) -> Manifest:
    result = dict(base)
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        elif key in result:
            result[key] = merged(result[key], value, key)
        else:
            result[key] = _added(value, key)
    return result


def _added(value: object, key: str) -> object:
    if isinstance(value, dict):
        return _merged_map({}, value)
    if isinstance(value, list) and any(isinstance(item, dict) for item in value) and key not in _MERGED | _REPLACED:
        raise UnknownError(f"a list of maps, '{key}'")
    return value


def _merged_list(base: list[Manifest], patch: list[Manifest]) -> list[Manifest]:
    result = {item["name"]: item for item in base}
    for item in patch:
        if any(key.startswith("$") for key in item):
            raise UnknownError(f"{sorted(item)}")
        name = item["name"]
        result[name] = _merged_map(result.get(name, {}), item)
    return list(result.values())


def _apply(patch: Manifest, manifests: list[Manifest]) -> None:
    places = [place for place, manifest in enumerate(manifests) if identity(manifest) == identity(patch)]
    if len(places) != 1:
        raise UnknownError(f"{identity(patch)} is there {len(places)} times")
    manifests[places[0]] = _merged_map(manifests[places[0]], patch)


def _one(file: Path) -> Manifest:
    (manifest,) = yaml.safe_load_all(file.read_text())
    if not isinstance(manifest, dict):
        raise UnknownError(f"{file} holds no map")
    return manifest
