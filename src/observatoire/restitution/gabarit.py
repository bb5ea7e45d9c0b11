"""Ce que toute page embarque : feuille de style, script, moteur Vega, politique de sécurité."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from observatoire.restitution import theme
from observatoire.restitution.figure import json_sur

DOSSIER = Path(__file__).parent / "gabarits"
_PAGE = DOSSIER / "observatoire"


@lru_cache(maxsize=1)
def css() -> str:
    """La feuille de style : couleurs du thème, règles de la page, puis celles de l'impression."""
    feuilles = ((_PAGE / nom).read_text(encoding="utf-8") for nom in ("page.css", "impression.css"))
    return theme.css_couleurs() + "".join(feuilles)


def style_propre(nom: str) -> Markup:
    """Les règles qu'une seule sorte de page ajoute à la feuille commune, dans leur balise."""
    return Markup("<style>{}</style>").format(Markup((_PAGE / f"{nom}.css").read_text(encoding="utf-8")))


def entete_imprime(titre: str) -> str:
    """La règle qui écrit le titre de la page en tête de chaque feuille imprimée, sauf la première."""
    texte = "".join(c if c.isalnum() or c in " .,:;—–-'’«»()/\xa0" else f"\\{ord(c):x} " for c in titre)
    return f'@page{{@top-right{{content:"{texte}"}}}}@page :first{{@top-right{{content:none}}}}'


@lru_cache(maxsize=1)
def script() -> str:
    """Le petit script qui anime les graphiques une fois la page affichée."""
    return (_PAGE / "page.js").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def vega() -> str:
    """Le moteur de graphiques, d'un seul tenant ; gardé sur disque, car sa fabrication prend deux secondes."""
    import vl_convert

    cache = _dossier_cache() / f"vega-{vl_convert.__version__}.js"
    try:
        return cache.read_text(encoding="utf-8")
    except OSError:
        code = vl_convert.javascript_bundle()
    with suppress(OSError):  # un cache qu'on ne peut pas écrire ralentit, rien de plus
        ecrire_atomique(cache, code)
    return code


def comprimer(texte: str) -> str:
    """Le texte comprimé (zlib) puis écrit en base 64 ; le navigateur le déplie seul, sans réseau."""
    return base64.b64encode(zlib.compress(texte.encode("utf-8"), 9)).decode("ascii")


@lru_cache(maxsize=1)
def _vega_comprime() -> str:
    return comprimer(vega())


def _dossier_cache() -> Path:
    racine = os.environ.get("XDG_CACHE_HOME")
    return (Path(racine) if racine else Path.home() / ".cache") / "observatoire"


def ecrire_atomique(cible: Path, contenu: str | bytes) -> Path:
    """Écrit un fichier d'un seul geste : un lecteur voit l'ancien ou le nouveau, jamais une moitié."""
    cible.parent.mkdir(parents=True, exist_ok=True)
    octets = contenu.encode("utf-8") if isinstance(contenu, str) else contenu
    descripteur, provisoire = tempfile.mkstemp(dir=cible.parent, prefix=f".{cible.name}.")
    try:
        with os.fdopen(descripteur, "wb") as flux:
            flux.write(octets)
        os.chmod(provisoire, 0o644)
        os.replace(provisoire, cible)
    except BaseException:
        Path(provisoire).unlink(missing_ok=True)
        raise
    return cible


def politique(scripts: tuple[str, ...]) -> str:
    """Politique de sécurité : aucun accès au réseau, et nul autre script que les nôtres."""
    empreintes = " ".join(
        "'sha256-" + base64.b64encode(hashlib.sha256(s.encode("utf-8")).digest()).decode("ascii") + "'" for s in scripts
    )
    return (
        f"default-src 'none'; script-src {empreintes or chr(39) + 'none' + chr(39)}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def ressources_page(titre: str, diffusion: str, avec_graphiques: bool, dessins: Sequence[Any] = ()) -> dict[str, Any]:
    """Ce que le gabarit d'une page attend, en plus de son contenu.

    `dessins` : les spécifications des graphiques de la page, dans l'ordre où ses figures les désignent.
    """
    scripts = (script(), vega()) if avec_graphiques else ()
    return {
        "titre": titre,
        "diffusion": diffusion,
        "css": Markup(css() + entete_imprime(titre)),
        "politique": politique(scripts),
        "script": Markup(script()) if avec_graphiques else "",
        "vega": Markup(_vega_comprime()) if avec_graphiques else "",
        "dessins": Markup(comprimer(json_sur({"ecriture": _ecriture(), "dessins": list(dessins)})))
        if avec_graphiques
        else "",
    }


@lru_cache(maxsize=1)
def _ecriture() -> dict[str, Any]:
    import vl_convert

    return {
        "formatLocale": theme.FORMAT_NOMBRES,
        "timeFormatLocale": vl_convert.get_time_format_locale(theme.FORMAT_DATES),
    }


def rendre_gabarit(nom: str, **contenu: Any) -> str:
    """Rend un gabarit du dossier, tout texte échappé."""
    moteur = jinja2.Environment(
        loader=jinja2.FileSystemLoader(DOSSIER),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return moteur.get_template(nom).render(**contenu)
