"""Les portails : états, fraîcheur, derniers changements, glossaire, et un portail public qui se suffit."""

from __future__ import annotations

import json
import os
import re
from html import unescape

import pytest

from observatoire.campagne.fraicheur import Fraicheur
from observatoire.campagne.glossaire import page_glossaire
from observatoire.campagne.origine import empreinte_donnees, lire_origine, reglages_propres, sources_document
from observatoire.campagne.portail import (
    denombrer,
    ecrire_portail,
    lire_manifeste,
    rafraichir_portail,
    rapports_internes,
)
from observatoire.campagne.recherche import index_recherche
from observatoire.espace import Espace
from observatoire.livraisons import livraisons, retirer
from observatoire.services import lire_service

SERVICE = """
libelle = "Logement d'essai"
libelle_court = "Essai"
type_service = "ALT"
association = "Association d'essai"
territoire = "Métropole d'essai"
chiffres_cles = ["menages_accompagnes"]
"""


@pytest.fixture
def espace(tmp_path) -> Espace:
    services = tmp_path / "data" / "services"
    services.mkdir(parents=True)
    (services / "essai.toml").write_text(SERVICE, encoding="utf-8")
    return Espace(tmp_path)


def fiche(espace: Espace, annee: int, diffusion: str = "interne", etat: str = "publie", **autres) -> dict:
    """Une fiche de manifeste dont la page existe."""
    nom = autres.get("service", "essai")
    page = espace.rapports / diffusion / str(annee) / f"{nom}.html"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("<p>Page</p>", encoding="utf-8")
    page.with_suffix(".csv").write_text("a\n", encoding="utf-8")
    adresse = page.relative_to(espace.rapports).as_posix()
    return {"service": "essai", "annee": annee, "diffusion": diffusion, "etat": etat, "html": adresse, **autres}


def lire(espace: Espace, chemin: str = "index.html") -> str:
    return unescape((espace.rapports / chemin).read_text(encoding="utf-8"))


def liens(espace: Espace, chemin: str) -> set[str]:
    return {lien for lien in re.findall(r'href="([^"]+)"', lire(espace, chemin)) if not lien.startswith(("#", "data:"))}


def test_portail_public_se_suffit(espace):
    """Aucun lien du dossier public n'en sort, et rien d'interne n'y est nommé."""
    cles = [{"valeur": "4711", "libelle": "Ménages accompagnés"}]
    ecrire_portail(
        espace,
        [
            fiche(espace, 2022, chiffres_cles=cles),
            fiche(espace, 2021, chiffres_cles=cles),
            fiche(espace, 2022, "public"),
            {
                "service": "essai",
                "annee": 2020,
                "diffusion": "public",
                "etat": "erreur",
                "message": "OSError : /disque/menages.csv",
            },
        ],
    )
    public = espace.rapports / "public"
    for nom in ("index.html", "glossaire.html"):
        for lien in liens(espace, f"public/{nom}"):
            cible = (public / lien.split("#")[0]).resolve()
            assert cible.is_file() and cible.is_relative_to(public.resolve()), lien
    texte = lire(espace, "public/index.html")
    assert "2022/essai.html" in liens(espace, "public/index.html")
    assert "4711" not in texte and "interne" not in texte.lower().split("<body")[1] and "menages.csv" not in texte
    manifeste = (public / "manifeste.json").read_text(encoding="utf-8")
    assert "interne" not in manifeste and "menages.csv" not in manifeste
    assert {f["diffusion"] for f in json.loads(manifeste)["rapports"]} == {"public"}


def test_portail_interne_reunit_les_deux_diffusions(espace):
    ecrire_portail(espace, [fiche(espace, 2022, etat="partiel"), fiche(espace, 2022, "public"), fiche(espace, 2021)])
    attendus = {"interne/2022/essai.html", "public/2022/essai.html", "interne/2021/essai.html", "public/index.html"}
    assert attendus <= liens(espace, "index.html")
    texte = lire(espace)
    assert "parties retenues" in texte and "Version publique" in texte and "2\xa0rapports" in texte
    assert 'class="interdit"' in texte and 'class="interdit"' not in lire(espace, "public/index.html")
    assert {"interne/2022/essai.csv", "glossaire.html"} <= liens(espace, "index.html")


