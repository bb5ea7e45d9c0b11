"""L'explorateur sans navigateur : chaque contrôle, chaque bouton, par les mêmes appels que la souris et le clavier."""

from __future__ import annotations

import base64
import json
import re
import threading
from html import unescape

import ipywidgets as w
import papermill
import polars as pl
import pytest

import observatoire as obs
from observatoire.erreurs import ErreurParametre, RapportBloque
from observatoire.exploration import Atelier, controler_demande
from observatoire.exploration.explorateur import Explorateur
from observatoire.exploration.exports import PROTEGEE_SEULE
from observatoire.exploration.page import style
from observatoire.exploration.widgets_etat import ajuster, etat_de
from observatoire.exploration.widgets_preparation import Preparation
from observatoire.exploration.widgets_vue import choisissables

DEPART = {"services": "cllaj", "annees": 2022, "indicateur": "composition_familiale"}
BALISE = re.compile(r"<[^>]+>")


@pytest.fixture(scope="module")
def atelier(espace_exemple) -> Atelier:
    return Atelier(espace_exemple)


def ouvrir(atelier: Atelier, **demande) -> Explorateur:
    controlee = controler_demande(atelier.espace, {**DEPART, **demande})
    return Explorateur(atelier, etat_de(controlee), preparer=False)


@pytest.fixture
def explorateur(atelier) -> Explorateur:
    return ouvrir(atelier)


def lu(html: w.HTML | str) -> str:
    """Le texte d'un morceau de page, sans insécables."""
    texte = html if isinstance(html, str) else html.value
    return re.sub(r"\s+", " ", unescape(BALISE.sub(" ", texte))).strip()


def cliquer(explorateur: Explorateur, libelle: str | None) -> None:
    """Ce que le navigateur envoie quand on clique une marque, ou le vide."""
    magasin = [{"fields": [{"type": "E", "field": "modalite"}], "values": [libelle]}] if libelle else []
    explorateur.panneau.dessin._vl_selections = {"choix": {"value": {}, "store": magasin}}


def tous(racine: w.Widget) -> list[w.Widget]:
    """Un contrôle et tout ce qu'il contient."""
    return [racine, *(x for enfant in getattr(racine, "children", ()) for x in tous(enfant))]


# Une vue, tout ensemble


def test_la_vue_le_tableau_la_base_et_le_cout_se_refont_ensemble(explorateur):
    explorateur.choix.premiere.value = "genre"
    vue = explorateur.vue
    assert vue.demande.ventilations == ("genre",)
    assert "Femme" in lu(explorateur.panneau.tableau)
    assert lu(str(vue.titre)) in lu(explorateur.panneau.entete) and "Base" in lu(explorateur.panneau.entete)
    assert lu(vue.cout.phrase) == lu(explorateur.cout)
    assert lu(vue.notes[0]) in lu(explorateur.panneau.notes)
    assert json.dumps(explorateur.panneau.dessin.spec).count("Femme")
    assert explorateur.erreur == ""


def test_choisir_fait_ce_que_font_les_controles(atelier):
    a, b = ouvrir(atelier), ouvrir(atelier)
    a.choisir(indicateur="part_sans_ressource", ventilations=["genre"])
    b.choix.indicateur.value = "part_sans_ressource"
    b.choix.premiere.value = "genre"
    assert a.vue.demande == b.vue.demande
    assert a.panneau.tableau.value == b.panneau.tableau.value


def test_chaque_controle_a_un_nom(explorateur):
    """Un lecteur d'écran nomme chaque contrôle : une étiquette, ou le texte du bouton."""
    explorateur.choix.variable.value = "genre"
    controles = [x for x in tous(explorateur) if isinstance(x, w.DOMWidget) and "description" in x.trait_names()]
    for outil in explorateur.outils.tous:
        controles += [c for c in outil.controles if not isinstance(c, w.HTML)]
    sans_nom = [c for c in controles if not isinstance(c, w.HTML) and not c.description.strip()]
    assert len(controles) > 30
    assert sans_nom == []


def test_le_depart_se_complete_et_se_refuse(espace_exemple, atelier):
    ouvert = obs.explorer(espace_exemple)
    assert ouvert.vue.demande.annee == max(atelier.annees(ouvert.vue.demande.service))
    ouvert.preparation.oublier()
    with pytest.raises(ErreurParametre, match="cllaj"):
        obs.explorer(espace_exemple, services="claj")
    assert ouvert.vue.surtitre in repr(ouvert)


