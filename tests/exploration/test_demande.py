"""Le contrat des paramètres d'une vue : ce qui passe, ce qui est refusé, et ce que le refus propose."""

from __future__ import annotations

import pytest

from observatoire.erreurs import ErreurParametre
from observatoire.exploration import controler_demande

BASE = {"services": "cllaj", "annees": 2022, "indicateur": "part_sans_ressource"}


def test_une_valeur_vaut_une_liste_et_les_textes_des_nombres(espace_exemple):
    seule = controler_demande(espace_exemple, BASE)
    listes = controler_demande(espace_exemple, {**BASE, "services": ["cllaj"], "annees": ["2022"]})
    assert seule == listes
    assert (seule.services, seule.annees, seule.diffusion) == (("cllaj",), (2022,), "interne")


def test_les_filtres_se_lisent_en_dictionnaire_comme_en_texte(espace_exemple):
    dictionnaire = controler_demande(espace_exemple, {**BASE, "filtres": {"genre": "F", "qpv": ["oui"]}})
    textes = controler_demande(espace_exemple, {**BASE, "filtres": ["genre=F", "qpv=oui"]})
    assert dictionnaire == textes
    assert dictionnaire.filtres == (("genre", ("F",)), ("qpv", ("oui",)))


def test_les_parametres_relus_redonnent_la_meme_vue(espace_exemple):
    demande = controler_demande(espace_exemple, {**BASE, "ventilations": ["genre"], "filtres": ["qpv=oui"]})
    assert controler_demande(espace_exemple, demande.en_dict()) == demande


@pytest.mark.parametrize(
    ("changements", "dit"),
    [
        ({"service": "cllaj"}, "« services »"),
        ({"services": "claj"}, "cllaj"),
        ({"annees": "deux mille"}, "quatre chiffres"),
        ({"indicateur": "part_sans_resource"}, "part_sans_ressource"),
        ({"ventilations": ["genres"]}, "« genre »"),
        ({"ventilations": ["genre", "qpv", "emploi"]}, "retirez-en 1"),
        ({"filtres": {"gendre": ["F"]}}, "« genre »"),
        ({"filtres": {"genre": ["X"]}}, "Modalité de « genre »"),
        ({"filtres": {"genre": []}}, "aucune modalité"),
        ({"filtres": ["genre"]}, "genre=F"),
        ({"comparaison": "annee"}, "annees"),
        ({"diffusion": "publique"}, "public"),
        ({"regrouper": "oui"}, "True ou False"),
        ({"comparaison": "service"}, "Ajoutez un service"),
        ({"services": ["cllaj", "ltiae"], "comparaison": "annees"}, "service"),
        ({"comparaison": "annees", "ventilations": ["genre", "qpv"]}, "Retirez une ventilation"),
        ({"comparaison": "territoire", "filtres": ["genre=F"]}, "Retirez les filtres"),
        ({"indicateur": ""}, "manque"),
        ({"ventilations": 3.5}, "ne se lit pas"),
    ],
)
def test_un_parametre_faux_est_refuse_avec_le_remede(espace_exemple, changements, dit):
    with pytest.raises(ErreurParametre) as refus:
        controler_demande(espace_exemple, {**BASE, **changements})
    assert dit in str(refus.value)


def test_rien_d_un_parametre_n_est_evalue(espace_exemple):
    with pytest.raises(ErreurParametre):
        controler_demande(espace_exemple, {**BASE, "filtres": ["__import__('os').getcwd()=1"]})


def test_deux_services_se_comparent_sans_le_demander(espace_exemple):
    demande = controler_demande(espace_exemple, {**BASE, "services": ["cllaj", "ltiae"]})
    assert demande.comparaison == "service"