def test_sans_rapport_public_pas_de_portail_public(espace):
    ecrire_portail(espace, [fiche(espace, 2022)])
    assert not (espace.rapports / "public").exists() and "public/index.html" not in liens(espace, "index.html")


def test_dernier_rapport_public_retire_vide_le_portail_public(espace):
    ecrire_portail(espace, [fiche(espace, 2022, "public")])
    (espace.rapports / "public" / "2022" / "essai.html").unlink()
    ecrire_portail(espace, [])
    assert "2022/essai.html" not in lire(espace, "public/index.html")


def test_derniers_changements(espace):
    editions = [
        {"numero": 1, "date": "2026-01-12"},
        {"numero": 1, "date": "2026-01-12"},
        {"numero": 2, "date": "2026-02-03", "precedente": "2026-01-12", "cellules": 14, "causes": ["donnees"]},
    ]
    ecrire_portail(espace, [fiche(espace, 2020 + rang, edition=e) for rang, e in enumerate(editions)])
    texte = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", lire(espace).split('class="derniers"')[1].split("</ol>")[0]))
    assert "3 février 2026 Essai 2022 : 14 chiffres ont changé depuis l'édition du 12 janvier 2026 (données)." in texte
    assert texte.index("3 février") < texte.index("2 premières éditions")
    assert "interne/2022/essai.html#changements" in liens(espace, "index.html")


def test_portail_identique_si_rien_ne_bouge(espace):
    ecrire_portail(espace, [fiche(espace, 2022), fiche(espace, 2022, "public")])
    avant = {f: f.read_bytes() for f in espace.rapports.rglob("*") if f.is_file()}
    assert rafraichir_portail(espace)
    assert {f: f.read_bytes() for f in espace.rapports.rglob("*") if f.is_file()} == avant


def test_rafraichir_sans_portail_ne_cree_rien(espace):
    assert not rafraichir_portail(espace) and not espace.rapports.exists()


# Ce qui s'y compte et s'y cherche


def test_rapports_et_documents_se_comptent_a_part(espace):
    """Un cahier n'est pas un rapport, et son année compte dans l'étendue du portail."""
    cahier = {"service": "cahier_x", "genre": "cahier", "titre": "Région 2017 — cahier régional"}
    ecrire_portail(espace, [fiche(espace, 2022), fiche(espace, 2022, "public"), fiche(espace, 2017, **cahier)])
    texte = re.sub(r"\s+", " ", lire(espace))
    assert "1 rapport de 1 service et 1 cahier régional, de 2017 à 2022." in texte
    assert '<span class="pastille publie">publié</span> 2</li>' in texte, "l'état compte aussi les documents"
    assert "Lire le cahier" in texte
    fiches = [{"service": s, "annee": 2022, "genre": g} for s, g in (("a", ""), ("b", ""), ("q", "qualite"))]
    assert denombrer(fiches) == ["2\xa0rapports", "1\xa0page de qualité"]


def imprime(section: str, titre: str, *indicateurs: str, ancre: str = "t") -> dict:
    return {"section": section, "titre": titre, "ancre": ancre, "indicateurs": list(indicateurs)}


