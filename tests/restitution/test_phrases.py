"""Les phrases générées : grammaire, prudence, et rien que les cellules ne disent pas."""

from dataclasses import replace

import polars as pl
import pytest

from observatoire.campagne.donnees_types import SectionRapport
from observatoire.restitution import locale, phrases, tuiles
from observatoire.restitution.cellules import Cellule, Vue
from observatoire.restitution.rapport import nommer_unites
from observatoire.services import Parametres
from tests.restitution import fabrique

NB = locale.INSECABLE


def ecrite(bloc) -> str:
    return phrases.phrase(bloc).replace(NB, " ").replace(locale.FINE, " ")


def titre(bloc) -> str:
    return phrases.constat(bloc).replace(NB, " ").replace(locale.FINE, " ")


def nommer(bloc, denominateur):
    """Le même bloc, dont la définition dit ce que compte la base."""
    return replace(bloc, definitions=tuple(replace(d, denominateur=denominateur) for d in bloc.definitions))


def repartition(effectifs, avant=None, **options):
    courante = fabrique.repartition("composition_familiale", "composition", effectifs, **options)
    precedente = None
    if avant:
        precedente = fabrique.repartition("composition_familiale", "composition", avant, annee=2021)
    return fabrique.bloc("essai", "barres", ["composition_familiale"], courante, precedente)


def test_repartition_donne_effectif_base_et_part():
    phrase = ecrite(repartition({"Isolé": 64, "Couple": 36}, {"Isolé": 50, "Couple": 50}))
    assert phrase == (
        "« Isolé » vient en tête : 64 sur 100, soit 64 %, contre 50 % en 2021 (+14 points) ; "
        "vient ensuite « Couple » (36)."
    )


def test_ecart_d_un_point_au_singulier():
    assert ecrite(repartition({"A": 51, "B": 49}, {"A": 50, "B": 50})).endswith(
        "(+1 point) ; vient ensuite « B » (49)."
    )


def test_ecart_nul_se_dit_sans_point():
    assert ecrite(repartition({"A": 60, "B": 40}, {"A": 60, "B": 40})).endswith(
        "soit 60 %, comme en 2021 ; vient ensuite « B » (40)."
    )


def test_ecart_imprime_est_celui_des_valeurs_imprimees():
    """64,4 % et 57,5 % s'impriment 64 et 58 sous 100 : l'écart écrit est de 6 points, pas de 7."""
    phrase = ecrite(repartition({"A": 38, "B": 21}, {"A": 23, "B": 17}))
    assert "soit 64 %, contre 58 % en 2021 (+6 points)" in phrase


def test_pas_de_pourcentage_sous_dix():
    phrase = ecrite(repartition({"A": 4, "B": 3}, {"A": 3, "B": 2}))
    assert phrase == "« A » vient en tête : 4 sur 7 ; vient ensuite « B » (3)."


def test_prudence_sous_trente():
    phrase = ecrite(fabrique.bloc_repartition())
    assert "soit 60 % (effectif réduit), contre 50 % (11 sur 22) en 2021" in phrase


def test_egalite_au_pluriel():
    phrase = ecrite(repartition({"A": 40, "B": 40, "C": 20}))
    assert phrase == "« A » et « B » viennent en tête à égalité : 40 sur 100 pour chaque modalité, soit 40 %."


def test_inconnu_n_est_jamais_en_tete():
    """La part est alors celle des réponses connues, et la phrase dit combien manquent."""
    bloc = repartition({"nr": 60, "A": 30, "B": 10})
    assert ecrite(bloc) == (
        "Hors non-renseignés, « A » vient en tête : 30 des 40 réponses connues, soit 75 % ; "
        "60 sur 100 n'ont pas de réponse connue."
    )
    assert titre(bloc) == "A : 30 des 40 réponses connues"
    assert ecrite(repartition({"nr": 30, "A": 70})) == "« A » vient en tête : 70 sur 100, soit 70 %."
    masquee = ecrite(repartition({"nr": 60, "A": 30, "B": "masque"}, base=92))
    assert masquee == "Hors non-renseignés, « A » vient en tête : 30 sur 92."


@pytest.mark.parametrize("absence", ["Non renseigné", "Sans objet", "SO", "REF", "INCONNU", "Refus de répondre"])
def test_une_absence_ecrite_en_lettres_n_est_pas_en_tete(absence):
    bloc = repartition({absence: 60, "A": 40})
    assert absence not in titre(bloc) + ecrite(bloc)


