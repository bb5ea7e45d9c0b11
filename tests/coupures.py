"""Tuer une écriture de l'entrepôt à chacun de ses pas, et regarder ce qui reste.

Lancé par `test_coupures.py` : `python -m tests.coupures OPERATION DOSSIER`. Le processus ne fait lui-même que se
dédoubler : chaque essai et chaque contrôle vivent dans un enfant neuf (polars ne supporte pas d'être dédoublé une
fois lancé). Un pas est un appel qui change le système de fichiers (créer, ouvrir pour écrire, renommer, lier,
effacer) ou l'écriture d'un fichier Parquet, coupée avant sa fin.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from observatoire import modele, rangement, retention
from observatoire.entrepot import ecrire_entrepot, empreinte_de, en_csv, lire_entrepot
from observatoire.erreurs import ErreurParametre
from observatoire.espace import Espace
from observatoire.livraisons import enregistrer, livraisons, retirer
from tests.test_livraisons import SERVICE, fiche, lignes, mesures, nouvel_espace, rejets

PAS = {"os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir"}
ECRITURE = os.O_WRONLY | os.O_RDWR | os.O_CREAT
ECRIRE = rangement.ecrire_parquet


def _deux_livraisons(espace: Espace) -> None:
    enregistrer(
        espace, SERVICE, {**mesures({"id_mesure": "A", "rang": 1}), **_dates("M")}, fiche(x="1"), rejets("x.csv", "un")
    )
    enregistrer(
        espace,
        SERVICE,
        {**mesures({"id_mesure": "indesirable", "rang": 1, "id_menage": "parti"}), **_dates("parti", 1999)},
        fiche(y="1"),
        rejets("y.csv", "indesirable"),
    )


def _dates(menage: str, annee: int = 2999) -> dict[str, Any]:
    import datetime as dt

    acte = {"id_acte": f"acte {menage}", "id_service": SERVICE, "type_acte": "ENTRETIEN", "date": dt.date(annee, 1, 1)}
    return lignes("acte", {**acte, "id_menage": menage})


def _importer(espace: Espace) -> None:
    enregistrer(
        espace,
        SERVICE,
        mesures({"id_mesure": "A", "rang": 2}, {"id_mesure": "B", "rang": 2}),
        fiche(x="2"),
        rejets("x.csv", "deux"),
        rejets("x.csv", "correction"),
    )


def _retirer(espace: Espace) -> None:
    try:
        retirer(espace, SERVICE, livraisons(espace, SERVICE)[1].id)
    except ErreurParametre as erreur:
        if "déjà retirée" not in erreur.message:
            raise


def _purger(espace: Espace) -> None:
    import datetime as dt

    retention._agregats = lambda _espace, _service, bilan: (bilan, None)  # le calcul a ses propres tests
    retention.purger(espace, SERVICE, dt.date(2020, 1, 1), 24)


def _remplacer(espace: Espace) -> None:
    ecrire_entrepot(espace, SERVICE, {"menage": lignes("menage", {"id_menage": "M"})["menage"]}, {"note": "neuf"})


def _ancien(espace: Espace) -> None:
    """Un entrepôt d'avant le carnet."""
    dossier = espace.entrepot(SERVICE)
    dossier.mkdir(parents=True)
    mesures({"id_mesure": "A", "rang": 1})["mesure"].drop("_masque").write_parquet(dossier / "mesure.parquet")
    (dossier / "livraison.json").write_text(json.dumps(fiche(v="0")), encoding="utf-8")
    (dossier / "rejets.csv").write_bytes(en_csv(rejets("v.csv", "ancien")))


OPERATIONS: dict[str, tuple[Callable[[Espace], Any], Callable[[Espace], None], str]] = {
    "premier import": (lambda espace: None, _importer, ""),
    "import suivant": (_deux_livraisons, _importer, ""),
    "reprise de l'ancien rangement": (_ancien, _importer, ""),
    "retrait": (_deux_livraisons, _retirer, "indesirable"),
    "purge": (_deux_livraisons, _purger, "indesirable"),
    "remplacement": (_deux_livraisons, _remplacer, "indesirable"),
}


def etat(espace: Espace) -> list[Any]:
    """Tout ce qu'un lecteur voit : contenu relu fichier par fichier, livraisons, rejets."""
    entrepot = lire_entrepot(espace, SERVICE)
    tables = {nom: entrepot.table(nom) for nom in entrepot.tables}
    assert empreinte_de(tables) == entrepot.empreinte, "l'empreinte notée n'est pas celle du contenu"
    refus = entrepot.fichier_rejets
    return [
        repr({nom: cadre.select(*modele.table(nom).schema).rows() for nom, cadre in tables.items()}),
        [[i.etat, i.tables, list(i.fichiers)] for i in livraisons(espace, SERVICE)],
        refus.read_text(encoding="utf-8-sig") if refus.is_file() else "",
    ]


