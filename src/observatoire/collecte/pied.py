"""Mettre de côté ce qui n'est pas du tableau : totaux, notes sous le tableau, en-têtes répétés.

Ces lignes sont comptées et listées, jamais importées ni rejetées comme des lignes fautives. Dans le doute,
une ligne reste du tableau : son rejet dira pourquoi, alors qu'une ligne écartée à tort se perdrait.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import polars as pl

from observatoire.collecte.tableau import HORS_TABLEAU, LIGNE
from observatoire.nettoyage.texte import normaliser

TOTAL, NOTE, REPETE = "total", "note", "en-tête répété"
_FIN_EXAMINEE = 300  # lignes du bas où l'on cherche des notes
_PHRASE = 4  # mots à partir desquels une cellule seule est une phrase, même collée au tableau
_PREMIERES_COLONNES = 3  # où s'écrit le mot « Total »
_DEBUT_TOTAL = r"(?i)^\W*(?:sous[ -]?)?total"
_TOTAL = re.compile(
    r"(?:sous )?tota(?:l|ux)(?: (?:general|generaux|de|des|du|d|au|par|pour|\d).*)?"
    r"|ensemble|(?:somme|moyenne|mediane|nombre|effectif|cumul|nb)s?(?: (?:de|des|du|d|total|totale|general)(?: .*)?)?"
)
_NOTE = re.compile(
    r"(?:note|nb\b|n b\b|source|legende|lecture|champ\b|remarque|attention|observation|commentaire"
    r"|edite|editee?\b|imprime|extrait|extraction|export|genere|page \d|fin d|filtre|critere|mis a jour|maj\b)"
)
_NOMBRE = re.compile(
    r"^[-+(]?\s*\d[\d\s.,\u00a0\u202f]*\s*(?:%|k?€|[^\W\d_]+(?:\s[^\W\d_]+)?)?\s*\)?$"  # 3 ; 1 352,83 € ; 3 dossiers
)
_APPEL = re.compile(r"^\s*(?:\*|\(\d+\))")
_MOT = re.compile(r"[^\W\d_]{2,}")


def separer_pied(donnees: pl.DataFrame, entete: Sequence[str | None]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Le tableau seul, et ce qui en est mis de côté (colonnes de `HORS_TABLEAU`).

    Entrées : `donnees` sans lignes vides, avec `_ligne` ; `entete`, les cellules de la ligne d'en-tête.
    """
    colonnes = [c for c in donnees.columns if c != LIGNE]
    if donnees.is_empty() or not colonnes:
        return donnees, pl.DataFrame(schema=HORS_TABLEAU)
    natures = {**_repetes(donnees, colonnes, entete), **_totaux(donnees, colonnes)}
    natures = {**_fin(donnees, colonnes, natures), **natures}
    natures |= _somme_muette(donnees, colonnes, natures)
    if not natures:
        return donnees, pl.DataFrame(schema=HORS_TABLEAU)
    rangs = sorted(natures)
    ecartees = donnees[rangs]
    contenus = [
        " · ".join(c.strip() for c in cellules if c and c.strip()) for cellules in ecartees.select(colonnes).iter_rows()
    ]
    hors = pl.DataFrame(
        {"ligne": ecartees[LIGNE], "nature": [natures[r] for r in rangs], "contenu": contenus}, schema=HORS_TABLEAU
    )
    garde = pl.Series([True]).new_from_index(0, donnees.height).scatter(rangs, False)
    return donnees.filter(garde), hors


def _rangs(donnees: pl.DataFrame, condition: pl.Expr) -> list[int]:
    return donnees.select(condition.arg_true()).to_series().to_list()


def _ligne(donnees: pl.DataFrame, colonnes: list[str], rang: int) -> tuple[str | None, ...]:
    """Une ligne ; la découper d'abord évite de recopier tout un grand tableau pour la lire."""
    return donnees.slice(rang, 1).select(colonnes).row(0)


def _remplies(cellules: Sequence[str | None]) -> list[str]:
    return [c.strip() for c in cellules if c and c.strip()]


def _repetes(donnees: pl.DataFrame, colonnes: list[str], entete: Sequence[str | None]) -> dict[int, str]:
    """Les lignes qui répètent l'en-tête, comme au haut de chaque page d'une impression."""
    attendu = [normaliser(c or "") for c in entete]
    premiere = next((i for i, c in enumerate(attendu) if c and i < len(colonnes)), None)
    if premiere is None or sum(map(bool, attendu)) < 2:
        return {}
    semblables = _rangs(donnees, pl.col(colonnes[premiere]) == entete[premiere])
    return {
        rang: REPETE
        for rang in semblables
        if [normaliser(c or "") for c in _ligne(donnees, colonnes, rang)][: len(attendu)] == attendu
    }


def _totaux(donnees: pl.DataFrame, colonnes: list[str]) -> dict[int, str]:
    """Les lignes de total ou de sous-total, où qu'elles soient."""
    condition = pl.any_horizontal(
        pl.col(c).str.contains(_DEBUT_TOTAL).fill_null(False) for c in colonnes[:_PREMIERES_COLONNES]
    )
    return {rang: TOTAL for rang in _rangs(donnees, condition) if _est_total(_ligne(donnees, colonnes, rang))}


