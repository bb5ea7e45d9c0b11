"""Les dérogations : lues avec soin, imprimées, et sans effet dès le lendemain de leur expiration."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.qualite import ResultatRegle, Verdict, verdict
from observatoire.qualite.derogations import (
    EN_VIGUEUR,
    EXPIREE,
    SANS_EFFET,
    Derogation,
    deroger,
    empreinte_derogations,
    fichier_derogations,
    lire_derogations,
    suivre,
)
from observatoire.qualite.historique import DEROGES, lire_historique
from tests.qualite.fabrique import ANNEE, SERVICE, abimer, espace_d_essai, tables_propres

REGLE = "mesure.motif_fin.remplissage"
EXPIRE = date(2023, 6, 30)
EN_DEFAUT = ResultatRegle(
    REGLE, "mesure", ("mesure.motif_fin",), "critical", False, False, 20, 15, "Trop de vides.", "Saisir."
)
BASE = {
    "regle": f'"{REGLE}"',
    "service": '"essai"',
    "annee": "2022",
    "motif": '"Changement de logiciel : les motifs seront repris au printemps"',
    "fonction": '"directrice du pôle logement"',
    "expire": "2023-06-30",
}


def espace_de(dossier: Path, texte: str | None = None, reglage: str = "") -> Espace:
    services = dossier / "data" / "services"
    services.mkdir(parents=True, exist_ok=True)
    (services / "essai.toml").write_text(f'libelle = "Essai"\n{reglage}\n', encoding="utf-8")
    espace = Espace(dossier)
    if texte is not None:
        fichier_derogations(espace).write_text(texte, encoding="utf-8")
    return espace


def ecrire(**changements: str | None) -> str:
    """Le TOML d'une dérogation ; un changement à None ôte la clé."""
    cles = {cle: valeur for cle, valeur in {**BASE, **changements}.items() if valeur is not None}
    return "[[derogation]]\n" + "".join(f"{cle} = {valeur}\n" for cle, valeur in cles.items())


def derogation(**changements) -> Derogation:
    base = Derogation(REGLE, SERVICE, (ANNEE,), "Changement de logiciel", "directrice", EXPIRE, "2022")
    return replace(base, **changements)


def rendu(*resultats: ResultatRegle) -> Verdict:
    return Verdict(SERVICE, ANNEE, "abc", resultats)


# --- Lire --------------------------------------------------------------------------------------------------------


def test_sans_fichier_il_n_y_a_aucune_derogation(tmp_path):
    assert lire_derogations(espace_de(tmp_path)) == ()
    assert lire_derogations(espace_de(tmp_path, "")) == ()


def test_une_derogation_se_lit_entiere(tmp_path):
    espace = espace_de(tmp_path, "# décidées en comité\n\n" + ecrire())
    [lue] = lire_derogations(espace)
    assert (lue.regle, lue.service, lue.annees, lue.periode) == (REGLE, SERVICE, (2022,), "2022")
    assert (lue.fonction, lue.expire, lue.ligne) == ("directrice du pôle logement", EXPIRE, 3)
    assert lue.phrase == (
        "Dérogation jusqu'au 30 juin 2023, décidée par : directrice du pôle logement. "
        "Motif : Changement de logiciel : les motifs seront repris au printemps."
    )


def test_l_exemple_de_la_documentation_est_juste(tmp_path, racine):
    """Qui recopie l'exemple obtient une dérogation."""
    [exemple] = re.findall(
        r"```toml\n(\[\[derogation.*?)```", (racine / "docs" / "qualite.md").read_text("utf-8"), re.S
    )
    service = re.search(r'service = "(\w+)"', exemple).group(1)
    espace = espace_de(tmp_path, exemple)
    (espace.dossier_services / f"{service}.toml").write_text("", encoding="utf-8")
    [lue] = lire_derogations(espace)
    assert (lue.service, lue.annees, lue.expire) == (service, (2022,), EXPIRE)


def test_une_periode_couvre_les_annees_entieres_du_service(tmp_path):
    periode = ecrire(annee=None, periode="{ debut = 2020-10-01, fin = 2022-12-31 }")
    [civile] = lire_derogations(espace_de(tmp_path / "civile", periode))
    [scolaire] = lire_derogations(espace_de(tmp_path / "scolaire", periode, 'periode_debut = "10-01"'))
    assert civile.annees == (2021, 2022)
    assert scolaire.annees == (2021, 2022)
    assert civile.periode == "du 1er octobre 2020 au 31 décembre 2022"
    courte = ecrire(annee=None, periode="{ debut = 2021-01-01, fin = 2021-12-31 }")
    assert lire_derogations(espace_de(tmp_path / "civile", courte))[0].annees == (2021,)
    with pytest.raises(ErreurDefinition, match="aucune année entière"):
        lire_derogations(espace_de(tmp_path / "scolaire", courte, 'periode_debut = "10-01"'))


