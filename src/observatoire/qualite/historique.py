"""L'histoire des verdicts d'un service : une ligne par verdict qui dit autre chose que le précédent.

    data/entrepot/<service>/qualite/historique.jsonl

Chaque ligne porte l'instant, l'année jugée, les livraisons, les empreintes, l'état, les lignes de chaque table et,
par règle, ce qui a été examiné et ce qui est en défaut : des comptes, jamais une valeur. Le fichier ne fait que
grandir ; ni le retrait d'une livraison ni une purge n'y touchent.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from observatoire.ecriture import verrou
from observatoire.espace import Espace
from observatoire.rangement import ouvrir_carnet

if TYPE_CHECKING:
    from observatoire.qualite.verdict import ResultatRegle, Verdict

FICHIER = "historique.jsonl"
STRUCTURELS, CRITIQUES, ALERTES = "structurels", "critiques", "alertes"
INFORMATIONS, DEROGES, REUSSIS = "informations", "deroges", "reussis"
ETATS = (STRUCTURELS, CRITIQUES, ALERTES, INFORMATIONS, DEROGES, REUSSIS)
_PAR_SEVERITE = {"critical": CRITIQUES, "warning": ALERTES, "info": INFORMATIONS}


@dataclass(frozen=True)
class Releve:
    """Ce qu'une règle a donné : lignes examinées, lignes en défaut, réussite, et si une dérogation levait l'échec."""

    lignes: int
    echecs: int
    reussie: bool
    derogee: bool = False

    @property
    def part(self) -> float | None:
        """Part de lignes en défaut, de 0 à 1 ; vide si rien n'a été examiné."""
        return self.echecs / self.lignes if self.lignes else None


@dataclass(frozen=True)
class Passage:
    """Un verdict, tel qu'il a été rendu ce jour-là.

    `livraisons` : identifiants des livraisons actives, dans l'ordre ; `comptes` : contrôles par état (`ETATS`) ;
    `tables` : lignes de chaque table de l'entrepôt ; `regles` : identifiant de règle → relevé.
    """

    instant: datetime
    service: str
    annee: int
    livraisons: tuple[str, ...]
    empreinte: str
    empreinte_regles: str
    etat: str
    comptes: dict[str, int]
    tables: dict[str, int]
    regles: dict[str, Releve]

    @property
    def livraison(self) -> str:
        """La dernière livraison que ce verdict a jugée ; vide si toutes étaient retirées."""
        return self.livraisons[-1] if self.livraisons else ""

    def dit_comme(self, autre: Passage) -> bool:
        """Vrai si les deux disent la même chose des mêmes livraisons, à l'heure et au code des contrôles près."""
        return replace(self, instant=autre.instant, empreinte_regles=autre.empreinte_regles) == autre


def fichier_historique(espace: Espace, service: str) -> Path:
    """Le fichier de l'histoire d'un service ; lève `ErreurParametre` si le service n'est pas déclaré."""
    return espace.entrepot(service) / "qualite" / FICHIER


def releves(verdict: Verdict) -> dict[str, Releve]:
    """Les résultats d'un verdict réduits à leurs comptes, par identifiant de règle."""
    return {r.regle: Releve(r.lignes, r.echecs, r.reussie, bool(r.derogation)) for r in verdict.resultats}


def comptes(verdict: Verdict) -> dict[str, int]:
    """Le nombre de contrôles du verdict dans chaque état de `ETATS`, dérogations à part."""
    par_etat = dict.fromkeys(ETATS, 0)
    for resultat in verdict.resultats:
        par_etat[_etat(resultat)] += 1
    return par_etat


def _etat(resultat: ResultatRegle) -> str:
    if resultat.reussie:
        return REUSSIS
    if resultat.derogation:
        return DEROGES
    return STRUCTURELS if resultat.bloquante else _PAR_SEVERITE[resultat.severite]


def consigner(espace: Espace, verdict: Verdict, instant: datetime | None = None) -> Passage | None:
    """Ajoute un verdict à l'histoire du service, et rend la ligne écrite.

    Rend `None`, sans rien écrire, si la dernière ligne de cette année dit déjà la même chose des mêmes livraisons, ou
    si le service n'a jamais rien livré. `instant` : maintenant, s'il n'est pas donné. Deux écritures s'attendent.
    """
    _, carnet = ouvrir_carnet(espace.entrepot(verdict.service))
    if not carnet.livraisons:
        return None
    passage = Passage(
        instant=(instant or datetime.now()).astimezone().replace(microsecond=0),
        service=verdict.service,
        annee=verdict.annee,
        livraisons=tuple(i.id for i in carnet.actives),
        empreinte=verdict.empreinte,
        empreinte_regles=verdict.empreinte_regles,
        etat=verdict.etat,
        comptes=comptes(verdict),
        tables={nom: rangee.lignes for nom, rangee in sorted(carnet.tables.items())},
        regles=releves(verdict),
    )
    fichier = fichier_historique(espace, verdict.service)
    if _deja_dit(fichier, passage):
        return None
    with verrou(fichier.with_name(f".{FICHIER}.verrou")):
        if _deja_dit(fichier, passage):  # un autre processus vient de l'écrire
            return None
        _ajouter(fichier, _en_ligne(passage))
    return passage


def lire_historique(espace: Espace, service: str, annee: int | None = None) -> list[Passage]:
    """L'histoire d'un service (ou d'une de ses années), du plus ancien au plus récent ; vide s'il n'y en a pas.

    Une ligne qu'une coupure a laissée incomplète est passée. Lève `ErreurParametre` si le service n'est pas déclaré.
    """
    passages = _passages(_lignes(fichier_historique(espace, service)))
    return [p for p in passages if annee is None or p.annee == annee]


def _deja_dit(fichier: Path, passage: Passage) -> bool:
    de_l_annee = (p for p in _passages(reversed(_lignes(fichier))) if p.annee == passage.annee)
    dernier = next(de_l_annee, None)
    return dernier is not None and passage.dit_comme(dernier)


def _lignes(fichier: Path) -> list[bytes]:
    return fichier.read_bytes().splitlines() if fichier.is_file() else []


def _passages(lignes: Iterator[bytes] | list[bytes]) -> Iterator[Passage]:
    for ligne in lignes:
        try:
            yield _passage(json.loads(ligne))
        except (ValueError, LookupError, TypeError, AttributeError):
            continue


def _passage(brut: Mapping[str, Any]) -> Passage:
    regles = {nom: Releve(lu[0], lu[1], bool(lu[2]), bool(lu[3])) for nom, lu in brut["regles"].items()}
    lus = {**brut, "instant": datetime.fromisoformat(brut["instant"]), "livraisons": tuple(brut["livraisons"])}
    return Passage(**{**lus, "regles": regles})


def _en_ligne(passage: Passage) -> bytes:
    regles = {nom: [r.lignes, r.echecs, int(r.reussie), int(r.derogee)] for nom, r in passage.regles.items()}
    ecrit = {**asdict(passage), "instant": passage.instant.isoformat(), "regles": regles}
    return json.dumps(ecrit, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _ajouter(fichier: Path, ligne: bytes) -> None:
    with fichier.open("ab+") as flux:
        if flux.tell():
            flux.seek(-1, 2)
            if flux.read(1) != b"\n":  # une écriture coupée : la ligne neuve ne s'y colle pas
                flux.write(b"\n")
        flux.write(ligne)