def test_une_erreur_d_un_carnet_se_lit_en_une_phrase():
    erreur = ErreurParametre("Service « claj » inconnu.", "Vouliez-vous dire « cllaj » ?")
    assert erreur._render_traceback_() == ["Service « claj » inconnu. Vouliez-vous dire « cllaj » ?"]


# Les choix


@pytest.mark.parametrize(
    ("depart", "changements", "attendu", "dit"),
    [
        ({}, {"services": ["cllaj", "ltiae"]}, {"comparaison": "service"}, "Service par service"),
        ({"comparaison": "annees"}, {"ventilations": ["genre"]}, {"comparaison": "aucune"}, "Sans comparaison"),
        ({"ventilations": ["genre"]}, {"comparaison": "annees"}, {"ventilations": []}, "genre est retirée"),
        ({"ventilations": ["genre"]}, {"indicateur": "situations_accompagnees"}, {"ventilations": []}, "Genre"),
        ({"filtres": ["genre=F"]}, {"indicateur": "situations_accompagnees"}, {"filtres": {}}, "Filtre retiré"),
        ({}, {"annees": [1999]}, {"annees": [2022]}, "1999 n'est pas une année reçue"),
        ({"annees": [2021, 2022], "comparaison": "annees"}, {"comparaison": "aucune"}, {"annees": [2022]}, ""),
        (
            {"indicateur": "etp_accompagnement"},
            {"services": ["ltiae"]},
            {"services": ["ltiae"]},
            "ne se calcule pas pour LTIAE",
        ),
    ],
)
def test_un_choix_qui_en_exclut_un_autre_le_dit(atelier, depart, changements, attendu, dit):
    etat = etat_de(controler_demande(atelier.espace, {**DEPART, **depart}))
    apres, avis = ajuster(atelier, etat, changements)
    assert {nom: apres[nom] for nom in attendu} == attendu
    assert dit in lu(" ".join(avis)) and bool(avis) == bool(dit)
    atelier.voir(controler_demande(atelier.espace, apres))


def test_retirer_le_second_service_revient_a_l_annee_d_avant(explorateur):
    explorateur.choix.second.value = "ltiae"
    assert explorateur.vue.demande.services == ("cllaj", "ltiae")
    explorateur.choix.second.value = ""
    assert (explorateur.vue.demande.services, explorateur.vue.demande.comparaison) == (("cllaj",), "annee_precedente")


def test_chercher_un_mot_ne_change_la_vue_que_si_l_on_choisit(explorateur):
    avant = explorateur.vue
    explorateur.choix.recherche.value = "sans resource"  # la faute de frappe est pardonnée
    noms = [nom for _, nom in explorateur.choix.indicateur.options]
    assert noms[0] == "part_sans_ressource" and len(noms) < 10, noms
    assert explorateur.vue is avant
    explorateur.choix.indicateur.value = noms[0]
    assert explorateur.vue.demande.indicateur == noms[0]
    assert "Pièges" in lu(explorateur.choix.definition) and "Sans ressource" in lu(explorateur.choix.definition)


def test_une_recherche_sans_resultat_le_dit(explorateur):
    explorateur.choix.recherche.value = "zzzz"
    dite = "Aucun chiffre ne répond à « zzzz » : essayez un autre mot, ou effacez la recherche."
    assert lu(explorateur.choix.aucun_chiffre) == dite
    assert explorateur.choix.indicateur.layout.display == "none"
    explorateur.choix.recherche.value = ""
    assert explorateur.choix.aucun_chiffre.value == "" and explorateur.choix.indicateur.layout.display is None


def test_un_filtre_se_pose_en_trois_gestes_et_se_retire_d_un(explorateur):
    tout = explorateur.vue.base
    explorateur.choix.variable.value = "qpv"
    explorateur.choix.modalites.value = ("oui",)
    explorateur.choix.filtrer.click()
    assert explorateur.vue.demande.filtres == (("qpv", ("oui",)),)
    assert explorateur.vue.base != tout
    (puce,) = explorateur.choix.puces.children
    assert "Quartier prioritaire" in puce.description and "Oui" in puce.description
    puce.click()
    assert explorateur.vue.demande.filtres == () and explorateur.vue.base == tout


