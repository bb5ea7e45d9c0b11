"""Les figures d'un cahier : chacune réunit les apports des structures, les additionne et passe la porte de sortie."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from observatoire.cahiers.apports import (
    BLOQUEE,
    SOURCE_ESPACE,
    STRUCTURE,
    Collecte,
    Mesure,
    completer,
    mesure,
)
from observatoire.cahiers.communes import FondCommunes, lire_communes
from observatoire.cahiers.contenu import Figure, SourceMethode
from observatoire.cahiers.croisements import Rangs, rangs, table_croisee
from observatoire.cahiers.parametres import ParametresCahier
from observatoire.cahiers.recus import DEPARTEMENT, lire_recu
from observatoire.cahiers.reglage import BlocCahier, Recu, ReglageCahier
from observatoire.cahiers.territoires import (
    aligner,
    departements_de,
    proteger_territoires,
    structures_de,
    table_territoires,
)
from observatoire.campagne.donnees import ancre
from observatoire.campagne.donnees_types import Bloc, Definition
from observatoire.erreurs import ErreurDefinition
from observatoire.espace import Espace
from observatoire.indicateurs.libelles import ABSENCES_EN_LETTRES, nomenclature_de
from observatoire.protection import proteger
from observatoire.referentiels import libelles_territoires
from observatoire.services import Parametres, Service
from observatoire.univers import trouver_univers

ECART_DE_BASE = 0.3  # une base qui bouge de plus de 30 % en un an fait douter du champ
BASE_DE_DOUTE = 50  # en deçà, une telle variation est ordinaire


class Atelier:
    """Calcule les figures d'un cahier ; retient ce que chacune a employé, pour l'encadré de méthode."""

    def __init__(self, espace: Espace, reglage: ReglageCahier, demande: ParametresCahier) -> None:
        self.espace, self.reglage, self.demande = espace, reglage, demande
        self.annee, self.diffusion = demande.annee, demande.diffusion
        self.service = f"cahier_{reglage.region}"
        self.collecte = Collecte(espace, reglage)
        self.parametres = _parametres(reglage, self.collecte)
        self.recus: dict[str, tuple[Recu, set[int]]] = {}
        self.employes: dict[str, set[int]] = {}
        self._cles: set[str] = set()

    def figures(self, bloc: BlocCahier) -> list[Figure]:
        """Les figures d'un bloc ; aucune hors de ses années, ni pour des communes dont le fond n'est pas fourni."""
        if self.annee not in (bloc.annees or [self.annee]):
            return []
        self._noter(bloc)
        faire = {
            "departements": self._departements,
            "comparaison": self._comparaison,
            "parcours": self._parcours,
            "communes": self._communes,
            "reperes": self._reperes,
        }[bloc.genre]
        return faire(bloc)

    # Département par département

    def _departements(self, bloc: BlocCahier) -> list[Figure]:
        return [self._territoriale(bloc, nom, rang, departements_de) for rang, nom in enumerate(bloc.indicateurs)]

    def _comparaison(self, bloc: BlocCahier) -> list[Figure]:
        return [self._territoriale(bloc, nom, rang, structures_de) for rang, nom in enumerate(bloc.indicateurs)]

    def _territoriale(
        self, bloc: BlocCahier, nom: str, rang: int, extraire: Callable[[pl.DataFrame], pl.DataFrame]
    ) -> Figure:
        m = mesure(self.reglage, nom, self.annee)
        titre = bloc.titre if rang == 0 else m.definition.libelle
        apports, avant = (self.collecte.lignes(m, annee, bloc) for annee in (self.annee, self.annee - 1))
        complete, precedente = (
            proteger_territoires(self._table(lignes, m, annee), self.diffusion, self.parametres)
            for lignes, annee in ((apports, self.annee), (avant, self.annee - 1))
        )
        ruptures = self._ruptures(m, apports, avant, complete, precedente)
        par_structure = extraire is structures_de
        ici, alors = extraire(complete), extraire(precedente) if _utile(precedente) else precedente.clear()
        bloc_fait = Bloc(
            cle=self._cle(titre),
            titre=titre,
            graphique="barres" if par_structure else "departements",
            definitions=(m.definition,),
            table=aligner(ici, alors),
            precedente=aligner(alors, ici),
            cellules=complete,
            notes=tuple(self._notes(bloc, m)),
            alertes=(*self._manques(apports, m), *self._alertes(apports, complete)),
            reglage={"limite": bloc.limite} if bloc.limite else {},
        )
        return Figure(
            genre=bloc.genre,
            bloc=bloc_fait,
            sources=_sources(apports),
            sources_avant=_sources(avant),
            ruptures=ruptures,
            decimales=bloc.decimales,
            zones=self.reglage.departements,
            contours=None if par_structure else contours_departements(self.espace, self.reglage.departements),
            attribution=attribution(self.espace),
        )

    def _table(self, apports: pl.DataFrame, m: Mesure, annee: int) -> pl.DataFrame:
        return table_territoires(apports, m, self.service, annee, self.reglage.departements)

    def _ruptures(
        self, m: Mesure, apports: pl.DataFrame, avant: pl.DataFrame, complete: pl.DataFrame, precedente: pl.DataFrame
    ) -> tuple[str, ...]:
        """Ce qui change d'une année à l'autre et que l'écart ne dit pas : source, champ, répondants."""
        if not _utile(precedente):
            return ()
        textes = [t for t in apports["rupture"].unique().sort().drop_nulls() if t]
        sources, sources_avant = _sources(apports), _sources(avant)
        textes += _sources_qui_changent(sources_avant, sources, self.annee)
        ici, alors = _repondants(apports), _repondants(avant)
        if ici != alors:
            noms = self.reglage.departements
            ecart = sorted(ici ^ alors)
            textes.append(
                f"les territoires qui ont répondu changent ({', '.join(noms[d] for d in ecart if d in noms)})"
            )
        elif _structures(apports) != _structures(avant):
            textes.append("les structures qui ont répondu ne sont pas les mêmes")
        textes += _bases_qui_bougent(complete, precedente)
        return tuple(textes)

    def _notes(self, bloc: BlocCahier, m: Mesure) -> Iterable[str]:
        if m.definition.forme == "rapport":
            yield "Le total se recalcule sur les sommes de n et de N : ce n'est pas la moyenne des taux."
        elif m.definition.forme == "effectif" and m.personnel:
            yield "Une personne ou un ménage suivi par deux structures compte deux fois dans le total."
        if bloc.note:
            yield bloc.note

    def _manques(self, apports: pl.DataFrame, m: Mesure, ventilations: Sequence[str] = ()) -> Iterable[str]:
        """Ce que la somme ne compte pas, et pourquoi : retenu par la qualité, ou masqué à l'envoi."""
        total = pl.col("ventilation_1").is_null()
        retenus = apports.filter(pl.col("etat") == "retenu").sort("ventilation_1", nulls_last=False)
        for structure, libelle in retenus.select(STRUCTURE, "libelle_structure").unique(maintain_order=True).rows():
            entier = retenus.filter((pl.col(STRUCTURE) == structure) & total).height
            motifs = self.collecte.motifs(m, structure or "", self.annee, ventilations)
            yield " ".join(
                [
                    f"{'Total' if entier else 'Détail'} partiel : {libelle} n'y est pas, son chiffre est retenu par le "
                    "contrôle de la qualité.",
                    *motifs[:1],
                    "Les autres structures ne dépendent pas de ses données.",
                ]
            )
        masquees = apports.filter(total & pl.col("etat").is_in(["masque", "masque_secondaire"])).height
        if masquees > 1:
            yield f"Total partiel : {masquees} cellules reçues masquées n'y sont pas comptées."
        elif masquees:
            yield "Total partiel : une cellule reçue masquée n'y est pas comptée."

    def _alertes(self, apports: pl.DataFrame, complete: pl.DataFrame) -> Iterable[str]:
        """Les totaux imprimés par une source que la somme dément."""
        total = complete.filter(pl.col("ventilation_1").is_null() & (pl.col("etat") == "publie"))
        if total.is_empty():  # un total masqué ne se dit pas non plus dans une alerte
            return
        imprimes = apports.filter(pl.col("ventilation_1").is_null() & pl.col(DEPARTEMENT).is_null())
        for source, n, d in imprimes.select("source", "numerateur", "denominateur").rows():
            siens = apports.filter((pl.col("source") == source) & pl.col(DEPARTEMENT).is_not_null())
            for quoi, imprime in (("numerateur", n), ("denominateur", d)):
                somme = siens[quoi].sum()
                if siens.height and imprime is not None and imprime != somme:
                    yield f"« {source} » imprime un total de {imprime:g} ; ses lignes font {somme:g}, retenu ici."

    # Parcours

    def _parcours(self, bloc: BlocCahier) -> list[Figure]:
        nom = bloc.indicateurs[0]
        m = mesure(self.reglage, nom, self.annee)
        if m.declare is None or m.definition.forme != "matrice":
            raise ErreurDefinition(
                f"Bloc « {bloc.titre} » : « {nom} » n'est pas une matrice.", "Un bloc « parcours » en imprime une."
            )
        lignes = self.collecte.lignes(m, self.annee, bloc)
        table = self._croisee(lignes, m, m.declare.forme.dimensions)
        protegee = proteger(table, self.diffusion, self.parametres)
        alertes = tuple(self._manques(lignes, m, m.declare.forme.dimensions))
        return [self._simple(bloc, m, "matrice", protegee, _sources(lignes), alertes=alertes)]

    def _croisee(self, lignes: pl.DataFrame, m: Mesure, colonnes: Iterable[str]) -> pl.DataFrame:
        univers = trouver_univers(m.definition.univers)
        libelles = {}
        for colonne in colonnes:
            nomenclature = nomenclature_de(self.espace, univers, colonne)
            libelles[colonne] = rangs({**(nomenclature.libelles if nomenclature else {}), **ABSENCES_EN_LETTRES})
        return table_croisee(lignes, m, self.service, self.annee, libelles)

    # Communes

    def _communes(self, bloc: BlocCahier) -> list[Figure]:
        fond = lire_communes(self.reglage.dossier / "communes.geojson")
        if fond is None:
            return []
        m = mesure(self.reglage, bloc.indicateurs[0], self.annee)
        if m.definition.forme != "effectif":
            raise ErreurDefinition(
                f"Bloc « {bloc.titre} » : « {m.nom} » n'est pas un effectif.", "Une carte des communes en montre un."
            )
        lignes = self.collecte.lignes(m, self.annee, bloc, [bloc.ventilation])
        lignes = lignes.filter(
            pl.col("ventilation_1").is_null()
            | ((pl.col("ventilation_1") == bloc.ventilation) & pl.col("ventilation_2").is_null())
        )
        table = table_croisee(
            lignes, m, self.service, self.annee, {bloc.ventilation: self._communes_nommees(lignes, fond)}
        )
        protegee = proteger(table, self.diffusion, self.parametres)
        alertes = tuple(self._manques(lignes, m, [bloc.ventilation]))
        figure = self._simple(bloc, m, "tableau", protegee, _sources(lignes), alertes=alertes)
        return [
            Figure(
                genre="communes",
                bloc=figure.bloc,
                sources=figure.sources,
                zones=fond.noms,
                contours=fond.contours,
                attribution=fond.attribution,
            )
        ]

    def _communes_nommees(self, lignes: pl.DataFrame, fond: FondCommunes) -> Rangs:
        """Le nom de chaque commune citée : celui du fond, sinon celui du code officiel géographique."""
        connues = libelles_territoires(self.espace, "commune")
        citees = lignes["modalite_1"].drop_nulls().unique().sort()
        return rangs({c: fond.noms.get(c) or ABSENCES_EN_LETTRES.get(c) or connues.get(c, c) for c in citees})

    # Repères

    def _reperes(self, bloc: BlocCahier) -> list[Figure]:
        """Des chiffres de cadrage reçus tels quels : ni somme, ni comparaison."""
        mesures = [mesure(self.reglage, nom, self.annee) for nom in bloc.indicateurs]
        morceaux, sources = [], []
        for m in mesures:
            for recu in self.collecte.recus_choisis(bloc):
                lues = lire_recu(self.reglage, recu).filter(
                    (pl.col("indicateur") == m.nom) & (pl.col("annee") <= self.annee)
                )
                if lues.height:
                    sources.append(recu.source)
                    morceaux.append(completer(lues, m))
        if not morceaux:
            return []
        table = pl.concat(morceaux).with_columns(
            pl.col("modalite_1").alias("libelle_1"), pl.col("modalite_2").alias("libelle_2")
        )
        protegee = proteger(table, self.diffusion, self.parametres)
        definitions = tuple(m.definition for m in mesures)
        return [self._simple(bloc, mesures[0], "tableau", protegee, tuple(dict.fromkeys(sources)), definitions)]

    def _simple(
        self,
        bloc: BlocCahier,
        m: Mesure,
        graphique: str,
        table: pl.DataFrame,
        sources: tuple[str, ...],
        definitions: tuple[Definition, ...] = (),
        alertes: tuple[str, ...] = (),
    ) -> Figure:
        fait = Bloc(
            cle=self._cle(bloc.titre),
            titre=bloc.titre,
            graphique=graphique,
            definitions=definitions or (m.definition,),
            table=table,
            precedente=table.clear(),
            cellules=table,
            notes=(bloc.note,) if bloc.note else (),
            alertes=alertes,
            reglage={"limite": bloc.limite} if bloc.limite else {},
        )
        return Figure(bloc.genre, fait, sources, decimales=bloc.decimales)

    # Méthode

    def _noter(self, bloc: BlocCahier) -> None:
        annees = {self.annee} | ({self.annee - 1} if bloc.genre in ("departements", "comparaison") else set())
        for service in self.collecte.choisis(bloc):
            self.employes.setdefault(service.id, set()).update(annees)
        for recu in self.collecte.recus_choisis(bloc):
            lues = lire_recu(self.reglage, recu).filter(pl.col("indicateur").is_in(bloc.indicateurs))
            vues = set(lues["annee"]) if bloc.genre == "reperes" else set(lues["annee"]) & annees
            vues = {a for a in vues if a <= self.annee}
            if vues:
                self.recus.setdefault(recu.fichier, (recu, set()))[1].update(vues)

    def methode(self) -> tuple[SourceMethode, ...]:
        """Les sources que ce cahier emploie vraiment, et qui y a répondu."""
        lignes = []
        if self.employes:
            etats = {s: self.collecte.reponse(service, self.annee) for s, service in self._employes()}
            bloquees = sum(e == BLOQUEE for e in etats.values())
            note = f"{bloquees} retenue{'s' if bloquees > 1 else ''} par le contrôle de la qualité" if bloquees else ""
            lignes.append(
                SourceMethode(
                    source=SOURCE_ESPACE,
                    champ="services de la région qui versent leurs données à l'observatoire",
                    annees=(self.annee,),
                    interrogees=len(etats),
                    repondantes=sum(e not in ("", BLOQUEE) for e in etats.values()),
                    note=note,
                )
            )
        for recu, annees in self.recus.values():
            lignes.append(
                SourceMethode(recu.source, recu.champ, tuple(sorted(annees)), recu.interrogees, recu.repondantes)
            )
        return tuple(lignes)

    def _employes(self) -> Iterable[tuple[str, Service]]:
        return ((s.id, s) for s in self.collecte.services if s.id in self.employes)

    def etat(self) -> str:
        """« publiable », ou « partiel » si une structure attendue manque ou est retenue par la qualité."""
        etats = [self.collecte.reponse(service, self.annee) for _, service in self._employes()]
        return "partiel" if any(e in ("partiel", BLOQUEE) for e in etats) else "publiable"

    def _cle(self, titre: str) -> str:
        base, rang = ancre(titre), 2
        cle = base
        while cle in self._cles:
            cle, rang = f"{base}-{rang}", rang + 1
        self._cles.add(cle)
        return cle


