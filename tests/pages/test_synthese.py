"""La synthèse ouverte hors ligne dans Chromium, et imprimée : deux pages A4 pour sept services."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from observatoire.campagne.donnees_types import Bloc
from observatoire.campagne.publier import publier
from observatoire.restitution.synthese import Synthese
from observatoire.services import Parametres, Service
from observatoire.syntheses.parametres import ParametresSynthese
from observatoire.syntheses.personnes import DEFINITIONS, DISTINCTES, SOMME, compter, proteger_personnes
from observatoire.syntheses.preparation import DonneesSynthese, ServiceResume, _bloc
from tests.pages.test_rapport import Lecture, navigateur  # noqa: F401 (une fixture)
from tests.restitution import fabrique

pytestmark = pytest.mark.page
SERVICES = 7
ALERTE = (
    "Plus d'une ligne de l'année sur cinq ne renseigne pas l'appartenance à un quartier prioritaire : les parts "
    "portent sur une base réduite."
)


def _chiffres() -> Bloc:
    """Quatre chiffres clés aux libellés longs, avec leur année précédente."""
    valeurs = {
        "menages_accompagnes": (268, 297),
        "demandeurs_distincts_cllaj": (580, 504),
        "taux_sortie_logement": (64, 57),
        "ressources_moyennes_tous": (847, 801),
    }
    courante, avant = (
        pl.concat(
            fabrique.total(nom, paire[rang], annee=2022 - rang, base=120.0, numerateur=paire[rang])
            for nom, paire in valeurs.items()
        )
        for rang in (0, 1)
    )
    return fabrique.bloc("cles", "tuiles", list(valeurs), courante, avant)


def _service(rang: int) -> Service:
    return replace(
        fabrique.service(f"Accompagnement social lié au logement des jeunes du territoire numéro {rang}"),
        id=f"service_{rang}",
        libelle_court=f"Accompagnement {rang}",
        association="Association fictive « Le Grand Large »",
    )


def donnees_synthese(diffusion: str = "interne", bloques: int = 1) -> DonneesSynthese:
    """Sept services, dont un bloqué : tout ce que la page peut avoir à dire, au plus long."""
    alertes = [fabrique.regle("q", "warning", False, False, 3, explication=ALERTE)]
    resumes = []
    for rang in range(1, SERVICES + 1):
        bloque = rang > SERVICES - bloques
        juge = fabrique.verdict(
            "bloque" if bloque else "partiel", [fabrique.regle(reussie=False, echecs=2)] if bloque else []
        )
        juge.avertissements = lambda colonnes=None: alertes
        resumes.append(ServiceResume(_service(rang), juge.etat, juge, None if bloque else _chiffres()))
    suivies = {
        f"service_{rang}": pl.Series([f"p{n}" for n in range(40 * rang, 40 * rang + 60)], dtype=pl.String)
        for rang in range(1, SERVICES + 1 - bloques)
    }
    libelles = {nom: f"Accompagnement {nom[-1]}" for nom in suivies}
    table, avant = (
        proteger_personnes(compter("essai", annee, suivies, libelles), diffusion, Parametres())
        for annee in (2022, 2021)
    )
    detail, somme = pl.col("ventilation_1").is_not_null(), pl.col("indicateur") == SOMME.nom
    return DonneesSynthese(
        parametres=ParametresSynthese("association-fictive-le-grand-large", 2022, diffusion),
        association="Association fictive « Le Grand Large »",
        services=tuple(resumes),
        personnes=_bloc("Personnes aidées", DEFINITIONS, table.filter(~detail), avant.filter(~detail), "tuiles"),
        par_service=_bloc(
            "Personnes suivies, service par service", (SOMME,), table.filter(somme), avant.filter(somme), "barres"
        ),
        par_nombre=table.filter((pl.col("indicateur") == DISTINCTES.nom) & detail).sort("ordre_1"),
        hors_compte=(),
        retenus={},
        comparable=True,
        empreinte="cd" * 32,
        version_code="0",
    )


def publier_synthese(donnees: DonneesSynthese, dossier: Path) -> Path:
    synthese = Synthese(donnees)
    parties = [
        (synthese.entete(), "entete"),
        (synthese.sommaire(), "sommaire"),
        (synthese.personnes(), ""),
        (synthese.services(), ""),
        (synthese.qualite(), ""),
        (synthese.definitions(), ""),
        (synthese.provenance(), "pied"),
    ]
    carnet = fabrique.carnet_execute(None, dossier, parties)
    return publier(carnet, dossier / "synthese.html", "Synthèse", donnees.parametres.diffusion)


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    return publier_synthese(donnees_synthese(), tmp_path_factory.mktemp("synthese"))


@pytest.mark.parametrize("diffusion", ["interne", "public"])
@pytest.mark.parametrize("bloques", [0, 1, 3])
def test_deux_pages_a4_pour_sept_services(navigateur, tmp_path, diffusion, bloques):  # noqa: F811
    """Imprimée par Chromium, la synthèse tient sur deux pages A4, même avec des services manquants."""
    fichier = publier_synthese(donnees_synthese(diffusion, bloques), tmp_path)
    with Lecture(navigateur, fichier) as lecture:
        lecture.attendre_animation()
        lecture.page.emulate_media(media="print")
        pdf = lecture.page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    assert re.search(rb"/MediaBox\s*\[\s*0 0 59[45](?:\.\d+)? 84[12](?:\.\d+)?", pdf)


@pytest.mark.parametrize("largeur", [390, 1280])
def test_hors_ligne_sans_defilement_ni_erreur(navigateur, page, largeur):  # noqa: F811
    with Lecture(navigateur, page, largeur) as lecture:
        lecture.attendre_animation()
        assert lecture.page.evaluate("document.documentElement.scrollWidth") <= largeur
        assert lecture.requetes == [] and lecture.messages == []
        assert lecture.page.locator("h1").count() == 1
        assert lecture.page.locator(".resume").count() == SERVICES - 1
        identifiants = lecture.page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
        assert len(identifiants) == len(set(identifiants))


def test_le_tout_la_somme_et_le_manquant_se_voient(navigateur, page):  # noqa: F811
    """Le compte distinct est plus petit que la somme ; le service bloqué est nommé avant les figures."""
    with Lecture(navigateur, page) as lecture:
        tuiles = lecture.page.locator("#personnes .tuile .valeur").all_inner_texts()
        distinctes, somme = (int(t) for t in tuiles[:2])
        assert distinctes < somme == (SERVICES - 1) * 60
        assert lecture.page.locator(".manque").inner_text().startswith(f"Accompagnement {SERVICES} manque")
        liens = lecture.page.locator(".resume h3 a").evaluate_all("l => l.map(a => a.getAttribute('href'))")
        assert liens == [f"service_{rang}.html" for rang in range(1, SERVICES)]


def test_les_liens_de_definition_menent_quelque_part(navigateur, page):  # noqa: F811
    with Lecture(navigateur, page) as lecture:
        perdus = lecture.page.evaluate(
            "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.hash.slice(1))"
            ".filter(c => !document.getElementById(c))"
        )
        assert perdus == []