def test_annee_par_annee_se_choisit_depuis_une_annee(explorateur):
    explorateur.choix.comparaison.value = "annees"
    assert explorateur.vue.demande.annees == (2020, 2021, 2022)
    assert (explorateur.choix.depuis.value, explorateur.choix.depuis.layout.display) == (2020, None)
    explorateur.choix.depuis.value = 2021
    assert explorateur.vue.demande.annees == (2021, 2022)


def test_seul_ce_qui_existe_se_propose(explorateur, atelier):
    """Ni territoire ni objectif pour un service qui n'en déclare pas."""
    offertes = {valeur for _, valeur in explorateur.choix.comparaison.options}
    assert {"aucune", "annee_precedente", "annees"} <= offertes
    assert not {"service", "territoire"} & offertes
    assert explorateur.choix.territoire.layout.display == "none"
    ventilations = {valeur for _, valeur in explorateur.choix.premiere.options if valeur}
    assert ventilations == {c.valeur for c in atelier.ventilations("composition_familiale", "cllaj", 2022)}


# L'édition


def test_diffusable_montre_ce_qui_est_masque_et_ce_que_cela_coute(explorateur):
    assert "sont masquées" in lu(explorateur.cout)  # déjà dit en interne
    interne = lu(explorateur.panneau.tableau)
    explorateur.edition.value = "public"
    assert explorateur.vue.demande.diffusion == "public"
    assert "masquée" in lu(explorateur.panneau.tableau) and "masquée" not in interne
    assert 'diffusion="public"' in lu(explorateur.actions.code)
    etats = set(explorateur.vue.table["etat"].to_list())
    assert "masque" in etats


def test_diffusable_rappelle_qu_une_vue_filtree_est_protegee_seule(explorateur):
    explorateur.choisir(diffusion="public")
    assert PROTEGEE_SEULE not in lu(explorateur.cout)
    explorateur.choisir(filtres={"qpv": ["oui"]})
    assert PROTEGEE_SEULE in lu(explorateur.cout) and lu(explorateur.vue.cout.phrase) in lu(explorateur.cout)
    explorateur.choisir(diffusion="interne")
    assert PROTEGEE_SEULE not in lu(explorateur.cout)


# La marque choisie


def test_un_clic_et_le_clavier_montrent_le_meme_detail(explorateur, atelier):
    (libelle, code) = choisissables(explorateur.vue)[0]
    cliquer(explorateur, libelle)
    clic = explorateur.detail
    assert clic.table.equals(atelier.detail(explorateur.vue.demande, "composition", code).table)
    assert explorateur.panneau.modalite.value == code
    assert lu(clic.surtitre) in lu(explorateur.panneau.detail.entete)
    assert explorateur.panneau.detail.dessin.spec is not None
    cliquer(explorateur, None)
    assert explorateur.detail is None and explorateur.panneau.detail.boite.layout.display == "none"
    explorateur.panneau.modalite.value = code
    assert explorateur.detail.table.equals(clic.table)


def test_le_graphique_redessine_ne_retire_pas_un_choix_fait_au_clavier(explorateur):
    """À chaque dessin, le navigateur annonce une sélection vide : elle ne vaut pas un clic dans le vide."""
    libelle, code = choisissables(explorateur.vue)[1]
    explorateur.panneau.modalite.value = code
    (choix,) = [p for p in explorateur.panneau.dessin.spec["params"] if p["name"] == "choix"]
    assert choix["value"] == [{"modalite": libelle}]
    explorateur.panneau.dessin._vl_selections = {"choix": {"value": {}, "store": []}}
    assert explorateur.detail is not None
    explorateur.panneau.retirer.click()
    assert explorateur.detail is None and explorateur.panneau.modalite.value == ""


