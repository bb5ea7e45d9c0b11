"""Les personnes d'une association, comptées une fois tous services confondus.

Le pseudonyme d'une personne est le même dans tous les services d'un espace : deux services qui la suivent la
reconnaissent sans la nommer. Le rapprochement ne sort pas de l'association.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from observatoire.campagne.donnees_types import Definition
from observatoire.indicateurs.calcul import SCHEMA_CALCUL
from observatoire.protection import proteger
from observatoire.services import Parametres, Service

_SOURCE = "catalogue de l'observatoire ; pseudonymes partagés par les services d'une association"
_COMMUN = {"famille": "activite", "univers": "personnes_suivies", "source": _SOURCE, "version": "1"}
DISTINCTES = Definition(
    nom="personnes_distinctes_association",
    libelle="Personnes aidées, comptées une fois",
    unite="personnes",
    description="Personnes distinctes suivies dans l'année par au moins un service de l'association.",
    numerateur="pseudonymes distincts des personnes suivies, tous services de l'association réunis",
    denominateur="sans objet",
    pieges="Une personne enregistrée sous deux numéros compte deux fois : le chiffre est un plafond. Les personnes "
    "reçues sans dossier n'y sont pas.",
    forme="effectif",
    **_COMMUN,
)
SOMME = Definition(
    nom="personnes_tous_services",
    libelle="Somme des services",
    unite="personnes",
    description="Somme des personnes suivies par chaque service : qui passe par deux services y compte deux fois.",
    numerateur="personnes suivies de chaque service, additionnées",
    denominateur="sans objet",
    pieges="Ce n'est pas un nombre de personnes : il sert à dire de combien la somme dépasse le compte.",
    forme="effectif",
    **_COMMUN,
)
MULTI = Definition(
    nom="taux_multi_services",
    libelle="Part suivie par plusieurs services",
    unite="%",
    description="Part des personnes distinctes suivies par au moins deux services la même année.",
    numerateur="personnes suivies par au moins deux services",
    denominateur="personnes distinctes de l'association",
    pieges="La même année ne veut pas dire en même temps.",
    forme="rapport",
    **_COMMUN,
)
DEFINITIONS = (DISTINCTES, SOMME, MULTI)
_VALEURS = ("valeur", "numerateur", "denominateur", "base")
_TROIS = 3  # au-delà de deux services, une seule modalité


def seuils_communs(services: Sequence[Service]) -> Parametres:
    """Les seuils de diffusion les plus stricts des services réunis."""
    p = [s.parametres for s in services]
    return replace(
        Parametres(),
        seuil_diffusion=max(x.seuil_diffusion for x in p),
        seuil_diffusion_montant=max(x.seuil_diffusion_montant for x in p),
        base_minimale_croisement=max(x.base_minimale_croisement for x in p),
    )


def compter(
    association: str, annee: int, suivies: Mapping[str, pl.Series], libelles: Mapping[str, str]
) -> pl.DataFrame:
    """Les trois indicateurs de l'association, AVANT protection.

    `suivies` : service → pseudonymes des personnes suivies dans l'année ; `libelles` : service → nom imprimé.
    Rend des lignes de la table de calcul : le compte distinct et ses personnes par nombre de services, la somme et
    chaque service, la part suivie par plusieurs (sans objet si moins de deux services comptent des personnes).
    """
    vide = [pl.DataFrame(schema={"service": pl.String(), "id_personne": pl.String()})]
    liens = pl.concat(
        [
            *vide,
            *(
                pl.DataFrame({"id_personne": ids}).select(
                    pl.lit(nom).alias("service"), pl.col("id_personne").cast(pl.String)
                )
                for nom, ids in suivies.items()
            ),
        ]
    ).filter(pl.col("id_personne").is_not_null())
    par_personne = liens.unique().group_by("id_personne").agg(pl.len().alias("n"))
    distinctes, plusieurs = par_personne.height, par_personne.filter(pl.col("n") > 1).height
    somme = int(par_personne["n"].sum())

    def ligne(definition: Definition, compte: float, v: str | None = None, m: str | None = None, **autres) -> dict:
        return {
            "service": association,
            "annee": annee,
            "indicateur": definition.nom,
            "ventilation_1": v,
            "modalite_1": m,
            "libelle_1": m,
            "valeur": float(compte),
            "numerateur": float(compte),
            "effectif": float(compte),
            "unite": definition.unite,
            "etat": "publie",
            "version_definition": definition.version,
            "personnel": True,
            "montant": False,
            "interne_seulement": False,
            "forme": definition.forme,
            **autres,
        }

    lignes = [ligne(DISTINCTES, distinctes), ligne(SOMME, somme)]
    for rang in range(1, min(int(par_personne["n"].max() or 1), _TROIS) + 1):
        exact = pl.col("n") == rang if rang < _TROIS else pl.col("n") >= rang
        libelle = ("Un seul service", "Deux services", "Trois services et plus")[rang - 1]
        nombre = par_personne.filter(exact).height
        lignes.append(ligne(DISTINCTES, nombre, "nombre_services", str(rang), libelle_1=libelle, ordre_1=rang))
    for rang, nom in enumerate(suivies):
        nombre = liens.filter(pl.col("service") == nom)["id_personne"].n_unique()
        lignes.append(ligne(SOMME, nombre, "service", nom, libelle_1=libelles[nom], ordre_1=rang))
    # D'un seul service, on ne sait pas qui d'autre suit ses personnes : ce n'est pas 0 %.
    plusieurs_services = len(suivies) > 1
    mesurable = distinctes > 0 and plusieurs_services
    part = {
        "valeur": plusieurs / distinctes * 100 if mesurable else None,
        "numerateur": float(plusieurs) if plusieurs_services else None,
        "denominateur": float(distinctes),
        "base": float(distinctes),
        "etat": "publie" if mesurable else "sans_objet",
    }
    lignes.append(ligne(MULTI, plusieurs, **part))
    return pl.DataFrame(lignes, schema=SCHEMA_CALCUL)


def proteger_personnes(table: pl.DataFrame, diffusion: str, parametres: Parametres) -> pl.DataFrame:
    """Les cellules publiables des trois indicateurs, sans que l'un en révèle un autre.

    Les personnes de chaque service sont publiées dans leurs rapports. La somme moins le compte distinct dit donc
    combien de fois des personnes se répètent ; la répartition par nombre de services redonne la somme. En diffusion
    publique : si ces répétitions sont trop peu nombreuses, le compte distinct se tait ; si une case de la répartition
    est trop petite, ou si un service est masqué, la répartition et la part se taisent, et la somme avec le service.
    """
    protegee = proteger(table, diffusion, parametres)
    if diffusion != "public":
        return protegee
    seuil = parametres.seuil_diffusion
    nom, detail = pl.col("indicateur"), pl.col("ventilation_1").is_not_null()
    distinctes = table.filter((nom == DISTINCTES.nom) & ~detail)["effectif"].item()
    somme = table.filter((nom == SOMME.nom) & ~detail)["effectif"].item()
    parts = table.filter((nom == DISTINCTES.nom) & detail)["effectif"].to_list()
    services = protegee.filter((nom == SOMME.nom) & detail)["etat"].to_list()
    peu_repetees = 0 < somme - distinctes < seuil
    service_masque = any(etat != "publie" for etat in services)
    parts_petites = any(0 < n < seuil for n in parts)
    tues = pl.lit(False)
    if peu_repetees:
        tues = tues | (nom == DISTINCTES.nom)
    if peu_repetees or service_masque or parts_petites:
        tues = tues | (nom == MULTI.nom) | ((nom == DISTINCTES.nom) & detail)
    if service_masque:
        tues = tues | ((nom == SOMME.nom) & ~detail)
    cache = tues & (pl.col("etat") == "publie")
    return protegee.with_columns(
        pl.when(cache).then(pl.lit("masque_secondaire")).otherwise(pl.col("etat")).alias("etat"),
        *(pl.when(~cache).then(pl.col(c)).alias(c) for c in _VALEURS),
    )
