"""Aucune valeur brute ne sort de l'entrepôt : ni verdict, ni journal, ni page, ni table, jusque dans les échecs.

Des valeurs rares (noms, numéros, commentaires, dates impossibles, codes inconnus) sont glissées dans les exports
de l'échantillon, puis cherchées partout après l'import, le contrôle, le rendu public et interne et le portail.
Trois endroits gardent légitimement du brut, et le test vérifie qu'il y est : `rejets.csv` (l'écriture à reprendre,
jamais une donnée personnelle reconnue), les tables de l'entrepôt (les dates, sous pseudonyme) et
`reports/corrections/`, que rien ne publie et qui rend au service ses propres numéros.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any

import polars as pl
import pytest

from observatoire.campagne import executer
from observatoire.campagne.moteur import executer_ici
from observatoire.cli import CODE_BLOQUE, CODE_ERREUR, principal
from observatoire.entrepot import REJETS, lire_entrepot
from observatoire.espace import Espace, creer_espace
from tests.nettoyage.outils import COURRIEL, TELEPHONE

REGLE = "demande.date_demande.avant.date_decision"  # celle que l'on rend impossible à évaluer
CORRECTIONS = "corrections"  # sous reports/, le seul dossier qui ait droit aux numéros du service
SERVICE, ANNEE = "ltiae", "2022"
# Ce qui identifie : introuvable partout, sauf un numéro local dans le classeur des corrections.
PERSONNELLES = ("Zorglubine", "Quetzalovitch", "hospitalisation", COURRIEL, TELEPHONE, TELEPHONE.replace(" ", ""))
NUMEROS = ("D-ZQX-4711", "M-ZQX-0815", "A-ZQX-9901", "P-ZQX-2342", "MES-ZQX-77")
# Ce qui est faux : au rejet, que l'analyste reprend, ou sous pseudonyme dans les tables.
REJETEES = ("37/13/2022", "Motif zqxinconnu", "Nature zqxinconnue")
DATES = ("17/03/1957", "1957-03-17", "17 mars 1957", "05/1871", "1871-05", "mai 1871")
MARQUES = (*PERSONNELLES, *NUMEROS, *REJETEES, *DATES)
PSEUDONYME = re.compile(r"\b(?:per|men|mes|dem|sej|act|rel|par)_[0-9a-f]{24}\b")


@dataclass(frozen=True)
class Ajout:
    """Des lignes ajoutées à un export de l'échantillon, et une colonne que rien ne déclare."""

    fichier: str
    lignes: tuple[str, ...]


AJOUTS = (
    Ajout(
        "prescriptions_2022.csv",
        (
            # Une décision d'avant la demande, un ménage inconnu, un nom tombé dans une colonne utile.
            "D-ZQX-4711;09/05/2022;CONSEILLER IAE;Mme Zorglubine Quetzalovitch;M-ZQX-0815;;;Grenoble;N;17/03/1957;"
            "Nouvelle mesure;;hospitalisation en mars",
            "D-ZQX-4712;37/13/2022;CONSEILLER IAE;Tremplin;M-2022-014;;;Grenoble;N;19/05/2022;Nouvelle mesure;;",
            f"D-ZQX-4713;09/05/2022;CONSEILLER IAE;Tremplin;M-2022-014;Motif zqxinconnu;;Grenoble;N;;;;{TELEPHONE}",
        ),
    ),
    Ajout(
        "actes_ltiae_2022.csv",
        (
            f"A-ZQX-9901;09/05/2022;Entretien;M-ZQX-0815;MES-ZQX-77;{COURRIEL};Sur place;;;Présent;hospitalisation",
            "A-ZQX-9902;09/05/2022;Nature zqxinconnue;M-ZQX-0815;;;;;;;Zorglubine",
        ),
    ),
    Ajout("menages_ltiae.csv", ("M-ZQX-0816;P-ZQX-2342;Référent;05/1871;H;;14/03/2022;Quetzalovitch",)),
)
# La même prescription, autrement décidée : la clé se contredit et le rapport est bloqué.
CONTRAIRE = "D-ZQX-4711;10/05/2022;CONSEILLER IAE;Tremplin;M-ZQX-0815;;;Grenoble;N;17/03/1957;Nouvelle mesure;;"