def test_trop_de_reponses_manquantes_se_disent():
    bloc = nommer(repartition({"A": 40, "B": 20}, nr=40), "demandes dont le prescripteur est connu")
    assert titre(bloc) == "A : 40 des 60 réponses connues"
    assert ecrite(bloc).endswith("soit 67 % ; la réponse manque pour 40 demandes.")
    assert "manque" not in ecrite(nommer(repartition({"A": 40, "B": 20}, nr=10), "demandes connues"))


@pytest.mark.parametrize(
    ("effectifs", "attendu"),
    [
        ({"A": 95, "B": 5}, "A : plus de neuf ménages sur dix (95 %)"),
        ({"A": 77, "B": 23}, "A : plus de trois ménages sur quatre (77 %)"),
        ({"A": 75, "B": 25}, "A : trois ménages sur quatre (75 %)"),
        ({"A": 70, "B": 35}, "A : deux ménages sur trois (66,7 %)"),
        ({"A": 15, "B": 10}, "A : trois ménages sur cinq (15 sur 25)"),
        ({"A": 7, "B": 4, "C": 3}, "A : un ménage sur deux (7 sur 14)"),
        ({"A": 48, "B": 30, "C": 22}, "A : près d'un ménage sur deux (48 %)"),
        ({"A": 35, "B": 33, "C": 32}, "A : plus d'un ménage sur trois (35 %)"),
        ({"A": 15, "B": 14, "C": 13, "D": 12, "E": 11}, "A en tête : 23 % des ménages"),
        ({"A": 4, "B": 3}, "A : 4 ménages sur 7"),
        ({"A": 7}, "A : les 7 ménages"),
        ({"A": 40, "B": 40, "C": 20}, "« A » et « B » à égalité : 40 ménages sur 100"),
    ],
)
def test_le_titre_dit_la_proportion_exacte(effectifs, attendu):
    assert titre(nommer(repartition(effectifs), "ménages dont la composition est connue")) == attendu


def test_titre_d_un_montant():
    en_euros = "total des financements, en euros"
    assert titre(nommer(repartition({"A": 600, "B": 400}), en_euros)) == "A : plus de la moitié du total (60 %)"
    tiers = repartition({"A": 400, "B": 350, "C": 250})
    assert titre(nommer(tiers, en_euros)) == "A en tête : 40 % du total"


def test_titre_prudent_quand_une_valeur_est_masquee():
    assert titre(repartition({"A": 30, "B": "masque"}, base=100)) == "A en tête des valeurs diffusées : 30 %"


def test_taux_par_modalite_ne_s_additionnent_pas():
    """Une moyenne ventilée n'a pas de part : la plus haute valeur et celle de l'ensemble."""
    nom = "duree_moyenne_accompagnement"
    lignes = [
        fabrique.ligne(nom, 7.4, base=14),
        fabrique.ligne(nom, 9.0, base=4, v1="genre", m1="A"),
        fabrique.ligne(nom, 6.8, base=10, v1="genre", m1="B"),
    ]
    bloc = fabrique.bloc("d", "barres", [nom], fabrique.table(lignes))
    assert ecrite(bloc) == "« A » a la moyenne la plus haute : 9 mois, contre 7,4 mois pour l'ensemble."
    assert titre(bloc) == "A, la moyenne la plus haute : 9 mois, contre 7,4 mois pour l'ensemble"


def test_unites_nommees_selon_le_service():
    bloc = nommer(repartition({"A": 40, "B": 20}), "unités dont la ressource est connue")
    for unite, attendu in (("personne", "40 personnes sur 60"), ("menage", "40 ménages sur 60")):
        service = replace(fabrique.service(), parametres=replace(Parametres(), unite_profil=unite))
        donnees = fabrique.donnees(service=service, sections=(SectionRapport("S", "", (bloc,)),))
        assert attendu in ecrite(nommer_unites(donnees).sections[0].blocs[0])


def test_seule_modalite():
    """Le tout ne se rapporte pas à lui-même, et l'année précédente garde sa base si elle en avait d'autres."""
    assert ecrite(repartition({"A": 40, "B": 0})) == "« A » est la seule modalité présente : 40."
    pareil = ecrite(repartition({"A": 40}, {"A": 40}))
    assert pareil == "« A » est la seule modalité présente : 40, comme en 2021."
    assert ecrite(repartition({"A": 40}, {"A": 20})).endswith(" : 40, contre 20 en 2021.")
    assert ecrite(repartition({"A": 40}, {"A": 20, "B": 12})).endswith(" : 40, contre 20 sur 32 en 2021.")


