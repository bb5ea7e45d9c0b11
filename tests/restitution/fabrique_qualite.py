"""Des pages de qualité faites à la main : un verdict par état, une carte de remplissage, des livraisons."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path

from observatoire.campagne.qualite import (
    NON_RECU,
    Chiffre,
    DonneesQualite,
    Remplissage,
    Taux,
    comptes_distincts,
    corrections,
    etapes,
)
from observatoire.qualite import ResultatRegle, Verdict
from observatoire.qualite.derives import DeriveAnnees, DeriveLivraison, EcartEffectif, EcartRemplissage, Mouvement
from observatoire.qualite.derogations import Derogation, Suivi
from observatoire.qualite.historique import Passage, releves
from observatoire.qualite.suites import Regle
from observatoire.restitution.qualite import Qualite
from tests.restitution import fabrique

MOTIF = "Le logiciel ne reprenait pas les quartiers avant 2022"
ADMISE = f"Dérogation jusqu'au 30 juin 2027, décidée par : direction du pôle. Motif : {MOTIF}."
CHIFFRES = (
    Chiffre("menages", "Ménages accompagnés", frozenset({"mesure.date_debut"}), frozenset({"situation.composition"})),
    Chiffre("ressources", "Ressources moyennes", frozenset({"mesure.date_debut", "situation.ressources"}), frozenset()),
    Chiffre("mediane", "Ressources médianes", frozenset({"situation.ressources"}), frozenset()),
    Chiffre("motifs", "Motifs de fin", frozenset({"mesure.motif_fin"}), frozenset({"situation.ressources"})),
    Chiffre("quartiers", "Part en quartier prioritaire", frozenset({"demande.qpv"}), frozenset()),
    Chiffre("relogements", "Relogements", frozenset({"relogement.date"}), frozenset(), recu=False),
)


def resultat(regle: str, severite: str = "warning", lignes: int = 50, echecs: int = 0, **autres) -> ResultatRegle:
    """Un résultat dont la table et la colonne se lisent dans l'identifiant : « mesure.motif_fin.remplissage »."""
    table, colonne, *suite = regle.split(".")
    champs = dict(
        regle=regle,
        table=table,
        colonnes=(f"{table}.{colonne}",),
        severite=severite,
        structurelle=False,
        reussie=not echecs,
        lignes=lignes,
        echecs=echecs,
        explication=f"Défaut de {regle} : à voir.",
        remede=f"Corrigez {regle} dans votre logiciel.",
        famille="remplissage" if suite and suite[0].startswith("remplissage") else "valeurs",
    )
    return ResultatRegle(**{**champs, **autres})


def cle(echecs: int) -> ResultatRegle:
    """La règle structurelle des mesures."""
    return resultat("mesure.id_mesure.unique", "critical", 60, echecs, structurelle=True)


def resultats(ressources: int = 0, motifs: int = 0, cles: int = 0) -> tuple[ResultatRegle, ...]:
    """Une année : ressources et motifs vides (sur 50), clés en double, et une alerte admise par dérogation."""
    return (
        cle(cles),
        resultat("situation.ressources.remplissage", "critical", 50, ressources, reussie=ressources <= 25),
        resultat("situation.ressources.remplissage_faible", "warning", 50, ressources, reussie=ressources <= 10),
        resultat("mesure.motif_fin.remplissage_faible", "warning", 50, motifs, reussie=motifs <= 10),
        resultat("demande.qpv.remplissage_faible", "warning", 40, 12, derogation=ADMISE),
    )


SUJETS = {
    "situation.ressources.remplissage": "ressources",
    "situation.ressources.remplissage_faible": "ressources",
}


def regles(lus: Iterable[ResultatRegle]) -> dict[str, Regle]:
    """Les règles que supposent des résultats ; deux règles d'une même colonne y ont le même sujet."""
    return {
        r.regle: Regle(
            regle=r.regle,
            table=r.table,
            colonnes=r.colonnes,
            severite=r.severite,
            structurelle=r.structurelle,
            famille=r.famille,
            perimetre="annee",
            explication=r.explication,
            remede=r.remede,
            attente={"type": "attendre_renseigne", "kwargs": {"colonnes": [c.split(".")[1] for c in r.colonnes]}},
        )
        for r in lus
    }


def verdict(annee: int, lus: tuple[ResultatRegle, ...]) -> Verdict:
    return Verdict("essai", annee, "ab" * 32, lus, "cd" * 32, ("relogement.parc", "mesure.rang"))


def passage(juge: Verdict, rang: int) -> Passage:
    """Le verdict d'une livraison reçue le rang-ième jour de janvier 2023."""
    return Passage(
        instant=datetime(2023, 1, rang, 9, 5, tzinfo=UTC),
        service=juge.service,
        annee=juge.annee,
        livraisons=tuple(f"2023-01-{n:02d}" for n in range(1, rang + 1)),
        empreinte=juge.empreinte,
        empreinte_regles=juge.empreinte_regles,
        etat=juge.etat,
        comptes={},
        tables={},
        regles=releves(juge),
    )