def test_index_reunit_les_annees_et_prefere_l_interne():
    ressources = imprime("Situation", "Ressource principale", "menages_accompagnes", "inconnu")
    fiches = [
        {"service": "essai", "annee": 2021, "diffusion": "interne", "html": "i/21.html", "imprime": [ressources]},
        {"service": "essai", "annee": 2022, "diffusion": "public", "html": "p/22.html", "imprime": [ressources]},
        {
            "service": "essai",
            "annee": 2022,
            "diffusion": "interne",
            "html": "i/22.html",
            "imprime": [{**ressources, "ancre": "u"}],
        },
        {"service": "bloque", "annee": 2022, "diffusion": "interne", "html": "i/b.html"},
    ]
    index = index_recherche([(f, "Essai") for f in fiches])
    (sujet,) = index["sujets"].values()
    assert sujet["pages"] == {"2022": "i/22.html", "2021": "i/21.html"}
    ((section, titre, rangs, annees, ancres),) = sujet["tableaux"]
    assert (section, titre, annees) == ("Situation", "Ressource principale", ["2022", "2021"])
    assert ancres == {"2022": "u", "2021": "t"}
    assert [index["mots"][r] for r in rangs] == ["Ménages accompagnés dans l'année", "inconnu"]


def test_la_fiche_ne_nomme_que_ce_que_le_rapport_publie():
    """Un tableau entièrement masqué ne se propose pas : on n'y lirait rien."""
    from observatoire.campagne.fiche import imprime as imprimes
    from tests.restitution.fabrique import bloc, ligne, table

    vu = bloc("vu", "barres", ["menages_accompagnes"], table([ligne("menages_accompagnes", 25)]))
    tu = bloc("tu", "barres", ["premieres_mesures"], table([ligne("premieres_mesures", None, etat="masque")]))
    assert [t["indicateurs"] for t in imprimes([("Activité", [vu, tu])])] == [["menages_accompagnes"]]


def test_index_du_portail_public_ne_mene_qu_au_public(espace):
    dits = {"imprime": [imprime("Situation", "Ressource principale", "menages_accompagnes")]}
    secrets = {"imprime": [imprime("Interne", "Tableau interne", "menages_accompagnes")]}
    ecrire_portail(espace, [fiche(espace, 2022, **secrets), fiche(espace, 2022, "public", **dits)])
    index = json.loads(lire(espace, "public/index.html").split('id="index-recherche">')[1].split("</script>")[0])
    assert index["sujets"]["essai"]["pages"] == {"2022": "2022/essai.html"}
    assert "Tableau interne" in lire(espace) and "Tableau interne" not in lire(espace, "public/index.html")


def test_deux_editions_du_meme_jour_disent_leur_heure(espace):
    edition = {"numero": 2, "date": "2026-02-03", "heure": "17:40", "precedente": "2026-02-03", "cellules": 1}
    ecrire_portail(espace, [fiche(espace, 2022, edition={**edition, "precedente_heure": "09:05"})])
    texte = re.sub(r"\s+", " ", lire(espace))
    assert ">3 février 2026 à 17 h 40</time>" in texte and "depuis l'édition du 3 février 2026 à 9 h 05" in texte


def test_rapports_internes_qui_lisent_un_service(espace):
    lie = {"service": "voisin", "sources": {"essai": "x", "voisin": "y"}}
    seul = {"service": "seul", "sources": {"seul": "z"}}
    toutes = [fiche(espace, 2022), fiche(espace, 2021), fiche(espace, 2022, "public")]
    ecrire_portail(espace, [*toutes, fiche(espace, 2022, **lie), fiche(espace, 2022, **seul)])
    assert rapports_internes(espace, "essai", [2022]) == ("interne/2022/essai.html", "interne/2022/voisin.html")


# Périmé


def ecrire_derogation(espace: Espace, annee: int, expire: str = "2099-12-31", motif: str = "Reprise.") -> None:
    texte = f"""[[derogation]]
regle = "situation.emploi.remplissage"
service = "essai"
annee = {annee}
motif = "{motif}"
fonction = "direction du pôle logement"
expire = {expire}
"""
    (espace.donnees / "derogations.toml").write_text(texte, encoding="utf-8")