def _parametres(reglage: ReglageCahier, collecte: Collecte) -> Parametres:
    """Les seuils du cahier : le plus exigeant du sien et de ceux des services qu'il réunit."""
    siens = [s.parametres for s in collecte.services]
    return Parametres(
        seuil_diffusion=max([reglage.seuil_diffusion, *(p.seuil_diffusion for p in siens)]),
        seuil_diffusion_montant=max(
            [Parametres().seuil_diffusion_montant, *(p.seuil_diffusion_montant for p in siens)]
        ),
        base_minimale_croisement=max([reglage.base_minimale, *(p.base_minimale_croisement for p in siens)]),
    )


def _sources(apports: pl.DataFrame) -> tuple[str, ...]:
    return tuple(apports.filter(pl.col("etat") != "non_recu")["source"].unique(maintain_order=True))


def _repondants(apports: pl.DataFrame) -> set[str]:
    return set(apports.filter(pl.col("etat") == "publie")[DEPARTEMENT].drop_nulls())


def _structures(apports: pl.DataFrame) -> set[str]:
    return set(apports.filter(pl.col("etat") == "publie")[STRUCTURE].drop_nulls())


def _utile(table: pl.DataFrame) -> bool:
    return bool((table["etat"] != "non_recu").any())


def _sources_qui_changent(avant: Sequence[str], ici: Sequence[str], annee: int) -> Iterable[str]:
    """Ce qui change dans les sources : tout, ou celles qui s'ajoutent et celles qui n'y sont plus."""
    ajoutees, parties = ([s for s in ici if s not in avant], [s for s in avant if s not in ici])
    if len(parties) == len(avant) and ajoutees:
        yield f"la source change ({' ; '.join(avant)} en {annee - 1}, {' ; '.join(ici)} en {annee})"
        return
    if ajoutees:
        yield f"une source s'ajoute en {annee} ({' ; '.join(ajoutees)})"
    if parties:
        yield f"une source manque en {annee} ({' ; '.join(parties)})"