def test_le_clavier_remplace_une_marque_choisie(explorateur):
    """Le dessin refait oublie la sélection du navigateur : ce n'est pas un clic dans le vide."""
    (nom_a, a), (_, b) = choisissables(explorateur.vue)[:2]
    modalite, details = explorateur.panneau.modalite, []
    for code, montree in ((a, nom_a), (b, None), ("", None)):
        modalite.value = code
        details.append(explorateur.detail)
        assert (modalite.value, explorateur.erreur) == (code, "")
        assert explorateur.panneau.choisie == (("composition", code) if code else None)
        if montree:
            cliquer(explorateur, montree)  # ce que le navigateur annonce du dessin refait
    assert details[0].surtitre != details[1].surtitre and details[2] is None
    assert explorateur.panneau.detail.boite.layout.display == "none"


def test_une_nouvelle_vue_oublie_la_marque_choisie(explorateur):
    cliquer(explorateur, choisissables(explorateur.vue)[0][0])
    explorateur.choisir(comparaison="aucune")
    assert explorateur.detail is None and "Le code de la sélection" not in explorateur.actions.code.value


def test_la_marque_choisie_devient_un_filtre(explorateur):
    explorateur.choisir(indicateur="part_sans_ressource", ventilations=["genre"])
    explorateur.panneau.modalite.value = "F"
    explorateur.panneau.garder.click()
    assert explorateur.vue.demande.filtres == (("genre", ("F",)),)
    assert explorateur.vue.demande.ventilations == ()  # il n'en resterait qu'une modalité


# Les erreurs


def test_un_refus_est_une_phrase_et_la_vue_d_avant_reste_en_retrait(explorateur, capsys):
    avant, entete = explorateur.vue, explorateur.panneau.entete.value
    assert explorateur.choisir(comparaison="service") is None
    assert "Ajoutez un service" in explorateur.erreur and 'role="alert"' in explorateur.message.value
    assert explorateur.vue is avant and explorateur.panneau.entete.value == entete
    assert "obs-attenue" in explorateur.panneau.boite._dom_classes
    explorateur.choix.second.value = "ltiae"  # le choix suivant répare
    assert explorateur.erreur == "" and explorateur.vue.demande.comparaison == "service"
    assert "obs-attenue" not in explorateur.panneau.boite._dom_classes
    assert explorateur.choisir(truc=1) is None and "Paramètre « truc » inconnu" in explorateur.erreur
    assert "Traceback" not in "".join(capsys.readouterr())


def emportables(explorateur: Explorateur) -> set[bool]:
    actions = explorateur.actions
    boutons = (*actions.volets, actions.formats["csv"], actions.confirmer)
    return {not bouton.disabled for bouton in boutons}


def test_un_refus_en_diffusable_n_y_laisse_rien_de_l_interne(espace_jetable):
    """L'objectif refusé, puis « Diffusable » : rien de la vue interne ne se lit, ne se choisit ni ne s'exporte."""
    explorateur = ouvrir(Atelier(espace_jetable), ventilations=["genre"])
    panneau, actions = explorateur.panneau, explorateur.actions
    actions.exporter.click()
    ecrits = espace_jetable.racine / "reports/exports"
    assert emportables(explorateur) == {True}
    assert explorateur.choisir(comparaison="objectif") is None
    assert panneau.entete.value and emportables(explorateur) == {False}  # même édition : en retrait
    assert actions.volets[actions.exporter].layout.display == "none"
    explorateur.edition.value = "public"
    refus = explorateur.erreur
    assert "objectif de convention" in refus and 'role="alert"' in explorateur.message.value
    assert (explorateur.vue, explorateur.detail, panneau.vue, actions.vue) == (None, None, None, None)
    lisibles = (panneau.entete, panneau.legende, panneau.description, panneau.tableau, panneau.examen, panneau.notes)
    lisibles += (panneau.detail.entete, panneau.detail.suite, actions.code, actions.lien, actions.titre)
    assert {x.value for x in (*lisibles, explorateur.cout)} == {""}
    assert panneau.dessin.spec is None and emportables(explorateur) == {False}
    assert explorateur.choisir_marque(("genre", "F")) is None and explorateur.erreur == refus
    for emporter in (lambda: actions.exporter_en("csv"), actions.ajouter_a):
        emporter()
        assert explorateur.erreur == refus and not ecrits.exists()
    explorateur.onglet.value = "outils"
    assert explorateur.erreur == ""
    explorateur.onglet.value = "explorer"
    assert explorateur.erreur == refus
    explorateur.choix.comparaison.value = "aucune"
    assert explorateur.erreur == "" and explorateur.vue.demande.diffusion == "public"
    assert emportables(explorateur) == {True} and panneau.tableau.value and "public" in actions.code.value