def _controler(espace: Espace, operation: Callable[[Espace], None], efface: str, avant: list, apres: list) -> None:
    """Après une coupure : l'un des deux états, entier ; relancer mène au second et ne laisse aucun reste."""
    vu = etat(espace)
    assert vu in (avant, apres), f"ni l'ancien ni le nouvel état : {vu}"
    operation(espace)
    assert etat(espace) == apres, f"relancer ne mène pas au nouvel état : {etat(espace)}"
    restes = [f.name for f in espace.entrepot(SERVICE).rglob("*") if f.name.startswith(".tmp-")]
    assert not restes, f"restes : {restes}"
    copie = espace.entrepot(SERVICE) / "rejets.csv"
    assert (copie.read_text(encoding="utf-8-sig") if copie.is_file() else "") == apres[2], "rejets.csv périmé"
    if efface:
        from tests.test_livraisons import contient

        assert not contient(espace, efface), f"« {efface} » est resté sur le disque"


def _armer(mort: int) -> None:
    """Fait mourir ce processus à son pas numéro `mort`, sans rien lui laisser finir."""
    compte = 0

    def pas(fichier: Path | None = None) -> None:
        nonlocal compte
        compte += 1
        if compte == mort:
            if fichier is not None:
                fichier.write_bytes(fichier.read_bytes()[:-5])
            os.kill(os.getpid(), signal.SIGKILL)

    def ecrire(fichier: Path, cadre: Any) -> None:
        cadre.write_parquet(fichier)
        pas(fichier)
        ECRIRE(fichier, cadre)

    rangement.ecrire_parquet = ecrire

    def observer(evenement: str, arguments: tuple) -> None:
        # Ouvrir pour lire, ou reprendre un descripteur, ne change rien au disque.
        ouvre = evenement == "open" and isinstance(arguments[0], str) and (arguments[2] or 0) & ECRITURE
        if ouvre or evenement in PAS:
            pas()

    sys.addaudithook(observer)


def _mourir(mort: int, operation: Callable[[Espace], None], espace: Espace) -> None:
    _armer(mort)
    operation(espace)


def _enfant(faire: Callable[[], Any]) -> tuple[int, str]:
    """Fait quelque chose dans un processus à part ; rend son code et ce qu'il a dit."""
    # Importer polars est sans danger pour un dédoublement ; le faire calculer, non : il lance ses travailleurs.
    fils = [(tache / "comm").read_text() for tache in Path("/proc/self/task").glob("*")]
    assert not [nom for nom in fils if re.match(r"polars-\d|async-exec", nom)], f"polars a déjà calculé : {fils}"
    lecture, ecriture = os.pipe()
    if (pid := os.fork()) == 0:
        os.close(lecture)
        try:
            rendu = json.dumps(faire())
            code = 0
        except BaseException:
            rendu, code = traceback.format_exc(), 1
        os.write(ecriture, rendu.encode())
        os._exit(code)
    os.close(ecriture)
    with os.fdopen(lecture, "rb") as flux:
        dit = flux.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), dit


def _exiger(faire: Callable[[], Any]) -> Any:
    code, dit = _enfant(faire)
    if code:
        raise AssertionError(dit)
    return json.loads(dit)


def principal(nom: str, dossier: Path) -> int:
    """Tue l'opération à chaque pas et contrôle ; rend le nombre de coupures."""
    preparer, operation, efface = OPERATIONS[nom]
    modele_espace = nouvel_espace(dossier / "modele")
    _exiger(lambda: preparer(modele_espace))
    avant = _exiger(lambda: etat(modele_espace))

    def essai() -> Espace:
        shutil.rmtree(dossier / "essai", ignore_errors=True)
        return Espace(Path(shutil.copytree(dossier / "modele", dossier / "essai")))

    temoin = essai()
    _exiger(lambda: operation(temoin))
    apres = _exiger(lambda: etat(temoin))
    assert avant != apres, "l'opération ne change rien : l'essai ne prouverait rien"
    for mort in range(1, 1000):
        espace = essai()
        code, dit = _enfant(partial(_mourir, mort, operation, espace))
        if code == 0:
            return mort - 1
        assert code == -signal.SIGKILL, dit
        _, probleme = _enfant(partial(_controler, espace, operation, efface, avant, apres))
        assert probleme == "null", f"coupure au pas {mort} : {probleme}"
    raise AssertionError("l'opération ne finit jamais")


if __name__ == "__main__":
    print(principal(sys.argv[1], Path(sys.argv[2])))