@pytest.mark.parametrize(
    ("changements", "attendus"),
    [
        (
            {"regle": '"mesure.motif_fin.remplisage"'},
            ("inconnue", "Vouliez-vous dire « mesure.motif_fin.remplissage »"),
        ),
        ({"regle": '"mesure.cle_unique"'}, ("structurelle", "ne se lève pas")),
        ({"service": '"esai"'}, ("service « esai » inconnu", "Vouliez-vous dire « essai »")),
        ({"expires": "2023-06-30"}, ("clé « expires » inconnue", "Vouliez-vous dire « expire »")),
        ({"expire": None}, ("il manque expire",)),
        ({"motif": None, "fonction": None}, ("il manque motif et fonction",)),
        ({"motif": '" "'}, ("motif = ' ' n'est pas un texte",)),
        ({"motif": "3"}, ("motif = 3 n'est pas un texte",)),
        ({"expire": '"2023-06-30"'}, ("expire = 2023-06-30 n'est pas une date", "sans guillemets")),
        ({"expire": "2023-06-30T12:00:00"}, ("n'est pas une date",)),
        ({"expire": "0023-06-30"}, ("n'est pas une date",)),
        ({"annee": '"deux mille"'}, ("Année « deux mille » illisible",)),
        ({"annee": None}, ("« annee » ou « periode »",)),
        ({"periode": "{ debut = 2022-01-01, fin = 2022-12-31 }"}, ("« annee » ou « periode »",)),
        ({"annee": None, "periode": "{ debut = 2022-01-01 }"}, ("« periode » s'écrit",)),
        ({"annee": None, "periode": "2022"}, ("« periode » s'écrit",)),
        ({"annee": None, "periode": "{ debut = 2022-12-31, fin = 2022-01-01 }"}, ("avant d'avoir commencé",)),
        ({"annee": None, "periode": "{ debut = 2022-02-01, fin = 2022-12-31 }"}, ("aucune année entière",)),
    ],
)
def test_une_derogation_mal_ecrite_est_refusee_avec_son_lieu_et_son_remede(tmp_path, changements, attendus):
    espace = espace_de(tmp_path, ecrire() + "\n" + ecrire(**changements))
    with pytest.raises(ErreurDefinition) as erreur:
        lire_derogations(espace)
    for attendu in (*attendus, "derogations.toml", "ligne 9 :"):
        assert attendu in str(erreur.value)
    assert erreur.value.remede


@pytest.mark.parametrize("texte", ["[[derogation]\n", 'derogation = "non"\n', "[derogations]\nx = 1\n"])
def test_un_fichier_illisible_est_refuse(tmp_path, texte):
    with pytest.raises(ErreurDefinition, match=r"derogations\.toml"):
        lire_derogations(espace_de(tmp_path, texte))


PERSONNES = ("camille.dupont" + "@" + "exemple.fr", "06 " + "12 34 56 78", "Mme Dupont", "né le 3 mai")


@pytest.mark.parametrize("cle", ["motif", "fonction"])
@pytest.mark.parametrize("valeur", PERSONNES)
def test_une_personne_n_a_rien_a_faire_dans_le_fichier(tmp_path, cle, valeur):
    espace = espace_de(tmp_path, ecrire(**{cle: f'"vu avec {valeur}"'}))
    with pytest.raises(ErreurDefinition, match="donnée personnelle") as erreur:
        lire_derogations(espace)
    assert valeur not in str(erreur.value), "l'erreur ne répète pas ce qu'elle refuse"


@pytest.mark.parametrize(
    "fonction", ["Camille Dupont", "DUPONT Camille", "directrice (Camille Dupont)", "Élise de La Tour, cheffe"]
)
def test_un_nom_n_est_pas_une_fonction(tmp_path, fonction):
    with pytest.raises(ErreurDefinition, match="ressemble au nom"):
        lire_derogations(espace_de(tmp_path, ecrire(fonction=f'"{fonction}"')))


@pytest.mark.parametrize(
    "fonction", ["Directrice", "Conseil d'Administration", "Directrice Adjointe", "comité du 3 mai"]
)
def test_une_fonction_ou_une_instance_est_recue(tmp_path, fonction):
    [lue] = lire_derogations(espace_de(tmp_path, ecrire(fonction=f'"{fonction}"')))
    assert lue.fonction == fonction


# --- Déroger -----------------------------------------------------------------------------------------------------


def test_une_derogation_leve_l_effet_mais_garde_l_echec():
    avant = rendu(EN_DEFAUT)
    assert (avant.etat, list(avant.colonnes_retenues)) == ("partiel", ["mesure.motif_fin"])
    apres = deroger(avant, [derogation()], EXPIRE)
    [resultat] = apres.derogees
    assert (apres.etat, apres.colonnes_retenues) == ("publiable", {})
    assert (resultat.reussie, resultat.echecs) == (False, 15)
    assert resultat.derogation == derogation().phrase


def test_le_lendemain_de_l_expiration_la_regle_mord_a_nouveau():
    levee = deroger(rendu(EN_DEFAUT), [derogation()], EXPIRE)
    assert deroger(levee, [derogation()], EXPIRE + timedelta(days=1)) == rendu(EN_DEFAUT)