def test_un_export_qui_echoue_laisse_la_vue_lisible(espace_jetable, monkeypatch):
    explorateur = ouvrir(Atelier(espace_jetable), indicateur="part_sans_ressource")

    def casser(*_):
        raise PermissionError

    monkeypatch.setattr("observatoire.exploration.widgets_actions.remplacer_fichier", casser)
    explorateur.actions.formats["csv"].click()
    assert "Fermez-le s'il est ouvert" in explorateur.erreur and explorateur.actions.lien.value == ""
    assert not explorateur.panneau.attenuee and emportables(explorateur) == {True}


def test_une_panne_imprevue_ne_montre_ni_trace_ni_donnee(explorateur, monkeypatch, capsys):
    def casser(demande):
        raise ValueError("men_0123456789abcdef, née le 3 mai 1999")

    monkeypatch.setattr(explorateur.atelier, "voir", casser)
    assert explorateur.choisir(ventilations=["genre"]) is None
    assert "Relire les données" in explorateur.erreur
    partout = "".join(capsys.readouterr()) + "".join(x.value for x in tous(explorateur) if isinstance(x, w.HTML))
    assert "men_" not in partout and "Traceback" not in partout


def test_une_annee_bloquee_ouvre_quand_meme_l_explorateur(espace_exemple, monkeypatch):
    """La première vue refusée laisse choisir autre chose ; rien ne s'exporte tant qu'il n'y a pas de vue."""
    atelier = Atelier(espace_exemple)
    voir = atelier.voir

    def bloquer(demande):
        if demande.annee == 2022:
            raise RapportBloque("CLLAJ 2022 est bloqué.", "Corrigez l'export.")
        return voir(demande)

    monkeypatch.setattr(atelier, "voir", bloquer)
    explorateur = ouvrir(atelier)
    assert explorateur.vue is None and explorateur.erreur == "CLLAJ 2022 est bloqué. Corrigez l'export."
    assert explorateur.actions.boite.layout.display == "none"
    explorateur.choix.annee.value = 2021
    assert explorateur.vue.demande.annee == 2021 and explorateur.erreur == ""
    assert explorateur.actions.boite.layout.display is None


# Ce que l'on en fait


def test_le_code_montre_refait_les_memes_cellules(explorateur, monkeypatch):
    explorateur.choisir(ventilations=["genre"], filtres={"qpv": ["oui"]}, diffusion="public")
    monkeypatch.setenv("OBSERVATOIRE_ESPACE", str(explorateur.atelier.espace.racine))
    (ecrit,) = re.findall(r"<textarea[^>]*>(.*?)</textarea>", explorateur.actions.code.value, re.DOTALL)
    portee: dict = {}
    exec(unescape(ecrit), portee)
    assert portee["vue"].table.equals(explorateur.vue.table)


def test_exporter_ecrit_le_fichier_et_le_propose(espace_jetable):
    explorateur = ouvrir(Atelier(espace_jetable), diffusion="public")
    for format_, bouton in explorateur.actions.formats.items():
        bouton.click()
        assert explorateur.erreur == ""
        chemin = f"reports/exports/public/cllaj_2022_composition_familiale_public.{format_}"
        assert chemin in lu(explorateur.message) and chemin in lu(explorateur.actions.lien)
        assert "Télécharger le fichier</a></p><p>Cette vue" in explorateur.actions.lien.value
        ecrit = (espace_jetable.racine / chemin).read_bytes()
        (donnees,) = re.findall(r'download="[^"]+" href="data:[^;]+;base64,([^"]+)"', explorateur.actions.lien.value)
        assert base64.b64decode(donnees) == ecrit
    table = pl.read_csv(espace_jetable.racine / chemin.replace(".svg", ".csv"), infer_schema=False)
    masquees = table.filter(pl.col("etat").is_in(["masque", "masque_secondaire"]))
    assert masquees.height and masquees["valeur"].null_count() == masquees.height


def test_une_vue_sans_graphique_n_a_pas_d_image(explorateur):
    explorateur.choisir(indicateur="part_sans_ressource")
    assert explorateur.panneau.dessin.spec is None
    assert [f for f, b in explorateur.actions.formats.items() if b.disabled] == ["png", "svg"]