def test_seule_source_de_financement_en_euros():
    bloc = nommer(repartition({"A": 153000}, {"A": 148000}), "total des financements, en euros")
    assert ecrite(bloc) == "« A » est la seule modalité présente : 153 000 €, contre 148 000 € en 2021."
    assert titre(bloc) == "A : 153 000 €, contre 148 000 € en 2021"


def test_part_d_un_montant_au_dixieme():
    """Une base en euros ne donne pas de centièmes."""
    bloc = nommer(repartition({"A": 118000, "B": 23000}, {"A": 104000, "B": 20000}), "financements, en euros")
    assert "soit 83,7 %, contre 83,9 % en 2021 (−0,2 point)".replace("−", locale.MOINS) in ecrite(bloc)
    assert titre(bloc) == "A : 83,7 % du total"


def test_masque_tempere_l_affirmation():
    """Une valeur masquée pourrait dépasser la première : la phrase le dit."""
    phrase = ecrite(repartition({"A": 30, "B": "masque"}, base=100))
    assert phrase.startswith("Parmi les valeurs diffusées, « A » vient en tête")
    assert "diffusées" not in ecrite(repartition({"A": 90, "B": "masque"}, base=100))


def test_tout_masque_n_affirme_rien():
    bloc = repartition({"A": "masque", "B": "masque_secondaire"}, base=12)
    assert ecrite(bloc) == "Les effectifs sont trop faibles pour être diffusés."
    assert phrases.constat(bloc) == ""


def test_base_nulle_s_ecrit_aucun():
    bloc = fabrique.bloc(
        "vide",
        "barres",
        ["composition_familiale"],
        fabrique.table(
            [
                fabrique.ligne("composition_familiale", 0.0, numerateur=0, denominateur=0, base=0),
                fabrique.ligne("composition_familiale", None, etat="sans_objet", v1="composition", m1="A"),
            ]
        ),
    )
    definition = fabrique.definition("composition_familiale", denominateur="mesures terminées dans la période")
    bloc = type(bloc)(**{**vars(bloc), "definitions": (definition,)})
    assert ecrite(bloc) == "Aucune mesure dans cette population en 2022."


@pytest.mark.parametrize(
    ("valeur", "avant", "attendu"),
    [
        (25, 22, "Ménages accompagnés : 25, soit 3 de plus qu'en 2021 (+14 %, effectif réduit)."),
        (22, 25, f"Ménages accompagnés : 22, soit 3 de moins qu'en 2021 ({locale.MOINS}12 %, effectif réduit)."),
        (25, 25, "Ménages accompagnés : 25, comme en 2021."),
        (25, 9, "Ménages accompagnés : 25, soit 16 de plus qu'en 2021."),
        (25, None, "Ménages accompagnés : 25."),
    ],
)
def test_effectif_et_son_evolution(valeur, avant, attendu):
    """Pas de pourcentage d'évolution quand l'année précédente compte moins de dix."""
    nom = "menages_accompagnes"
    precedente = fabrique.total(nom, avant, annee=2021) if avant is not None else None
    assert ecrite(fabrique.bloc("t", "tableau", [nom], fabrique.total(nom, valeur), precedente)) == attendu


def test_definition_changee_interdit_la_comparaison():
    nom = "menages_accompagnes"
    bloc = fabrique.bloc(
        "t", "tableau", [nom], fabrique.total(nom, 25), fabrique.total(nom, 22, annee=2021, version_definition="2019")
    )
    assert ecrite(bloc) == "Ménages accompagnés : 25."


def test_rapport_et_moyenne():
    assert ecrite(fabrique.bloc_tableau()) == (
        "Taux de sortie vers le logement : 50 % (7 sur 14, effectif réduit), contre 42 % (5 sur 12) en 2021"
        " ; cet écart peut tenir au hasard."
    )


def test_serie():
    assert ecrite(fabrique.bloc_serie()) == (
        "Le plus haut est atteint en juillet et août (15 ménages), le plus bas en mars (7 ménages) ; "
        "140 en additionnant les mois (+22,8 % par rapport à 2021)."
    )


def serie(valeurs, total=None, **options):
    nom = options.pop("nom", "file_active_mensuelle")
    mois = {f"2022-{m:02d}": v for m, v in enumerate(valeurs, 1)}
    return fabrique.bloc("s", "serie", [nom], fabrique.effectifs(nom, "mois", mois, total=total))