@pytest.mark.parametrize("autre", [{"regle": "mesure.rang.remplissage"}, {"service": "autre"}, {"annees": (2021,)}])
def test_une_derogation_ne_leve_que_ce_qu_elle_nomme(autre):
    assert deroger(rendu(EN_DEFAUT), [derogation(**autre)], EXPIRE) == rendu(EN_DEFAUT)


def test_ni_une_regle_structurelle_ni_une_regle_respectee_n_est_levee():
    for resultat in (replace(EN_DEFAUT, structurelle=True), replace(EN_DEFAUT, reussie=True)):
        assert deroger(rendu(resultat), [derogation()], EXPIRE) == rendu(resultat)


def test_une_alerte_levee_n_avertit_plus():
    alerte = replace(EN_DEFAUT, severite="warning")
    assert rendu(alerte).avertissements() == (alerte,)
    assert deroger(rendu(alerte), [derogation()], EXPIRE).avertissements() == ()


def test_de_deux_derogations_la_plus_longue_est_dite():
    longue = derogation(expire=EXPIRE + timedelta(days=90), motif="Délai demandé")
    [resultat] = deroger(rendu(EN_DEFAUT), [derogation(), longue], EXPIRE).derogees
    assert resultat.derogation == longue.phrase


JOURS = st.dates(date(2022, 1, 1), date(2024, 12, 31))


@given(JOURS, JOURS)
def test_deroger_suit_l_expiration_et_se_refait_sans_trace(expire, au):
    """Vaut jusqu'au jour dit compris ; refaire ne change rien ; retirer la dérogation rend le verdict d'avant."""
    derogations = [derogation(expire=expire)]
    levee = deroger(rendu(EN_DEFAUT), derogations, au)
    assert bool(levee.derogees) == (au <= expire)
    assert deroger(levee, derogations, au) == levee
    assert deroger(levee, (), au) == rendu(EN_DEFAUT)
    assert [s.etat for s in suivre(levee, derogations, au)] == [EN_VIGUEUR if au <= expire else EXPIREE]


def test_de_bout_en_bout_une_derogation_s_ecrit_vaut_et_expire(tmp_path):
    """Écrire, retirer ou laisser expirer suffit : rien à recalculer, et l'histoire garde chaque passage."""
    tables = abimer(tables_propres(), "mesure", "motif_fin", None)
    espace = espace_d_essai(tmp_path, tables)
    fichier, demain = fichier_derogations(espace), date.today() + timedelta(days=1)
    vus = []
    for expire in (None, demain, demain - timedelta(days=2)):
        if expire is not None:
            deux = [ecrire(regle=f'"{nom}"', expire=f"{expire}") for nom in (REGLE, f"{REGLE}_faible")]
            fichier.write_text("\n".join(deux), encoding="utf-8")
        rendu = verdict(espace, SERVICE, ANNEE)
        vus.append((rendu.etat, "mesure.motif_fin" in rendu.colonnes_retenues, len(rendu.derogees)))
    assert vus == [("partiel", True, 0), ("publiable", False, 2), ("partiel", True, 0)]
    assert [p.comptes[DEROGES] for p in lire_historique(espace, SERVICE, ANNEE)] == [0, 2, 0]


# --- Suivre ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reussie", "jours", "etat", "dit"),
    [
        (False, 0, EN_VIGUEUR, "Dérogation jusqu'au 30 juin 2023"),
        (True, 0, SANS_EFFET, "peut être retirée"),
        (False, 1, EXPIREE, "expirée depuis le 30 juin 2023 : la règle s'applique à nouveau"),
        (True, 1, EXPIREE, "expirée depuis le 30 juin 2023 : la règle est respectée"),
    ],
)
def test_chaque_derogation_dit_ou_elle_en_est(reussie, jours, etat, dit):
    [suivi] = suivre(rendu(replace(EN_DEFAUT, reussie=reussie)), [derogation()], EXPIRE + timedelta(days=jours))
    assert (suivi.etat, suivi.en_echec) == (etat, not reussie)
    assert dit in suivi.phrase


def test_une_derogation_renouvelee_ne_se_dit_pas_expiree():
    neuve = derogation(expire=EXPIRE + timedelta(days=365))
    [suivi] = suivre(rendu(EN_DEFAUT), [derogation(), neuve], EXPIRE + timedelta(days=1))
    assert (suivi.derogation, suivi.etat) == (neuve, EN_VIGUEUR)


def test_une_regle_non_jugee_compte_comme_respectee():
    [suivi] = suivre(rendu(), [derogation()], EXPIRE)
    assert (suivi.etat, suivi.en_echec) == (SANS_EFFET, False)


def test_l_empreinte_change_avec_le_fichier_et_a_l_expiration():
    en_cours = empreinte_derogations([derogation()], SERVICE, ANNEE, EXPIRE)
    assert en_cours == empreinte_derogations([derogation(ligne=8)], SERVICE, ANNEE, EXPIRE)
    assert en_cours != empreinte_derogations([derogation()], SERVICE, ANNEE, EXPIRE + timedelta(days=1))
    assert en_cours != empreinte_derogations([derogation(motif="Autre")], SERVICE, ANNEE, EXPIRE)
    assert empreinte_derogations([derogation()], SERVICE, 2021, EXPIRE) == ""