def _suivis() -> tuple[Suivi, ...]:
    def admise(expire: date) -> Derogation:
        return Derogation("demande.qpv.remplissage_faible", "essai", (2022,), MOTIF, "direction du pôle", expire)

    return (
        Suivi(admise(date(2027, 6, 30)), "en vigueur", True, "Bien des demandes n'ont pas de quartier."),
        Suivi(admise(date(2023, 3, 31)), "expirée", True, "Trop peu de mesures ont un rang."),
    )


def _remplissages() -> tuple[Remplissage, ...]:
    tous = lambda taux: {2020: NON_RECU, 2021: Taux(40, 0, "suffisant"), 2022: taux}  # noqa: E731
    return (
        Remplissage("demande", "qpv", "", tous(Taux(40, 12, "admis"))),
        Remplissage("mesure", "motif_fin", "mesures terminées", tous(Taux(27, 7, "faible"))),
        Remplissage("mesure", "rang", "", tous(Taux(0, 0, "sans_objet"))),
        Remplissage("situation", "ressources", "", tous(Taux(50, 30, "retenu"))),
        Remplissage("situation", "logement", "", tous(Taux(900, 1, "suffisant"))),
        Remplissage("situation", "emploi", "", tous(Taux(50, 2, "suffisant"))),
    )


def donnees(diffusion: str = "interne", ressources: int = 30, motifs: int = 12, cles: int = 0) -> DonneesQualite:
    """Trois années, la dernière en défaut ; trois livraisons ; une dérogation en vigueur et une expirée."""
    verdicts = {
        2020: verdict(2020, resultats()),
        2021: verdict(2021, resultats(motifs=11)),
        2022: verdict(2022, resultats(ressources, motifs, cles)),
    }
    connues, recus = regles(verdicts[2022].resultats), tuple(c for c in CHIFFRES if c.recu)
    juges = [verdict(2022, resultats(40, 20, 3)), verdict(2022, resultats(40)), verdicts[2022]]
    tables = dict.fromkeys(r.table for r in verdicts[2022].resultats)
    return DonneesQualite(
        service=fabrique.service(),
        annee=2022,
        periode=fabrique.service().periode(2022),
        diffusion=diffusion,
        verdicts=verdicts,
        comptes={a: comptes_distincts(releves(v), connues) for a, v in verdicts.items()},
        comptes_par_table={
            t: comptes_distincts({n: x for n, x in releves(verdicts[2022]).items() if n.startswith(f"{t}.")}, connues)
            for t in tables
        },
        chiffres=CHIFFRES,
        corrections=corrections(verdicts[2022], recus, SUJETS),
        remplissages=_remplissages(),
        derogations=_suivis(),
        etapes=etapes([passage(juge, rang) for rang, juge in enumerate(juges, 1)], connues),
        derive_livraison=DeriveLivraison(
            "essai",
            "2023-01-03",
            date(2023, 1, 3),
            "2023-01-02",
            date(2023, 1, 2),
            mouvements=(
                Mouvement("mesure", "date_fin", 2022, ajoutes=12, tardifs=12, corriges=6),
                Mouvement("mesure", "date_debut", 2022, ajoutes=2),
            ),
        ),
        derive_annees=DeriveAnnees(
            "essai",
            2021,
            2022,
            effectifs=(EcartEffectif("mesure", "date_fin", 40, 27), EcartEffectif("demande", "date_demande", 3, 40)),
            remplissages=(EcartRemplissage("mesure.motif_fin", "motif_fin", 0.82, 0.74, base=27),),
            regles=(),
            explications={},
        ),
        version_code="0",
    )


PARTIES = (
    "etat",
    "annees",
    "corrections",
    "remplissage",
    "livraisons",
    "evolution",
    "derogations",
    "controles",
)


def publier_page(page: Qualite, dossier: Path) -> Path:
    """La page publiée sans noyau : ses parties, dans l'ordre du carnet."""
    from observatoire.campagne.publier import publier

    parties = [(page.entete(), "entete"), (page.sommaire(), "sommaire")]
    parties += [(getattr(page, nom)(), "") for nom in PARTIES]
    carnet = fabrique.carnet_execute(None, dossier, [*parties, (page.provenance(), "pied")])
    return publier(carnet, dossier / "qualite.html", "Qualité", page.donnees.diffusion)


def texte(page: Qualite) -> str:
    """Le HTML de toute la page, dans l'ordre, styles retirés."""
    morceaux = [page.sommaire(), *(getattr(page, nom)() for nom in PARTIES), page.provenance()]
    return "".join(str(m.html) for m in morceaux)