def test_serie_aux_nombreux_sommets():
    """Une liste de sept mois n'apprend rien : la phrase les compte."""
    assert ecrite(serie([17, 17, 17, 17, 16, 16, 17, 17, 17, 16, 16, 16])).startswith(
        "Le plus haut est atteint 7 mois sur 12 (17 ménages), le plus bas 5 mois sur 12 (16 ménages) ; 199 en addi"
    )


def test_serie_constante():
    mois = {f"2022-{m:02d}": 1 for m in range(1, 13)}
    bloc = fabrique.bloc(
        "s", "serie", ["file_active_mensuelle"], fabrique.effectifs("file_active_mensuelle", "mois", mois)
    )
    assert ecrite(bloc).startswith("File active mensuelle : 1 ménage tous les mois")


def test_matrice_deux_croisements():
    assert ecrite(fabrique.bloc_matrice()) == (
        "Le plus souvent, de « Hébergé par un tiers » à « Parc public » et de « Hébergé par un tiers » à « Rupture de "
        "lien » : 3 parcours sur 14 chacun."
    )


def test_historique_dit_la_rupture():
    """Fréquentation du CLLAJ : +4,9 % imprimé, −8,9 % à définition constante (anomalie H1)."""
    phrase = ecrite(fabrique.bloc_historique())
    assert phrase == (
        "580 personnes en 2022, +4,9 % par rapport au chiffre de 2021, mais la définition a changé : "
        f"à définition constante, 504, soit {locale.MOINS}8,9 %."
    )
    assert "à définition constante" in phrases.constat(fabrique.bloc_historique())


def test_historique_d_un_taux_s_ecrit_en_points():
    nom = "taux_sortie_logement"
    lignes = [
        fabrique.ligne(nom, v, annee=a, numerateur=n, denominateur=b, base=b)
        for a, v, n, b in ((2021, 30.0, 90, 300), (2022, 38.8, 104, 268))
    ]
    bloc = fabrique.bloc("h", "historique", [nom], fabrique.table(lignes))
    assert ecrite(bloc) == "38,8 % en 2022, +8,8 points par rapport à 2021 ; 30 % en 2021 ; l'écart est net."
    assert phrases.constat(bloc).replace(NB, " ") == "38,8 % en 2022, +8,8 points"


def test_historique_inchange_se_dit_sans_zero():
    """Ni « 0 % par rapport à », ni « 0 point » : comme l'an dernier."""

    def bloc(nom, *lignes):
        return fabrique.bloc("h", "historique", [nom], fabrique.table([fabrique.ligne(nom, **li) for li in lignes]))

    compte = bloc("menages_accompagnes", *({"valeur": v, "annee": a} for a, v in ((2020, 20), (2021, 28), (2022, 28))))
    assert ecrite(compte) == "28 ménages en 2022, comme en 2021 ; 20 en 2020."
    assert titre(compte) == "28 ménages en 2022, comme en 2021"
    taux = bloc(
        "taux_sortie_logement",
        *(
            {"valeur": v, "annee": a, "numerateur": n, "denominateur": b, "base": b}
            for a, v, n, b in ((2021, 68.0, 34, 50), (2022, 68.2, 30, 44))
        ),
    )
    assert ecrite(taux).startswith("68 % en 2022, comme en 2021")
    assert "point" not in ecrite(taux) + titre(taux)


def test_ecart_entre_deux_taux_au_centieme():
    """88,92 % moins 66,97 % : 21,95 points, et non 22."""
    nom = "taux_sortie_logement"
    lignes = [
        fabrique.ligne(nom, 100 * n / b, annee=a, numerateur=n, denominateur=b, base=b)
        for a, n, b in ((2021, 3059, 4568), (2022, 4134, 4649))
    ]
    bloc = fabrique.bloc("h", "historique", [nom], fabrique.table(lignes))
    assert titre(bloc) == "88,92 % en 2022, +21,95 points"


def test_historique_de_plusieurs_indicateurs_nomme_le_premier():
    noms = ["menages_accompagnes", "premieres_mesures"]
    lignes = [fabrique.ligne(n, v, annee=a) for n in noms for a, v in ((2021, 20), (2022, 28))]
    bloc = fabrique.bloc("h", "historique", noms, fabrique.table(lignes))
    assert ecrite(bloc).startswith("Ménages accompagnés : 28 ")
    assert titre(bloc) == "De 2021 à 2022 : 2 chiffres en hausse"