def test_derogation_perime_ce_qu_elle_touche(espace):
    """Accordée, modifiée ou arrivée à son terme ; ni un autre service, ni une année que le rapport ne dit pas."""
    service = lire_service(espace, "essai")
    publie = fiche(espace, 2022, **lire_origine(espace, service, annee=2022).en_dict())
    perime = "Les dérogations ont changé depuis."
    ecrire_derogation(espace, 2023)
    assert Fraicheur(espace).raison(publie) == "", "elle ne touche que l'année d'après"
    ecrire_derogation(espace, 2022, expire="2020-01-01")
    assert Fraicheur(espace).raison(publie) == "", "elle n'a jamais valu pour ce rapport"
    ecrire_derogation(espace, 2021)
    assert Fraicheur(espace).raison(publie) == perime
    synthese = {**publie, "genre": "synthese", "sources": {"essai": publie["sources"]["essai"]}}
    assert Fraicheur(espace).raison(synthese) == perime
    publie = {**publie, **lire_origine(espace, service, annee=2022).en_dict()}
    assert Fraicheur(espace).raison(publie) == ""
    ecrire_derogation(espace, 2021, motif="Autre motif.")
    assert Fraicheur(espace).raison(publie) == perime
    (espace.donnees / "derogations.toml").unlink()
    assert Fraicheur(espace).raison(publie) == perime, "levée, ou expirée"
    publie.pop("derogations")
    assert Fraicheur(espace).raison(publie) == "", "un rapport d'avant ne dit pas ce qui valait"


def test_dossier_du_cahier_change_n_est_pas_une_donnee(espace):
    recu = espace.donnees / "cahiers" / "52" / "recu.csv"
    recu.parent.mkdir(parents=True)
    recu.write_text("1\n", encoding="utf-8")
    cahier = {"genre": "cahier", "sources": sources_document(espace, {"region": "52"}, ["essai"])}
    assert Fraicheur(espace).raison(fiche(espace, 2020, **cahier)) == ""
    recu.write_text("2\n", encoding="utf-8")
    assert Fraicheur(espace).raison(fiche(espace, 2020, **cahier)) == "Le dossier du cahier a changé depuis."


def test_reglage_change_perime(espace):
    a_jour = fiche(espace, 2022, reglages=reglages_propres(lire_service(espace, "essai")))
    assert Fraicheur(espace).raison(a_jour) == ""
    toml = espace.dossier_services / "essai.toml"
    toml.write_text(f'{SERVICE}\nregle_mois = "prorata"\n', encoding="utf-8")
    assert Fraicheur(espace).raison(a_jour) == "Les réglages ont changé depuis."


def test_definition_changee_perime(espace):
    versions = {"versions": {"definitions": {"demandeurs_distincts_cllaj": "2019"}}}
    assert Fraicheur(espace).raison(fiche(espace, 2021, **versions)) == ""
    assert Fraicheur(espace).raison(fiche(espace, 2022, **versions)) == "Les définitions ont changé depuis."


def test_commentaire_ecrit_apres_perime(espace):
    """Le rapport publié sans commentaire, ou avec un autre, n'est plus celui qu'on rendrait."""
    origine = lire_origine(espace, lire_service(espace, "essai"), annee=2022)
    publie = fiche(espace, 2022, **origine.en_dict())
    assert Fraicheur(espace).raison(publie) == ""
    texte = espace.donnees / "commentaires" / "essai" / "2022.md"
    texte.parent.mkdir(parents=True)
    texte.write_text("## Activité\n", encoding="utf-8")
    assert Fraicheur(espace).raison(publie) == "Les commentaires ont changé depuis."


def test_un_format_laisse_par_un_rendu_ancien_ne_se_propose_pas(espace):
    publie = fiche(espace, 2022)
    page = espace.rapports / publie["html"]
    instant = page.stat().st_mtime
    for suffixe, ecart in ((".docx", -60), (".xlsx", 5)):
        page.with_suffix(suffixe).write_bytes(b"x")
        os.utime(page.with_suffix(suffixe), (instant + ecart, instant + ecart))
    ecrire_portail(espace, [publie])
    proposes = {lien for lien in liens(espace, "index.html") if lien.startswith("interne/")}
    assert proposes == {"interne/2022/essai.html", "interne/2022/essai.csv", "interne/2022/essai.xlsx"}