def ajouter(dossier: Path, fichier: str, lignes: Sequence[str]) -> None:
    """Écrit les lignes à la fin de l'export, sous une colonne « Commentaire » de plus."""
    chemin = dossier / fichier
    debut, *reste = chemin.read_text(encoding="cp1252").splitlines()
    if not debut.endswith("Commentaire"):
        debut, reste = f"{debut};Commentaire", [f"{ligne};" for ligne in reste]
    chemin.write_text("\r\n".join([debut, *reste, *lignes, ""]), encoding="cp1252", newline="")


def textes(racine: Path) -> Iterator[tuple[str, str]]:
    """(nom, contenu) de tout ce qui se lit sous `racine` : feuilles des classeurs et tables Parquet comprises."""
    for fichier in sorted(f for f in racine.rglob("*") if f.is_file()):
        nom = fichier.relative_to(racine).as_posix()
        octets = [fichier.read_bytes()]
        if fichier.suffix == ".parquet":
            octets = [pl.read_parquet(fichier).write_csv().encode()]
        elif zipfile.is_zipfile(fichier):
            with zipfile.ZipFile(fichier) as archive:
                octets = [archive.read(membre) for membre in archive.namelist()]
        yield nom, "\n".join([nom, *(o.decode("utf-8", errors="ignore") for o in octets)])


def dans(texte: str, marques: Sequence[str] = MARQUES) -> set[str]:
    """Les marques qu'un texte contient, à la casse, aux espaces et à la ponctuation près."""
    return {m for m in marques if re.search(r"[\W_]*".join(re.findall(r"\w+", m)), texte, re.IGNORECASE)}


def sous(racine: Path, marques: Sequence[str] = MARQUES) -> set[tuple[str, str]]:
    """(fichier, marque) de chaque marque trouvée sous `racine`."""
    return {(nom, marque) for nom, texte in textes(racine) for marque in dans(texte, marques)}


class Journal:
    """Tout ce que les commandes impriment ou journalisent, y compris les noyaux des carnets."""

    def __init__(self, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
        self._capfd, self._caplog = capfd, caplog
        self.texte = ""

    def lancer(self, *arguments: object) -> tuple[int, str]:
        """Lance une commande ; rend son code et ce qu'elle a écrit."""
        with pytest.raises(SystemExit) as fin:
            principal([str(a) for a in arguments])
        lu = self._capfd.readouterr()
        ecrit = lu.out + lu.err + self._caplog.text
        self._caplog.clear()
        self.texte += ecrit
        return int(fin.value.code or 0), ecrit


class EnPlace:
    """Une équipe d'un seul travailleur, ce processus : les carnets s'exécutent ici, sans démarrage."""

    def __init__(self) -> None:
        self._verrou = Lock()

    def executer(self, source: Path, parametres: dict[str, Any]) -> str:
        with self._verrou:
            return executer_ici(str(source), parametres)


@pytest.fixture
def carnets_en_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executer, "equipe", lambda _nombre: nullcontext(EnPlace()))