def test_depuis_zero_rien_ne_s_ajoute():
    """« soit 8 de plus » que rien ne dit rien : la phrase écrit ce qu'il y avait."""
    nom = "premieres_mesures"
    bloc = fabrique.bloc("t", "tableau", [nom], fabrique.total(nom, 8), fabrique.total(nom, 0, annee=2021))
    assert ecrite(bloc) == "Premières mesures : 8, contre aucune mesure en 2021."


def test_taux_par_modalite_ecrit_la_part_puis_l_effectif():
    nom = "taux_sortie_logement"
    lignes = [
        fabrique.ligne(nom, 100 * 8 / 22, numerateur=8, denominateur=22, base=22),
        fabrique.ligne(nom, 60.0, numerateur=3, denominateur=5, base=5, v1="genre", m1="A"),
        fabrique.ligne(nom, 100 * 5 / 17, numerateur=5, denominateur=17, base=17, v1="genre", m1="B"),
    ]
    bloc = fabrique.bloc("d", "barres", [nom], fabrique.table(lignes))
    bloc = replace(bloc, definitions=tuple(replace(d, forme="rapport") for d in bloc.definitions))
    assert ecrite(bloc) == "« A » a le taux le plus haut : 3 sur 5, contre 36 % (8 sur 22) pour l'ensemble."


def test_comparaison():
    phrase = ecrite(fabrique.bloc_comparaison())
    assert phrase == (
        "« 25 à 40 ans » vient en tête. Ménages accompagnés : 13 sur 25 (52 %) ; premières mesures : 9 sur 13 (69 %) ; "
        "effectifs réduits."
    )


def test_retenu_s_explique():
    assert "retenu par le contrôle de la qualité" in ecrite(fabrique.bloc_retenu())


@pytest.mark.parametrize("nom", [n for n in dir(fabrique) if n.startswith("bloc_")])
def test_chaque_bloc_a_une_phrase_bien_formee(nom):
    phrase = ecrite(getattr(fabrique, nom)())
    assert phrase.endswith(".") and phrase[0] in "«ABCDEFGHIJKLMNOPQRSTUVWXYZÀÉ0123456789"
    assert "None" not in phrase and "  " not in phrase and "nan" not in phrase.lower().split()


def test_description_lit_chaque_cellule_du_graphique():
    texte = phrases.description(fabrique.bloc_citations())
    table = fabrique.bloc_citations().table.filter(pl.col("modalite_1").is_not_null())
    assert table.height == 7
    assert all(libelle in texte for libelle in table["libelle_1"])
    assert "Santé masqué" in texte


def test_territoires_en_une_phrase():
    """La même modalité en tête partout se dit une fois ; sinon chaque territoire a la sienne."""
    colonnes = tuple(
        replace(fabrique.definition("premieres_mesures"), nom=n, libelle=n) for n in ("Nord", "Sud", "Ensemble")
    )

    def ecrire(nord: tuple[int, int], sud: tuple[int, int], etat: str = "publie") -> str:
        lignes = []
        for nom, (a, b) in (("Nord", nord), ("Sud", sud), ("Ensemble", (nord[0] + sud[0], nord[1] + sud[1]))):
            lignes.append(fabrique.ligne("premieres_mesures", a + b) | {"indicateur": nom})
            for code, n in (("Accès", a), ("Maintien", b)):
                cellule = fabrique.ligne("premieres_mesures", n, v1="type_mesure", m1=code) | {"indicateur": nom}
                cache = {"valeur": None, "etat": etat} if nom != "Ensemble" and etat != "publie" else {}
                lignes.append(cellule | cache)
        bloc = fabrique.bloc("t", "territoires", ["premieres_mesures"], fabrique.table(lignes))
        return ecrite(replace(bloc, colonnes=colonnes))

    assert ecrire((6, 3), (5, 2)) == "« Accès » vient partout en tête : 6 sur 9 pour Nord et 5 sur 7 pour Sud."
    assert ecrire((6, 3), (5, 2), "masque") == (
        "Pour l'ensemble, « Accès » vient en tête (11 sur 16) ; le détail des territoires est masqué."
    )
    assert ecrire((6, 3), (1, 2)) == "En tête : « Accès » pour Nord (6 sur 9) et « Maintien » pour Sud (2 sur 3)."


# Tournures : précision du tableau, territoires, zéros


def part_de(nom, valeur, base, annee=2022, **autres):
    return fabrique.ligne(
        nom, 100 * valeur / base, numerateur=valeur, denominateur=base, base=base, annee=annee, **autres
    )


