"""La figure et les parties de la page : structure, échappement, rien que des agrégats."""

import json
import re
from dataclasses import replace

import pytest

from observatoire.campagne.fiche import TYPE_FICHE
from observatoire.restitution import page
from observatoire.restitution.figure import figure, json_sur
from observatoire.restitution.gabarit import css, politique
from observatoire.restitution.rapport import Rapport
from tests.restitution import fabrique

HOSTILE = '"><script>alert("x")</script><img src=x onerror=alert(1)>'


def rapport(**autres) -> Rapport:
    return Rapport(fabrique.donnees(**autres))


def test_figure_complete():
    html = str(figure(fabrique.bloc_repartition()))
    assert html.count("<svg") == 2 and 'type="application/json"' in html
    for morceau in (
        "<figure",
        "<h3",
        "<table",
        "<caption>",
        "<figcaption>",
        'href="#def-composition_familiale"',
        "Profil lu au début de la mesure.",
        "pas de composition renseignée",
        'role="img"',
    ):
        assert morceau in html


def test_specification_embarquee_se_relit():
    html = str(figure(fabrique.bloc_serie()))
    specs = json.loads(re.search(r'application/json">(.*?)</script>', html, re.DOTALL)[1])
    assert specs["fluide"] is True and len(specs["large"]["layer"]) >= 3 and "$schema" not in specs["large"]


def test_texte_hostile_s_affiche_en_texte():
    """Une modalité, un titre, une note, une alerte ou un libellé ne peuvent rien exécuter."""
    bloc = fabrique.bloc(
        "hostile",
        "barres",
        ["composition_familiale"],
        fabrique.repartition("composition_familiale", "composition", {HOSTILE: 40, "B": 20}),
        titre=HOSTILE,
        notes=(HOSTILE,),
        alertes=(HOSTILE,),
    )
    bloc = replace(bloc, definitions=(fabrique.definition("composition_familiale", libelle=HOSTILE),))
    html = str(figure(bloc))
    assert "<img" not in html
    assert html.count("<script") == 1 and html.count("</script") == 1


def test_json_ne_ferme_pas_de_balise():
    hostile = {"a": "</script><!--"}
    assert "<" not in json_sur(hostile) and json.loads(json_sur(hostile)) == hostile


def test_bandeau_interne_et_public():
    interne, public = (str(rapport(diffusion=d).entete().html) for d in ("interne", "public"))
    assert page.AVERTISSEMENT_INTERNE in interne and "Usage interne" not in public.split("</style>")[1]
    assert interne.count("<h1") == 1


def test_sommaire_mene_a_chaque_figure():
    entier = rapport()
    liens = set(re.findall(r'href="#([^"]+)"', str(entier.sommaire().html)))
    corps = "".join(
        str(f.html) for f in [entier.chiffres_cles(), *entier.sections(), entier.qualite(), entier.definitions()]
    )
    ancres = re.findall(r' id="([^"]+)"', corps)
    assert liens and liens <= set(ancres)
    assert len(ancres) == len(set(ancres)), "deux ancres portent le même nom"


def test_chaque_definition_citee_est_au_glossaire():
    entier = rapport()
    corps = "".join(str(f.html) for f in [entier.chiffres_cles(), *entier.sections()])
    citees = set(re.findall(r'href="#(def-[^"]+)"', corps))
    definies = set(re.findall(r'id="(def-[^"]+)"', str(entier.definitions().html)))
    assert citees and citees <= definies


def test_glossaire_sans_exemple_de_code():
    definition = fabrique.definition("x", description="Ce que c'est.\n\n    Exemple :\n    >>> calculer('x')")
    bloc = replace(fabrique.bloc_tuiles(), definitions=(definition,))
    html = str(page.definitions(fabrique.donnees(sections=(), chiffres_cles=bloc)))
    assert "Ce que c&#39;est." in html and "calculer" not in html


def test_definition_sans_exemple_sur_la_meme_ligne_et_noms_de_reglage_en_code():
    definition = fabrique.definition("x", description="Selon `regle_mois` : oui. Exemple : `calculer x`.")
    bloc = replace(fabrique.bloc_tuiles(), definitions=(definition,))
    html = str(page.definitions(fabrique.donnees(sections=(), chiffres_cles=bloc)))
    assert "<p>Selon <code>regle_mois</code>\u00a0: oui.</p>" in html and "calculer" not in html


def test_tuile_seule_sans_tableau():
    nom = "menages_accompagnes"
    seule = fabrique.bloc("t", "tuiles", [nom], fabrique.total(nom, 25), fabrique.total(nom, 25, annee=2021))
    html = str(figure(seule))
    assert "<table" not in html and "Stable par rapport à 2021" in html


def test_tuile_et_phrase_disent_le_meme_ecart():
    """38,8 % contre 30 % : +8,8 points dans la tuile comme dans la phrase."""
    nom = "taux_sortie_logement"
    lignes = [
        fabrique.total(nom, v, numerateur=n, denominateur=b, base=b, annee=a)
        for a, v, n, b in ((2022, 38.8, 104, 268), (2021, 30.0, 87, 290))
    ]
    assert "▲</span> +8,8\u00a0points par rapport à 2021" in str(figure(fabrique.bloc("t", "tuiles", [nom], *lignes)))


def test_espaces_insecables_des_titres():
    bloc = replace(fabrique.bloc_repartition(), titre="Composition : « seul » ou non ?")
    assert "Composition\u00a0: «\u00a0seul\u00a0» ou non\u00a0?" in str(figure(bloc))


def test_panneau_de_qualite():
    html = str(rapport().qualite().html)
    assert "1 contrôle réussi sur 2" in html and "Ressources absentes pour 3 ménages." in html


def test_le_panneau_public_tait_les_petits_comptes_et_parle_la_langue_du_service():
    """« moins de 5 » en public ; en interne, le compte ; jamais un nom de colonne du modèle."""
    regles = [fabrique.regle(reussie=False, structurelle=False, echecs=n, colonnes=("mesure.rang",)) for n in (3, 12)]
    lus = {}
    for diffusion in ("interne", "public"):
        donnees = fabrique.donnees(diffusion=diffusion, verdict=fabrique.verdict("partiel", regles))
        lus[diffusion] = re.findall(r'data-colonne="Lignes">([^<]*)', str(page.qualite(donnees)))
        assert "mesure.rang" not in str(page.qualite(donnees))
    assert lus == {"interne": ["3", "12"], "public": ["moins de 5", "12"]}


def test_provenance_porte_la_table_protegee_et_rien_d_autre():
    paquet = rapport().provenance()._repr_mimebundle_()
    fiche = paquet[TYPE_FICHE]
    entete, *lignes = fiche["table"].splitlines()
    assert entete.startswith("service,territoire,annee,indicateur") and len(lignes) > 50
    assert "masque" in fiche["table"] and "libelle" not in entete
    assert json.dumps(fiche) and fiche["chiffre_cle"] == {"valeur": "25", "libelle": "Ménages accompagnés"}


def test_tuile_masquee():
    bloc = fabrique.bloc(
        "t", "tuiles", ["menages_accompagnes"], fabrique.total("menages_accompagnes", None, etat="masque")
    )
    html = str(page.chiffres_cles(bloc))
    assert "masqué" in html and ">0<" not in html


@pytest.mark.parametrize("texte", [css(), politique(("x",))])
def test_aucune_adresse_exterieure(texte):
    assert not re.search(r"(?:https?:)?//[a-z]", texte)