@pytest.fixture
def journal(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Journal:
    caplog.set_level(logging.DEBUG)
    return Journal(capfd, caplog)


@pytest.fixture
def exports(tmp_path: Path, racine: Path) -> Path:
    """Les exports de l'échantillon, marqués."""
    dossier = Path(shutil.copytree(racine / "data" / "exemple" / SERVICE, tmp_path / "exports"))
    for ajout in AJOUTS:
        ajouter(dossier, ajout.fichier, ajout.lignes)
    return dossier


@pytest.fixture
def espace(tmp_path: Path) -> Espace:
    return creer_espace(tmp_path / "espace")


def qualite(espace: Espace) -> Path:
    return espace.entrepot(SERVICE) / "qualite"


@pytest.mark.usefixtures("carnets_en_place")
def test_aucune_valeur_brute_ne_sort(espace: Espace, exports: Path, journal: Journal) -> None:
    """Un rapport partiel, un rapport bloqué par une clé contredite, puis des échecs : rien ne fuit à aucune étape."""
    ici = ("--service", SERVICE, "--espace", espace.racine)
    annee = (*ici, "--annee", ANNEE)
    assert journal.lancer("importer", exports, *ici)[0] == 0
    code, verdicts = journal.lancer("verifier", *annee, "--exports", exports, "--json")
    assert code == 0 and '"etat"' in verdicts
    assert journal.lancer("rendre", *annee, "--diffusion", "interne")[0] == 0
    le_brut_est_la_ou_il_a_le_droit_d_etre(espace)
    rien_n_a_fui(espace, journal)

    ajouter(exports, "prescriptions_2022.csv", [CONTRAIRE])
    assert journal.lancer("importer", exports, *ici)[0] == 0
    assert journal.lancer("verifier", *annee, "--exports", exports)[0] == CODE_BLOQUE
    assert journal.lancer("rendre", *annee, "--diffusion", "public")[0] == CODE_BLOQUE
    rien_n_a_fui(espace, journal)

    les_echecs_ont_lieu(espace, exports, journal)
    rien_n_a_fui(espace, journal)
    # Ce qui identifie n'est nulle part dans l'entrepôt, tables et rejets compris.
    assert sous(espace.donnees / "entrepot", (*PERSONNELLES, *NUMEROS)) == set()


def le_brut_est_la_ou_il_a_le_droit_d_etre(espace: Espace) -> None:
    """La recherche voit donc ce qu'elle cherche."""
    assert dans((espace.entrepot(SERVICE) / REJETS).read_text(encoding="utf-8-sig")) >= set(REJETEES)
    assert lire_entrepot(espace, SERVICE).table("demande")["date_decision"].min() == date(1957, 3, 17)
    assert {marque for _, marque in sous(espace.rapports / CORRECTIONS)} & set(NUMEROS)


def rien_n_a_fui(espace: Espace, journal: Journal) -> None:
    """Ni marque ni pseudonyme dans ce qui est imprimé, rangé comme verdict ou publié."""
    publies = {nom: t for nom, t in textes(espace.rapports) if not nom.startswith(f"{CORRECTIONS}/")}
    ranges = dict(textes(qualite(espace)))
    assert publies and ranges and journal.texte
    for nom, texte in {"journal": journal.texte, **publies, **ranges}.items():
        assert (nom, dans(texte), PSEUDONYME.findall(texte)) == (nom, set(), [])
        assert not re.search(rf'(?:href|src)="[^"]*{CORRECTIONS}/', texte), f"{nom} : lien vers les corrections"


def les_echecs_ont_lieu(espace: Espace, exports: Path, journal: Journal) -> None:
    """Une règle qui ne s'évalue pas, puis un export sans en-tête, dont la première ligne passerait pour des titres."""
    ici = ("--service", SERVICE, "--espace", espace.racine)
    _regle_impossible(espace)
    code, dit = journal.lancer("verifier", *ici, "--annee", ANNEE)
    assert code == CODE_ERREUR and REGLE in dit
    assert journal.lancer("rendre", *ici, "--annee", ANNEE)[0] == CODE_ERREUR
    sans_entete = exports / "prescriptions_2022.csv"
    sans_entete.write_text("\n".join(AJOUTS[0].lignes), encoding="cp1252")
    code, dit = journal.lancer("importer", exports, *ici)
    assert code == CODE_ERREUR and sans_entete.name in dit


def _regle_impossible(espace: Espace) -> None:
    """Une suite de l'espace dont un réglage n'a pas le bon type : l'évaluer lève une erreur qui citerait une ligne."""
    suite = espace.racine / "expectations" / "demande.json"
    brut = json.loads(suite.read_text(encoding="utf-8"))
    (regle,) = [e for e in brut["expectations"] if e["meta"]["regle"] == REGLE]
    regle["kwargs"]["avant"] = "organisme"
    suite.write_text(json.dumps(brut, ensure_ascii=False), encoding="utf-8")