def test_le_titre_et_la_phrase_ont_la_precision_du_tableau():
    """Une année précédente sous 100 met la colonne à l'unité : le titre et la phrase la suivent."""
    bloc = repartition({"A": 137, "B": 113}, {"A": 60, "B": 30})
    bloc = nommer(bloc, "ménages dont la composition est connue")
    assert titre(bloc) == "A : plus d'un ménage sur deux (55 %)"
    assert "soit 55 %, contre 67 % en 2021 (−12 points)" in ecrite(bloc)
    seule = nommer(repartition({"A": 137, "B": 113}), "ménages dont la composition est connue")
    assert titre(seule) == "A : plus d'un ménage sur deux (54,8 %)"


def test_un_historique_a_une_seule_precision():
    nom = "taux_sortie_logement"
    lignes = [part_de(nom, 40, 90, annee=2020), part_de(nom, 70, 150, annee=2021), part_de(nom, 83, 151, annee=2022)]
    bloc = fabrique.bloc("h", "historique", [nom], fabrique.table(lignes))
    assert ecrite(bloc).startswith("55 % en 2022") and "47 % en 2021 et 44 % en 2020" in ecrite(bloc)
    assert titre(bloc).startswith("55 % en 2022")


def test_zero_se_dit_aucun_et_un_taux_sur_personne_se_dit_sans_cas():
    nom = "premieres_mesures"
    assert ecrite(fabrique.bloc("z", "tuiles", [nom], fabrique.total(nom, 0))) == "Premières mesures : aucune."
    taux = fabrique.total("taux_sortie_logement", 0.0, numerateur=0, denominateur=0, base=0)
    bloc = nommer(fabrique.bloc("t", "tuiles", ["taux_sortie_logement"], taux), "parcours terminés")
    assert ecrite(bloc) == "Taux de sortie vers le logement : aucun parcours en 2022."


def test_un_minimum_ne_s_additionne_pas():
    nom = "ressources_moyennes_tous"
    lignes = [fabrique.ligne(nom, 300, base=9), fabrique.ligne(nom, 450, v1="genre", m1="A", base=4)]
    bloc = fabrique.bloc("m", "barres", [nom], fabrique.table(lignes))
    bloc = replace(bloc, definitions=(replace(bloc.definitions[0], forme="minimum"),))
    assert ecrite(bloc).startswith("« A » a la valeur la plus haute")


def test_une_duree_en_jours_est_courte_au_titre():
    nom = "duree_moyenne_accompagnement"
    lignes = [fabrique.ligne(nom, 469.7, unite="jours", base=11), fabrique.ligne(nom, 425.7, unite="jours", annee=2021)]
    bloc = fabrique.bloc("d", "historique", [nom], fabrique.table(lignes))
    assert titre(bloc).startswith("469,7 jours en 2022")
    assert "469,7 jours (1 an 3 mois et 13 jours) en 2022" in ecrite(bloc)


def test_les_territoires_ont_leur_preposition_et_le_nom_se_dit_une_fois():
    lignes = [
        fabrique.ligne(ou, n, v1="indicateur", m1="demandes_recues", libelle_1="Demandes reçues", unite="demandes")
        for ou, n in (("CAHC", 27), ("CALL", 11), ("Ensemble", 38))
    ]
    bloc = fabrique.bloc("t", "territoires", ["CAHC", "CALL", "Ensemble"], fabrique.table(lignes))
    bloc = replace(bloc, definitions=tuple(replace(d, libelle=d.nom) for d in bloc.definitions))
    assert ecrite(bloc) == "Demandes reçues : 27 demandes sur la CAHC, 11 sur la CALL et 38 pour l'ensemble."


def test_une_seule_modalite_identique_d_une_annee_sur_l_autre():
    bloc = repartition({"A": 9}, {"A": 9}, base=14)
    avant = fabrique.repartition("composition_familiale", "composition", {"A": 9}, annee=2021, base=14)
    assert ecrite(replace(bloc, precedente=avant)) == "« A » est la seule modalité présente : 9 sur 14, comme en 2021."


def test_un_titre_dit_la_portion_de_ce_qui_se_pese():
    nom = "premieres_mesures"

    def etp(**valeurs):
        bloc = fabrique.bloc(
            "e", "barres", [nom], fabrique.effectifs(nom, "dispositif", valeurs, total=sum(valeurs.values()))
        )
        return replace(bloc, definitions=tuple(replace(d, unite="ETP") for d in bloc.definitions))

    assert titre(etp(A=1.0, B=0.5)) == "A : les deux tiers des ETP (1 sur 1,5)"
    assert titre(etp(A=1.5, B=1.25, C=1.25)) == "A en tête : 1,5 sur 4 ETP"
    assert titre(etp(A=2.7)) == "A : 2,7 ETP"