def test_ajouter_au_rapport_ecrit_le_reglage_ou_dit_pourquoi_non(espace_jetable):
    explorateur = ouvrir(Atelier(espace_jetable), ventilations=["genre"], comparaison="aucune")
    reglage = espace_jetable.dossier_services / "cllaj.toml"
    avant = reglage.read_text(encoding="utf-8")
    explorateur.actions.section.value = "À discuter"
    explorateur.actions.titre.value = "Qui vient, selon le genre"
    explorateur.actions.confirmer.click()
    assert explorateur.erreur == "" and "À discuter" in lu(explorateur.message)
    assert "Qui vient, selon le genre" in reglage.read_text(encoding="utf-8").replace(avant, "")
    explorateur.choisir(services=["cllaj", "ltiae"], ventilations=[])
    explorateur.actions.confirmer.click()
    assert "Choisissez un seul service" in explorateur.erreur


def test_relire_repart_des_donnees(espace_jetable):
    explorateur = ouvrir(Atelier(espace_jetable), indicateur="part_sans_ressource")
    avant = explorateur.vue
    fichier = espace_jetable.dossier_services / "cllaj.toml"
    texte = fichier.read_text(encoding="utf-8")
    fichier.write_text(texte.replace('libelle_court = "CLLAJ"', 'libelle_court = "Accueil des jeunes"'), "utf-8")
    explorateur.actions.relire.click()
    assert explorateur.vue is not avant and "Accueil des jeunes" in lu(explorateur.panneau.entete)
    assert "Accueil des jeunes" in [nom for nom, _ in explorateur.choix.service.options]
    assert "relues" in lu(explorateur.message)


# Le travail de fond


class AtelierLent:
    """Un atelier dont chaque préparation a trois étapes ; `pas` les laisse passer une à une."""

    def __init__(self, erreur: Exception | None = None) -> None:
        self.faits: list[tuple[str, int]] = []
        self.vus: list[str] = []
        self.erreur = erreur
        self.avance = threading.Event()
        self.boite: w.HTML | None = None

    def fiche(self, service: str):
        return type("Fiche", (), {"libelle_court": service.upper()})

    def preparer(self, service, annees, prevenir):
        if self.erreur:
            raise self.erreur
        for rang in (1, 2, 3):
            prevenir("étape", rang, 3)
            self.vus.append(lu(self.boite))
            self.avance.set()
        self.faits.append((service, annees[0]))


def test_la_preparation_avance_une_fois_par_annee_et_dit_ou_elle_en_est():
    atelier = AtelierLent()
    preparation = Preparation(atelier)
    atelier.boite = preparation.boite
    preparation.demander([("a", 2022), ("a", 2021)])
    preparation.attendre(5)
    preparation.demander([("a", 2022)])
    preparation.attendre(5)
    assert atelier.faits == [("a", 2022), ("a", 2021)]
    assert "A 2022 se prépare en arrière-plan (2 sur 3)" in atelier.vus[1]
    assert preparation.boite.value == ""


def test_un_choix_passe_devant_la_preparation():
    atelier = AtelierLent()
    preparation = Preparation(atelier)
    atelier.boite = preparation.boite
    with preparation.suspendue():
        preparation.demander([("a", 2022)])
        assert not atelier.avance.wait(0.05)
    assert atelier.avance.wait(5)
    preparation.attendre(5)
    assert atelier.faits == [("a", 2022)]


def test_une_longue_lecture_s_annonce(atelier, monkeypatch):
    explorateur = ouvrir(atelier)
    vus: list[str] = []
    voir = atelier.voir
    monkeypatch.setattr(atelier, "voir", lambda d: vus.append(lu(explorateur.message)) or voir(d))
    explorateur.choisir(services=["ltiae"])
    explorateur.choisir(comparaison="aucune")
    annonces = [v for v in vus if v]
    assert annonces and set(annonces) == {"Lecture des données : LTIAE 2022…"}
    assert "Lecture" not in lu(explorateur.message)


def test_une_preparation_qui_echoue_n_arrete_pas_les_suivantes():
    preparation = Preparation(AtelierLent(ErreurParametre("Clé absente.", "Recopiez-la.")))
    preparation.demander([("a", 2022), ("a", 2021)])
    preparation.attendre(5)
    assert preparation._prendre() is None


