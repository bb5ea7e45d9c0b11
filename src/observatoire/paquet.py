"""Un paquet bureautique (Word, Excel) : écrit de la même façon pour les mêmes données, à l'octet près."""

from __future__ import annotations

import io
import re
import zipfile

_JOUR = (1980, 1, 1, 0, 0, 0)  # la plus ancienne date d'une archive : aucune heure d'écriture n'y reste
_HEURES = re.compile(rb"<dcterms:(created|modified)[^>]*>.*?</dcterms:\1>|<cp:lastModifiedBy>.*?</cp:lastModifiedBy>")


def figer(octets: bytes) -> bytes:
    """Le même paquet sans heure d'écriture ni nom d'ordinateur : deux rendus donnent les mêmes octets."""
    sortie = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(octets)) as lu, zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as ecrit:
        for nom in lu.namelist():
            contenu = lu.read(nom)
            if nom == "docProps/core.xml":
                contenu = _HEURES.sub(b"", contenu)
            entree = zipfile.ZipInfo(nom, _JOUR)
            entree.compress_type, entree.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            ecrit.writestr(entree, contenu)
    return sortie.getvalue()
