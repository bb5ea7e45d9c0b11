"""Le parcours d'un ménage : tous ses faits, aucun d'un autre, jamais en public ni dans un carnet."""

from __future__ import annotations

from datetime import date

import pytest

from observatoire.erreurs import ErreurParametre
from observatoire.exploration.parcours_menage import menages_a_verifier, suivre_menage
from tests.atelier import SERVICE, espace_de
from tests.indicateurs.test_emploi import contact, contrat, foyer

J = date


def acte(numero, menage, jour, presence=None, type_acte="ENTRETIEN"):
    return {
        "id_acte": f"a{numero}",
        "id_menage": f"M{menage}",
        "date": jour,
        "type_acte": type_acte,
        "presence": presence,
    }


@pytest.fixture(scope="module")
def espace(tmp_path_factory):
    tables = foyer(J(2021, 3, 1), J(2021, 6, 1), J(2022, 2, 1), fin=J(2022, 5, 10))
    tables["mesure"][2] |= {"date_debut": J(2022, 6, 1)}  # finit avant de commencer : un contrôle la reprend
    return espace_de(
        tmp_path_factory.mktemp("menages"),
        **tables,
        demande=[
            {"id_demande": f"d{i}", "id_menage": f"M{i}", "date_demande": J(2021, 2, 1), "date_decision": J(2021, 2, 9)}
            for i in range(2)
        ],
        situation=[
            {"id_menage": "M0", "date": J(2021, 3, 2), "moment": "entree", "logement": "RUE", "ressources": 612},
            {"id_menage": "M1", "date": J(2021, 6, 2), "moment": "entree", "logement": "TIERS_F", "ressources": 777},
        ],
        acte=[
            acte(0, 0, J(2021, 4, 2)),
            acte(1, 0, J(2021, 4, 20)),
            acte(2, 0, J(2021, 4, 28), presence="absent"),
            acte(3, 1, J(2021, 7, 1)),
        ],
        relogement=[{"id_relogement": "r0", "id_menage": "M0", "date": J(2022, 4, 1), "parc": "PUBLIC"}],
        contrat_travail=[contrat(0, 0, J(2021, 9, 1), J(2021, 12, 1)), contrat(1, 1, J(2021, 10, 1))],
        contact_employeur=[contact(0, J(2021, 8, 1))],
        dette_mois=[
            {"id_menage": "M0", "mois": f"2021-{m:02d}", "impaye": "oui" if m == 5 else "non"} for m in range(4, 7)
        ],
    )


@pytest.fixture(scope="module")
def parcours(espace):
    return suivre_menage(espace, SERVICE, "M0")


def test_tous_les_faits_du_menage_dans_l_ordre(parcours):
    jours = [e.jour for e in parcours.evenements]
    assert jours == sorted(jours)
    assert {e.nature for e in parcours.evenements} == {
        *("Demande", "Mesure", "Situation", "Actes", "Relogement", "Travail", "Redevance"),
    }
    mesure = next(e for e in parcours.evenements if e.dure and e.nature == "Mesure")
    assert (mesure.jour, mesure.fin) == (J(2021, 3, 1), J(2022, 5, 10))
    assert mesure.origine == "mesure.csv, ligne 2"
    dites = " ".join(e.libelle for e in parcours.evenements)
    assert "612" in dites
    assert "3 mois de redevance connus en 2021, dont 1 impayé." in dites


def test_les_actes_se_comptent_par_mois_et_les_absences_a_part(parcours):
    actes = [e for e in parcours.evenements if e.nature == "Actes"]
    assert [e.jour for e in actes] == [J(2021, 4, 1)]
    assert actes[0].libelle == "Entretien : 2 ; Entretien : 1 (absent ou annulé, non compté)."


def test_rien_d_un_autre_menage(parcours):
    html = str(parcours.html())
    assert "M1" not in html
    assert "777" not in html
    assert "depuis le 1er octobre 2021" not in html  # le contrat d'une autre personne
    assert "612" in html


def test_les_annees_qui_le_comptent_et_leurs_populations(parcours):
    annees = {a.annee: a for a in parcours.annees}
    assert annees[2021].compte
    assert annees[2022].compte
    populations = {nom: (n, lus) for nom, n, lus in annees[2022].populations}
    suivis = next(v for nom, v in populations.items() if nom.startswith("Ménages ayant au moins un jour"))
    assert suivis[0] == 1
    assert "Ménages accompagnés dans l'année" in suivis[1]
    termines = [nom for nom in populations if nom.startswith("Parcours dont la fin tombe")]
    assert termines, "il sort en 2022"
    assert not [nom for nom, *_ in annees[2021].populations if nom.startswith("Parcours dont la fin tombe")]


def test_un_controle_qui_le_reprend_est_dit_et_le_propose_d_abord(espace):
    proposes = menages_a_verifier(espace, SERVICE, 2022)
    assert proposes[0].id_menage == "M2"
    reprises = suivre_menage(espace, SERVICE, "M2").reprises
    assert reprises
    assert {r.explication for r in reprises} >= set(proposes[0].raisons[:1])
    assert 2022 in reprises[0].annees
    assert len(menages_a_verifier(espace, SERVICE, 2022, nombre=1)) == 1


def test_inconnu_ou_public_refuse_avec_un_remede(espace):
    with pytest.raises(ErreurParametre) as inconnu:
        suivre_menage(espace, SERVICE, "M99")
    assert "menages_a_verifier" in inconnu.value.remede
    assert "M0" not in str(inconnu.value), "l'erreur ne cite aucun ménage"
    for appel in (
        lambda: suivre_menage(espace, SERVICE, "M0", diffusion="public"),
        lambda: menages_a_verifier(espace, SERVICE, 2022, diffusion="public"),
    ):
        with pytest.raises(ErreurParametre, match="diffusable"):
            appel()


def test_rien_n_entre_dans_un_carnet_enregistre(parcours):
    """Ce qu'une cellule afficherait est écrit dans le carnet : ni l'identifiant, ni un fait n'y passe."""
    from IPython.core.formatters import DisplayFormatter

    rendus, _ = DisplayFormatter().format(parcours)
    assert "text/html" in rendus
    for texte in rendus.values():
        assert "M0" not in texte
        assert "2021" not in texte
    assert "M0" in str(parcours.html())


def test_la_frise_a_une_rangee_par_nature(parcours):
    dessin = parcours.graphique().to_dict()
    durees, jours = (calque["data"]["values"] for calque in dessin["layer"])
    assert {v["nature"] for v in durees} == {"Mesure", "Travail"}
    assert len(durees) + len(jours) == len(parcours.evenements)