# Les outils


def test_les_outils_montrent_un_resultat_et_les_internes_se_refusent_en_diffusable(explorateur):
    explorateur.choisir(indicateur="part_sans_ressource")
    explorateur.onglet.value = "outils"
    outils = explorateur.outils
    for rang, outil in enumerate(outils.tous):
        outils.liste.value = rang
        if outil is outils.menage:
            identifiant = outil.proposes.options[0][1]
            outil.proposes.value = identifiant
        outils.afficher.click()
        assert explorateur.erreur == "", outil.titre
        assert "<table" in outils.html.value, outil.titre
    assert identifiant in outils.html.value and outils.dessin.spec is not None
    explorateur.edition.value = "public"
    assert outils.html.value == "" and outils.dessin.spec is None and outils.menage.proposes.options == ()
    for outil, dit in ((outils.menage, "parcours"), (outils.profil, "profil")):
        outils.liste.value = outils.tous.index(outil)
        outils.afficher.click()
        assert f"{dit} d'un" in explorateur.erreur and "interne" in explorateur.erreur
        assert outils.html.value == ""


def test_rien_d_un_menage_ne_reste_quand_on_quitte_l_onglet(explorateur):
    explorateur.onglet.value = "outils"
    outils = explorateur.outils
    outils.liste.value = outils.tous.index(outils.menage)
    identifiant = outils.menage.proposes.options[0][1]
    outils.menage.proposes.value = identifiant
    outils.afficher.click()
    assert identifiant in outils.html.value
    explorateur.onglet.value = "explorer"
    etats = [x.get_state() for x in tous(explorateur) + [c for o in outils.tous for c in o.controles]]
    assert identifiant not in json.dumps(etats, default=str)
    assert identifiant not in json.dumps(explorateur._repr_mimebundle_(), default=str)


# Le carnet et la page


def test_le_carnet_execute_avec_des_parametres_n_enregistre_qu_une_phrase(
    espace_exemple, racine, tmp_path, monkeypatch
):
    monkeypatch.setenv("OBSERVATOIRE_ESPACE", str(espace_exemple.racine))
    sortie = tmp_path / "exploration.ipynb"
    papermill.execute_notebook(
        racine / "notebooks/exploration.ipynb",
        sortie,
        parameters={
            "services": ["cllaj"],
            "annees": [2022],
            "indicateur": "part_sans_ressource",
            "diffusion": "public",
        },
        engine_name="observatoire",
        progress_bar=False,
    )
    cellules = json.loads(sortie.read_text(encoding="utf-8"))["cells"]
    (rendue,) = [s for c in cellules if "explorateur" in c["metadata"].get("tags", ()) for s in c["outputs"]]
    assert set(rendue["data"]) == {"text/plain", "application/vnd.jupyter.widget-view+json"}
    assert "Part sans ressource" in "".join(rendue["data"]["text/plain"]).replace("\xa0", " ")


def test_le_carnet_livre_les_parametres_du_contrat(racine):
    carnet = json.loads((racine / "notebooks/exploration.ipynb").read_text(encoding="utf-8"))
    (parametres,) = [c for c in carnet["cells"] if "parameters" in c["metadata"].get("tags", ())]
    noms = re.findall(r"^(\w+) =", "".join(parametres["source"]), re.MULTILINE)
    assert set(noms) == set(DEPART) | {"ventilations", "filtres", "territoire", "comparaison", "diffusion"}


def test_la_feuille_de_style_reste_dans_son_cadre_et_sur_la_machine():
    feuille = str(style())
    assert "http" not in feuille and "url(" not in feuille and "@import" not in feuille
    regles = re.sub(r"/\*.*?\*/", "", feuille.removeprefix("<style>").removesuffix("</style>"))
    selecteurs = re.findall(r"(?:^|[}\n])\s*([^{}@]+)\{", regles)
    assert len(selecteurs) > 60
    assert [s for s in selecteurs if ".obs-vue" not in s and ".obs-explorateur" not in s] == []


def test_le_code_qui_dessine_ne_demande_rien_au_reseau(explorateur):
    esm = explorateur.panneau.dessin._esm
    assert "esm.sh" not in str(esm) and len(str(esm)) > 500_000