def _bases_qui_bougent(complete: pl.DataFrame, precedente: pl.DataFrame) -> list[str]:
    """Les départements dont la base varie trop en un an pour que le champ soit sûrement le même."""
    cle = ["modalite_1", "libelle_1"]
    jointes = (
        departements_de(complete)
        .filter(pl.col("modalite_1").is_not_null())
        .join(departements_de(precedente).select("modalite_1", pl.col("base").alias("avant")), on="modalite_1")
        .filter((pl.col("base") - pl.col("avant")).abs() > ECART_DE_BASE * pl.col("avant"))
        .filter(pl.max_horizontal("base", "avant") >= BASE_DE_DOUTE)
    )
    return [
        f"la base passe de {avant:g} à {base:g} ({libelle}), changement de champ possible"
        for _, libelle, base, avant in jointes.select(*cle, "base", "avant").rows()
    ]


# Fonds de carte


def contours_departements(espace: Espace, codes: Mapping[str, str]) -> dict[str, Any] | None:
    """Les contours des départements demandés ; rien si l'un d'eux n'est pas dans le fond livré."""
    fichier = espace.ressource("data/referentiels/contours_departements.geojson")
    objets = json.loads(fichier.read_text(encoding="utf-8"))["features"]
    retenus = [o for o in objets if o["properties"]["code"] in codes]
    return {"type": "FeatureCollection", "features": retenus} if len(retenus) == len(codes) else None


def attribution(espace: Espace) -> str:
    """La mention que la carte des départements porte ; lue du fichier livré avec les contours."""
    texte = espace.ressource("data/referentiels/contours_departements.txt").read_text(encoding="utf-8")
    return " ".join(texte.split())