def test_livraison_retiree_perime_le_rapport_et_ses_documents(espace_jetable):
    """Dès que l'entrepôt bouge, le portail le dit : pour le rapport, la synthèse, et rien d'autre."""
    origine = lire_origine(espace_jetable, lire_service(espace_jetable, "ltiae"))
    association = {"association": "association-fictive-le-passage"}
    synthese = {
        "service": "synthese_essai",
        "genre": "synthese",
        "titre": "Essai 2022 — synthèse",
        "sources": sources_document(espace_jetable, association, ()),
    }
    autre = sources_document(espace_jetable, {"service": "cllaj"}, ())
    ecrire_portail(
        espace_jetable,
        [
            fiche(espace_jetable, 2022, service="ltiae", **origine.en_dict()),
            fiche(espace_jetable, 2022, service="cllaj", sources=autre),
            fiche(espace_jetable, 2022, **synthese),
        ],
    )
    assert set(synthese["sources"]) >= {"ltiae"} and "cllaj" not in synthese["sources"]
    assert "périmé" not in lire(espace_jetable)
    retirer(espace_jetable, "ltiae", livraisons(espace_jetable, "ltiae")[0].id)
    assert rafraichir_portail(espace_jetable)
    texte = lire(espace_jetable)
    assert texte.count('class="pastille perime">périmé') == 3  # le bilan, le rapport, la synthèse
    fraicheur = Fraicheur(espace_jetable)
    raisons = {f["service"]: fraicheur.raison(f) for f in lire_manifeste(espace_jetable)["rapports"]}
    assert raisons == {"ltiae": "Les données ont changé depuis.", "cllaj": "", "synthese_essai": raisons["ltiae"]}


def test_services_lies_entrent_dans_l_empreinte(espace_jetable):
    """Ce que livre un service lié change l'empreinte du rapport : on y lit ses données."""
    toml = espace_jetable.dossier_services / "ltiae.toml"
    seul = lire_service(espace_jetable, "ltiae")
    propre = empreinte_donnees(espace_jetable, seul)
    toml.write_text(f'services_lies = ["cllaj"]\n{toml.read_text(encoding="utf-8")}', encoding="utf-8")
    lie = lire_service(espace_jetable, "ltiae")
    avant = empreinte_donnees(espace_jetable, lie)
    assert avant != propre and set(lire_origine(espace_jetable, lie).sources) == {"ltiae", "cllaj"}
    retirer(espace_jetable, "cllaj", livraisons(espace_jetable, "cllaj")[0].id)
    assert empreinte_donnees(espace_jetable, seul) == propre
    assert empreinte_donnees(espace_jetable, lie) != avant


# Glossaire


def test_glossaire_dit_les_versions_et_qui_imprime():
    html = unescape(page_glossaire({"demandeurs_distincts_cllaj": ["CLLAJ", "Mission"]}, "interne"))
    entree = html.split('id="def-demandeurs_distincts_cllaj"')[1].split("</dd>")[0]
    assert "version 2022, pour les années 2022 et suivantes" in entree and "Avant" in entree
    assert "version 2019" in entree and "CLLAJ et Mission" in entree


def test_glossaire_public_tait_ce_qui_reste_interne():
    from observatoire.indicateurs.registre import REGISTRE

    internes = {nom for nom, variantes in REGISTRE.items() if all(v.interne_seulement for v in variantes)}
    interne, public = (page_glossaire({}, diffusion) for diffusion in ("interne", "public"))
    definis = [set(re.findall(r'id="def-([a-z0-9_]+)"', page)) for page in (interne, public)]
    assert definis[0] - definis[1] == internes and set(REGISTRE) <= definis[0]