def test_une_base_sans_nom_est_faite_de_reponses():
    assert titre(nommer(repartition({"Salaire": 60, "RSA": 40}), "unités dont la ressource est connue")) == (
        "Salaire : trois réponses sur cinq (60 %)"
    )


def test_rien_ne_se_detache():
    """Faute d'une modalité en tête, le titre dit le total et ce qu'il était."""
    assert titre(repartition({"A": 4, "B": 4, "C": 4})) == "12 réponses : 3 modalités à égalité (4 chacune)"
    bloc = nommer(repartition({"A": 4, "B": 4, "C": 4}, {"A": 5, "B": 4}), "ménages connus")
    assert titre(bloc) == "12 ménages, contre 9 en 2021 : 3 modalités à égalité (4 chacune)"


def test_un_total_dit_d_ou_il_vient():
    nom = "menages_accompagnes"
    bloc = fabrique.bloc("t", "tableau", [nom], fabrique.total(nom, 25), fabrique.total(nom, 22, annee=2021))
    assert titre(bloc) == "Ménages accompagnés : 25 ménages, contre 22 en 2021"
    assert titre(replace(bloc, precedente=fabrique.total(nom, 25, annee=2021))).endswith("25 ménages, comme en 2021")


def test_deux_annees_se_comparent_dans_la_meme_unite():
    nom = "premieres_mesures"
    courante, avant = (
        fabrique.effectifs(nom, "dispositif", valeurs, annee=a)
        for a, valeurs in ((2022, {"A": 70, "B": 30}), (2021, {"A": 60, "B": 60}))
    )
    assert "soit 70 %, contre 50 % (60 sur 120) en 2021" in ecrite(fabrique.bloc("e", "barres", [nom], courante, avant))


def test_un_compte_ou_des_reponses_manquent_est_un_plancher():
    """97 jeunes et 102 sans réponse : ni « 97 », ni « +43 % »."""
    nom = "menages_accompagnes"
    courante, avant = fabrique.total(nom, 97, non_renseignes=102), fabrique.total(nom, 68, annee=2021)
    bloc = fabrique.bloc("t", "tableau", [nom], courante, avant)
    assert ecrite(bloc) == "Ménages accompagnés : au moins 97 ménages, contre 68 en 2021 ; 102 réponses manquent."
    assert titre(bloc) == "Ménages accompagnés : au moins 97 ménages, contre 68 en 2021"
    vue = Vue(bloc)
    tuile = tuiles.tendance(vue.total(nom), vue.total_precedent(nom), 2022).replace(NB, " ")
    assert tuile == "Au moins : 102 réponses manquent ; 68 en 2021"
    lignes = [fabrique.ligne(nom, v, annee=a, non_renseignes=n) for a, v, n in ((2021, 68, 50), (2022, 97, 102))]
    passe = fabrique.bloc("h", "historique", [nom], fabrique.table(lignes))
    assert titre(passe) == "Au moins 97 ménages en 2022, contre au moins 68 en 2021"
    assert ecrite(passe) == "Au moins 97 ménages en 2022 ; au moins 68 en 2021 ; 102 réponses manquent."


def taux_de_deux_annees(avant, apres):
    nom = "taux_sortie_logement"
    lignes = [part_de(nom, *avant, annee=2021), part_de(nom, *apres)]
    return fabrique.bloc("h", "historique", [nom], fabrique.table(lignes))


def test_un_ecart_de_hasard_n_est_ni_hausse_ni_baisse():
    """40 % puis 44 % sur cinquante cas : les nombres restent, la flèche et le compte des hausses s'en vont."""
    bloc = taux_de_deux_annees((20, 50), (22, 50))
    assert titre(bloc) == "44 % en 2022, contre 40 % en 2021"
    noms = ["taux_sortie_logement", "menages_accompagnes"]
    comptes = [fabrique.ligne(noms[1], v, annee=a) for a, v in ((2021, 20), (2022, 28))]
    ensemble = fabrique.bloc("h", "historique", noms, pl.concat([bloc.table, fabrique.table(comptes)]))
    assert titre(ensemble) == "De 2021 à 2022 : 1 chiffre en hausse et 1 sans écart net"
    cellules = Cellule("publie", 44.0, 22, 50, "%"), Cellule("publie", 40.0, 20, 50, "%")
    tuile = tuiles.tendance(*cellules, 2022, bloc.definitions[0]).replace(NB, " ")
    assert "+4 points par rapport à 2021 (peut tenir au hasard)" in tuile and "▲" not in tuile
    net = Cellule("publie", 80.0, 40, 50, "%"), cellules[1]
    assert "▲" in tuiles.tendance(*net, 2022, bloc.definitions[0])