def _est_total(cellules: Sequence[str | None]) -> bool:
    """Vrai si la première cellule remplie annonce un total et que les autres sont des nombres."""
    premiere, *suite = _remplies(cellules) or [""]
    libelle, _, nombre = premiere.partition(":")
    return bool(
        _TOTAL.fullmatch(normaliser(libelle))
        and all(_NOMBRE.match(c) or normaliser(c) in ("total", "nc", "n a") for c in suite)
        and (suite or not nombre.strip() or _NOMBRE.match(nombre.strip()))
    )


def _est_note(cellules: Sequence[str | None], formes: Collection[str], detachee: bool) -> bool:
    """Vrai pour une phrase seule sur sa ligne : elle s'annonce, ou un blanc la détache du tableau.

    `formes` : celles des numéros de la première colonne ; une phrase qui leur ressemble reste du tableau.
    """
    remplies = _remplies(cellules)
    if len(remplies) != 1:
        return False
    mots = len(_MOT.findall(remplies[0]))
    if _APPEL.match(remplies[0]) or _NOTE.match(normaliser(remplies[0])):
        return mots >= 2 or detachee
    seule = (detachee and mots >= 1) or mots >= _PHRASE
    return seule and bool(formes) and _forme(remplies[0]) not in formes


def _fin(donnees: pl.DataFrame, colonnes: list[str], connues: dict[int, str]) -> dict[int, str]:
    """Les notes et les totaux du bas : on remonte depuis la fin jusqu'à la dernière ligne pleine."""
    depart = max(0, donnees.height - _FIN_EXAMINEE)
    bas = donnees.slice(depart)
    lignes, numeros = bas.select(colonnes).rows(), bas[LIGNE].to_list()
    largeur = sum(1 for c in colonnes if bas[c].null_count() < bas.height)
    if largeur < 2:
        return {}
    debut = len(lignes)
    while debut and (depart + debut - 1 in connues or _pourrait_finir(lignes[debut - 1], largeur)):
        debut -= 1
    formes = {_forme(ligne[0]) for rang, ligne in enumerate(lignes[:debut], depart) if rang not in connues} - {""}
    trouvees: dict[int, str] = {}
    commencee = False  # la ligne précédente est mise de côté
    for i in range(debut, len(lignes)):
        rang = depart + i
        blanc = i > 0 and numeros[i] - numeros[i - 1] > 1 + _retours(lignes[i - 1])
        nature = connues.get(rang) or _nature(lignes[i], formes, blanc, commencee, largeur)
        commencee = nature is not None
        if nature is not None:
            trouvees[rang] = nature
    return trouvees


def _nature(
    cellules: Sequence[str | None], formes: Collection[str], blanc: bool, commencee: bool, largeur: int
) -> str | None:
    """Ce qu'est une ligne peu remplie du bas, ou None si elle reste du tableau."""
    if _est_total(cellules) and (blanc or commencee or len(_remplies(cellules)) > 1 or ":" in _remplies(cellules)[0]):
        return TOTAL
    legende = commencee and largeur >= 4 and len(_remplies(cellules)) <= 2
    if _est_note(cellules, formes, blanc or commencee) or (legende and formes and _forme(cellules[0]) not in formes):
        return NOTE
    return None


def _somme_muette(donnees: pl.DataFrame, colonnes: list[str], connues: dict[int, str]) -> dict[int, str]:
    """La dernière ligne du tableau si, sans étiquette, elle porte la somme exacte d'une colonne."""
    rang = donnees.height - 1
    while rang in connues:
        rang -= 1
    if rang < 2:
        return {}
    cellules = _ligne(donnees, colonnes, rang)
    if any((c or "").strip() for c in cellules[:2]) or not all(_NOMBRE.match(c) for c in _remplies(cellules)):
        return {}
    restantes = donnees.with_row_index("_rang").filter((pl.col("_rang") < rang) & ~pl.col("_rang").is_in(list(connues)))
    for nom, cellule in zip(colonnes, cellules, strict=True):
        if cellule and cellule.strip():
            somme = restantes.select(_en_nombre(pl.col(nom)).sum()).item()
            ecrite = pl.select(_en_nombre(pl.lit(cellule))).item()
            if ecrite and abs(somme - ecrite) < 0.005:
                return {rang: TOTAL}
    return {}


def _en_nombre(texte: pl.Expr) -> pl.Expr:
    chiffres = texte.str.replace_all(r"[^\d,.\-]", "").str.replace(",", ".", literal=True)
    return chiffres.cast(pl.Float64, strict=False)


def _forme(cellule: str | None) -> str:
    """La forme d'une écriture : « M-2022 » et « D-17 » donnent « a-9 », une suite de mots donne « a »."""
    lettres = re.sub(r"[^\W\d_]+(?:[\s'’]+[^\W\d_]+)*", "a", (cellule or "").strip())
    return re.sub(r"\d+", "9", lettres)


def _retours(cellules: Sequence[str | None]) -> int:
    """Nombre de retours à la ligne dans les cellules : ils décalent la ligne suivante d'un texte délimité."""
    return sum(c.count("\n") for c in cellules if c)


def _pourrait_finir(cellules: Sequence[str | None], largeur: int) -> bool:
    remplies = len(_remplies(cellules))
    return remplies <= 1 or _est_total(cellules) or (largeur >= 4 and remplies <= 2)