def test_l_ecart_d_une_duree_se_dit_dans_son_unite():
    nom = "duree_moyenne_accompagnement"
    lignes = [fabrique.ligne(nom, v, base=40, annee=a, unite="ans") for a, v in ((2021, 21.4), (2022, 21.8))]
    bloc = fabrique.bloc("h", "historique", [nom], fabrique.table(lignes))
    assert titre(bloc) == "21,8 ans en 2022, +0,4 an" and "%" not in ecrite(bloc)
    etp = Cellule("publie", 12.4, unite="ETP"), Cellule("publie", 2.5, unite="ETP")
    assert "+9,9 ETP par rapport" in tuiles.tendance(*etp, 2022).replace(NB, " ")


def test_la_description_dit_l_annee_precedente_et_les_reponses_qui_manquent():
    lue = phrases.description(repartition({"A": 40, "B": 20}, {"A": 30, "B": 30}, nr=12)).replace(NB, " ")
    assert "A 40 (67 %), contre 30 (50 %) en 2021 ; B 20 (33 %), contre 30" in lue
    assert lue.endswith(" ; 12 réponses manquent.")


def test_une_courbe_de_survie_a_son_constat():
    nom = "taux_sortie_logement"

    def courbe(valeurs, base):
        lignes = [fabrique.ligne(nom, valeurs[-1], base=base)]
        lignes += [fabrique.ligne(nom, v, base=base, v1="mois_ecoules", m1=f"{m} mois") for m, v in enumerate(valeurs)]
        bloc = fabrique.bloc("s", "barres", [nom], fabrique.table(lignes))
        survie = replace(bloc.definitions[0], forme="survie", libelle="Maintien dans l'emploi")
        return replace(bloc, definitions=(survie,))

    assert titre(courbe([96.4, 85.7], 28)) == "Après 1 mois, 86 % gardent leur emploi, selon l'estimation"
    assert titre(courbe([50.0, 0.0], 28)) == "Après 1 mois, plus personne ne garde son emploi, selon l'estimation"
    assert titre(courbe([50.0, 25.0], 8)) == ""
    assert ecrite(courbe([50.0, 25.0], 8)) == "8 suivis seulement : trop peu pour un pourcentage."


def test_une_serie_plate_le_dit():
    nom = "file_active_mensuelle"

    def serie(valeurs):
        mois = {f"2022-{m:02d}": v for m, v in enumerate(valeurs, 1)}
        return fabrique.bloc("f", "serie", [nom], fabrique.effectifs(nom, "mois", mois))

    assert titre(serie([10] * 12)) == "10 ménages tous les mois"
    assert titre(serie([17] * 7 + [16] * 5)) == "Entre 16 et 17 ménages selon les mois"


def test_meme_situation_au_debut_et_a_la_fin():
    croise = {"v1": "logement_entree", "m1": "HLM", "v2": "logement_sortie", "m2": "HLM"}
    lignes = [
        fabrique.ligne("matrice_parcours", 9),
        fabrique.ligne("matrice_parcours", 9, v1="logement_entree", m1="HLM"),
        fabrique.ligne("matrice_parcours", 9, v1="logement_sortie", m1="HLM"),
        fabrique.ligne("matrice_parcours", 9, **croise),
    ]
    bloc = fabrique.bloc("m", "matrice", ["matrice_parcours"], fabrique.table(lignes))
    assert titre(bloc) == "« HLM » au début comme à la fin : 9 parcours sur 9"
    assert ecrite(bloc) == "Le plus souvent, « HLM » au début comme à la fin : 9 parcours sur 9."


def test_la_description_arrondit_comme_le_tableau():
    """46 500 € sur 85 090 € : une part au dixième, et le montant garde son unité."""
    bloc = nommer(repartition({"A": 46500, "B": 38590}), "total des financements, en euros")
    lue = phrases.description(bloc).replace(NB, " ").replace(locale.FINE, " ")
    assert "A 46 500 € (54,6 %)" in lue and "54,65" not in lue
